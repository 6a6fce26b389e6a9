"""The web entry point: `gunicorn akeneo_app.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import resolve

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "akeneo_app.settings")

application = get_wsgi_application()
resolve("/healthz")  # loads the views now: whoever sends an event does not wait for that
