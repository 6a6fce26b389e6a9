"""Pages of long lists, each found from the last row of the one before: all cost the same.

What is counted off from the start costs more with each page, and what comes or goes meanwhile
moves rows from one page to another. An address here names a row, and holds though that row is gone.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.utils.http import urlencode

M = TypeVar("M", bound=Model)
_LARGEST = 2**63 - 1  # that a primary key can be


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Some rows of a list, and the queries of the addresses beside it; "" where nothing is."""

    rows: Sequence[M]
    before: str = ""
    after: str = ""

    def __iter__(self) -> Iterator[M]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


def page_of(
    rows: QuerySet[M],
    size: int,
    query: Mapping[str, Any],
    *,
    newest_first: bool = False,
    prefix: str = "",
    kept: Mapping[str, str] | None = None,
) -> Page[M]:
    """Return the page of these rows, in the order of their ids, that a query names; else the first.

    The query has the id of a row as `after` or `before`, behind the prefix where one page has
    several lists. `kept`: what else stays in the addresses, such as a filter. Two queries.
    """
    ahead, back = ("lt", "gt") if newest_first else ("gt", "lt")
    order, against = ("-pk", "pk") if newest_first else ("pk", "-pk")

    def address(where: str, row: M) -> str:
        return urlencode({**(kept or {}), f"{prefix}{where}": row.pk})

    if before := _id_in(query.get(f"{prefix}before")):
        found = list(rows.filter(**{f"pk__{back}": before}).order_by(against)[: size + 1])
        if len(found) > size:  # else it is the first page, whole though rows are gone
            shown = found[size - 1 :: -1]
            is_last = not rows.filter(**{f"pk__{ahead}": shown[-1].pk}).exists()
            return Page(
                shown, address("before", shown[0]), "" if is_last else address("after", shown[-1])
            )
    elif after := _id_in(query.get(f"{prefix}after")):
        found = list(rows.filter(**{f"pk__{ahead}": after}).order_by(order)[: size + 1])
        if found:
            shown = found[:size]
            is_first = not rows.filter(**{f"pk__{back}": shown[0].pk}).exists()
            return Page(
                shown,
                "" if is_first else address("before", shown[0]),
                address("after", shown[-1]) if len(found) > size else "",
            )
    found = list(rows.order_by(order)[: size + 1])
    shown = found[:size]
    return Page(shown, "", address("after", shown[-1]) if len(found) > size else "")


def _id_in(text: str | None) -> int | None:
    """Return the id of a row that an address names."""
    is_number = text is not None and text.isascii() and text.isdecimal() and len(text) < 20
    return min(int(text), _LARGEST) if is_number and text else None
