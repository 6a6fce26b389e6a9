"""The products of a catalog, as the PIM stores them (pim-contract.md 2.3, 2.4)."""

import pytest

from sandbox.faults import Fault
from sandbox.state import Criterion
from tests.sandbox.api import BASE_URL, ROOT, Api, flat_schema, json_of

LISTS = ["product-uuids", "products", "mapped-products"]
UNKNOWN = "ffffffff-ffff-4fff-8fff-ffffffffffff"


@pytest.mark.parametrize("path", LISTS)
def test_a_disabled_catalog_answers_200_with_an_error(api, path):
    catalog = api.catalog(enabled=False)

    answer = api.get(f"/catalogs/{catalog.id}/{path}")

    assert answer.status_code == 200
    assert answer.json == {
        "error": f"No products to synchronize. The catalog {catalog.id} has been disabled on the "
        "PIM side. Note that you can get catalogs status with the GET /api/rest/v1/catalogs "
        "endpoint."
    }


def test_single_products_of_a_disabled_catalog_have_texts_of_their_own(api):
    catalog = api.catalog(enabled=False)

    raw = api.get(f"/catalogs/{catalog.id}/products/{UNKNOWN}").json["error"]
    mapped = api.get(f"/catalogs/{catalog.id}/mapped-products/{UNKNOWN}").json["error"]

    assert raw.startswith(
        f'No product to synchronize. The catalog "{catalog.id}" has been disabled on PIM side.'
    )
    assert mapped.startswith(
        f"No product to synchronize. The catalog {catalog.id} has been disabled on the PIM side."
    )


@pytest.mark.parametrize("path", [*LISTS, "mapping-schemas/product"])
def test_an_unknown_catalog_is_404_before_anything_else(api, path):
    answer = api.get(f"/catalogs/{UNKNOWN}/{path}", limit=0)

    assert answer.status_code == 404
    assert answer.json["message"].startswith(f'Catalog "{UNKNOWN}" does not exist')


def test_pages_run_by_uuid_from_behind_the_cursor(api):
    catalog = api.catalog()
    listed = api.listed(catalog)

    uuids, pages = api.all(f"/catalogs/{catalog.id}/product-uuids", limit=10)

    assert uuids == sorted(listed)
    assert pages == len(listed) // 10 + 1


def test_an_exact_multiple_ends_on_an_empty_page(api):
    catalog = api.catalog()
    count = len(api.listed(catalog))

    full = api.get(f"/catalogs/{catalog.id}/product-uuids", limit=count).json
    uuids, pages = api.all(f"/catalogs/{catalog.id}/product-uuids", limit=count)

    assert "next" in full["_links"]
    assert (len(uuids), pages) == (count, 2)


def test_links_are_absolute_and_keep_the_dates_encoded(api):
    catalog = api.catalog()

    answer = api.get(
        f"/catalogs/{catalog.id}/products", limit=2, updated_after="2020-01-01T00:00:00+00:00"
    ).json

    root = f"{BASE_URL}/api/rest/v1/catalogs/{catalog.id}/products"
    kept = "updated_after=2020-01-01T00%3A00%3A00%2B00%3A00&limit=2"
    last = answer["_embedded"]["items"][-1]["uuid"]
    assert answer["_links"] == {
        "self": {"href": f"{root}?{kept}"},
        "first": {"href": f"{root}?{kept}"},
        "next": {"href": f"{root}?search_after={last}&{kept}"},
    }
    assert "current_page" not in answer


def test_the_count_is_of_the_whole_selection(api):
    catalog = api.catalog()

    answer = api.get(f"/catalogs/{catalog.id}/product-uuids", limit=5, with_count="true").json

    assert answer["items_count"] == len(api.listed(catalog))


@pytest.mark.parametrize(
    ("path", "most"), [("product-uuids", 1000), ("products", 1000), ("mapped-products", 100)]
)
def test_a_limit_out_of_range_is_refused(api, path, most):
    catalog = api.catalog(schema=flat_schema())
    asked = ("0", str(most + 1), "many", str(most))

    answers = [api.get(f"/catalogs/{catalog.id}/{path}", limit=limit) for limit in asked]

    assert [answer.status_code for answer in answers] == [422, 422, 422, 200]
    assert answers[0].json["message"] == "Validation failed."
    assert answers[0].json["errors"][0]["property"] == "limit"


def test_a_cursor_that_is_no_uuid_is_refused(api):
    catalog = api.catalog()

    answer = api.get(f"/catalogs/{catalog.id}/product-uuids", search_after="page-2")

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "date",
    [
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00.5+00:00",
        "2024-01-01T00:00:00 00:00",  # a plus that was not encoded
        "2024-13-01T00:00:00+00:00",
    ],
)
@pytest.mark.parametrize("name", ["updated_after", "updated_before"])
def test_a_date_in_another_form_is_refused(api, name, date):
    catalog = api.catalog()

    answer = api.get(f"/catalogs/{catalog.id}/products", **{name: date})

    assert answer.status_code == 422
    assert answer.json["errors"][0]["message"] == "ISO 8601 format is required."


def test_everything_that_is_wrong_with_a_request_is_told_at_once(api):
    catalog = api.catalog()

    answer = api.get(
        f"/catalogs/{catalog.id}/product-uuids",
        limit="x",
        search_after="{00000000-0000-4000-8000-000000000000}",
        updated_before="soon",
    )

    assert answer.status_code == 422
    assert answer.json["errors"] == [
        {"property": "searchAfter", "message": "This is not a valid UUID."},
        {"property": "limit", "message": "This value should be between 1 and 1000."},
        {"property": "updatedBefore", "message": "ISO 8601 format is required."},
    ]


def test_bad_parameters_are_refused_even_of_a_disabled_catalog(api):
    catalog = api.catalog(enabled=False)

    assert api.get(f"/catalogs/{catalog.id}/mapped-models", limit=0).status_code == 422
    assert api.get(f"/catalogs/{catalog.id}/product-uuids", limit=0).status_code == 422


@pytest.mark.parametrize(
    ("form", "key", "shown"),
    [("error", "error", "{}"), ("quoted", "error", '"{}"'), ("message", "message", "{}")],
)
def test_a_disabled_catalog_says_so_in_the_way_of_the_version(api, form, key, shown):
    catalog = api.catalog(enabled=False)
    api.pim.disabled_answer = form

    answer = api.get(f"/catalogs/{catalog.id}/product-uuids")

    assert answer.status_code == 200
    assert answer.json == {
        key: f"No products to synchronize. The catalog {shown.format(catalog.id)} has been "
        "disabled on the PIM side. Note that you can get catalogs status with the GET "
        "/api/rest/v1/catalogs endpoint."
    }


def test_links_may_leave_out_the_host(api):
    catalog = api.catalog()
    api.pim.relative_links = True

    page = api.get(f"/catalogs/{catalog.id}/product-uuids", limit=5).json

    start = f"{ROOT}/catalogs/{catalog.id}/product-uuids?"
    assert {name: link["href"].startswith(start) for name, link in page["_links"].items()} == {
        **{"self": True, "first": True, "next": True}
    }


def test_dates_select_by_the_products_own_update(api):
    catalog = api.catalog()
    edited = api.listed(catalog)[3]
    api.pim.edit_product(edited, "name", "Edited", locale="en_US")
    moment = "2025-06-15T00:00:00+02:00"

    after, _ = api.all(f"/catalogs/{catalog.id}/product-uuids", updated_after=moment)
    before, _ = api.all(f"/catalogs/{catalog.id}/product-uuids", updated_before=moment)

    assert after == [edited]
    assert edited not in before
    assert len(before) == len(api.listed(catalog)) - 1


def test_a_change_of_a_model_changes_its_variants_and_not_their_dates(api):
    catalog = api.catalog()
    product = next(p for p in api.pim.listed_products(catalog) if p.parent)
    *_, root = api.pim.assortment.parents(product)
    api.pim.edit_model(root.code, "name", "Changed above", locale="en_US")

    answer = api.get(f"/catalogs/{catalog.id}/products/{product.uuid}").json
    later, _ = api.all(
        f"/catalogs/{catalog.id}/product-uuids", updated_after="2025-06-01T00:00:00+00:00"
    )

    names = {value["locale"]: value["data"] for value in answer["values"]["name"]}
    assert names["en_US"] == "Changed above"
    assert later == []


def test_a_raw_product_has_the_documented_form(api):
    catalog = api.catalog()

    product = api.get(f"/catalogs/{catalog.id}/products", limit=1).json["_embedded"]["items"][0]

    assert list(product)[:7] == [
        *("uuid", "enabled", "family", "categories", "groups", "parent", "values")
    ]
    assert product["updated"].endswith("+00:00")
    (sku,) = product["values"]["sku"]
    assert (sku["locale"], sku["scope"]) == (None, None)
    assert api.get(f"/catalogs/{catalog.id}/products/{product['uuid']}").json == product


def test_a_product_out_of_the_selection_is_404(api):
    catalog = api.catalog()
    product = api.listed(catalog)[0]
    api.pim.disable_product(product)

    answers = [
        api.get(f"/catalogs/{catalog.id}/products/{key}") for key in (product, UNKNOWN, "nonsense")
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert answers[0].json["message"] == (
        f'Either catalog "{catalog.id}" does not exist or you can\'t access it, or product '
        f'"{product}" does not exist or you do not have permission to access it.'
    )


def test_what_was_disabled_or_deleted_simply_vanishes(api):
    catalog = api.catalog()
    disabled, deleted, *kept = api.listed(catalog)

    api.pim.disable_product(disabled)
    api.pim.delete_product(deleted)

    assert api.all(f"/catalogs/{catalog.id}/product-uuids")[0] == kept


def test_a_selection_takes_families_and_categories_with_those_below(api):
    catalog = api.catalog()
    catalog.criteria = [
        Criterion("enabled", "=", True),
        Criterion("category", "IN CHILDREN", ["home"]),
        Criterion("family", "IN", ["lamps"]),
    ]

    items, _ = api.all(f"/catalogs/{catalog.id}/products")

    assert items
    assert {item["family"] for item in items} == {"lamps"}


@pytest.mark.parametrize("path", [*LISTS, f"products/{UNKNOWN}"])
def test_a_catalog_whose_selection_is_broken_disables_itself(api, path):
    catalog = api.catalog(schema=flat_schema())
    product = api.listed(catalog)[0]
    catalog.criteria = [Criterion("family", "IN", ["abolished"])]

    answer = api.get(f"/catalogs/{catalog.id}/{path.replace(UNKNOWN, product)}")

    assert answer.status_code == 200
    assert set(answer.json) == {"error"}
    assert api.get(f"/catalogs/{catalog.id}").json["enabled"] is False


def test_a_catalog_can_be_disabled_between_two_pages(api):
    catalog = api.catalog()
    api.pim.faults.add(Fault("disable-after-page", path="product-uuids"))

    first = api.get(f"/catalogs/{catalog.id}/product-uuids", limit=2).json
    second = api.get(f"/catalogs/{catalog.id}/product-uuids", limit=2).json

    assert len(first["_embedded"]["items"]) == 2
    assert set(second) == {"error"}


def test_an_empty_shop_has_an_empty_page():
    api = Api(products=0)
    catalog = api.catalog()

    answer = json_of(api.get(f"/catalogs/{catalog.id}/products"))

    assert answer["_embedded"]["items"] == []
    assert "next" not in answer["_links"]
