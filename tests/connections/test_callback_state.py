"""What binds a callback to the browser that started it: the state, once, for ten minutes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.db import connections as database_connections
from django.test import Client
from django.utils import timezone

from connections.models import Authorization, FailedAuthorization, PimUser
from tests.connections.conftest import (
    app_of,
    connection_to,
    refusal_in,
    signed_in_as,
    stored,
    under_way,
)
from tests.pages.conftest import page_of, text_of
from tests.visitor import CALLBACK, Visitor, query_of


@pytest.fixture
def callback(pim, julia):
    """The path that the PIM sent julia's browser to; the code is fresh."""
    return julia.agree(julia.activate(pim.base_url))


@pytest.mark.parametrize(
    "state", ["forged", "", "x" * 5000, "\x00", "\ufffd", "ü", "' OR 1=1 --", "{old}\n"]
)
def test_a_forged_state_is_refused_before_the_pim_is_asked(pim, julia, callback, state):
    before, query = stored(), query_of(callback)
    forged = state.replace("{old}", query["state"])

    response = julia.ferry.get(CALLBACK, {"code": query["code"], "state": forged})

    refusal_in(response, 403)
    assert stored() == before
    assert not pim.codes[query["code"]].used
    assert Authorization.objects.get().used_at is None
    assert signed_in_as(julia) == ""


def test_a_forged_state_leaves_the_real_one_usable(julia, callback):
    julia.ferry.get(CALLBACK, {"code": query_of(callback)["code"], "state": "forged"})

    assert julia.ferry.get(callback).status_code == 302
    assert signed_in_as(julia) == "Julia Stark"


@pytest.mark.parametrize("missing", ["state", "code", "both"])
def test_a_callback_without_code_or_state_is_refused_and_uses_nothing_up(
    pim, julia, callback, missing
):
    before, query = stored(), query_of(callback)
    kept = {name: value for name, value in query.items() if missing not in (name, "both")}

    said = refusal_in(julia.ferry.get(CALLBACK, kept), 403)

    assert "Open the app from the PIM" in said
    assert stored() == before
    assert Authorization.objects.get().used_at is None
    assert julia.ferry.get(callback).status_code == 302


def test_a_callback_out_of_the_blue_is_refused_and_starts_no_session(db):
    browser = Client()

    refusal_in(browser.get(CALLBACK, {"code": "c", "state": "s"}), 403)

    assert "sessionid" not in browser.cookies
    assert not Session.objects.exists()
    assert under_way() == 0


def test_another_browser_cannot_use_the_state(pim, julia, callback):
    before, thief = stored(), Visitor("peter")

    said = refusal_in(thief.ferry.get(callback), 403)

    assert "not started in this browser" in said
    assert stored() == before
    assert signed_in_as(thief) == ""
    assert not pim.codes[query_of(callback)["code"]].used


def test_another_browser_with_an_authorization_of_its_own_cannot_use_the_state(
    pim, julia, callback
):
    before, victim = stored(), Visitor("peter")
    victim.activate(pim.base_url)

    refusal_in(victim.ferry.get(callback), 403)

    assert stored() == before
    assert julia.ferry.get(callback).status_code == 302
    assert (signed_in_as(julia), signed_in_as(victim)) == ("Julia Stark", "")


def test_a_code_of_somebody_else_does_not_sign_the_victim_in_as_them(pim, julia, peter):
    """The attacker lures the victim to a callback with the attacker's code."""
    julia.open_app(pim.base_url)
    attackers = query_of(peter.agree(peter.activate(pim.base_url)))

    refusal_in(julia.ferry.get(CALLBACK, attackers), 403)

    assert signed_in_as(julia) == "Julia Stark"


def test_a_reload_is_told_so_and_stays_signed_in(pim, julia, callback):
    julia.ferry.get(callback)
    before = stored()

    response = julia.ferry.get(callback)

    said = refusal_in(response, 403)
    assert "used already" in said
    link = page_of(response).select_one("main a.primary")
    assert (link["href"], text_of(link)) == ("/", "Go to the home page")
    assert signed_in_as(julia) == "Julia Stark"
    assert stored() == before


def test_a_reload_after_signing_out_does_not_sign_in_again(julia, callback):
    julia.ferry.get(callback)
    julia.ferry.post("/oauth/sign-out")

    response = julia.ferry.get(callback)

    refusal_in(response, 403)
    assert page_of(response).select_one("main a.primary") is None
    assert signed_in_as(julia) == ""


def test_a_used_state_does_not_work_with_a_new_code(pim, julia, callback):
    julia.ferry.get(callback)
    fresh = query_of(julia.agree(julia.activate(pim.base_url)))["code"]

    refusal_in(
        julia.ferry.get(CALLBACK, {"code": fresh, "state": query_of(callback)["state"]}), 403
    )

    assert not pim.codes[fresh].used


def test_a_state_is_used_up_by_a_failed_attempt(pim, julia, callback):
    query = query_of(callback)
    refusal_in(julia.ferry.get(CALLBACK, {"code": "wrong", "state": query["state"]}), 400)

    said = refusal_in(julia.ferry.get(callback), 403)

    assert "used already" in said


@pytest.mark.parametrize(("minutes", "status"), [(9.9, 302), (10.1, 403)])
def test_a_state_lives_for_ten_minutes(pim, julia, minutes, status):
    address = julia.activate(pim.base_url)
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True):
        response = julia.ferry.get(julia.agree(address))

        assert response.status_code == status


def test_an_expired_state_says_so_and_stores_nothing(pim, julia):
    before, callback = stored(), julia.agree(julia.activate(pim.base_url))
    Authorization.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    said = refusal_in(julia.ferry.get(callback), 403)

    assert "longer than ten minutes" in said
    assert stored() == before
    assert not pim.codes[query_of(callback)["code"]].used


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_authorizations_of_one_browser_end_in_any_order(pim, julia, order):
    addresses = [julia.activate(pim.base_url, next=f"/help?tab={tab}") for tab in range(3)]
    callbacks = [julia.agree(address) for address in addresses]

    ends = [julia.ferry.get(callbacks[tab])["Location"] for tab in order]

    assert ends == [f"/help?tab={tab}" for tab in order]
    assert signed_in_as(julia) == "Julia Stark"
    assert PimUser.objects.count() == 1
    assert not FailedAuthorization.objects.exists()


def test_an_abandoned_authorization_does_not_hinder_the_next(pim, julia):
    julia.activate(pim.base_url)

    julia.open_app(pim.base_url)

    assert signed_in_as(julia) == "Julia Stark"


def test_a_code_of_one_pim_is_nothing_in_another(start_pim, julia):
    one = start_pim()
    other = start_pim(client_id="33333333-2222-4333-8444-555555555555", client_secret="other")
    before = stored()
    code = query_of(julia.agree(julia.activate(one.base_url)))["code"]
    state = query_of(julia.activate(other.base_url))["state"]

    refusal_in(julia.ferry.get(CALLBACK, {"code": code, "state": state}), 400)

    assert stored() == before
    assert not one.codes[code].used


@pytest.mark.django_db(transaction=True)
def test_of_two_callbacks_at_once_one_gets_in(pim, julia, callback):
    before = dict(julia.ferry.cookies.items())

    def call(_):
        browser = Client()
        browser.cookies.update(before)
        try:
            return browser.get(callback).status_code
        finally:
            database_connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(call, range(2)))

    assert statuses == [302, 403]
    assert PimUser.objects.count() == 1
    assert connection_to(pim).token == app_of(pim).token
