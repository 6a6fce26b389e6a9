"""The watch itself: it sees a secret wherever one gets out."""

import logging
import subprocess
import sys

import pytest
from django.core.management.base import CommandError, OutputWrapper
from django.http import HttpResponse
from django.test import Client
from django.urls import path

from outbound.errors import ConfigurationError, OutboundError
from tests import secrets_watch
from tests.factories import make_channel, make_connection
from tests.secrets_watch import plant

SECRET = "planted-and-unmistakable"

urlpatterns = [
    path("body", lambda request: HttpResponse(f"it is {SECRET}")),
    path("header", lambda request: HttpResponse(headers={"X-Said": SECRET})),
]


@pytest.fixture
def leaks():
    """What the watch has noted, taken from it so that this test does not fail by it."""
    yield lambda: [secrets_watch._leaks.pop() for _ in list(secrets_watch._leaks)]
    secrets_watch._leaks.clear()


def log():
    logging.getLogger("any").warning("it is %s", SECRET)


def log_traceback():
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("django.request").exception("failed")


def run_program():
    subprocess.run([sys.executable, "-c", f"print('{SECRET}')"], capture_output=True)  # noqa: S603  # a constant


@pytest.mark.parametrize(
    "let_out",
    [
        lambda: Client().get("/body"),
        lambda: Client().get("/header"),
        log,
        log_traceback,
        lambda: OutboundError(f"it is {SECRET}"),
        lambda: ConfigurationError("fine", detail=SECRET),
        lambda: CommandError(SECRET),
        lambda: OutputWrapper(sys.stdout).write(SECRET),
        run_program,
    ],
)
@pytest.mark.urls("tests.test_secrets_watch")
def test_it_sees_a_secret_wherever_it_gets_out(let_out, leaks):
    plant(SECRET)

    let_out()

    assert leaks()


@pytest.mark.django_db
def test_whatever_is_stored_encrypted_is_a_secret(leaks):
    connection = make_connection(token=f"{SECRET}-token")
    make_channel(connection, secrets={"secret": f"{SECRET}-channel"})

    logging.getLogger("any").warning("%s-token", SECRET)
    logging.getLogger("any").warning("%s-channel", SECRET)

    assert len(leaks()) == 2


def test_a_secret_of_an_earlier_test_is_none_any_more(leaks):
    log()

    assert not leaks()
