"""Circuits in admin: seen, and closed by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connections.models import Circuit
from sync.models import Run
from tests.factories import make_catalog, make_channel, make_circuit, make_run
from tests.pages.conftest import text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/connections/circuit/"


def put_off(catalog):
    later = timezone.now() + timedelta(minutes=10)
    return make_run(catalog, status=Run.Status.QUEUED, not_before=later)


def try_now(browser, *circuits):
    data = {"action": "try_now", "_selected_action": [one.pk for one in circuits]}
    return browser.post(LIST, data, follow=True)


def test_staff_see_who_does_not_answer():
    circuit = make_circuit(make_channel().connection, problem="It broke off.")

    page = text_of(browser_of_superuser().see(LIST))

    assert circuit.name in page
    assert "Open" in page
    assert "It broke off." in page


def test_closing_one_lets_the_runs_that_wait_for_it_go_on():
    channel, other = make_channel(), make_channel()
    waiting, elsewhere = put_off(make_catalog(channel)), put_off(make_catalog(other))
    circuit = make_circuit(channel.connection, channel)
    kept = make_circuit(other.connection)

    answer = try_now(browser_of_superuser(), circuit)

    assert "1 circuit closed. 1 run that waited goes on" in answer.content.decode()
    assert Circuit.objects.get() == kept
    waiting.refresh_from_db()
    elsewhere.refresh_from_db()
    assert waiting.not_before <= timezone.now() < elsewhere.not_before


def test_closing_a_pims_concerns_all_its_channels():
    channel = make_channel()
    waiting = put_off(make_catalog(make_channel(channel.connection)))

    try_now(browser_of_superuser(), make_circuit(channel.connection))

    waiting.refresh_from_db()
    assert waiting.not_before <= timezone.now()


def test_who_may_only_look_closes_none():
    circuit = make_circuit(make_channel().connection)

    try_now(browser_of_staff(make_staff("connections.view_circuit")), circuit)

    assert Circuit.objects.get() == circuit
