"""Lists, page by page (pim-contract.md 2.4, 3.2)."""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import request

from sandbox.rest.problems import refuse

DEFAULT_LIMIT, MAX_LIMIT = 10, 100
_MAX_OFFSET = 10_000
_MAX_DIGITS = 9

Links = dict[str, dict[str, str]]


def link(url: str) -> dict[str, str]:
    return {"href": url}


def self_link(url: str) -> Links:
    """An item's link to itself."""
    return {"self": link(url)}


def address(url: str, query: Mapping[str, object]) -> str:
    """The URL with its query; `+` and colons of dates are encoded."""
    return f"{url}?{urlencode(query)}" if query else url


def limit_of(arguments: Mapping[str, str]) -> int:
    """The page size asked for, or 422."""
    text = arguments.get("limit", str(DEFAULT_LIMIT))
    limit = positive(text)
    if limit is None:
        refuse(422, f'"{text}" is not a valid limit number.')
    if limit > MAX_LIMIT:
        refuse(422, f"You cannot request more than {MAX_LIMIT} items.")
    return limit


def page_of(arguments: Mapping[str, str]) -> int:
    """The number of the page asked for, or 422."""
    text = arguments.get("page", "1")
    page = positive(text)
    if page is None:
        refuse(422, f'"{text}" is not a valid page number.')
    return page


def positive(text: str) -> int | None:
    """The number above zero, or None."""
    return whole_number(text) or None


def whole_number(text: str) -> int | None:
    """The number, zero or more, or None; one that no list can reach is none either."""
    is_one = text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS
    return int(text) if is_one else None


def wants_count(asked: Mapping[str, str]) -> bool:
    """Whether `with_count` is true; 422 for anything but true and false."""
    text = asked.get("with_count", "false")
    if text not in ("true", "false"):
        refuse(
            422,
            'Parameter "with_count" has to be a boolean. Only "true" or "false" allowed, '
            f'"{text}" given.',
        )
    return text == "true"


def numbered(
    url: str,
    items: Sequence[Any],
    asked: Mapping[str, str] | None = None,
    *,
    offset_limit: bool = False,
) -> dict[str, Any]:
    """The page of the items that `page` and `limit` ask for; `asked` None is the query."""
    asked = request.args if asked is None else asked
    page, limit = page_of(asked), limit_of(asked)
    if offset_limit and page * limit > _MAX_OFFSET:
        refuse(
            422,
            "You have reached the maximum number of pages you can retrieve with the "
            '"page" pagination type. Please use the search after pagination type instead',
            documentation="pagination.html#the-search-after-method",
        )
    start = (page - 1) * limit
    body: dict[str, Any] = {
        "_links": numbered_links(url, asked, page, limit, has_next=len(items) > start + limit),
        "current_page": page,
    }
    if wants_count(asked):
        body["items_count"] = len(items)
    return body | {"_embedded": {"items": list(items[start : start + limit])}}


def numbered_links(
    url: str, asked: Mapping[str, str], page: int, limit: int, *, has_next: bool
) -> Links:
    """Links that keep what else was asked for."""
    kept = {k: v for k, v in asked.items() if k not in ("page", "limit")}

    def to(number: int) -> dict[str, str]:
        return link(address(url, kept | {"page": number, "limit": limit}))

    links = {"self": to(page), "first": to(1)}
    if page > 1:
        links["previous"] = to(page - 1)
    if has_next:
        links["next"] = to(page + 1)
    return links


def after_cursor(
    url: str,
    items: Iterable[dict[str, Any]],
    cursor_field: str,
    limit: int,
    asked: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The next `limit` of the items, which start behind the cursor; `asked` None is the query.

    There is a next link iff the page is full, so an exact multiple ends on an empty page.
    """
    shown = list(itertools.islice(items, limit))
    asked = request.args if asked is None else asked
    kept = {k: v for k, v in asked.items() if k not in ("search_after", "limit")}
    kept["limit"] = str(limit)
    own = {"search_after": asked["search_after"]} if "search_after" in asked else {}
    links = {"self": link(address(url, own | kept)), "first": link(address(url, kept))}
    if len(shown) >= limit:
        cursor = {"search_after": shown[-1][cursor_field]}
        links["next"] = link(address(url, cursor | kept))
    return {"_links": links, "_embedded": {"items": shown}}
