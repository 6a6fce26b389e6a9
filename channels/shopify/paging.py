"""Lists that Shopify gives page by page."""

from channels.base import TransientError
from channels.shopify.api import Json

# The longest list is that of 2,048 variants, of products with so many fields that each is a page.
MOST_PAGES = 2500


class Cursors:
    """The places in one list at which it was read on. No list goes on without an end."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def after(self, page: Json) -> str | None:
        """Where the next page begins; None behind the last one. Raises TransientError."""
        info = page["pageInfo"]
        if not info["hasNextPage"]:
            return None
        cursor = str(info["endCursor"])
        if cursor in self._seen or len(self._seen) >= MOST_PAGES:
            raise TransientError("A list of Shopify's does not end. It will be read again.")
        self._seen.add(cursor)
        return cursor
