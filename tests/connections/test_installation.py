"""The installation knows its address, and staff say what it is under another one."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from connections.installation import (
    State,
    WrongCopy,
    normal_base_url,
    refuse_on_wrong_copy,
    standing,
)
from connections.models import AuditRecord, Installation
from tests.factories import make_connection
from tests.pages.conftest import Browser, page_of, text_of
from tests.programs import call
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://ferry.example.com"
HERE = "http://testserver"
DECIDE = "/admin/connections/installation/decide/"
COPY, PRODUCTION = f"{DECIDE}copy/", f"{DECIDE}production/"


def be_connected_at(base_url, **values):
    return Installation.objects.create(base_url=base_url, **values)


def state():
    return standing().state


@pytest.mark.parametrize(
    "same",
    [
        "https://Ferry.Example.COM",
        "HTTPS://ferry.example.com/",
        "https://ferry.example.com:443",
        "https://ferry.example.com:443/",
        "https://ferry.example.com./",
        " https://ferry.example.com ",
    ],
)
def test_what_makes_no_difference_is_no_other_address(same, settings):
    be_connected_at(ELSEWHERE)
    settings.BASE_URL = same

    assert normal_base_url(same) == ELSEWHERE
    assert state() is State.PRODUCTION


@pytest.mark.parametrize(
    "other",
    [
        "http://ferry.example.com",
        "https://ferry.example.com:8443",
        "https://staging.ferry.example.com",
        "https://ferry.example.com.evil.com",
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
        "https://ferry.example.com:x",
    ],
)
def test_another_address_is_undecided(other, settings):
    be_connected_at(ELSEWHERE)
    settings.BASE_URL = other

    assert state() is State.UNDECIDED
    with pytest.raises(WrongCopy, match="adopt_installation"):
        refuse_on_wrong_copy()


def test_an_address_with_an_ipv6_host_keeps_its_brackets():
    assert normal_base_url("http://[::1]:80/") == "http://[::1]"


def test_the_first_pim_makes_it_be_at_home_here(pim, julia):
    assert state() is State.UNRECORDED

    julia.open_app(pim.base_url)

    assert Installation.objects.get().base_url == HERE
    assert state() is State.PRODUCTION


def test_a_further_pim_changes_nothing_about_that(start_pim, julia, settings):
    julia.open_app(start_pim().base_url)
    Installation.objects.update(base_url=ELSEWHERE)

    julia.open_app(start_pim().base_url)

    assert Installation.objects.get().base_url == ELSEWHERE
    assert state() is State.UNDECIDED


def test_a_refused_connection_records_nothing(pim, julia):
    julia.refuse(julia.activate(pim.base_url))

    assert not Installation.objects.exists()


def test_there_is_room_for_one_row_only():
    be_connected_at(ELSEWHERE)

    with pytest.raises(IntegrityError):
        Installation.objects.create(pk=2, base_url=HERE)


@pytest.mark.parametrize(
    ("was_connected", "recorded"), [(True, [(1, "http://testserver")]), (False, [])]
)
def test_the_upgrade_records_where_an_installation_with_pims_is(was_connected, recorded, settings):
    settings.BASE_URL = "HTTP://testserver:80/"
    make_connection(connected_at=timezone.now() if was_connected else None)
    migration = import_module("connections.migrations.0005_installation")

    migration.record_where_it_is(apps, None)

    assert list(Installation.objects.values_list("pk", "base_url")) == recorded


def test_this_is_production_now_records_the_new_address():
    be_connected_at(ELSEWHERE)

    ended = call("adopt_installation", "--production", "--json")

    assert (ended.status, ended.err) == (0, "")
    row = Installation.objects.get()
    assert row.decided_at
    assert ended.answer == {
        "state": "production",
        "paused": False,
        "base_url": HERE,
        "recorded": HERE,
        "decided_by": "adopt_installation",
        "decided_at": row.decided_at.isoformat(),
    }
    assert (row.base_url, row.decision) == (HERE, "production")
    refuse_on_wrong_copy()


def test_this_is_a_copy_keeps_everything_paused():
    be_connected_at(ELSEWHERE)

    ended = call("adopt_installation", "--copy", "--json")

    assert (ended.answer["state"], ended.answer["paused"]) == ("copy", True)
    assert (ended.answer["recorded"], ended.answer["base_url"]) == (ELSEWHERE, HERE)
    with pytest.raises(WrongCopy, match=f"copy of {ELSEWHERE}"):
        refuse_on_wrong_copy()


def test_a_copy_stays_one_wherever_it_is_taken(settings):
    be_connected_at(ELSEWHERE, decision="copy")
    settings.BASE_URL = ELSEWHERE

    assert state() is State.COPY
    assert standing().copy_of == ""


def test_a_production_that_moves_again_is_asked_about_again(settings):
    be_connected_at(ELSEWHERE)
    call("adopt_installation", "--production")
    settings.BASE_URL = "https://third.example.com"

    assert state() is State.UNDECIDED


@pytest.mark.parametrize("answer", ["--copy", "--production"])
def test_each_decision_is_audited_once_however_often_it_is_said(answer):
    be_connected_at(ELSEWHERE)

    first = call("adopt_installation", answer, "--json").answer
    second = call("adopt_installation", answer, "--json").answer

    assert first == second
    record = AuditRecord.objects.get(action="installation_decided")
    assert (record.actor_kind, record.actor, record.subject) == (
        *("command", "adopt_installation"),
        HERE,
    )
    assert record.details == {
        "decision": answer.removeprefix("--"),
        "before": {"state": "undecided", "address": ELSEWHERE},
    }


def test_without_an_answer_it_says_how_it_stands_and_changes_nothing():
    before = call("adopt_installation")
    be_connected_at(ELSEWHERE)
    after = call("adopt_installation")

    assert before.out.startswith("No PIM was ever connected here.")
    assert ELSEWHERE in after.out
    assert "--production or --copy" in after.out
    assert (before.status, after.status) == (0, 0)
    assert not Installation.objects.exclude(decision="").exists()
    assert not AuditRecord.objects.exists()


def test_a_copy_of_nothing_is_refused():
    ended = call("adopt_installation", "--copy", "--json")

    assert (ended.status, ended.out) == (1, "")
    assert ended.problem.startswith("No PIM was ever connected here")
    assert not Installation.objects.exists()


@pytest.mark.parametrize("path", ["/admin/", "/admin/connections/connection/", "/admin/sync/run/"])
def test_every_page_of_admin_asks_until_it_is_decided(path):
    be_connected_at(ELSEWHERE)

    page = browser_of_superuser().see(path)

    banner = page.select_one("#wrong-copy")
    assert ELSEWHERE in text_of(banner)
    assert [link["href"] for link in banner.select("a")] == [COPY, PRODUCTION]


def test_the_page_to_sign_in_at_tells_strangers_nothing():
    be_connected_at(ELSEWHERE)

    said = Browser().get("/admin/login/").content.decode()

    assert ELSEWHERE not in said


@pytest.mark.parametrize(("path", "then"), [(COPY, State.COPY), (PRODUCTION, State.PRODUCTION)])
def test_an_answer_is_confirmed_on_a_page_first(path, then):
    be_connected_at(ELSEWHERE)
    browser = browser_of_superuser()

    asked = browser.see(path)
    still = state()
    answered = browser.post(path, follow=True)

    assert still is State.UNDECIDED
    assert asked.select_one("#content form button[type=submit]")
    assert state() is then
    assert page_of(answered).select_one("#wrong-copy") is None
    record = AuditRecord.objects.get(action="installation_decided")
    assert (record.actor_kind, record.actor_key) == ("staff", "staff0")


def test_a_copy_is_named_on_every_page_and_asks_no_more():
    be_connected_at(ELSEWHERE, decision="copy")

    page = browser_of_superuser().see("/admin/")

    assert page.select_one("#wrong-copy") is None
    said = text_of(page.select_one("#a-copy"))
    assert said.startswith(f"A copy of {ELSEWHERE}")
    assert said.endswith("nothing is sent.")


def test_production_shows_nothing_of_it():
    be_connected_at(HERE)

    page = browser_of_superuser().see("/admin/")

    assert not page.select("#wrong-copy, #a-copy")


def test_staff_without_the_permission_see_it_and_cannot_decide():
    be_connected_at(ELSEWHERE)
    browser = browser_of_staff(make_staff("connections.view_installation"))

    banner = browser.see("/admin/connections/installation/").select_one("#wrong-copy")
    row = browser.see(reverse("admin:connections_installation_change", args=[1]))
    answers = [browser.post(path).status_code for path in (COPY, PRODUCTION)]

    assert not banner.select("a")
    assert not row.select("#content a[href*=decide]")
    assert answers == [403, 403]
    assert state() is State.UNDECIDED


def test_an_answer_that_does_not_exist_is_no_page():
    be_connected_at(ELSEWHERE)
    browser = browser_of_superuser()

    assert browser.post(f"{DECIDE}staging/").status_code == 404
    assert state() is State.UNDECIDED


def test_its_row_offers_what_can_still_be_said():
    row = be_connected_at(ELSEWHERE, decision="copy")

    page = browser_of_superuser().see(reverse("admin:connections_installation_change", args=[1]))

    assert row.base_url in text_of(page)
    assert [one["href"] for one in page.select("#content a[href*=decide]")] == [PRODUCTION]


def test_the_health_of_a_copy_is_fine_and_tells_no_address():
    be_connected_at(ELSEWHERE)

    answer = Browser().get("/healthz")

    assert (answer.status_code, answer.json()["status"]) == (200, "ok")
    assert ELSEWHERE not in answer.content.decode()
