"""The page behind an invitation link, up to a PIM that is connected."""

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from akeneo_app import logs
from connections.invitations import invite
from connections.models import Connection, FailedAuthorization, Invitation, PimUser
from tests.connections.conftest import (
    connection_to,
    create_app,
    julia,
    refusal_in,
    signed_in_as,
    start_pim,
    stored,
)
from tests.pages.conftest import page_of, text_of

__all__ = ["julia", "start_pim"]
pytestmark = pytest.mark.django_db

PIM = "https://acme.cloud.akeneo.com"
HOSTILE = '"><script>alert(1)</script>'


@pytest.fixture
def pim(start_pim):
    """A PIM that Ferry does not know."""
    return start_pim(known=False)


@pytest.fixture
def path():
    """Where an invitation for any PIM leads."""
    return path_of(invite("Stan"))


def path_of(invitation):
    return f"/invitations/{invitation[1].rpartition('/')[2]}"


def pasted(pim, app, **changes):
    values = {"client_id": app.client_id, "client_secret": app.client_secret}
    return {"pim_url": f"{pim.base_url}/#/dashboard", **values, **changes}


def errors_in(response):
    """What each field says is wrong with it."""
    found = page_of(response).select(".field-error")
    return {one["id"].removeprefix("id_").removesuffix("_error"): text_of(one) for one in found}


def test_it_says_what_to_do_in_akeneo(path, settings):
    settings.BASE_URL = "https://ferry.example.com"

    response = Client().get(path)

    page = page_of(response)
    fields = [field["name"] for field in page.select("main form [name]")]
    assert page.find(id="activate-url")["value"] == "https://ferry.example.com/oauth/activate"
    assert page.find(id="callback-url")["value"] == "https://ferry.example.com/oauth/callback"
    assert len(page.select("[data-copy][hidden]")) == 2  # until the script is there
    assert "Create and delete custom apps" in text_of(page)
    assert fields == ["csrfmiddlewaretoken", "pim_url", "client_id", "client_secret"]
    assert page.find(id="id_client_secret")["type"] == "password"
    assert response["Referrer-Policy"] == "strict-origin"
    assert "no-store" in response["Cache-Control"]


def test_from_the_link_to_a_connected_pim(pim, path, julia):
    app = create_app(pim)

    stored = julia.ferry.post(path, pasted(pim, app))
    waiting = page_of(julia.ferry.get(path))
    home = julia.open_app(pim.base_url)
    connected = page_of(julia.ferry.get(path))

    assert (stored.status_code, stored.url) == (302, path)
    assert waiting.select_one("a.primary")["href"] == f"{pim.base_url}/#/connect/app-store"
    assert waiting.find(id="standing")["hx-get"] == path
    assert home.status_code == 302
    assert connection_to(pim).state == Connection.State.CONNECTED
    assert PimUser.objects.get().role == PimUser.Role.MANAGER
    assert "signed in as Julia Stark" in text_of(connected.find(id="standing"))
    assert connected.select_one("a.primary")["href"] == "/"
    assert not connected.find(id="standing").has_attr("hx-get")
    assert not connected.find(id="id_client_secret")


def test_the_page_notices_a_connection_that_was_made_elsewhere(pim, path, julia):
    browser = Client()
    app = create_app(pim)
    browser.post(path, pasted(pim, app))
    waiting = browser.get(path, headers={"HX-Request": "true"})

    julia.open_app(pim.base_url)

    noticed = browser.get(path, headers={"HX-Request": "true"})
    page = page_of(browser.get(path))
    assert (waiting.status_code, waiting.content) == (204, b"")
    assert not waiting.has_header("HX-Refresh")
    assert (noticed.status_code, noticed["HX-Refresh"]) == (204, "true")
    assert "click Open app" in text_of(page.find(id="standing"))


def test_a_wrong_secret_is_corrected_at_the_same_link(pim, path, julia):
    app = create_app(pim)
    julia.ferry.post(path, pasted(pim, app, client_secret="mistyped"))
    refusal_in(julia.open_app(pim.base_url), 400)

    form = page_of(julia.ferry.get(path))
    julia.ferry.post(path, pasted(pim, app))
    julia.open_app(pim.base_url)

    assert form.find(id="id_pim_url")["value"] == pim.base_url
    assert form.find(id="id_client_id")["value"] == app.client_id
    assert not form.find(id="id_client_secret").has_attr("value")
    assert signed_in_as(julia) == "Julia Stark"


def test_the_address_of_an_invitation_for_one_pim_is_settled(pim, julia):
    app = create_app(pim)
    path = path_of(invite("Stan", pim.base_url))

    page = page_of(julia.ferry.get(path))
    julia.ferry.post(path, pasted(pim, app, pim_url=PIM))

    assert not page.find(id="id_pim_url")
    assert f"Address of your PIM: {pim.base_url}" in text_of(page)
    assert [one.pim_url for one in Connection.objects.all()] == [pim.base_url]
    assert connection_to(pim).client_id == app.client_id


def test_used_it_is_closed_to_other_browsers(pim, path):
    mine, theirs = Client(), Client()
    app = create_app(pim)
    mine.post(path, pasted(pim, app))

    seen = theirs.get(path)
    sent = theirs.post(path, pasted(pim, app, client_secret="theirs"))

    assert (seen.status_code, sent.status_code) == (410, 410)
    assert "used already, in another browser. Ask whoever sent you" in text_of(page_of(seen))
    assert app.client_id not in seen.content.decode()
    assert connection_to(pim).client_secret == app.client_secret
    assert mine.get(path).status_code == 200


def test_expired_and_unknown_links_say_so(path):
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    expired, unknown = Client().get(path), Client().get(f"{path}x")

    assert (expired.status_code, unknown.status_code) == (410, 404)
    assert "This link has expired" in text_of(page_of(expired))
    assert "not a link of Ferry" in text_of(page_of(unknown))
    assert FailedAuthorization.objects.count() == 2


def test_a_page_that_was_left_open_counts_no_failures_by_itself(path):
    Invitation.objects.all().delete()

    responses = [Client().get(path, headers={"HX-Request": "true"}) for _ in range(40)]

    assert {one["HX-Refresh"] for one in responses} == {"true"}
    assert not FailedAuthorization.objects.exists()


def test_guessing_is_limited(path):
    statuses = [Client().get(f"/invitations/guess-{number}").status_code for number in range(31)]

    assert statuses == [404] * 30 + [429]
    assert Client().get(path).status_code == 429


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"pim_url": ""}, {"pim_url": "Paste the address of your PIM."}),
        ({"client_id": " "}, {"client_id": "Paste the client ID"}),
        ({"client_secret": ""}, {"client_secret": "Paste the client secret"}),
        ({"client_secret": "id"}, {"client_secret": "the client ID again"}),
        ({"pim_url": "https://10.0.0.1"}, {"pim_url": "not on the public internet"}),
        ({"pim_url": "http://acme.cloud.akeneo.com"}, {"pim_url": "Only https addresses"}),
        ({"pim_url": "file:///etc/passwd"}, {"pim_url": "must start with https://"}),
        ({"pim_url": "https://u:p@acme.com"}, {"pim_url": "user name or password"}),
        ({"pim_url": HOSTILE}, {"pim_url": "characters that no address has"}),
        ({"client_id": HOSTILE + "\x00"}, {"client_id": "without control characters"}),
        ({"client_id": "x" * 101}, {"client_id": "at most 100"}),
    ],
)
def test_bad_input_is_told_at_its_field_and_stores_nothing(path, settings, values, wrong):
    settings.PIM_ALLOW_INSECURE = False
    entered = {"pim_url": PIM, "client_id": "id", "client_secret": "planted-secret", **values}

    response = Client().post(path, entered)

    (field, says), *_ = wrong.items()
    content = response.content.decode()
    assert response.status_code == 422
    assert list(errors_in(response)) == [field]
    assert says in errors_in(response)[field]
    assert "planted-secret" not in content
    assert "<script>alert" not in content
    assert page_of(response).find(id="id_pim_url").get("value", "") == entered["pim_url"]
    assert stored() == {"connections": [], "people": []}
    assert Invitation.objects.get().used_at is None


def test_markup_that_was_entered_stays_text(path):
    browser = Client()

    browser.post(path, {"pim_url": PIM, "client_id": HOSTILE, "client_secret": HOSTILE + "2"})

    response = browser.get(path)
    assert page_of(response).find(id="id_client_id")["value"] == HOSTILE
    assert "<script>alert" not in response.content.decode()


def test_the_host_alone_is_an_address_too(path):
    values = {"pim_url": "Acme.cloud.akeneo.com", "client_id": "id", "client_secret": "secret"}

    Client().post(path, values)

    assert Connection.objects.get().pim_url == PIM


def test_a_form_that_another_site_sends_is_refused(path):
    browser = Client(enforce_csrf_checks=True)

    response = browser.post(path, {"pim_url": PIM, "client_id": "id", "client_secret": "secret"})

    assert response.status_code == 403
    assert not Connection.objects.exists()


@pytest.fixture
def log(caplog):
    """The lines as the settings let them through."""
    caplog.set_level(logging.DEBUG)
    for name, values in logs.configuration("DEBUG")["loggers"].items():
        assert ("addresses" in values.get("filters", ())) == (
            name in ("django.request", "django.security.csrf")
        )
    caplog.handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    logging.getLogger("django").addHandler(caplog.handler)
    yield lambda: caplog.text
    logging.getLogger("django").removeHandler(caplog.handler)


def test_no_log_line_has_the_token(path, log):
    token = path.rpartition("/")[2]

    Client().post(path, {"pim_url": PIM})
    Client(enforce_csrf_checks=True).post(path)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    Client().get(path)

    assert "Gone: /invitations/***" in log()
    assert "Unprocessable Entity: /invitations/***" in log()
    assert "Forbidden (CSRF cookie not set.): /invitations/***" in log()
    assert token not in log()
