"""Where a secret that was made anew in the PIM is entered, and how people get there."""

from urllib.parse import quote

import pytest
from django.test import Client

from connections.models import Authorization, Connection, FailedAuthorization, PimUser
from sandbox import custom_apps
from tests.connections.conftest import (
    connection_to,
    create_app,
    julia,
    peter,
    refusal_in,
    signed_in_as,
    start_pim,
    stored,
    under_way,
)
from tests.factories import make_connection, make_pim_user
from tests.pages.conftest import browser_of, page_of, target_of, text_of

__all__ = ["julia", "peter", "start_pim"]
pytestmark = pytest.mark.django_db

PIM = "https://acme.cloud.akeneo.com"


@pytest.fixture
def pim(start_pim):
    return start_pim()


def renew_secret(pim, client_id):
    custom_apps.renew_secret(pim, pim.apps[client_id])
    return pim.apps[client_id].client_secret


@pytest.fixture
def renewed(pim, julia):
    """A connected PIM whose secret was made anew; what a browser that nobody is signed in with
    is led to after *Open app*."""
    julia.open_app(pim.base_url)
    julia.ferry.post("/oauth/sign-out")
    (client_id,) = pim.apps
    renew_secret(pim, client_id)
    page = page_of(julia.open_app(pim.base_url))
    return page.find("a", string="Enter the new secret")["href"]


def test_a_wrong_secret_leads_to_where_the_new_one_is_entered(pim, renewed, julia):
    (app,) = pim.apps.values()
    page = page_of(julia.ferry.get(renewed))

    target = target_of(julia.ferry.post(renewed, {"client_secret": app.client_secret}))
    julia.ferry.get(julia.agree(target))

    assert [field["name"] for field in page.select("main form input[type=password]")] == [
        "client_secret"
    ]
    assert signed_in_as(julia) == "Julia Stark"
    assert connection_to(pim).client_secret == app.client_secret


def test_another_wrong_one_changes_nothing_and_leads_there_again(pim, renewed, julia):
    before = stored()

    target = target_of(julia.ferry.post(renewed, {"client_secret": "planted-wrong"}))
    response = julia.ferry.get(julia.agree(target))

    assert "does not accept" in refusal_in(response, 400)
    assert page_of(response).find("a", string="Enter the new secret")["href"] == renewed
    assert "planted-wrong" not in response.content.decode()
    assert stored() == before


def test_whoever_is_not_a_manager_may_prove_it_as_well(pim, renewed, peter):
    (app,) = pim.apps.values()

    target = target_of(peter.ferry.post(renewed, {"client_secret": app.client_secret}))
    peter.ferry.get(peter.agree(target))

    assert signed_in_as(peter) == "Peter Quill"
    assert connection_to(pim).client_secret == app.client_secret


@pytest.mark.parametrize("pim_url", ["", "nonsense", PIM, "https://published.cloud.akeneo.com"])
def test_there_is_such_a_page_only_for_pims_with_a_custom_app(pim_url):
    make_connection(pim_url="https://published.cloud.akeneo.com")

    response = Client().get(f"/credentials?pim_url={quote(pim_url)}")

    assert response.status_code == 404
    assert FailedAuthorization.objects.count() == 1


def test_without_a_secret_nothing_is_begun():
    make_connection(pim_url=PIM, client_id="id", client_secret="secret")

    response = Client().post(f"/credentials?pim_url={PIM}", {"client_secret": ""})

    assert response.status_code == 422
    assert under_way() == 0


@pytest.fixture
def manager(pim, julia):
    julia.open_app(pim.base_url)
    return julia


def test_a_manager_who_is_signed_in_is_led_to_their_own_page(pim, manager):
    (client_id,) = pim.apps
    renew_secret(pim, client_id)

    page = page_of(manager.open_app(pim.base_url))
    response = manager.ferry.get("/credentials", {"pim_url": pim.base_url})

    assert page.find("a", string="Enter the new secret")["href"] == "/connection/credentials"
    assert response.url == "/connection/credentials"


def test_a_new_secret_is_proved_before_it_is_stored(pim, manager):
    (app,) = pim.apps.values()
    before = connection_to(pim).client_secret
    secret = renew_secret(pim, app.client_id)
    values = {"client_id": app.client_id, "client_secret": secret}

    target = target_of(manager.ferry.post("/connection/credentials", values))
    in_between = connection_to(pim).client_secret
    response = manager.ferry.get(manager.agree(target))

    assert (in_between, connection_to(pim).client_secret) == (before, secret)
    assert response.url == "/connection"


def test_another_app_is_stored_and_takes_the_place_of_the_first(pim, manager):
    """Its people are others for the PIM, and who connects it manages it."""
    app = create_app(pim)
    values = {"client_id": app.client_id, "client_secret": app.client_secret}

    target = target_of(manager.ferry.post("/connection/credentials", values))
    response = manager.ferry.get(manager.agree(manager.ferry.get(target)["Location"]))

    connection = connection_to(pim)
    assert response.url == "/connection"
    assert (connection.client_id, connection.token) == (app.client_id, app.token)
    assert manager.ferry.get("/connection/credentials").status_code == 200


def test_whoever_is_no_manager_changes_no_credentials():
    connection = make_connection(pim_url=PIM, client_id="id", client_secret="secret")
    browser = browser_of(make_pim_user(connection, role=PimUser.Role.EDITOR))
    before = stored()

    seen = browser.get("/connection/credentials")
    sent = browser.post("/connection/credentials", {"client_id": "x", "client_secret": "y"})

    assert (seen.status_code, sent.status_code) == (403, 403)
    assert stored() == before
    assert not Authorization.objects.exists()


def test_credentials_of_the_published_app_are_staffs():
    browser = browser_of(make_pim_user(make_connection(pim_url=PIM)))

    response = browser.post("/connection/credentials", {"client_id": "x", "client_secret": "y"})

    assert "the people who run Ferry for you" in text_of(page_of(response))
    assert Connection.objects.get().client_id == ""
