import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest

from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from pim.client import PimClient
from pim.errors import (
    CatalogDisabled,
    CatalogGone,
    NoMappingSchema,
    UnexpectedAnswer,
    ValidationFailed,
)
from pim.values import ProductPage, RawProduct, UuidPage
from tests.pim.conftest import API, PIM, TOKEN

CATALOG = f"{API}/catalogs/c1"
ONE = "11111111-1111-4111-8111-111111111111"
TWO = "22222222-2222-4222-8222-222222222222"

DISABLED = [
    "No products to synchronize. The catalog c1 has been disabled on the PIM side. Note that you "
    "can get catalogs status with the GET /api/rest/v1/catalogs endpoint.",
    'No products to synchronize. The catalog "c1" has been disabled on PIM side.',
    "Something nobody has seen before",
]


def page(*items, following=None, **more):
    links = {"self": {"href": "x"}, "first": {"href": "x"}}
    if following:
        links["next"] = {"href": following}
    return {"_links": links, "_embedded": {"items": list(items)}, **more}


def query(call):
    return {name: value[0] for name, value in parse_qs(urlsplit(call.request.url).query).items()}


def test_it_gives_each_product_as_the_pim_sent_it(http, client):
    item = b'{ "sku":"A",  "price": 1.50, "uuid":"%s"}' % ONE.upper().encode()
    http.get(f"{CATALOG}/products", body=b'{"_links":{},"_embedded":{"items":[%s]}}' % item)

    pages = list(client.product_pages("c1", mapped=False))

    assert pages == [ProductPage((RawProduct(ONE, item),), None, f"{CATALOG}/products?limit=1000")]
    assert http.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "following",
    [
        f"{API}/catalogs/c1/mapped-products?limit=100&search_after={ONE}",
        f"/api/rest/v1/catalogs/c1/mapped-products?limit=100&search_after={ONE}",
        f"http://acme.cloud.akeneo.com/api/rest/v1/catalogs/c1/mapped-products"
        f"?limit=100&search_after={ONE}",
        f"https://ACME.cloud.akeneo.com:443/api/rest/v1/catalogs/c1/mapped-products"
        f"?limit=100&search_after={ONE}",
    ],
)
def test_it_follows_the_next_link_to_the_last_empty_page(http, client, following):
    http.get(f"{CATALOG}/mapped-products", json=page({"uuid": ONE}, following=following))
    http.get(f"{CATALOG}/mapped-products", json=page())

    pages = list(client.product_pages("c1", mapped=True))

    second = f"{CATALOG}/mapped-products?limit=100&search_after={ONE}"
    assert [len(page.products) for page in pages] == [1, 0]
    assert [page.next_link for page in pages] == [second, None]
    assert [page.link for page in pages] == [f"{CATALOG}/mapped-products?limit=100", second]


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/api/rest/v1/catalogs/c1/products?search_after=1",
        "https://other.cloud.akeneo.com/api/rest/v1/catalogs/c1/products?search_after=1",
        "//evil.example/api/rest/v1/x",
        "https://acme.cloud.akeneo.com@evil.example/api/rest/v1/x",
        "https://evil@acme.cloud.akeneo.com/api/rest/v1/x",
        "https://acme.cloud.akeneo.com:8443/api/rest/v1/x",
        "http://acme.cloud.akeneo.com:8080/api/rest/v1/x",
        "https://acme.cloud.akeneo.com\\@evil.example/api/rest/v1/x",
        "https://acme.cloud.akeneo.com/api/rest/v1/../../admin",
        "https://acme.cloud.akeneo.com/api/rest/v1/%2e%2E/%2e%2e/admin",
        "https://acme.cloud.akeneo.com/other",
        "https://acme.cloud.akeneo.com:x/api/rest/v1/x",
        "ftp://acme.cloud.akeneo.com/api/rest/v1/x",
        "https://[/api/rest/v1/x",
        "/api/rest/v1/x\r\nHost: evil",
    ],
)
def test_the_token_never_follows_a_link_away_from_the_pim(http, client, following):
    http.get(f"{CATALOG}/products", json=page({"uuid": ONE}, following=following))

    with pytest.raises(UnexpectedAnswer, match="leads elsewhere"):
        list(client.product_pages("c1", mapped=False))

    assert len(http.calls) == 1


def test_it_does_not_start_at_a_link_elsewhere(http, client):
    with pytest.raises(UnexpectedAnswer):
        list(client.uuid_pages("c1", link="https://evil.example/api/rest/v1/x"))

    assert len(http.calls) == 0


def test_a_pim_under_a_path_keeps_it(http, session):
    client = PimClient(f"{PIM}/intra", TOKEN, session=session)
    base = "/intra/api/rest/v1/catalogs/c1/products"
    http.get(f"{PIM}{base}", json=page({"uuid": ONE}, following=f"{base}?search_after={ONE}"))
    http.get(f"{PIM}{base}", json=page())

    assert len(list(client.product_pages("c1", mapped=False))) == 2


def test_a_link_to_the_page_just_read_is_not_followed(http, client):
    first = f"{CATALOG}/products?limit=1000&search_after={ONE}"
    again = f"{CATALOG}/products?search_after={ONE}&limit=1000&try=2"
    http.get(f"{CATALOG}/products", json=page({"uuid": TWO}, following=again))

    with pytest.raises(UnexpectedAnswer, match="back to where they came from"):
        list(client.product_pages("c1", mapped=False, link=first))

    assert len(http.calls) == 1


def test_a_circle_of_pages_is_noticed(http, client):
    def answer(request):
        number = int(dict(parse_qs(urlsplit(request.url).query)).get("search_after", ["0"])[0])
        following = f"{CATALOG}/products?search_after={3 + (number - 2) % 5}"
        return 200, {}, json.dumps(page({"uuid": ONE}, following=following))

    http.add_callback("GET", f"{CATALOG}/products", answer)

    with pytest.raises(UnexpectedAnswer, match="back to where they came from"):
        list(client.product_pages("c1", mapped=False))

    assert len(http.calls) < 30


def test_an_empty_page_with_a_next_one_does_not_advance(http, client):
    http.get(f"{CATALOG}/products", json=page(following=f"{CATALOG}/products?search_after={ONE}"))

    with pytest.raises(UnexpectedAnswer, match="an empty page"):
        list(client.product_pages("c1", mapped=False))


def test_a_list_that_ends_with_a_full_page_is_asked_for_what_follows(http, client):
    """The PIM gives full pages a next link, so one without has lost it."""
    http.get(f"{CATALOG}/products", json=page({"uuid": ONE.upper()}))
    http.get(f"{CATALOG}/products", json=page({"uuid": TWO}))
    http.get(f"{CATALOG}/products", json=page())
    first = f"{CATALOG}/products?limit=1&updated_after=2026-03-01T12%3A00%3A00%2B00%3A00"

    pages = list(client.product_pages("c1", mapped=False, link=first))

    assert [product.key for page in pages for product in page.products] == [ONE, TWO]
    assert [page.next_link for page in pages] == [
        f"{first}&search_after={ONE}",
        f"{first}&search_after={TWO}",
        None,
    ]


def test_a_full_page_that_comes_again_and_again_is_noticed(http, client):
    http.get(f"{CATALOG}/product-uuids", json=page(ONE))

    with pytest.raises(UnexpectedAnswer, match="back to where they came from"):
        list(client.uuid_pages("c1", link=f"{CATALOG}/product-uuids?limit=1"))

    assert len(http.calls) == 2


@pytest.mark.parametrize("limit", ["", "x", "0", "%C2%B2", "9" * 5000])
def test_a_link_without_a_page_size_ends_where_the_pim_says(http, client, limit):
    http.get(f"{CATALOG}/product-uuids", json=page(ONE))

    pages = list(client.uuid_pages("c1", link=f"{CATALOG}/product-uuids?limit={limit}"))

    assert [page.uuids for page in pages] == [(ONE,)]


def test_it_lists_uuids_with_the_total(http, client):
    following = f"{CATALOG}/product-uuids?limit=1000&with_count=true&search_after={TWO}"
    http.get(
        f"{CATALOG}/product-uuids", json=page(ONE.upper(), TWO, following=following, items_count=2)
    )
    http.get(f"{CATALOG}/product-uuids", json=page())

    first = f"{CATALOG}/product-uuids?limit=1000&with_count=true"
    assert list(client.uuid_pages("c1")) == [
        UuidPage((ONE, TWO), following, 2, first),
        UuidPage((), None, None, following),
    ]


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 1, 12, 0, 0, 999_999, tzinfo=UTC),
        datetime(2026, 3, 1, 14, 0, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_updated_after_has_the_only_format_that_the_pim_takes(http, client, moment):
    http.get(f"{CATALOG}/products", json=page())

    list(client.product_pages("c1", mapped=False, updated_after=moment, search_after=ONE))

    assert http.calls[0].request.url == (
        f"{CATALOG}/products?limit=1000&search_after={ONE}"
        "&updated_after=2026-03-01T12%3A00%3A00%2B00%3A00"
    )


def test_a_naive_date_is_a_mistake_of_ours(client):
    with pytest.raises(ValueError, match="aware"):
        list(client.uuid_pages("c1", updated_after=datetime(2026, 3, 1)))  # noqa: DTZ001


@pytest.mark.parametrize(
    "refusal",
    [
        {
            "code": 422,
            "message": "Validation failed.",
            "errors": [{"property": "limit", "message": "This value should be between 1 and 100."}],
        },
        {"code": 422, "message": "You cannot request more than 100 items."},
    ],
)
@pytest.mark.parametrize("kind", ["products", "product-uuids"])
def test_it_is_content_with_pages_of_100_and_remembers(http, client, refusal, kind):
    def answer(request):
        if "limit=1000" in request.url:
            return 422, {}, json.dumps(refusal)
        return 200, {}, json.dumps(page())

    http.add_callback("GET", f"{CATALOG}/{kind}", answer)

    def read():
        if kind == "products":
            return list(client.product_pages("c1", mapped=False))
        return list(client.uuid_pages("c1"))

    first, second = read(), read()

    assert "limit=100" in first[0].link
    assert first == second
    assert [query(call)["limit"] for call in http.calls] == ["1000", "100", "100"]


def test_a_refusal_that_is_not_about_the_limit_is_raised(http, client):
    http.get(
        f"{CATALOG}/products",
        status=422,
        json={
            "code": 422,
            "message": "Validation failed.",
            "errors": [{"property": "updated_after", "message": "ISO 8601 format is required."}],
        },
    )

    with pytest.raises(ValidationFailed) as refused:
        list(client.product_pages("c1", mapped=False))

    assert refused.value.errors == (("updated_after", "ISO 8601 format is required."),)
    assert "acme.cloud.akeneo.com" in refused.value.message


def test_a_page_that_is_too_large_is_read_in_smaller_ones(http):
    def answer(request):
        size = 5000 if "limit=1000" in request.url else 10
        return 200, {}, json.dumps(page({"uuid": ONE, "x": "y" * size}))

    http.add_callback("GET", f"{CATALOG}/products", answer)
    with GuardedSession(AddressPolicy(None), max_bytes=2000) as session:
        pages = list(PimClient(PIM, TOKEN, session=session).product_pages("c1", mapped=False))

    assert [page.link for page in pages] == [f"{CATALOG}/products?limit=100"]


@pytest.mark.parametrize("text", DISABLED)
@pytest.mark.parametrize("key", ["error", "message"])
def test_a_disabled_catalog_is_never_an_empty_one(http, client, waits, text, key):
    for kind in ("products", "mapped-products", "product-uuids", f"products/{ONE}"):
        http.get(f"{CATALOG}/{kind}", json={key: text})

    for read in (
        lambda: list(client.product_pages("c1", mapped=False)),
        lambda: list(client.product_pages("c1", mapped=True)),
        lambda: list(client.uuid_pages("c1")),
        lambda: client.product("c1", ONE, mapped=False),
    ):
        with pytest.raises(CatalogDisabled, match=r"not enabled in acme\.cloud\.akeneo\.com"):
            read()
    assert waits == []


def test_a_catalog_without_mapping_schema_says_so(http, client):
    text = "Impossible to map products: no product mapping schema available for this catalog."
    http.get(f"{CATALOG}/mapped-products", json={"error": text})
    http.get(
        f"{CATALOG}/mapped-products/{ONE}",
        json={"error": text.replace("products:", "the product:")},
    )

    with pytest.raises(NoMappingSchema):
        list(client.product_pages("c1", mapped=True))
    with pytest.raises(NoMappingSchema):
        client.product("c1", ONE, mapped=True)


def test_a_target_called_error_is_no_error(http, client):
    body = b'{"uuid":"%s","error":"E42","message":"hot"}' % ONE.encode()
    http.get(f"{CATALOG}/mapped-products/{ONE}", body=body)

    assert client.product("c1", ONE, mapped=True) == RawProduct(ONE, body)


def test_a_product_that_is_not_shown_is_none(http, client):
    http.get(
        f"{CATALOG}/products/{ONE}",
        status=404,
        json={
            "code": 404,
            "message": f'Either catalog "c1" does not exist or you can\'t access it, or product '
            f'"{ONE}" does not exist or you do not have permission to access it.',
        },
    )

    assert client.product("c1", ONE, mapped=False) is None


def test_a_product_that_is_not_text_is_asked_for_again(http, client):
    http.get(f"{CATALOG}/products/{ONE}", body=b'{"uuid":"%s","a":"\xff"}' % ONE.encode())
    http.get(f"{CATALOG}/products/{ONE}", json={"uuid": ONE})

    product = client.product("c1", ONE, mapped=False)

    assert product is not None
    assert json.loads(product.body) == {"uuid": ONE}


def test_another_product_than_asked_for_is_refused(http, client):
    http.get(f"{CATALOG}/products/{ONE}", json={"uuid": TWO})

    with pytest.raises(UnexpectedAnswer):
        client.product("c1", ONE, mapped=False)


def test_a_catalog_that_is_gone_says_so(http, client):
    http.get(
        f"{CATALOG}/products",
        status=404,
        json={"code": 404, "message": 'Catalog "c1" does not exist or you can\'t access it.'},
    )

    with pytest.raises(CatalogGone, match="create it again"):
        list(client.product_pages("c1", mapped=False))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>We are under maintenance</html>",
        b'{"_links":{},"_embedded":{"items":[{"uuid":"11111111-1111',
        b"[]",
        b"null",
        b'"Ok"',
        b"{}",
        b'{"_links":{}}',
        b'{"_links":{},"_embedded":null}',
        b'{"_links":{},"_embedded":{}}',
        b'{"_links":{},"_embedded":{"items":{}}}',
        b'{"_links":{"next":"https://x"},"_embedded":{"items":[]}}',
        b'{"_links":{"next":{"href":5}},"_embedded":{"items":[]}}',
        b'{"_links":{},"_embedded":{"items":[{"sku":"no uuid"}]}}',
        b'{"_links":{},"_embedded":{"items":[{"uuid":null}]}}',
        b'{"_links":{},"_embedded":{"items":[{"uuid":"not-a-uuid"}]}}',
        b'{"_links":{},"_embedded":{"items":["11111111-1111-4111-8111-111111111111"]}}',
        b'{"_links":{},"_embedded":{"items":[{"uuid":"%s","a":"\xff"}]}}' % ONE.encode(),
        b'{"_links":{},"_embedded":{"items":[{"uuid":"%s","\xed\xa0\x80":1}]}}' % ONE.encode(),
        b"\xff\xfe" + b"[" * 5000,
        b"[" * 5000,
    ],
)
def test_what_is_not_a_page_is_asked_for_again(http, client, waits, body):
    http.get(f"{CATALOG}/products", body=body)
    http.get(f"{CATALOG}/products", json=page({"uuid": ONE}))

    pages = list(client.product_pages("c1", mapped=False))

    assert [product.key for page in pages for product in page.products] == [ONE]
    assert waits == [2]


def test_what_never_becomes_a_page_is_unexpected(http, client, waits):
    http.get(f"{CATALOG}/products", body="<html>Log in</html>")

    with pytest.raises(UnexpectedAnswer, match=r"acme\.cloud\.akeneo\.com gave an unexpected"):
        list(client.product_pages("c1", mapped=False))

    assert len(waits) == 7
