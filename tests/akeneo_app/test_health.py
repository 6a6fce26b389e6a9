"""`/healthz` tells a load balancer whether this process reaches what it needs."""

import shutil

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from sync.alerts.life import show_life
from sync.models import SignOfLife
from tests.ports import closed_port

pytestmark = pytest.mark.django_db


def health(**headers):
    response = Client().get("/healthz", **headers)
    assert response["Content-Type"] == "application/json"
    assert "no-store" in response["Cache-Control"]
    return response.status_code, response.json()


def test_it_is_well_when_database_and_broker_answer():
    status, answer = health()

    assert status == 200
    assert answer.items() >= {
        *{"status": "ok", "version": django_settings.VERSION}.items(),
        *{"database": "ok", "broker": "ok"}.items(),
    }


def test_it_says_beside_whether_worker_and_scheduler_were_seen_lately():
    silent = {"worker": "silent", "scheduler": "silent", "queue": "silent"}
    status, answer = health()
    assert status == 200  # this process serves without them
    assert answer.items() >= silent.items()

    show_life(SignOfLife.Part.WORKER)
    show_life(SignOfLife.Part.QUEUE)
    _, answer = health()

    assert {name: answer[name] for name in silent} == {**silent, "worker": "ok", "queue": "ok"}


def test_a_database_that_is_away_makes_it_unavailable(monkeypatch, django_db_blocker):
    unreachable = {**connection.settings_dict, "NAME": "/proc/nowhere/ferry.sqlite3"}
    if connection.vendor == "postgresql":
        unreachable |= {"NAME": "ferry", "HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {}}
    elsewhere = connection.copy()
    elsewhere.settings_dict = unreachable
    monkeypatch.setattr("akeneo_app.health.connection", elsewhere)

    status, answer = health()

    assert status == 503
    assert answer["status"] == "unavailable"
    assert (answer["database"], answer["broker"]) == ("unreachable", "ok")


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_makes_it_unavailable(broker, scheme):
    broker(f"{scheme}://user:planted@127.0.0.1:{closed_port()}//")

    status, answer = health()

    assert status == 503
    assert (answer["database"], answer["broker"]) == ("ok", "unreachable")
    assert "planted" not in str(answer)


def test_a_folder_of_messages_that_is_gone_makes_it_unavailable(broker, tmp_path):
    messages, control = tmp_path / "messages", tmp_path / "control"
    messages.mkdir()
    control.mkdir()
    options = {"data_folder_in": str(messages), "data_folder_out": str(messages)}
    broker("filesystem://", **options, control_folder=str(control))
    assert health()[0] == 200

    shutil.rmtree(messages)

    status, answer = health()
    assert (status, answer["broker"]) == (503, "unreachable")


def test_asking_leaves_nothing_behind_in_the_broker(broker, tmp_path):
    broker("filesystem://", data_folder_in=str(tmp_path), data_folder_out=str(tmp_path))

    health()

    assert list(tmp_path.iterdir()) == []


def test_it_asks_for_no_session_and_sets_no_cookie():
    response = Client().get("/healthz")

    assert not response.cookies


def test_it_is_answered_by_http_when_the_site_is_https(settings):
    settings.SECURE_SSL_REDIRECT = True

    assert Client().get("/healthz").status_code == 200
    assert Client().get("/").status_code == 301


@pytest.mark.parametrize(("method", "status"), [("head", 200), ("post", 405)])
def test_it_can_only_be_asked(method, status):
    assert getattr(Client(), method)("/healthz").status_code == status
