from decimal import Decimal

import pytest
import requests

from channels.base import ChannelProduct, Outcome, PushResult
from tests.channels.memory import MemoryAdapter


def test_a_document_is_parsed_without_losing_a_digit():
    product = ChannelProduct("a", '{"price": 19.90, "stock": 3}')

    assert product.data == {"price": Decimal("19.90"), "stock": 3}
    assert str(product.data["price"]) == "19.90"


@pytest.mark.parametrize(
    ("outcome", "accepted"),
    [(Outcome.ACCEPTED, True), (Outcome.REJECTED, False), (Outcome.UNANSWERED, False)],
)
def test_only_an_accepted_product_counts_as_there(outcome, accepted):
    assert PushResult("a", outcome).accepted is accepted


def test_a_setting_younger_than_the_channel_has_its_default():
    adapter = MemoryAdapter({"shop": "old shop"}, session=requests.Session())

    assert adapter._values == {"shop": "old shop", "secret": ""}


def test_a_channel_that_is_no_feed_publishes_nothing():
    adapter = MemoryAdapter({"shop": "shop"}, session=requests.Session())

    assert not adapter.needs_publishing(lambda name, mark: True)
    with pytest.raises(NotImplementedError):
        adapter.publish(lambda: iter([]))
