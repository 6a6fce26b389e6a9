"""What the lists and single products of a catalog have in common (pim-contract.md 2.3, 2.4)."""

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from flask import jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Model, Product
from sandbox.mapping import InvalidSelection
from sandbox.records import Catalog
from sandbox.rest.catalogs import catalog_or_404, may_read
from sandbox.rest.gate import need
from sandbox.rest.paging import after_cursor, whole_number
from sandbox.rest.problems import invalid
from sandbox.state import Pim

MAX_MAPPED, MAX_RAW = 100, 1000

_DEFAULT_LIMIT = "100"
_ATOM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_NO_SCHEMA = "no product mapping schema available for this catalog."
_LOOK_IT_UP = "Note that you can get catalogs status with the GET /api/rest/v1/catalogs endpoint."


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a list a request asks for; `after` is "" from its start on."""

    limit: int
    after: str
    since: int | None
    until: int | None

    @classmethod
    def of_request(cls, most: int, *, by_uuid: bool = True) -> Self:
        """The request's limit, cursor and dates, or 422 with everything that is wrong with them.

        What is no number counts as 0, and is refused as that.
        """
        problems: list[tuple[str, str]] = []
        after = request.args.get("search_after", "")
        if by_uuid and after and not _UUID.fullmatch(after):
            problems.append(("searchAfter", "This is not a valid UUID."))
        limit = whole_number(request.args.get("limit", _DEFAULT_LIMIT)) or 0
        if not 1 <= limit <= most:
            problems.append(("limit", f"This value should be between 1 and {most}."))
        since, until = _moment("updated_after", problems), _moment("updated_before", problems)
        if problems:
            invalid(problems)
        return cls(limit, after.lower() if by_uuid else after, since, until)

    def of(self, items: Iterable[Product]) -> Iterable[Product]:
        """Those of the items that fit by date."""
        has_dates = self.since is not None or self.until is not None
        return filter(self.has, items) if has_dates else items

    def has(self, item: Product | Model) -> bool:
        """Whether the item's own date fits; the PIM compares whole seconds, which it shows."""
        updated = int(item.updated)
        return (self.since is None or updated > self.since) and (
            self.until is None or updated < self.until
        )


def content(
    pim: Pim,
    catalog_id: str,
    most: int,
    answer: Callable[[Catalog, Part], dict[str, Any]],
    *,
    by_uuid: bool = True,
) -> ResponseReturnValue:
    """One page of a catalog's content, after the checks in the PIM's own order."""
    may_read_products()
    catalog = catalog_or_404(pim, catalog_id)
    part = Part.of_request(most, by_uuid=by_uuid)
    return if_enabled(
        pim,
        catalog,
        "No products to synchronize. The catalog {id} has been disabled on the PIM side.",
        lambda: answer(catalog, part),
    )


def if_enabled(
    pim: Pim, catalog: Catalog, otherwise: str, answer: Callable[[], dict[str, Any]]
) -> ResponseReturnValue:
    """The answer, or that the catalog is disabled, which has status 200 all the same.

    A catalog whose selection no longer works disables itself.
    """
    if catalog.enabled:
        try:
            return jsonify(answer())
        except InvalidSelection:
            with pim.lock:
                catalog.enabled = False
    shown = f'"{catalog.id}"' if pim.disabled_answer == "quoted" else catalog.id
    return jsonify(problem(pim, f"{otherwise.format(id=shown)} {_LOOK_IT_UP}"))


def page(
    pim: Pim, path: str, part: Part, items: Iterable[dict[str, Any]], key: str
) -> dict[str, Any]:
    """The items behind the cursor, up to the limit, with links to this and the following page."""
    root = "" if pim.relative_links else pim.base_url
    return after_cursor(f"{root}/api/rest/v1/catalogs/{path}", items, key, part.limit)


def no_schema(pim: Pim, what: str) -> dict[str, Any]:
    """That nothing can be mapped, again with status 200; `what` is products, models, …"""
    return problem(pim, f"Impossible to map {what}: {_NO_SCHEMA}")


def problem(pim: Pim, text: str) -> dict[str, Any]:
    """What is wrong, under the key that this version of the PIM uses."""
    return {"message" if pim.disabled_answer == "message" else "error": text}


def may_read_products() -> None:
    """Answer 403 unless the app may read its catalogs and products."""
    may_read()
    need("read_products", "access products")


def _moment(name: str, problems: list[tuple[str, str]]) -> int | None:
    """One of the request's dates as Unix time; what is none is a problem."""
    text = request.args.get(name)
    if not text:
        return None
    if _ATOM.fullmatch(text):
        try:
            return int(dt.datetime.fromisoformat(text).timestamp())
        except (ValueError, OverflowError):
            pass
    first, _, second = name.partition("_")
    problems.append((first + second.capitalize(), "ISO 8601 format is required."))
    return None
