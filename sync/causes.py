"""Refused products by cause: those of which the channel said the same, numbers aside."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import OuterRef, Subquery

from catalogs.models import Catalog
from outbound.errors import FailureKind
from sync.models import Change, Listing, MissingTarget, Run
from sync.models.listings import ListingQuerySet
from sync.needs import needed_by
from sync.said import in_readers_words

LOOKED_AT = 2000  # products; behind them a page would take too long
NAMED = 3  # products of each cause
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_REFUSED = (Change.Outcome.REFUSED, Change.Outcome.UNANSWERED)


@dataclass(slots=True)
class Cause:
    """What the channel said, in the words of the first product, and of how many products.

    What Ferry itself said is in the reader's language.
    """

    code: str  # in addresses: the same sentence has the same code
    sentence: str
    pks: list[int] = field(default_factory=list)
    first: list[Listing] = field(default_factory=list)
    is_missing: bool = False  # a field that the channel needs: the mapping may be the reason
    is_internal: bool = False  # a failure of ours, that nobody corrects in the PIM

    @property
    def number(self) -> int:
        return len(self.pks)


def causes_of(catalog: Catalog) -> list[Cause]:
    """Return why products of the catalog are parked, most frequent first. Three queries."""
    parked = Listing.objects.filter(catalog=catalog).parked().order_by("pk")
    return _with_first(catalog, _grouped(parked.values_list("pk", "problem")[:LOOKED_AT]))


def causes_of_run(run: Run) -> list[Cause]:
    """Return why the run's channel refused products, by what it said last of each.

    Most frequent first. Three queries.
    """
    changes = Change.objects.filter(run=run, outcome__in=_REFUSED)
    said = changes.filter(listing=OuterRef("pk")).order_by("-pk").values("message")[:1]
    refused = Listing.objects.filter(pk__in=changes.values("listing")).order_by("pk")
    rows = refused.annotate(said=Subquery(said)).values_list("pk", "said")
    return _with_first(run.catalog, _grouped(rows[:LOOKED_AT]))


def parked_by(catalog: Catalog, code: str) -> ListingQuerySet:
    """Return those of the catalog's parked listings that have this cause."""
    parked = Listing.objects.filter(catalog=catalog).parked()
    rows = parked.order_by("pk").values_list("pk", "problem")[:LOOKED_AT]
    pks = [pk for cause in _grouped(rows) if cause.code == code for pk in cause.pks]
    return parked.filter(pk__in=pks)


def _grouped(rows: Iterable[tuple[int, str]]) -> list[Cause]:
    causes: dict[str, Cause] = {}
    for pk, sentence in rows:
        same = _NUMBER.sub("0", sentence)
        if same not in causes:
            causes[same] = Cause(_code(same), sentence)
        causes[same].pks.append(pk)
    return sorted(causes.values(), key=lambda one: -one.number)


def _with_first(catalog: Catalog, causes: list[Cause]) -> list[Cause]:
    firsts = [pk for cause in causes for pk in cause.pks[:NAMED]]
    listings = Listing.objects.in_bulk(firsts)
    lacking: dict[int, set[str]] = defaultdict(set)
    rows = MissingTarget.objects.filter(listing__in=firsts).values_list("listing", "target")
    for pk, target in rows:
        lacking[pk].add(target)
    needed = needed_by(catalog) if lacking else ()
    for cause in causes:
        cause.first = [listings[pk] for pk in cause.pks[:NAMED] if pk in listings]
        cause.is_missing = not lacking.keys().isdisjoint(cause.pks[:NAMED])
        codes = lacking.get(cause.pks[0], ())
        missing = [target for target in needed if target.code in codes]
        cause.sentence = in_readers_words(cause.sentence, missing)
        cause.is_internal = any(one.failure == FailureKind.INTERNAL for one in cause.first)
    return causes


def _code(sentence: str) -> str:
    return hashlib.sha256(sentence.encode(errors="replace")).hexdigest()[:12]
