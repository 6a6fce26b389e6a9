"""Who is signed in in a browser, and what ends it."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone

from connections.browser import (
    browser_secret,
    known_browser_secret,
    sign_in,
    signed_in_user,
)
from connections.middleware import PimUserMiddleware
from connections.models import PimUser
from connections.people import end_sessions
from tests.connections.conftest import signed_in_as
from tests.factories import make_pim_user
from tests.pages.conftest import browser_of

pytestmark = pytest.mark.django_db

SessionStore = import_module(django_settings.SESSION_ENGINE).SessionStore


@pytest.fixture
def request_with_session():
    request = RequestFactory().get("/")
    request.session = SessionStore()
    return request


def test_a_browser_has_one_secret_that_nobody_guesses(request_with_session):
    secret = browser_secret(request_with_session)

    assert browser_secret(request_with_session) == known_browser_secret(request_with_session)
    assert browser_secret(request_with_session) == secret
    assert len(secret) >= 43  # 256 bits


def test_asking_for_a_secret_that_may_not_be_there_makes_none(request_with_session):
    assert known_browser_secret(request_with_session) == ""
    assert not request_with_session.session.modified


def test_two_browsers_have_two_secrets():
    requests = [RequestFactory().get("/") for _ in range(2)]
    for request in requests:
        request.session = SessionStore()

    assert len({browser_secret(request) for request in requests}) == 2


def test_signing_in_renews_the_session_key_and_keeps_what_is_under_way(request_with_session):
    session = request_with_session.session
    secret = browser_secret(request_with_session)
    session.save()
    planted = session.session_key
    user = make_pim_user()

    sign_in(request_with_session, user)

    assert session.session_key != planted
    assert not SessionStore().exists(planted)
    assert known_browser_secret(request_with_session) == secret
    assert signed_in_user(request_with_session) == user


def test_a_session_key_planted_before_the_sign_in_opens_nothing(pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))
    planted = julia.ferry.cookies["sessionid"].value

    julia.ferry.get(callback)

    thief = Client()
    thief.cookies["sessionid"] = planted
    assert julia.ferry.cookies["sessionid"].value != planted
    assert thief.get("/connection").status_code == 403


def test_opening_the_app_again_keeps_the_session_of_requests_under_way(pim, julia):
    julia.open_app(pim.base_url)
    before = julia.ferry.cookies["sessionid"].value

    julia.open_app(pim.base_url)

    assert julia.ferry.cookies["sessionid"].value == before


def test_another_person_in_the_same_browser_gets_another_session(request_with_session):
    session = request_with_session.session
    sign_in(request_with_session, make_pim_user())
    session.save()
    before = session.session_key
    other = make_pim_user(firstname="Peter")

    sign_in(request_with_session, other)

    assert session.session_key != before
    assert not SessionStore().exists(before)
    assert signed_in_user(request_with_session) == other


def test_the_cookie_is_for_the_browser_alone(pim, julia):
    julia.open_app(pim.base_url)

    cookie = julia.ferry.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert (cookie["domain"], cookie["path"], cookie["max-age"]) == ("", "/", 12 * 3600)
    assert "Julia" not in cookie.value


def test_signing_out_ends_it_and_the_old_cookie_opens_nothing(pim, julia):
    julia.open_app(pim.base_url)
    old = julia.ferry.cookies["sessionid"].value

    response = julia.ferry.post("/oauth/sign-out")

    assert (response.status_code, response["Location"]) == (302, "/")
    assert signed_in_as(julia) == ""
    julia.ferry.cookies["sessionid"] = old
    assert signed_in_as(julia) == ""


def test_signing_out_in_one_browser_leaves_the_other_alone(pim, julia, peter):
    julia.open_app(pim.base_url)
    peter.open_app(pim.base_url)

    julia.ferry.post("/oauth/sign-out")

    assert (signed_in_as(julia), signed_in_as(peter)) == ("", "Peter Quill")


def test_an_authorization_that_is_under_way_survives_signing_out(pim, julia):
    julia.open_app(pim.base_url)
    callback = julia.agree(julia.activate(pim.base_url))

    julia.ferry.post("/oauth/sign-out")

    assert julia.ferry.get(callback).status_code == 302
    assert signed_in_as(julia) == "Julia Stark"


def test_nobody_can_sign_out_twice_or_without_a_session():
    browser = Client()

    for _ in range(2):
        assert browser.post("/oauth/sign-out").status_code == 302


def test_a_link_does_not_sign_out(pim, julia):
    julia.open_app(pim.base_url)

    assert julia.ferry.get("/oauth/sign-out").status_code == 405
    assert signed_in_as(julia) == "Julia Stark"


def test_another_site_cannot_sign_out(pim, julia):
    julia.open_app(pim.base_url)
    julia.ferry.handler.enforce_csrf_checks = True

    assert julia.ferry.post("/oauth/sign-out").status_code == 403
    assert signed_in_as(julia) == "Julia Stark"


def test_a_person_who_is_removed_is_signed_out_everywhere():
    user = make_pim_user()
    browser = browser_of(user)
    assert browser.get("/connection").status_code == 200

    user.delete()

    assert browser.get("/connection").status_code == 403
    assert browser.get("/").status_code == 200


def test_removing_a_connection_removes_its_people():
    user = make_pim_user()
    browser = browser_of(user)

    user.connection.delete()

    assert browser.get("/connection").status_code == 403


def test_a_session_that_was_swept_away_is_nobodys(pim, julia):
    julia.open_app(pim.base_url)
    Session.objects.all().delete()

    assert signed_in_as(julia) == ""


def seen_by_a_page(session):
    """The request as it reaches a page."""
    request: Any = RequestFactory().get("/")
    request.session = session
    PimUserMiddleware(lambda request: HttpResponse())(request)
    return request


def test_the_person_is_looked_up_only_when_a_page_asks(django_assert_num_queries):
    session = browser_of(make_pim_user()).session
    assert session["pim_user"]  # it is loaded now

    with django_assert_num_queries(0):
        request = seen_by_a_page(session)
    with django_assert_num_queries(1):
        assert request.pim_user.name == "Mary Smith"
        assert request.pim_user.connection.host


def test_a_visitor_is_something_false():
    assert not seen_by_a_page({}).pim_user


def signed_in_later(visitor, **later):
    with time_machine.travel(timezone.now() + timedelta(**later)):
        return signed_in_as(visitor)


def test_who_opens_no_page_for_two_hours_is_signed_out(pim, julia):
    julia.open_app(pim.base_url)

    assert signed_in_later(julia, hours=1, minutes=59) == "Julia Stark"
    assert signed_in_later(julia, hours=3, minutes=58) == "Julia Stark"
    assert signed_in_later(julia, hours=5, minutes=59) == ""
    assert signed_in_as(julia) == ""


def test_twelve_hours_are_the_end_however_busy_somebody_is(pim, julia):
    julia.open_app(pim.base_url)

    for hour in range(1, 12):
        assert signed_in_later(julia, hours=hour) == "Julia Stark"
    assert signed_in_later(julia, hours=12, seconds=1) == ""


def test_what_a_page_fetches_by_itself_keeps_nobody_signed_in(pim, julia):
    julia.open_app(pim.base_url)

    for minutes in range(10, 121, 10):
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            julia.ferry.get("/connection", headers={"HX-Request": "true"})

    assert signed_in_later(julia, minutes=121) == ""


def test_staff_end_the_sessions_of_a_person_until_they_sign_in_again(pim, julia):
    julia.open_app(pim.base_url)

    end_sessions(PimUser.objects.get())

    assert signed_in_as(julia) == ""
    julia.open_app(pim.base_url)
    assert signed_in_as(julia) == "Julia Stark"


def test_a_visitor_who_never_comes_back_is_remembered_for_minutes(pim, julia):
    julia.activate(pim.base_url)

    assert julia.ferry.cookies["sessionid"]["max-age"] == 15 * 60


def test_staff_who_came_as_a_visitor_before_get_a_whole_session(pim, julia, settings):
    User.objects.create_superuser("staff", password="a-long-pass-phrase")
    julia.activate(pim.base_url)

    julia.ferry.post("/admin/login/", {"username": "staff", "password": "a-long-pass-phrase"})

    assert julia.ferry.get("/admin/").status_code == 200
    assert julia.ferry.cookies["sessionid"]["max-age"] == settings.SESSION_COOKIE_AGE
