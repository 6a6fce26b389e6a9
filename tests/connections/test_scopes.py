"""What the app asks for, what it gets, and that it neither strips itself nor asks for ever."""

import pytest

from connections.abilities import wanted_scopes
from connections.clients import client_for
from connections.models import Connection
from pim.scopes import missing
from tests.connections.conftest import app_of, connection_to, control, signed_in_as
from tests.pages.conftest import page_of, target_of, text_of
from tests.visitor import query_of

IDENTITY = {"openid", "profile", "email"}
FEW = {"read_products", "read_catalogs"}
STRUCTURE = {
    *("read_association_types", "read_catalog_structure", "read_categories"),
    *("read_channel_localization", "read_channel_settings"),
    *("read_attribute_options", "read_assets", "read_reference_entity_records"),
}


def asks_again(visitor):
    """The button that asks the PIM for what is missing, on Ferry's home page."""
    return page_of(visitor.ferry.get("/")).select_one('form[action="/connection/ask-again"]')


def ask_again(visitor):
    """Press it; where it ends."""
    to_activation = target_of(visitor.ferry.post("/connection/ask-again"))
    to_pim = visitor.ferry.get(to_activation)["Location"]
    return visitor.ferry.get(visitor.agree(to_pim))["Location"]


@pytest.mark.parametrize("path", ["", "/connection", "/products/0?pim_url=x"])
def test_opening_it_for_whatever_page_strips_nothing(pim, julia, path):
    """A PIM takes away what a manager's authorization does not ask for."""
    julia.open_app(pim.base_url)
    before = connection_to(pim)

    address = julia.activate(pim.base_url, next=path)
    julia.ferry.get(julia.agree(address))

    assert set(query_of(address)["scope"].split()) == wanted_scopes()
    assert app_of(pim).scopes == wanted_scopes() - IDENTITY
    assert (connection_to(pim).token, connection_to(pim).scopes) == (before.token, before.scopes)


def test_scopes_that_the_pim_does_not_know_vanish_and_the_rest_works(pim, julia):
    unknown = ["write_catalogs", "delete_catalogs"]
    control(pim, "pim", unknown_scopes=unknown)

    julia.open_app(pim.base_url)

    connection = connection_to(pim)
    assert connection.state == Connection.State.CONNECTED
    assert set(connection.scopes) == FEW | STRUCTURE | IDENTITY
    assert missing(wanted_scopes(), connection.scopes) == set(unknown)
    assert "New catalogs cannot be created" in text_of(page_of(julia.ferry.get("/")))
    assert list(client_for(connection).catalogs()) == []


def test_whoever_may_grant_nothing_is_asked_once_and_comes_in_all_the_same(pim, julia, peter):
    julia.open_app(pim.base_url)
    pim.set_scopes(app_of(pim), set(FEW))
    peter.open_app(pim.base_url)
    offered = asks_again(peter)

    end = ask_again(peter)

    assert (offered is not None, end) == (True, "/connection")
    assert asks_again(peter) is None
    assert signed_in_as(peter) == "Peter Quill"
    assert set(connection_to(pim).scopes) == FEW | IDENTITY
    assert connection_to(pim).token == app_of(pim).token


def test_a_pim_that_never_grants_them_is_asked_once_as_well(pim, julia):
    control(pim, "pim", unknown_scopes=["delete_catalogs"])
    julia.open_app(pim.base_url)
    offered = asks_again(julia)

    ask_again(julia)

    assert offered is not None
    assert asks_again(julia) is None


def test_whoever_may_grant_them_grants_them_when_asked_again(pim, julia):
    julia.open_app(pim.base_url)
    stripped = pim.set_scopes(app_of(pim), set(FEW))
    Connection.objects.update(scopes=sorted(FEW | IDENTITY), token=stripped)

    ask_again(julia)

    assert asks_again(julia) is None
    assert connection_to(pim).scopes == sorted(wanted_scopes())
    assert connection_to(pim).token == app_of(pim).token != stripped
