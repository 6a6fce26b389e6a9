"""Lists that the shop gives page by page."""

from collections.abc import Iterator
from typing import Any

from channels.vendure.graphql import AdminApi
from outbound.errors import TransientError

MOST_ITEMS = 200_000  # of one list: no shop has so many collections


def all_items(api: AdminApi, document: str, name: str, take: int) -> Iterator[dict[str, Any]]:
    """Yield every item of a list whose document has `skip` and `take`. Raises ChannelError.

    A list that ends before the number that the shop itself counts would pass for a shorter one, and
    what is missing for something that is to be made: so it is no answer.
    """
    skip, total = 0, 1
    while skip < total:
        page = api.read(document, {"skip": skip, "take": take})[name]
        yield from page["items"]
        skip, total = skip + take, page["totalItems"]
        if skip < total and (len(page["items"]) < take or skip >= MOST_ITEMS):
            raise TransientError("A list of the shop's does not end. It will be read again.")
