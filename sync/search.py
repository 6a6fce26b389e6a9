"""Find listings by what people know of a product: its uuid or code, its identifier, its name."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F, Q, QuerySet

from catalogs.models import Catalog
from connections.models import PimUser
from connections.names import after_row, before_row, begins_with, folded, searchable
from sync.models import Listing, ListingVariant

_HEX = re.compile(r"[0-9a-f]{4,32}")  # of a uuid; with fewer digits nobody means one
_GROUPS = (8, 4, 4, 4, 12)  # digits of a uuid between its hyphens
# What people paste with a uuid in it: the address of a product's page, in Akeneo or here.
_PASTED = re.compile(
    r"(?:https?://\S*|urn:uuid:|\{)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE
)
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))  # that come along with what is copied


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands among what was found: by which way, under which word, and its id.

    It holds though the row is gone.
    """

    way: int
    word: str
    pk: int

    def __str__(self) -> str:
        return f"{self.way}.{self.pk}.{self.word}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Return the place that an address names, if it names one."""
        found = re.fullmatch(r"([0-3])\.([0-9]{1,18})\.([^\0]{0,255})", text, re.DOTALL)
        if found is None:
            return None
        way, pk, word = found.groups()
        return cls(int(way), word.encode(errors="ignore").decode(), int(pk))


@dataclass(frozen=True, slots=True)
class Found:
    """Some of what is called like that, and the places beside; None where there is nothing."""

    listings: list[Listing]
    before: Place | None = None
    after: Place | None = None


def find_listings(where: PimUser | Iterable[Catalog], text: str, limit: int = 20) -> list[Listing]:
    """Return what is called like that, at most so many: by exact key first, then by the beginning
    of the identifier, of the name, and of a uuid; without case, a uuid without hyphens as well.

    `where`: the catalogs, or the person who may see them. A variant's uuid finds its model. Six
    queries at most, each answered by an index; of one catalog no more than `limit` are looked at.
    """
    return _rows_of(find_pks(where, text, limit))


def find_pks(where: PimUser | Iterable[Catalog], text: str, limit: int) -> list[int]:
    """Return their ids alone, in the same order."""
    found = _Search(where, text).places(None, limit)
    return list(dict.fromkeys(place.pk for place in found))[:limit]


def find_page(
    where: PimUser | Iterable[Catalog],
    text: str,
    limit: int,
    *,
    after: Place | None = None,
    before: Place | None = None,
) -> Found:
    """Return what `find_listings` finds, from a place on or up to it; each page costs the same."""
    search = _Search(where, text)
    if before is not None:
        found = search.places(before, limit + 1, backwards=True)
        if len(found) > limit:  # else it is the first page
            shown = found[limit - 1 :: -1]
            more = search.places(shown[-1], 1)
            return _found(shown, is_first=False, is_last=not more)
        after = None
    found = search.places(after, limit + 1)
    if not found and after is not None:
        after, found = None, search.places(None, limit + 1)
    shown = found[:limit]
    is_first = after is None or not search.places(shown[0], 1, backwards=True)
    return _found(shown, is_first=is_first, is_last=len(found) <= limit)


def _found(shown: Sequence[Place], *, is_first: bool, is_last: bool) -> Found:
    return Found(
        _rows_of(place.pk for place in shown),
        None if is_first else shown[0],
        None if is_last else shown[-1],
    )


def _rows_of(pks: Iterable[int]) -> list[Listing]:
    pks = list(dict.fromkeys(pks))
    rows = Listing.objects.select_related("catalog", "channel__connection").in_bulk(pks)
    return [rows[pk] for pk in pks if pk in rows]


_Rows = list[tuple[int, str]]  # id and word of each


class _Search:
    """The four ways in which something is found, one behind the other."""

    def __init__(self, where: PimUser | Iterable[Catalog], text: str) -> None:
        self._text = _meant(searchable(text))
        self._catalogs = _catalogs(where) if self._text else []
        self._uuid = _beginning_of_uuid(self._text)
        self._exact: list[int] | None = None

    def places(self, here: Place | None, limit: int, *, backwards: bool = False) -> list[Place]:
        """Return the next so many behind a place, or before it, nearest first."""
        found: list[Place] = []
        if not self._catalogs:
            return found
        ways: list[Callable[..., _Rows]] = [
            self._by_key,
            self._by_identifier,
            self._by_label,
            self._by_uuid,
        ]
        for number, way in _in_turn(ways, here, backwards=backwards):
            if len(found) >= limit:
                break
            start = here if here is not None and here.way == number else None
            rows = way(start, limit - len(found), backwards)
            found += [Place(number, word, pk) for pk, word in rows]
        return found

    def _by_key(self, here: Place | None, limit: int, backwards: bool) -> _Rows:
        pks = self._with_exact_key()[::-1] if backwards else self._with_exact_key()
        if here is not None:
            pks = [pk for pk in pks if (pk < here.pk if backwards else pk > here.pk)]
        return [(pk, "") for pk in pks[:limit]]

    def _with_exact_key(self) -> list[int]:
        """Return what has exactly this key: one of each catalog at most, and models of variants."""
        if self._exact is None:
            keys = {self._text, self._text.lower(), self._uuid}
            found = Listing.objects.filter(catalog__in=self._catalogs).about(*keys)
            self._exact = list(found.order_by("pk").values_list("pk", flat=True))
        return self._exact

    def _by_identifier(self, here: Place | None, limit: int, backwards: bool) -> _Rows:
        return self._by_beginning("identifier", Q(), here, limit, backwards)

    def _by_label(self, here: Place | None, limit: int, backwards: bool) -> _Rows:
        known = begins_with("identifier", self._text)
        return self._by_beginning("label", ~known, here, limit, backwards)

    def _by_beginning(
        self, name: str, condition: Q, here: Place | None, limit: int, backwards: bool
    ) -> _Rows:
        """Return those whose column begins like that, what is exactly that first."""
        called = Listing.objects.filter(begins_with(name, self._text), condition)
        rows: QuerySet[Any] = called.exclude(pk__in=self._with_exact_key())
        rows = rows.annotate(word=folded(name))
        if here is not None:
            beside = before_row if backwards else after_row
            rows = rows.filter(beside(name, here.word, here.pk))
        order = ("-word", "-pk") if backwards else ("word", "pk")
        each = [
            rows.order_by(*order).filter(catalog=pk).values_list("pk", "word")[:limit]
            for pk in self._catalogs
        ]
        return _merged(each, limit, backwards)

    def _by_uuid(self, here: Place | None, limit: int, backwards: bool) -> _Rows:
        """Return those whose uuid, or a variant's, begins like that."""
        if not self._uuid or len(self._uuid) == 36:  # a whole one is an exact key
            return []
        called = begins_with("identifier", self._text) | begins_with("label", self._text)
        listings = Listing.objects.filter(~called).annotate(word=F("key"))
        variants = ListingVariant.objects.annotate(word=F("uuid"))
        each = [
            _beginning(listings, "key", self._uuid, "pk", here, backwards)
            .filter(catalog=pk)
            .values_list("pk", "word")[:limit]
            for pk in self._catalogs
        ]
        # With a sum in it the condition has no index: SQLite would begin with all of a catalog.
        each.append(
            _beginning(variants, "uuid", self._uuid, "listing", here, backwards)
            .annotate(owner=F("listing__catalog") + 0)
            .filter(owner__in=self._catalogs)
            .values_list("listing", "word")[:limit]
        )
        return _merged(each, limit, backwards)


def _meant(text: str) -> str:
    cleaned = text.translate(_UNSEEN).strip()
    pasted = _PASTED.match(cleaned)
    return pasted[1] if pasted else cleaned


def _beginning(
    rows: QuerySet[Any],
    name: str,
    beginning: str,
    pk: str,
    here: Place | None,
    backwards: bool,
) -> QuerySet[Any]:
    """Those whose uuid in this column begins like that, from a place on.

    All uuids have the same form, so that they stand in the same order in every language: between
    the first and the last that begin so there may be codes, and no other uuid.
    """
    first, last = _filled_up(beginning, "0"), _filled_up(beginning, "f")
    rows = rows.filter(**{f"{name}__range": (first, last), f"{name}__startswith": beginning})
    if here is not None:
        less = "lt" if backwards else "gt"
        same = Q(**{name: here.word, f"{pk}__{less}": here.pk})
        rows = rows.filter(Q(**{f"{name}__{less}": here.word}) | same)
        rows = rows.filter(**{f"{name}__{less}e": here.word})
    order = (name, pk)
    return rows.order_by(*(f"-{one}" if backwards else one for one in order))


def _beginning_of_uuid(text: str) -> str:
    """Return it as a uuid begins, with its hyphens, or nothing if none begins so."""
    digits = text.lower().replace("-", "")
    if not _HEX.fullmatch(digits):
        return ""
    parts = []
    for length in _GROUPS:
        parts.append(digits[:length])
        digits = digits[length:]
    return "-".join(part for part in parts if part)


def _filled_up(beginning: str, digit: str) -> str:
    """Return a whole uuid that begins like that, of this digit to its end."""
    return _beginning_of_uuid(beginning.replace("-", "").ljust(32, digit))


def _catalogs(where: PimUser | Iterable[Catalog]) -> list[int]:
    """Return their ids, in the order in which pages show them."""
    if not isinstance(where, PimUser):
        return [catalog.pk for catalog in where]
    mine = Catalog.objects.visible_to(where).order_by("channel__name", "position", "pk")
    return list(mine.values_list("pk", flat=True))


def _in_turn(
    ways: Sequence[Callable[..., _Rows]], here: Place | None, *, backwards: bool
) -> Iterator[tuple[int, Callable[..., _Rows]]]:
    """Yield the ways with their numbers, from the place on."""
    numbered = list(enumerate(ways))
    for number, way in reversed(numbered) if backwards else numbered:
        is_passed = here is not None and (number > here.way if backwards else number < here.way)
        if not is_passed:
            yield number, way


def _merged(each: Sequence[QuerySet[Any]], limit: int, backwards: bool) -> _Rows:
    found = sorted(_all_of(each), key=lambda row: (row[1], row[0]), reverse=backwards)
    return found[:limit]


def _all_of(querysets: Sequence[QuerySet[Any]]) -> _Rows:
    """Return the rows of all in one query; Django's union has no limit of each on SQLite.

    Over several catalogs at once no index has the order, so all that begins alike would be sorted.
    """
    compiled = [queryset.query.sql_with_params() for queryset in querysets]
    sql = " UNION ALL ".join(f"SELECT * FROM ({one}) AS found" for one, _ in compiled)  # noqa: S608  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, params in compiled for value in params])
        found: _Rows = cursor.fetchall()
    return found
