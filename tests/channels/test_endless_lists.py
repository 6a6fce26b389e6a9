"""Shops whose lists do not end, or end too early: told, rather than read for ever or believed."""

import json

import pytest
import requests
import responses

from channels.shopify import paging as shopify_paging
from channels.shopify.paging import Cursors
from channels.vendure import paging
from channels.vendure.graphql import AdminApi
from channels.vendure.paging import all_items
from outbound.errors import TransientError

URL = "https://shop.example.com/admin-api"


def page(cursor, more=True):
    return {"nodes": [], "pageInfo": {"hasNextPage": more, "endCursor": cursor}}


def test_the_cursor_leads_on_until_the_last_page():
    cursors = Cursors()

    found = [cursors.after(one) for one in (page("a"), page("b"), page("c", more=False))]

    assert found == ["a", "b", None]


def test_a_list_that_goes_in_circles_is_no_list():
    cursors = Cursors()
    cursors.after(page("a"))
    cursors.after(page("b"))

    with pytest.raises(TransientError, match="does not end"):
        cursors.after(page("a"))


def test_a_list_that_goes_on_and_on_is_no_list(monkeypatch):
    monkeypatch.setattr(shopify_paging, "MOST_PAGES", 3)
    cursors = Cursors()
    for number in range(3):
        cursors.after(page(str(number)))

    with pytest.raises(TransientError, match="does not end"):
        cursors.after(page("another"))


@pytest.fixture
def vendure():
    """A shop's lists: `items` and what it says their number is."""

    class Lists:
        items = list(range(25))
        total = 25
        asked = 0

        def answer(self, request):
            asked = json.loads(request.body)["variables"]
            Lists.asked += 1
            items = self.items[asked["skip"] : asked["skip"] + asked["take"]]
            found = {"items": [{"id": str(one)} for one in items], "totalItems": self.total}
            return 200, {}, json.dumps({"data": {"facets": found}})

    lists = Lists()
    with responses.RequestsMock() as mock:
        mock.add_callback(responses.POST, URL, lists.answer)
        yield lists


def read():
    api = AdminApi(requests.Session(), URL, api_key="key")
    return [one["id"] for one in all_items(api, "query Facets { x }", "facets", 10)]


def test_every_page_is_read_to_the_end(vendure):
    assert read() == [str(number) for number in range(25)]
    assert vendure.asked == 3


@pytest.mark.parametrize("total", [26 + 10, 10**12])
def test_a_list_that_ends_before_its_own_number_is_not_believed(vendure, total):
    """What is missing in it would be made a second time."""
    vendure.total = total

    with pytest.raises(TransientError, match="does not end"):
        read()


def test_a_list_longer_than_any_is_not_read_for_ever(vendure, monkeypatch):
    monkeypatch.setattr(paging, "MOST_ITEMS", 20)

    with pytest.raises(TransientError, match="does not end"):
        read()
