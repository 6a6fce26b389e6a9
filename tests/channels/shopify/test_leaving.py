from channels.base import Outcome
from tests.channels.shopify.making import make_product
from tests.channels.shopify.stage import adapter_for, product, push


def leave(adapter, *keys):
    return adapter.withdraw(list(keys), idempotency_key="leave")


def test_what_leaves_is_archived_and_comes_back_as_the_same_product(adapter, shop):
    push(adapter, product("a"))
    [before] = shop.products

    assert leave(adapter, "a")[0].accepted
    assert before["status"] == "ARCHIVED"

    push(adapter, product("a"))
    [after] = shop.products
    assert (after["id"], after["status"]) == (before["id"], "ACTIVE")


def test_what_is_hidden_is_a_draft_until_it_is_pushed(adapter, shop):
    push(adapter, product("a"))

    adapter.hide(["a", "unknown"], idempotency_key="hide")
    assert shop.products[0]["status"] == "DRAFT"

    push(adapter, product("a"))
    assert shop.products[0]["status"] == "ACTIVE"


def test_a_status_that_people_chose_is_kept(adapter, shop):
    push(adapter, product("a"), product("b"))
    shop.product("Product a")["status"] = "DRAFT"
    shop.product("Product b")["status"] = "ARCHIVED"

    leave(adapter, "b")
    push(adapter, product("a"), product("b"))

    assert [one["status"] for one in shop.products] == ["DRAFT", "ARCHIVED"]


def test_a_status_that_is_mapped_is_set(adapter, shop):
    push(adapter, product("a", status="draft"))
    assert shop.products[0]["status"] == "DRAFT"

    push(adapter, product("a", status="Unlisted"))
    assert shop.products[0]["status"] == "UNLISTED"


def test_leaving_twice_changes_nothing_the_second_time(adapter, shop):
    push(adapter, product("a"))
    leave(adapter, "a")
    writes = len(shop.writes)

    leave(adapter, "a")

    assert len(shop.writes) == writes


def test_leaving_touches_nothing_of_others(adapter, shop):
    push(adapter, product("a"))
    make_product(shop, "By hand")

    leave(adapter, "a", "b")

    assert shop.product("By hand")["status"] == "ACTIVE"


def test_what_this_app_noted_survives_leaving(adapter, shop):
    push(adapter, product("a", vendor="Potter", tags=["x"]))
    leave(adapter, "a")

    push(adapter, product("a"))

    assert shop.products[0]["vendor"] == ""
    assert shop.products[0]["tags"] == []


def test_many_leave_by_one_operation_and_each_has_its_answer(adapter, stand_in, shop):
    keys = [str(n) for n in range(60)]
    push(adapter, *(product(key) for key in keys))
    shop.bulk_lines = 50
    shop.calls.clear()

    results = leave(adapter_for(stand_in), *keys)

    assert "UpdateProduct" not in shop.calls
    assert [one.outcome for one in results].count(Outcome.ACCEPTED) == 50
    assert [one.outcome for one in results].count(Outcome.UNANSWERED) == 10
