"""What became of an offer, line by line, as a file."""

from collections.abc import Iterator
from typing import Any

import msgspec

from connections.downloads import csv_lines
from enrichment.media.files import name_in
from enrichment.models import Offer, OfferProblem, Proposal

_AT_ONCE = 1000
_COLUMNS = (
    *("line", "column", "file", "result", "said"),
    *("subject", "key", "identifier", "attribute", "locale", "scope", "currency"),
    *("before", "offered", "decided_by", "decided_at", "written_at"),
)


def as_csv(offer: Offer) -> Iterator[str]:
    """Yield the lines of a CSV file: what could not be read, then each value; flat memory."""
    return csv_lines(_COLUMNS, _rows(offer))


def as_text(value: Any) -> str:
    """Write a value as one cell: a text as it is, everything else as JSON; of a file its name."""
    if value is None:
        return ""
    if name := name_in(value):
        return name
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _rows(offer: Offer) -> Iterator[tuple[Any, ...]]:
    for problem in _problems(offer):
        where = (problem.line or "", problem.column, problem.place)
        yield (*where, "invalid", problem.message, *[""] * 12)
    for one in _proposals(offer):
        yield (
            *(one.line or "", *_where(offer, one), one.state, one.problem),
            *(one.subject, one.key, one.identifier),
            *(one.attribute, one.locale, one.scope, one.part),
            *(as_text(one.before), as_text(one.value), one.decided_by),
            *(_moment(one.decided_at), _moment(one.written_at)),
        )


def _problems(offer: Offer) -> Iterator[OfferProblem]:
    last = (-1, 0)
    rows = OfferProblem.objects.filter(offer=offer).order_by("line", "pk")
    while True:
        line, pk = last
        page = [*rows.filter(line=line, pk__gt=pk)[:_AT_ONCE]]
        page += rows.filter(line__gt=line)[: _AT_ONCE - len(page)]
        if not page:
            return
        yield from page
        last = page[-1].line, page[-1].pk


def _proposals(offer: Offer) -> Iterator[Proposal]:
    """In short queries: a cursor would have the database keep everything for a slow reader."""
    last = 0
    rows = Proposal.objects.filter(offer=offer).order_by("pk")
    while page := list(rows.filter(pk__gt=last)[:_AT_ONCE]):
        yield from page
        last = page[-1].pk


def _moment(when: Any) -> str:
    return when.isoformat() if when else ""


def _where(offer: Offer, one: Proposal) -> tuple[str, str]:
    """The column and the file that it was read from."""
    return ("", one.column) if offer.kind == Offer.Kind.MEDIA else (one.column, "")
