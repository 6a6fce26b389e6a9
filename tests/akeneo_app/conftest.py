"""Brokers that are here, elsewhere or away."""

import pytest
from celery import Celery


@pytest.fixture
def broker(monkeypatch):
    """Say where the broker is."""

    def set_broker(url, **options):
        monkeypatch.setenv("CELERY_BROKER_URL", url)  # Celery looks there by itself
        app = Celery(set_as_current=False)
        app.conf.broker_transport_options = options
        monkeypatch.setattr("akeneo_app.health.app", app)
        monkeypatch.setattr("akeneo_app.queue_length.app", app)
        return app

    return set_broker
