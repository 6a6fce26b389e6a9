"""At most 30 failed activations or callbacks a minute are answered per address."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from connections.connections import register
from connections.models import FailedAuthorization
from tests.connections.conftest import PIM, signed_in_as, stored, under_way
from tests.pages.conftest import page_of, text_of
from tests.visitor import ACTIVATE, CALLBACK

pytestmark = pytest.mark.django_db

BAD = {"pim_url": "https://shop.example.com"}


def fail(times, browser=None, **extra):
    browser = browser or Client()
    return [browser.get(ACTIVATE, BAD, **extra).status_code for _ in range(times)]


def test_thirty_failures_are_answered_and_the_next_is_told_to_wait():
    assert fail(31) == [400] * 30 + [429]


def test_who_is_told_to_wait_is_told_how_long():
    fail(30)

    response = Client().get(ACTIVATE, BAD)

    page = page_of(response)
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert page.h1.string == "Too many attempts"
    assert "Wait a minute" in text_of(page)


def test_activations_and_callbacks_count_together():
    browser = Client()
    for number in range(30):
        path, query = (CALLBACK, {"code": "c", "state": "s"}) if number % 2 else (ACTIVATE, BAD)
        assert browser.get(path, query).status_code in (400, 403)

    assert browser.get(CALLBACK, {"code": "c", "state": "s"}).status_code == 429
    assert browser.get(ACTIVATE, BAD).status_code == 429


def test_what_is_answered_with_429_does_not_count():
    fail(40)

    assert FailedAuthorization.objects.count() == 30


def test_a_429_stores_and_starts_nothing(settings):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    register(PIM, client_id="app", client_secret="secret")
    fail(30)
    before = stored()

    response = Client().get(ACTIVATE, {"pim_url": PIM})

    assert response.status_code == 429
    assert stored() == before
    assert under_way() == 0


def test_after_a_minute_it_is_free_again():
    fail(31)
    FailedAuthorization.objects.update(created_at=timezone.now() - timedelta(seconds=61))

    assert fail(1) == [400]


def test_the_minute_slides():
    fail(30)
    oldest = FailedAuthorization.objects.order_by("pk")[:1].get()
    oldest.created_at = timezone.now() - timedelta(seconds=61)
    oldest.save()

    assert fail(2) == [400, 429]


def test_successes_are_free(settings):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    register(PIM, client_id="app", client_secret="secret")
    browser = Client()

    statuses = {browser.get(ACTIVATE, {"pim_url": PIM}).status_code for _ in range(40)}

    assert statuses == {302}
    assert not FailedAuthorization.objects.exists()
    assert fail(1, browser) == [400]


def test_a_whole_way_in_after_29_failures_works(pim, julia):
    fail(29)

    julia.open_app(pim.base_url)

    assert signed_in_as(julia) == "Julia Stark"


def test_failures_are_counted_per_address():
    fail(31, REMOTE_ADDR="198.51.100.1")

    assert fail(1, REMOTE_ADDR="198.51.100.2") == [400]
    assert fail(1, REMOTE_ADDR="2001:db8::1") == [400]
    assert fail(1, REMOTE_ADDR="198.51.100.1") == [429]


def test_a_visitor_cannot_make_up_another_address():
    statuses = [
        fail(1, REMOTE_ADDR="198.51.100.1", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}")
        for number in range(31)
    ]

    assert statuses == [[400]] * 30 + [[429]]


def test_behind_a_trusted_proxy_each_client_is_counted_alone(settings):
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    proxy = {"REMOTE_ADDR": "10.0.0.5"}

    assert fail(31, **proxy, HTTP_X_FORWARDED_FOR="203.0.113.1") == [400] * 30 + [429]
    assert fail(1, **proxy, HTTP_X_FORWARDED_FOR="203.0.113.2") == [400]
    assert fail(1, **proxy, HTTP_X_FORWARDED_FOR="203.0.113.2, 203.0.113.1") == [429]
    assert fail(1, **proxy, HTTP_X_FORWARDED_FOR="203.0.113.1, 10.0.0.9") == [429]


def test_people_who_are_signed_in_are_not_shut_out_of_their_pages(pim, julia):
    julia.open_app(pim.base_url)
    fail(31)

    assert signed_in_as(julia) == "Julia Stark"


def test_addresses_of_one_ipv6_network_count_together():
    for number in range(30):
        assert fail(1, REMOTE_ADDR=f"2001:db8:1:2:{number:x}::1") == [400]

    assert fail(1, REMOTE_ADDR="2001:db8:1:2:ffff::9") == [429]
    assert fail(1, REMOTE_ADDR="2001:db8:1:3::1") == [400]


@pytest.mark.django_db(transaction=True)
def test_thirty_are_answered_however_many_come_at_once():
    def call(_):
        try:
            return Client().get(ACTIVATE, BAD).status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(call, range(48)))

    assert statuses.count(400) <= 30
    assert set(statuses) == {400, 429}
