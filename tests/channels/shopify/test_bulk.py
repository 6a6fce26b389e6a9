import json

import pytest

from channels.base import Outcome, TransientError
from channels.surroundings import MemoryIds
from tests.channels.shopify.server import Fault
from tests.channels.shopify.stage import adapter_for, product, push, texts


def many(number=60, **document):
    return [product(str(n), **document) for n in range(number)]


def test_many_products_go_by_bulk_operations_and_few_one_by_one(adapter, shop):
    push(adapter, *many(49))
    assert "RunBulk" not in shop.calls
    shop.calls.clear()

    results = push(adapter, *many(60), key="batch-2")

    assert "RunBulk" in shop.calls
    assert "ProductSet" not in shop.calls
    assert all(one.accepted for one in results)
    assert len(shop.products) == 60


def test_each_product_of_a_bulk_operation_has_its_own_answer(adapter, shop):
    shop.refuses["Product 7"] = "Vendor is too long"

    results = push(adapter, *many())

    assert [one.key for one in results if one.outcome is Outcome.REJECTED] == ["7"]
    assert "“Vendor”: Vendor is too long." in results[7].message
    assert [one.external_id for one in results if one.accepted] == [
        one["id"] for one in shop.products
    ]
    assert all(one["published"] for one in shop.products)


def test_translations_of_many_products_go_in_bulk_too(adapter, shop):
    push(adapter, *many(title=texts(en="Mug", fr="Tasse")))

    assert "Translate" not in shop.calls
    assert len(shop.translations) == 60


def test_what_a_broken_operation_did_counts_and_the_rest_is_unanswered(adapter, shop):
    shop.bulk_ends, shop.bulk_lines = "FAILED", 55

    results = push(adapter, *many())

    assert [one.outcome for one in results].count(Outcome.UNANSWERED) == 5
    assert len(shop.products) == 55


def test_an_operation_that_did_nothing_is_tried_again(adapter, shop):
    shop.bulk_ends, shop.bulk_lines = "CANCELED", 0

    with pytest.raises(TransientError, match="canceled"):
        push(adapter, *many())

    shop.bulk_ends, shop.bulk_lines = "COMPLETED", None
    assert all(one.accepted for one in push(adapter, *many()))
    assert len(shop.products) == 60


def test_a_line_that_was_cut_off_says_nothing(stand_in, shop):
    adapter = adapter_for(stand_in, publish="nowhere")
    cut = b'{"data":{"productSet":{"product":{"id":"gid://shopify/Product/1"},"userErrors":[]}},'
    body = cut + b'"__lineNumber":3}\n' + cut[:40]
    stand_in.faults.append(Fault("results", status=200, body=body))

    results = push(adapter, *many())

    assert [one.key for one in results if one.outcome is not Outcome.UNANSWERED] == ["3"]


@pytest.mark.parametrize("call", ["StageUploads", "upload", "RunBulk", "Bulk", "results"])
@pytest.mark.parametrize("with_ids", [True, False], ids=["ids kept", "ids lost"])
def test_a_lost_answer_of_a_bulk_operation_makes_nothing_twice(stand_in, shop, call, with_ids):
    ids = MemoryIds()
    lost = Fault(call, "lost")
    stand_in.faults.append(Fault(call, status=503) if call == "results" else lost)

    with pytest.raises(TransientError):
        push(adapter_for(stand_in, ids=ids), *many())
    ids = ids if with_ids else MemoryIds()
    results = _until_it_passes(adapter_for(stand_in, ids=ids), shop)

    assert all(one.accepted for one in results)
    assert len(shop.products) == 60
    assert all(one["published"] for one in shop.products)


def _until_it_passes(adapter, shop):
    """As the app does: the batch comes again when Shopify asked for it."""
    for _ in range(3):
        try:
            return push(adapter, *many())
        except TransientError as error:
            shop.clock.sleep(error.retry_after or 1)
    raise AssertionError("it never passed")


def test_while_another_operation_runs_it_is_tried_again(stand_in, shop):
    shop.add("BulkOperation", status="RUNNING", until=shop.clock.now() + 1e6)

    with pytest.raises(TransientError, match="already in progress") as caught:
        push(adapter_for(stand_in), *many())

    assert caught.value.retry_after == 30


def test_an_operation_that_takes_for_ever_is_looked_at_again_and_not_started_twice(stand_in, shop):
    shop.bulk_seconds = 1500.0
    ids = MemoryIds()

    with pytest.raises(TransientError, match="still works"):
        push(adapter_for(stand_in, ids=ids, publish="nowhere"), *many())
    assert shop.calls.count("RunBulk") == 1
    shop.calls.clear()
    shop.bulk_seconds = 5.0
    results = push(adapter_for(stand_in, ids=ids, publish="nowhere"), *many())

    assert all(one.accepted for one in results)
    assert len(shop.products) == 60
    assert shop.calls[0] == "Bulk"


def _line(number, id_, **more):
    product = {"product": {"id": f"gid://shopify/Product/{id_}"}, "userErrors": []}
    return json.dumps({"data": {"productSet": product}, "__lineNumber": number, **more}).encode()


def _said(stand_in, *lines):
    """What becomes of many products when the results of the operation are these lines."""
    stand_in.faults.append(Fault("results", body=b"\n".join(lines)))
    results = push(adapter_for(stand_in, publish="nowhere"), *many())
    return {
        one.key: one.external_id.rpartition("/")[2]
        for one in results
        if one.outcome is not Outcome.UNANSWERED
    }


def test_results_may_come_in_any_order_and_twice(stand_in, shop):
    lines = [_line(7, 8), _line(3, 4), _line(7, 8)]

    assert _said(stand_in, *lines).keys() == {"3", "7"}


def test_two_results_that_contradict_each_other_say_nothing(stand_in, shop):
    refused = b'{"data":{"productSet":{"product":null,"userErrors":[]}},"__lineNumber":7}'

    assert _said(stand_in, _line(3, 4), _line(7, 8), refused).keys() == {"3"}


@pytest.mark.parametrize("number", ["true", "-1", "60", "1.0", '"3"', "null", "1e3", "9" * 5000])
def test_a_line_of_no_product_is_left_out(stand_in, shop, number):
    odd = _line("odd", 9).replace(b'"odd"', number.encode())

    assert _said(stand_in, odd, _line(3, 4)).keys() == {"3"}


def test_a_line_that_is_nested_without_an_end_is_left_out(stand_in, shop):
    assert _said(stand_in, b"[" * 200_000, _line(3, 4)).keys() == {"3"}


@pytest.mark.parametrize(
    "results", [b"x" * 3_000_000, b'{"__lineNumber":999}\n' * 3_000_000], ids=["a line", "lines"]
)
def test_results_without_an_end_are_not_waited_for(stand_in, shop, results):
    with pytest.raises(TransientError, match="no end"):
        _said(stand_in, results)


def test_results_that_break_off_are_fetched_again_by_the_next_call(stand_in, shop):
    headers = {"Content-Length": "999", "Connection": "close"}
    stand_in.faults.append(Fault("results", body=_line(3, 4), headers=headers))

    with pytest.raises(TransientError, match="broke before the answer was complete"):
        push(adapter_for(stand_in, publish="nowhere"), *many())
