"""A page that is asked for without a session: through the PIM and back to it."""

import pytest
from django.test import Client

from connections.models import Authorization
from tests.connections.conftest import connection_to, pim, start_pim
from tests.factories import make_catalog, make_channel
from tests.visitor import Visitor, query_of

pytestmark = pytest.mark.django_db

__all__ = ["pim", "start_pim"]  # fixtures

PRODUCT = "/products/6a344eeb-ecf4-44c3-ba6e-6df68162c105"


@pytest.fixture
def julia():
    return Visitor()


def follow(visitor, response):
    """From Ferry's redirect through the PIM, to where Ferry sends the browser then."""
    assert response.status_code == 302, response.content
    return visitor.ferry.get(visitor.agree(visitor.ferry.get(response["Location"])["Location"]))


def test_a_link_that_names_its_pim_comes_back_to_its_page(pim, julia):
    path = f"{PRODUCT}?pim_url={pim.base_url}"

    response = follow(julia, julia.ferry.get(path))

    assert response["Location"] == path
    page = julia.ferry.get(path)
    assert page.status_code == 200
    assert b"does not carry" in page.content


def test_a_browser_that_knows_its_pim_needs_no_name(pim, julia):
    julia.open_app(pim.base_url)
    channel = make_channel(connection_to(pim))
    path = make_catalog(channel).get_absolute_url()
    del julia.ferry.cookies["sessionid"]

    response = follow(julia, julia.ferry.get(path))

    assert response["Location"] == path


def test_opening_the_app_leads_to_the_page_that_was_asked_for_in_vain(pim, julia):
    path = "/connection"
    assert julia.ferry.get(path).status_code == 403

    response = julia.open_app(pim.base_url)

    assert response["Location"] == path
    assert julia.open_app(pim.base_url)["Location"] == "/"


def test_a_link_of_another_pim_signs_in_there(start_pim, julia):
    one = start_pim()
    other = start_pim(client_id="33333333-2222-4333-8444-555555555555", client_secret="other")
    julia.open_app(one.base_url)
    path = f"/connection?pim_url={other.base_url}"

    assert follow(julia, julia.ferry.get(path))["Location"] == path

    assert julia.ferry.get(path).status_code == 200


@pytest.mark.parametrize("pim_url", ["https://evil.example.com", "javascript:alert(1)", "x", ""])
def test_a_pim_that_nobody_knows_is_asked_nothing(db, pim_url):
    response = Client().get("/connection", {"pim_url": pim_url})

    assert response.status_code == 403
    assert not Authorization.objects.exists()


def test_a_forged_page_cookie_leads_nowhere(pim, julia):
    julia.ferry.cookies["ferry_page"] = "https://evil.example.com/:1abcde:forged"

    assert julia.open_app(pim.base_url)["Location"] == "/"


def test_nothing_is_changed_on_the_way(pim, julia):
    response = julia.ferry.post("/connection/ask-again")

    assert response.status_code == 403
    assert "ferry_page" not in julia.ferry.cookies


def test_signing_out_forgets_the_pim(pim, julia):
    julia.open_app(pim.base_url)
    julia.ferry.post("/oauth/sign-out")

    assert julia.ferry.get("/connection").status_code == 403


def test_a_way_in_that_fails_ends_at_a_refusal_and_not_in_a_circle(pim, julia):
    julia.open_app(pim.base_url)
    del julia.ferry.cookies["sessionid"]
    start = julia.ferry.get("/connection")
    state = query_of(julia.ferry.get(start["Location"])["Location"])["state"]

    response = julia.ferry.get("/oauth/callback", {"state": state, "code": "wrong"})

    assert response.status_code == 400
