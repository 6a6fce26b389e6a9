"""People who are told, and what reached them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from connections.models import Connection
from sync.alerts.sending import send_mails
from sync.models import AlertSettings, Listing, Run
from sync.notices import review_everything
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_listing,
    make_pim_user,
    make_run,
)


def make_reader(connection: Connection, address: str = "mary@acme.example.com", **values: Any):
    """A person of this PIM who confirmed an address and is told at once."""
    of_user = {name: values.pop(name) for name in ("time_zone", "role") if name in values}
    return AlertSettings.objects.create(
        user=make_pim_user(connection, **of_user),
        **{"address": address, "confirmed_at": timezone.now(), **values},
    )


def ended(catalog, status, *, ago=timedelta(), **values):
    at = timezone.now() - ago
    run = make_run(catalog, status=status, finished_at=at, **{"mode": Run.Mode.DELTA, **values})
    Run.objects.filter(pk=run.pk).update(created_at=at)
    return run


def hold(catalog, number=1):
    return [make_listing(catalog, status=Listing.Status.HELD) for _ in range(number)]


def let_wait_for_a_decision(*catalogs):
    """Products of each are held, and it is noticed."""
    for one in catalogs:
        one.every = None
        one.save()
        ended(one, Run.Status.SUCCEEDED)
        hold(one, 31)
    review_everything()


def delivered() -> list[tuple[str, str]]:
    """Address and subject of every mail that left since the last look."""
    send_mails()
    sent = [(to, str(one.subject)) for one in mail.outbox for to in one.to]
    mail.outbox.clear()
    return sent


def parts_of(sent: Any) -> tuple[str, str]:
    """The plain text and the HTML of a mail."""
    return sent.body, sent.alternatives[0].content


def link_in(text: object, path: str) -> str:
    """The link in a mail that leads below this path, without the host."""
    found = re.search(rf"https?://[^/\s]+({path}\S+)", str(text))
    assert found, text
    return found[1]


@pytest.fixture
def connection(db):
    return make_connection(pim_url="https://acme.cloud.akeneo.com")


@pytest.fixture
def catalog(connection):
    return make_catalog(make_channel(connection, name="Shop"), name="Web shop")


@pytest.fixture
def mary(connection):
    return make_reader(connection)


@pytest.fixture
def olga(db):
    """Of another PIM."""
    return make_reader(make_connection(), "olga@other.example.com")
