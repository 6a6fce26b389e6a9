"""`/metrics`: who is answered, in which form, and what becomes of it when something is away."""

import re
from pathlib import Path

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.test import Client
from django.utils import timezone
from prometheus_client import REGISTRY
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as parse_openmetrics,
)

from akeneo_app.measures import measure
from connections.clients import governor
from pim.calls import gate_of_pim
from tests.akeneo_app.scraping import TOKEN, scrape
from tests.factories import make_connection, make_pim_user
from tests.pages.conftest import browser_of
from tests.ports import closed_port
from tests.staff import SECRET, browser_of_staff, make_everything, make_staff

pytestmark = pytest.mark.django_db

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "operating.md"
LABELS = {"catalog", "kind", "mode", "part", "pim", "state", "status", "version"}


@pytest.fixture
def token(settings):
    settings.METRICS_TOKEN = TOKEN


def ask(browser=None, authorization="", **headers):
    if authorization:
        headers["Authorization"] = authorization
    return (browser or Client()).get("/metrics", headers=headers)


def assert_refused(response):
    assert response.status_code == 401
    assert response.content == b""
    assert response["WWW-Authenticate"] == "Bearer"
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_whoever_has_the_token_is_answered(token, scheme):
    response = ask(authorization=f"{scheme} {TOKEN}")

    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies


def test_staff_are_answered_with_a_token_and_without_one(settings):
    browser = browser_of_staff(make_staff())
    for configured in ("", TOKEN):
        settings.METRICS_TOKEN = configured
        assert ask(browser).status_code == 200
        assert ask(browser, "Bearer something-else-altogether").status_code == 200


WRONG = {
    "none": "",
    "an empty one": "Bearer ",
    "no token behind the word": "Bearer",
    "another": f"Bearer {TOKEN[:-1]}x",
    "the beginning": f"Bearer {TOKEN[:-1]}",
    "a longer one": f"Bearer {TOKEN}x",
    "in other letters": f"Bearer {TOKEN.swapcase()}",
    "letters that no token has": f"Bearer {TOKEN}é☃",
    "another scheme": f"Basic {TOKEN}",
    "no scheme": TOKEN,
}


@pytest.mark.parametrize("authorization", WRONG.values(), ids=WRONG)
def test_a_wrong_token_is_refused_as_none_is(token, authorization):
    with time_machine.travel(timezone.now(), tick=False):  # answers carry the second
        response, without = ask(authorization=authorization), ask()

    assert_refused(response)
    assert response.headers == without.headers


@pytest.mark.parametrize("configured", ["", "0123456789abcde", "a token with spaces in it"])
def test_what_is_no_token_lets_nobody_in(settings, configured):
    settings.METRICS_TOKEN = configured

    assert_refused(ask(authorization=f"Bearer {configured}"))


def test_people_who_are_no_staff_are_refused(token):
    leaver = make_staff(is_superuser=True)
    browser_of_leaver = browser_of_staff(leaver)
    leaver.is_active = False
    leaver.save()
    guest = make_staff()
    guest.is_staff = False
    guest.save()

    assert_refused(ask(browser_of_leaver))
    assert_refused(ask(browser_of_staff(guest)))
    assert_refused(ask(browser_of(make_pim_user(make_connection()))))


@pytest.mark.parametrize(("method", "status"), [("head", 200), ("post", 405), ("put", 405)])
def test_it_can_only_be_asked(token, method, status):
    response = getattr(Client(), method)("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

    assert response.status_code == status
    assert method != "head" or response.content == b""


def test_it_is_answered_by_http_when_the_site_is_https(token, settings):
    settings.SECURE_SSL_REDIRECT = True

    assert ask(authorization=f"Bearer {TOKEN}").status_code == 200
    assert_refused(ask())
    assert Client().get("/").status_code == 301


def test_it_speaks_openmetrics_to_whoever_asks_for_it(token):
    wanted = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

    response = ask(authorization=f"Bearer {TOKEN}", Accept=wanted)

    assert response["Content-Type"].startswith("application/openmetrics-text; version=1.0.0;")
    assert list(parse_openmetrics(response.content.decode()))


def test_a_version_that_is_none_is_answered_with_the_usual_one(token):
    response = ask(
        authorization=f"Bearer {TOKEN}", Accept="application/openmetrics-text;version=newest"
    )

    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=0.0.4")


def test_nothing_of_it_stays_in_the_process(token):
    scrape()

    assert not [family.name for family in REGISTRY.collect() if family.name.startswith("ferry")]


@pytest.fixture
def no_database():
    """Take the database away, from this process, until the test ends."""
    real = connections[DEFAULT_DB_ALIAS]

    def take_away():
        away = real.copy()
        away.settings_dict = {**real.settings_dict, "NAME": "/proc/nowhere/ferry.sqlite3"}
        if real.vendor == "postgresql":
            away.settings_dict |= {
                **{"NAME": "ferry", "HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {}}
            }
        connections[DEFAULT_DB_ALIAS] = away

    yield take_away
    connections[DEFAULT_DB_ALIAS] = real


def test_a_database_that_is_away_is_told_in_a_sentence(token, no_database):
    browser = browser_of_staff(make_staff())
    no_database()

    for response in (ask(authorization=f"Bearer {TOKEN}"), ask(browser)):
        assert response.status_code == 503
        assert response["Content-Type"] == "text/plain"
        assert response.content.decode() == "The database does not answer.\n"
        assert "no-store" in response["Cache-Control"]
    assert_refused(ask())


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_is_away_leaves_its_number_out(token, broker, caplog, scheme):
    broker(f"{scheme}://user:planted@127.0.0.1:{closed_port()}//")

    found = scrape()

    assert found.value("ferry_up", part="broker") == 0
    assert found.value("ferry_up", part="database") == 1
    assert "ferry_queue_tasks" not in found.families
    assert "planted" not in caplog.text


def test_the_limits_that_cannot_be_asked_are_left_out(token, settings):
    make_connection()
    settings.REDIS_URL = f"redis://user:planted@127.0.0.1:{closed_port()}/0"

    found = scrape()

    assert found.value("ferry_up", part="limits") == 0
    assert not found.samples_of("ferry_pim_calls")


def test_limits_whose_files_cannot_be_read_are_left_out_as_well(token, settings, tmp_path):
    settings.REDIS_URL, settings.STATE_FOLDER = "", tmp_path
    gate = gate_of_pim(make_connection().pim_url)
    with governor().slot(gate):
        (place,) = (file for file in tmp_path.rglob("place-*") if file.is_file())
    place.unlink()
    place.mkdir()  # a disk with a fault

    found = scrape()

    assert found.value("ferry_up", part="limits") == 0
    assert not found.samples_of("ferry_pim_calls")


def test_it_says_which_version_it_is(token):
    assert scrape().value("ferry_build_info", version=django_settings.VERSION) == 1


def test_every_metric_has_a_help_and_a_line_in_the_document(token):
    make_everything()
    found = scrape()
    document = DOCUMENT.read_text()
    told = set(re.findall(r"^\| `(ferry_\w+)", document, re.M))

    assert all(one.documentation and one.type == "gauge" for one in found.families.values())
    assert set(found.families) == told
    assert set(re.findall(r"\bferry_\w+", document)) == told  # in the rules of alarms, too


def test_no_label_names_a_product_a_person_or_a_secret(token):
    make_everything()
    found = scrape()
    labels = {
        label
        for family in found.families.values()
        for sample in family.samples
        for label in sample.labels
    }

    assert labels == LABELS
    for word in (SECRET, "Anna", "Mary", "mary", "SKU-", "Product ", "Web shop", "Catalog "):
        assert word not in found.text


def test_queries_do_not_grow_with_what_there_is(django_assert_num_queries):
    make_everything()
    with django_assert_num_queries(21):
        measure()
    for _ in range(10):
        make_everything()

    with django_assert_num_queries(21):
        measure()
