"""A whole activation, logged at DEBUG with every query, holds nothing that opens anything."""

import logging

import pytest
from django.db import connections

from akeneo_app import logs
from connections.connections import register
from sandbox.faults import Fault
from tests.connections.conftest import app_of, control, signed_in_as
from tests.visitor import query_of


@pytest.fixture
def log(caplog, monkeypatch):
    """Everything that LOG_LEVEL=DEBUG would write, also with DEBUG=1."""
    caplog.set_level(logging.DEBUG)
    for name, values in logs.configuration("DEBUG")["loggers"].items():
        caplog.set_level(values["level"], name)
        if values.get("propagate", True) is False:
            monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    monkeypatch.setattr(connections["default"], "force_debug_cursor", True)
    formatter = logging.Formatter("%(name)s %(message)s")
    return lambda: "\n".join(map(formatter.format, caplog.records))


@pytest.fixture
def secrets(pim, julia, log):
    """Walk from *Connect* to the callback; what nobody may read afterwards."""
    app = app_of(pim)
    app.client_secret = "planted-client-secret"
    register(pim.base_url, client_id=app.client_id, client_secret=app.client_secret)
    callback = julia.agree(julia.activate(pim.base_url))
    app.token = "planted-token"

    def secrets():
        julia.ferry.get(callback)
        return {
            **query_of(callback),
            "token": app.token,
            "secret": app.client_secret,
            "session": julia.ferry.cookies["sessionid"].value,
            "browser": julia.ferry.session["browser"],
        }

    return secrets


def clean(text, secrets):
    return [name for name, value in secrets.items() if value in text]


def test_a_success(secrets, julia, log):
    kept = secrets()

    assert "Authorized connection" in log()
    assert clean(log(), kept) == []
    assert signed_in_as(julia) == "Julia Stark"


@pytest.mark.parametrize("kind", ["500", "html", "cut", "429"])
def test_a_pim_that_fails(pim, secrets, log, kind):
    pim.faults.add(Fault(kind, "oauth2/token"))

    kept = secrets()

    assert "Authorization refused" in log()
    assert clean(log(), kept) == []


def test_a_refused_code(pim, secrets, log):
    pim.codes.clear()

    assert clean(log(), secrets()) == []


def test_a_wrong_secret(pim, secrets, log):
    register(pim.base_url, client_id=app_of(pim).client_id, client_secret="planted-other")

    assert clean(log(), secrets()) == []
    assert "planted-other" not in log()


def test_a_key_that_is_missing(pim, secrets, log):
    control(pim, "key-format", format="missing")

    assert clean(log(), secrets()) == []
