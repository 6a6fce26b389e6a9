"""The shop: the receiving side of the `http` channel."""

import hashlib
import hmac
import json
import threading

import pytest

from sandbox.shop import Shop
from sandbox.showcase import face_of
from tests.sandbox.visits import Visit, one, soup, text_of

INGEST = "/shop/ingest"


@pytest.fixture
def visit():
    return Visit()


def item(key, **document):
    return {"key": key, "document": {"uuid": key, "name": f"Name of {key}"} | document}


def push(visit, *items, key="k1", action="push", headers=None):
    return send(visit, json.dumps({"action": action, "items": items}), key, headers)


def send(visit, body, key="k1", headers=None):
    headers = {"Idempotency-Key": key, "Content-Type": "application/json"} | (headers or {})
    return visit.browser.post(INGEST, data=body, headers={k: v for k, v in headers.items() if v})


def stats(visit):
    return visit.browser.get("/shop/api/stats").json


def test_pushed_products_are_there_under_a_number_of_the_shop(visit):
    answer = push(visit, item("a"), item("b"))

    assert answer.json == {
        "results": [
            {"key": "a", "status": "ok", "external_id": "P-1000"},
            {"key": "b", "status": "ok", "external_id": "P-1001"},
        ]
    }
    assert visit.browser.get("/shop/api/products").json == {
        "a": {"uuid": "a", "name": "Name of a"},
        "b": {"uuid": "b", "name": "Name of b"},
    }


def test_pushing_again_replaces_the_document_and_keeps_the_number(visit):
    push(visit, item("a", color="red"))

    answer = push(visit, item("a", name="New"), key="k2")

    assert answer.json["results"][0]["external_id"] == "P-1000"
    assert visit.shop.live_documents() == {"a": {"uuid": "a", "name": "New"}}


def test_withdrawn_products_are_off_sale_until_they_are_pushed_again(visit):
    push(visit, item("a"), item("b"))

    withdrawn = push(visit, {"key": "a"}, {"key": "unknown"}, key="k2", action="withdraw")
    then = stats(visit)
    back = push(visit, item("a"), key="k3")

    assert [result["status"] for result in withdrawn.json["results"]] == ["ok", "ok"]
    assert (then["live"], then["withdrawn"]) == (1, 1)
    assert back.json["results"][0]["external_id"] == "P-1000"
    assert (stats(visit)["live"], stats(visit)["withdrawn"]) == (2, 0)


def test_the_same_batch_twice_is_taken_once(visit):
    first = push(visit, item("a"), key="k1")

    again = push(visit, item("a"), key="k1")

    assert again.json == first.json
    assert stats(visit) == {
        "live": 1,
        "withdrawn": 0,
        "batches": 1,
        "pushed_items": 1,
        "withdrawn_items": 0,
        "duplicates": 1,
    }


def test_a_key_used_for_another_body_is_a_conflict(visit):
    push(visit, item("a"), key="k1")

    answer = push(visit, item("b"), key="k1")

    assert answer.status_code == 409
    assert list(visit.shop.items) == ["a"]


def test_batches_at_the_same_time_are_taken_once():
    shop = Shop()
    raw = json.dumps({"action": "push", "items": [item("a"), item("b")]}).encode()
    threads = [threading.Thread(target=shop.ingest, args=(raw, "k1", "")) for _ in range(8)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert shop.stats()["pushed_items"] == 2
    assert shop.stats()["duplicates"] == 7


def test_one_refused_product_stands_alone(visit):
    visit.shop.reject = {"b"}

    answer = push(visit, item("a"), item("b"), {"key": "c", "document": {"name": "C"}}, item("d"))

    assert [result["status"] for result in answer.json["results"]] == [
        *("ok", "rejected", "rejected", "ok")
    ]
    assert answer.json["results"][2]["message"] == "The document has no uuid."
    assert stats(visit)["pushed_items"] == 2


class TestSignature:
    @pytest.fixture(autouse=True)
    def secret(self, visit):
        visit.shop.secret = "hush"

    @pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "é"])
    def test_a_missing_or_wrong_one_is_refused(self, visit, signature):
        answer = push(visit, item("a"), headers={"X-Signature": signature})

        assert answer.status_code == 401
        assert visit.shop.items == {}

    def test_the_right_one_is_taken(self, visit):
        body = json.dumps({"action": "push", "items": [item("a")]})
        signature = "sha256=" + hmac.new(b"hush", body.encode(), hashlib.sha256).hexdigest()

        answer = send(visit, body, headers={"X-Signature": signature})

        assert answer.status_code == 200
        assert visit.shop.batches[0].is_signed


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("nonsense", "The body is not JSON."),
        ('{"action": "push", "items": [{"key": "a", "document": {"n": NaN}}]}', "not JSON"),
        ("[]", "The action must be push or withdraw."),
        ('{"action": "sell", "items": []}', "The action must be push or withdraw."),
        ('{"action": "push", "items": []}', "The items are missing."),
        ('{"action": "push", "items": [{"document": {}}]}', "Every item needs a key."),
        ('{"action": "push", "items": [{"key": "a"}, {"key": "a"}]}', "the same key"),
    ],
)
def test_what_is_no_batch_is_refused_as_a_whole(visit, body, problem):
    answer = send(visit, body)

    assert answer.status_code == 400
    assert problem in answer.json["error"]
    assert visit.shop.items == {}


def test_a_batch_needs_its_key(visit):
    answer = push(visit, item("a"), key="")

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json["error"]


@pytest.mark.parametrize(
    ("document", "name", "sku", "price"),
    [
        (
            {"name": "Chair", "sku": "C-1", "price": {"amount": 12.5, "currency": "EUR"}},
            *("Chair", "C-1", "12.5 EUR"),
        ),
        (
            {
                "values": {
                    "name": [{"locale": "en_US", "scope": None, "data": "Chair"}],
                    "sku": [{"locale": None, "scope": None, "data": "C-1"}],
                    "price": [{"data": [{"amount": "12.50", "currency": "EUR"}]}],
                }
            },
            *("Chair", "C-1", "12.50 EUR"),
        ),
        (
            {"title": [{"locale": "en_US", "value": "Chair"}], "price": 12},
            *("Chair", "", "12"),
        ),
        ({"name": None, "price": True, "values": "nonsense"}, *("", "", "")),
    ],
)
def test_name_sku_and_price_are_found_in_documents_of_every_form(document, name, sku, price):
    face = face_of(document)

    assert (face.name, face.sku, face.price) == (name, sku, price)


class TestPages:
    def test_an_empty_shop_says_where_products_come_from(self, visit):
        assert "http://localhost/shop/ingest" in visit.browser.get("/shop/").text

    def test_the_grid_is_searched_by_words(self, visit):
        push(visit, item("a", name="Red chair", sku="C-1"), item("b", name="Blue table"))

        page = soup(visit.browser.get("/shop/?q=chair+red"))

        assert [link["href"] for link in page.select(".goods a")] == ["/shop/products/a"]

    def test_withdrawn_products_have_a_list_of_their_own(self, visit):
        push(visit, item("a"), item("b"))
        push(visit, {"key": "a"}, key="k2", action="withdraw")

        live, gone = (
            [link["href"] for link in soup(visit.browser.get(path)).select(".goods a")]
            for path in ("/shop/", "/shop/?state=withdrawn")
        )

        assert live == ["/shop/products/b"]
        assert gone == ["/shop/products/a"]

    def test_the_grid_has_pages(self, visit):
        push(visit, *(item(f"p{number}") for number in range(50)))

        second = soup(visit.browser.get("/shop/?page=2"))

        assert len(second.select(".goods a")) == 2

    def test_a_product_shows_its_document_and_history(self, visit):
        push(visit, item("a", name="Stühle"))
        push(visit, {"key": "a"}, key="k2", action="withdraw")

        page = visit.browser.get("/shop/products/a")

        assert '"name": "Stühle"' in one(soup(page), "pre").text
        assert [cell.text for cell in soup(page).select("tbody td:nth-child(2)")] == [
            *("withdraw", "push")
        ]

    def test_an_unknown_product_is_not_found(self, visit):
        assert visit.browser.get("/shop/products/nope").status_code == 404

    def test_the_log_shows_every_call(self, visit):
        push(visit, item("a"), key="key-one")
        push(visit, item("a"), key="key-one")
        send(visit, "nonsense", key="key-two")

        page = text_of(visit.browser.get("/shop/batches"))

        assert page.count("key-one") == 2
        assert "sent again" in page
        assert "The body is not JSON." in page
