"""The client and a PIM that answers as Akeneo's does: what 200 may mean, paging, scopes, limits."""

import json

import pytest

from channels.http import HttpAdapter
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.client import PimClient
from pim.errors import CatalogDisabled, NoMappingSchema, RequestRefused, ValidationFailed
from pim.scopes import expand
from sandbox.rest import mapping_schemas
from sandbox.scopes import AUTHENTICATION, AUTHORIZATIONS
from sandbox.state import CLIENT_ID, Catalog, make_pim
from tests.sandbox_server import serving_sandbox

SCHEMA = HttpAdapter.mapping_schema()
SCOPES = {"read_products", "delete_catalogs"}


@pytest.fixture(scope="module")
def serving():
    pim = make_pim(products=25)
    with serving_sandbox(pim):
        yield pim


@pytest.fixture
def pim(serving):
    serving.disconnect(CLIENT_ID)
    serving.apps[CLIENT_ID].connected = True
    serving.catalog_limit, serving.put_schema_status, serving.disabled_answer = 200, 200, "error"
    serving.traffic.reset()
    return serving


@pytest.fixture
def client(pim):
    token = pim.set_scopes(pim.apps[CLIENT_ID], set(SCOPES))
    with GuardedSession(AddressPolicy(["127.0.0.1"], insecure=True)) as session:
        yield PimClient(pim.base_url, token, session=session, retrier=Retrier(max_tries=1))


def calls(pim):
    return pim.traffic.as_json()["total"]


@pytest.mark.parametrize("answer", ["error", "quoted", "message"])
def test_200_of_a_disabled_catalog_is_no_empty_list(pim, client, answer):
    catalog = client.create_catalog("Shop")
    client.put_mapping_schema(catalog.id, SCHEMA)
    pim.disabled_answer = answer
    uuid = next(pim.assortment.products_after()).uuid

    for ask in (
        lambda: list(client.uuid_pages(catalog.id)),
        lambda: list(client.product_pages(catalog.id, mapped=False)),
        lambda: list(client.product_pages(catalog.id, mapped=True)),
        lambda: client.product(catalog.id, uuid, mapped=False),
        lambda: client.product(catalog.id, uuid, mapped=True),
    ):
        with pytest.raises(CatalogDisabled):
            ask()

    assert not client.catalog(catalog.id).enabled


def test_200_of_a_catalog_without_schema_is_no_empty_list(pim, client):
    catalog = client.create_catalog("Shop")
    pim.catalogs[catalog.id].enabled = True
    uuid = next(pim.assortment.products_after()).uuid

    with pytest.raises(NoMappingSchema):
        list(client.product_pages(catalog.id, mapped=True))
    with pytest.raises(NoMappingSchema):
        client.product(catalog.id, uuid, mapped=True)


def test_announcing_scopes_flags_the_app_and_grants_nothing(pim, client):
    app = pim.apps[CLIENT_ID]

    client.notify_scopes(SCOPES)
    after_the_same = app.outdated_scopes
    client.notify_scopes({*SCOPES, "write_products"})

    assert (after_the_same, app.outdated_scopes) == (False, True)
    assert app.scopes == SCOPES


def test_all_scopes_of_a_pim_at_once_are_not_too_many(client):
    known = {*AUTHORIZATIONS, *AUTHENTICATION}

    client.notify_scopes(known)

    assert expand(known) == known  # none is thought to imply one that no PIM has


def test_a_name_goes_along_with_every_change_and_both_are_answered(pim, client):
    made = client.create_catalog("Shop", managed_locales=["en_US"])

    changed = client.update_catalog(made.id, name="Store", managed_locales=["de_DE"])

    assert (made.name, made.enabled, made.managed_locales) == ("Shop", False, ("en_US",))
    assert (changed.id, changed.name, changed.managed_locales) == (made.id, "Store", ("de_DE",))
    with pytest.raises(ValidationFailed, match="should not be blank"):
        client.update_catalog(made.id, name="")


@pytest.mark.parametrize("status", [200, 201])
def test_a_schema_is_stored_whatever_success_is_called(pim, client, status):
    pim.put_schema_status = status
    catalog = client.create_catalog("Shop")

    client.put_mapping_schema(catalog.id, SCHEMA)

    assert client.mapping_schema(catalog.id) == pim.catalogs[catalog.id].schema == SCHEMA


def test_a_schema_of_a_version_that_the_pim_does_not_know_is_refused(pim, client, monkeypatch):
    monkeypatch.setattr(mapping_schemas, "VERSIONS", {"0.0.1"})
    catalog = client.create_catalog("Shop")

    with pytest.raises(ValidationFailed, match="valid \\$schema reference"):
        client.put_mapping_schema(catalog.id, SCHEMA)

    assert client.mapping_schema(catalog.id) is None


@pytest.mark.parametrize("limit", [15, 200])
def test_the_limit_of_catalogs_is_read_and_not_known(pim, client, limit):
    pim.catalog_limit = limit
    fill(pim, limit)

    with pytest.raises(ValidationFailed) as refused:
        client.create_catalog("One too many")

    assert refused.value.limit_reached
    assert f"You can create up to {limit} catalogs" in refused.value.message


def test_catalogs_are_listed_a_hundred_at_a_time_to_the_last(pim, client):
    fill(pim, 201)
    before = calls(pim)

    found = list(client.catalogs())

    assert {one.id for one in found} == set(pim.catalogs)
    assert calls(pim) - before == 3


@pytest.mark.parametrize("query", [{"limit": 101}, {"limit": 0}, {"page": 0}])
def test_bad_paging_of_catalogs_is_a_request_that_was_refused(client, query):
    with pytest.raises(RequestRefused) as refused:
        list(client.items("catalogs", **query))

    assert refused.value.status == 400


def test_bad_paging_of_products_is_made_up_for_by_smaller_pages(pim, client):
    catalog = client.create_catalog("Shop")
    pim.catalogs[catalog.id].enabled = True
    link = f"{pim.base_url}/api/rest/v1/catalogs/{catalog.id}/products?limit=1001"

    (page,) = client.product_pages(catalog.id, mapped=False, link=link)

    assert {product.key for product in page.products} == {
        product.uuid for product in pim.listed_products(pim.catalogs[catalog.id])
    }
    assert json.loads(page.products[0].body)["enabled"] is True


def fill(pim, number):
    for each in range(number):
        name = f"c0ffee00-0000-4000-8000-{each:012}"
        pim.catalogs[name] = Catalog(name, f"Catalog {each}", CLIENT_ID)
