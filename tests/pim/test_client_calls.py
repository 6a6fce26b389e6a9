import json
import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import requests
import time_machine

from outbound.errors import ConfigurationError, FailureKind, NotSent
from outbound.governor import Governor
from outbound.retry import Retrier
from pim.client import PimClient
from pim.errors import (
    CatalogGone,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    PayloadTooLarge,
    PimUnavailable,
    RateLimited,
    RequestRefused,
    Unauthorized,
    UnexpectedAnswer,
    ValidationFailed,
)
from pim.values import PimCatalog, SystemInformation
from tests.pim.conftest import API, PIM, TOKEN

CATALOG = {"id": "c1", "name": "Shop", "enabled": False}
INVALID = "The access token provided is invalid."


def error(code, message, **more):
    return {"code": code, "message": message, **more}


@pytest.mark.parametrize(
    ("status", "body", "raised", "says"),
    [
        (400, error(400, "Invalid json message received"), RequestRefused, "status 400"),
        (401, error(401, "Authentication is required"), Unauthorized, "no longer accepts"),
        (401, error(401, INVALID), Unauthorized, "no longer accepts"),
        (
            401,
            error(401, f"{INVALID} Your app has been disconnected from that PIM."),
            Unauthorized,
            "has been disconnected",
        ),
        (401, None, Unauthorized, "Connect again"),
        (
            403,
            error(403, "Access forbidden. You are not allowed to access app catalogs."),
            Forbidden,
            "not allowed to access app catalogs",
        ),
        (403, None, Forbidden, "approve the permissions"),
        (404, error(404, 'Catalog "c1" does not exist'), CatalogGone, "no longer exists"),
        (405, error(405, "No route found. Method Not Allowed (Allow: GET)"), RequestRefused, "405"),
        (406, error(406, "not acceptable"), RequestRefused, "406"),
        (409, None, RequestRefused, "409"),
        (413, error(413, "Too many resources to process"), PayloadTooLarge, "too large"),
        (415, error(415, "unsupported media type"), RequestRefused, "415"),
        (422, error(422, "Property x does not exist."), ValidationFailed, "Property x"),
        (301, None, RequestRefused, "301"),
        (308, None, RequestRefused, "308"),
    ],
)
def test_what_a_person_must_solve_is_raised_at_once_and_in_words(
    http, client, waits, status, body, raised, says
):
    http.get(f"{API}/catalogs/c1", status=status, json=body) if body else http.get(
        f"{API}/catalogs/c1", status=status, body="<html>no</html>"
    )

    with pytest.raises(raised) as refused:
        client.catalog("c1")

    assert says in refused.value.message
    assert "acme.cloud.akeneo.com" in refused.value.message
    assert "<html>" not in refused.value.message
    assert f"{status}" in refused.value.detail
    assert waits == []


@pytest.mark.parametrize(
    ("text", "disconnected"),
    [(INVALID, False), (f"{INVALID} Your app has been disconnected from that PIM.", True)],
)
def test_it_tells_a_disconnected_app_from_a_replaced_token(http, client, text, disconnected):
    http.get(f"{API}/catalogs/c1", status=401, json=error(401, text))

    with pytest.raises(Unauthorized) as refused:
        client.catalog("c1")

    assert refused.value.disconnected is disconnected


@pytest.mark.parametrize(
    ("status", "headers", "body", "waited"),
    [
        (429, {"Retry-After": "7"}, json.dumps(error(429, "You have exceeded the limit")), 7),
        (429, {"Retry-After": "7"}, "", 7),
        (429, {}, "<html>slow down</html>", 2),
        (429, {"Retry-After": "soon"}, "", 2),
        (429, {"Retry-After": "Sun, 01 Mar 2026 12:00:09 GMT",
               "Date": "Sun, 01 Mar 2026 12:00:00 GMT"}, "", 9),
        (408, {}, "", 2),
        (500, {}, json.dumps(error(500, "Internal")), 2),
        (502, {}, "<html>Bad gateway</html>", 2),
        (503, {"Retry-After": "5"}, "", 5),
        (504, {}, "", 2),
        (302, {"Location": "https://evil.example/login"}, "", 2),
    ],
)  # fmt: skip
def test_what_passes_by_itself_is_tried_again(http, client, waits, status, headers, body, waited):
    http.get(f"{API}/catalogs/c1", status=status, headers=headers, body=body)
    http.get(f"{API}/catalogs/c1", json=CATALOG)

    assert client.catalog("c1").name == "Shop"

    assert waits == [waited]


def test_a_pim_that_stays_unwell_is_given_up_after_eight_tries(http, client, waits):
    http.get(f"{API}/catalogs/c1", status=503)

    with pytest.raises(PimUnavailable, match="status 503") as failed:
        client.catalog("c1")

    assert failed.value.kind is FailureKind.TRANSIENT
    assert len(http.calls) == 8


def test_a_wait_longer_than_a_call_may_take_is_left_to_the_caller(http, client, waits):
    http.get(f"{API}/catalogs/c1", status=429, headers={"Retry-After": "3600"})

    with pytest.raises(RateLimited) as limited:
        client.catalog("c1")

    assert (limited.value.retry_after, waits) == (3600, [])


@time_machine.travel(datetime(2026, 3, 5, 12, tzinfo=UTC), tick=False)
def test_retry_after_pauses_every_caller_of_that_pim(http, session, tmp_path):
    governor = Governor(tmp_path, max_wait=0.1)
    first, second = (
        PimClient(
            PIM,
            TOKEN,
            session=session,
            limiter=governor,
            retrier=Retrier(max_tries=1),
            connection_key=key,
        )
        for key in ("1", "2")
    )
    http.get(f"{API}/catalogs/c1", status=429, headers={"Retry-After": "30"})

    with pytest.raises(RateLimited):
        first.catalog("c1")
    with pytest.raises(NotSent) as paused:
        second.catalog("c1")

    assert paused.value.retry_after == pytest.approx(30)
    assert len(http.calls) == 1


def test_it_keeps_to_four_calls_at_a_time(http, session, tmp_path):
    inside, most, four_are_in = [], [], threading.Event()

    def answer(request):
        inside.append(1)
        most.append(len(inside))
        if len(inside) == 4:
            four_are_in.set()
        assert four_are_in.wait(300)
        time.sleep(0.01)
        inside.pop()
        return 200, {}, json.dumps(CATALOG)

    http.add_callback("GET", f"{API}/catalogs/c1", answer)
    clients = [
        PimClient(PIM, TOKEN, session=session, limiter=Governor(tmp_path), connection_key="7")
        for _ in range(8)
    ]

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda client: client.catalog("c1"), clients * 3))

    assert max(most) == 4


def test_the_token_shows_up_nowhere(http, client, caplog):
    caplog.set_level(logging.DEBUG)
    http.get(f"{API}/catalogs/c1", status=400, json=error(400, f"bad token {TOKEN}"))
    http.get(f"{API}/catalogs/c2", status=500, body=f"<html>{TOKEN}</html>")

    with pytest.raises(RequestRefused) as refused:
        client.catalog("c1")
    with pytest.raises(PimUnavailable) as failed:
        client.catalog("c2")

    shown = [repr(client), repr(client._calls), caplog.text]
    for exception in (refused.value, failed.value):
        shown += [exception.message, exception.detail, repr(exception)]
    assert TOKEN not in "".join(shown)


def test_it_reads_a_catalog_and_the_pims_clock(http, client):
    http.get(
        f"{API}/catalogs/c1",
        json={**CATALOG, "managed_currencies": ["EUR"], "managed_locales": []},
        headers={"Date": "Sun, 01 Mar 2026 12:00:00 GMT"},
    )
    assert client.server_time is None

    catalog = client.catalog("c1")

    assert catalog == PimCatalog("c1", "Shop", False, ("EUR",), ())
    assert client.server_time == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("date", ["", "yesterday"])
def test_a_pim_without_a_clock_is_no_failure(http, client, date):
    http.get(f"{API}/catalogs/c1", json=CATALOG, headers={"Date": date})

    client.catalog("c1")

    assert client.server_time is None


@pytest.mark.parametrize("body", [{}, {"id": 5}, {**CATALOG, "enabled": "yes"}, [], "x"])
def test_what_is_no_catalog_is_unexpected(http, client, body):
    http.get(f"{API}/catalogs/c1", json=body)

    with pytest.raises(UnexpectedAnswer):
        client.catalog("c1")


def test_it_lists_all_catalogs_over_all_pages(http, client):
    links = {"next": {"href": f"{API}/catalogs?page=2&limit=100"}}
    http.get(f"{API}/catalogs", json={"_links": links, "_embedded": {"items": [CATALOG]}})
    http.get(f"{API}/catalogs", json={"_embedded": {"items": [{**CATALOG, "id": "c2"}]}})

    assert [catalog.id for catalog in client.catalogs()] == ["c1", "c2"]
    assert http.calls[0].request.url == f"{API}/catalogs?page=1&limit=100"


def test_it_creates_a_catalog(http, client):
    http.post(f"{API}/catalogs", status=201, json=CATALOG)

    created = client.create_catalog("Shop", managed_locales=["en_US"])

    assert created.id == "c1"
    request = http.calls[0].request
    assert json.loads(request.body) == {"name": "Shop", "managed_locales": ["en_US"]}
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("text", ["You can create up to 15 catalogs", "Up to 200 catalogs."])
def test_it_knows_the_limit_of_catalogs_by_its_text(http, client, text):
    http.post(
        f"{API}/catalogs",
        status=422,
        json=error(422, "Validation failed.", errors=[{"property": "", "message": text}]),
    )

    with pytest.raises(ValidationFailed, match="as many catalogs") as refused:
        client.create_catalog("Shop")

    assert refused.value.limit_reached


def test_it_says_what_is_wrong_with_a_name(http, client):
    blank = "This value should not be blank."
    errors = [
        {"property": "name", "message": blank},
        {"property": "name", "message": "This value is too short."},
        "nonsense",
    ]
    http.post(f"{API}/catalogs", status=422, json=error(422, "Validation failed.", errors=errors))

    with pytest.raises(ValidationFailed, match=blank) as refused:
        client.create_catalog("")

    assert refused.value.errors[0] == ("name", blank)
    assert not refused.value.limit_reached


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 500},
        {"status": 502, "body": "<html>"},
        {"body": requests.exceptions.ReadTimeout("no answer")},
        {"body": requests.exceptions.ConnectionError("reset")},
        {"status": 201, "body": "cut o"},
    ],
)
def test_a_catalog_that_may_exist_is_not_created_again(http, client, waits, failure):
    http.post(f"{API}/catalogs", **failure)

    with pytest.raises(OutcomeUnknown, match="“Shop” was created"):
        client.create_catalog("Shop")

    assert (len(http.calls), waits) == (1, [])


@pytest.mark.parametrize(
    "failure",
    [
        {"status": 429, "headers": {"Retry-After": "3"}},
        {"body": requests.exceptions.ConnectTimeout("unreachable")},
    ],
)
def test_a_catalog_that_cannot_exist_is_created_again(http, client, waits, failure):
    http.post(f"{API}/catalogs", **failure)
    http.post(f"{API}/catalogs", status=201, json=CATALOG)

    assert client.create_catalog("Shop").id == "c1"

    assert len(waits) == 1


def test_it_updates_a_catalog_trying_again(http, client):
    http.patch(f"{API}/catalogs/c1", status=502)
    http.patch(f"{API}/catalogs/c1", json={**CATALOG, "name": "New"})

    updated = client.update_catalog("c1", name="New", managed_currencies=[], managed_locales=[])

    assert updated.name == "New"
    assert json.loads(http.calls[1].request.body) == {
        "name": "New",
        "managed_currencies": [],
        "managed_locales": [],
    }


def test_it_deletes_a_catalog(http, client):
    http.delete(f"{API}/catalogs/c1", status=204)

    client.delete_catalog("c1")

    assert len(http.calls) == 1


def test_a_deletion_whose_answer_was_lost_is_done(http, client):
    http.delete(f"{API}/catalogs/c1", body=requests.exceptions.ReadTimeout("lost"))
    http.delete(f"{API}/catalogs/c1", status=404, json=error(404, "does not exist"))

    client.delete_catalog("c1")

    assert len(http.calls) == 2


def test_deleting_what_never_was_is_said_so(http, client):
    http.delete(f"{API}/catalogs/c1", status=404, json=error(404, "does not exist"))

    with pytest.raises(CatalogGone):
        client.delete_catalog("c1")


@pytest.mark.parametrize("status", [200, 201, 204])
def test_it_puts_a_mapping_schema(http, client, status):
    http.put(f"{API}/catalogs/c1/mapping-schemas/product", status=status)

    client.put_mapping_schema("c1", {"type": "object"})

    assert json.loads(http.calls[0].request.body) == {"type": "object"}


@pytest.mark.parametrize(
    "text",
    [
        "You must provide a $schema reference.",
        "You must provide a valid $schema reference.",
        "You must provide a valid schema.",
    ],
)
def test_a_refused_schema_says_what_the_pim_said(http, client, text):
    errors = [{"property": "product_mapping_schema", "message": text}]
    http.put(
        f"{API}/catalogs/c1/mapping-schemas/product",
        status=422,
        json=error(422, "Validation failed.", errors=errors),
    )

    with pytest.raises(ValidationFailed) as refused:
        client.put_mapping_schema("c1", {})

    assert refused.value.errors == (("product_mapping_schema", text),)


def test_an_oversized_body_is_told_from_a_missing_permission(http, client):
    http.put(f"{API}/catalogs/c1/mapping-schemas/product", status=403, body="<html>403</html>")

    with pytest.raises(PayloadTooLarge):
        client.put_mapping_schema("c1", {"title": "x" * 200_000})
    with pytest.raises(Forbidden):
        client.put_mapping_schema("c1", {"title": "x"})


@pytest.mark.parametrize("body", [{"error": "disabled"}, {"properties": []}, {}])
def test_what_is_no_mapping_schema_is_not_taken_for_an_empty_one(http, client, body):
    http.get(f"{API}/catalogs/c1/mapping-schemas/product", json=body)

    with pytest.raises(UnexpectedAnswer, match="something else than a mapping schema"):
        client.mapping_schema("c1")


def test_it_copies_a_catalog_even_if_its_mapping_is_not_complete(http, client):
    copy = {"id": "c2", "name": "Copy", "enabled": False}
    asked = http.post(f"{API}/catalogs/c1/duplicate", status=201, json=copy)

    made = client.duplicate_catalog("c1", name="Copy", managed_locales=["en_US"])

    assert (made.id, made.enabled) == ("c2", False)
    assert json.loads(asked.calls[0].request.body) == {
        "name": "Copy",
        "managed_locales": ["en_US"],
        "skip_required_checks": True,
    }


def test_it_reads_a_mapping_schema_or_none(http, client):
    url = f"{API}/catalogs/c1/mapping-schemas/product"
    http.get(url, json={"properties": {}})
    http.get(
        url,
        status=404,
        json=error(404, 'Catalog "c1" does not have a product mapping schema.'),
    )
    http.get(url, status=404, json=error(404, 'Catalog "c1" does not exist'))

    assert client.mapping_schema("c1") == {"properties": {}}
    assert client.mapping_schema("c1") is None
    with pytest.raises(CatalogGone):
        client.mapping_schema("c1")


def test_it_announces_scopes_in_the_query(http, client):
    http.post(f"{PIM}/connect/apps/v1/scopes/update", json="Ok")

    client.notify_scopes(["write_products", "read_catalogs"])

    request = http.calls[0].request
    assert request.url.endswith("?scopes=read_catalogs%20write_products")
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_it_reads_system_information(http, client):
    http.get(f"{API}/system-information", json={"version": "master", "edition": "GE"})

    assert client.system_information() == SystemInformation("master", "GE")


def test_it_reads_any_list_over_all_pages(http, client):
    links = {"next": {"href": f"{API}/families?page=2&limit=2"}}
    http.get(f"{API}/families", json={"_links": links, "_embedded": {"items": [{"code": "a"}]}})
    http.get(f"{API}/families", json={"_links": {}, "_embedded": {"items": [{"code": "b"}]}})

    found = list(client.items("families", limit=2, search='{"updated":[]}'))

    assert found == [{"code": "a"}, {"code": "b"}]
    assert http.calls[0].request.url.endswith("?limit=2&search=%7B%22updated%22%3A%5B%5D%7D")


def test_it_reads_lists_that_are_bare_arrays(http, client):
    http.get(f"{API}/measurement-families", json=[{"code": "Weight"}])

    assert list(client.items("measurement-families")) == [{"code": "Weight"}]


def test_a_list_that_is_missing_is_not_a_missing_catalog(http, client):
    http.get(f"{API}/nothing", status=404, json=error(404, "No route"))

    with pytest.raises(NotFound) as missing:
        list(client.items("nothing"))

    assert not isinstance(missing.value, CatalogGone)


def test_an_id_cannot_lead_to_another_address(http, client):
    http.get(f"{API}/catalogs/..%2F..%2Fproducts", status=404)

    with pytest.raises(CatalogGone):
        client.catalog("../../products")


def test_an_address_outside_the_allow_list_is_never_called(http, session):
    client = PimClient("https://evil.example", TOKEN, session=session)

    with pytest.raises(ConfigurationError, match="not on the list of allowed hosts"):
        client.catalog("c1")

    assert len(http.calls) == 0
