"""What a dry run would change, product by product and field by field: found, stored, written out.

The channel holds one document of a product, whichever catalog's listing has it as *sent*. A product
that a catalog before this one carries is not sent by this one, so it makes no difference.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from catalogs.models import Catalog
from connections.downloads import csv_lines
from pim.values import RawProduct
from sync.assembly import PLAIN, Assembly, Incomplete
from sync.documents import ReadDocument
from sync.fields import differing, in_words
from sync.models import Difference, Document, Listing, Run
from sync.models.batches import Action
from sync.models.differences import DifferenceQuerySet

_SLICE = 100
_COLUMNS = ("action", "key", "identifier", "label", "field", "before", "after")


@dataclass(frozen=True, slots=True)
class _Held:
    """What is known of a product on the channel."""

    key: str
    identifier: str
    label: str
    wanted: tuple[int, str] | None  # of this catalog: row id, digest
    sent: tuple[int, str] | None  # of whichever listing has it
    seen_digest: str
    set_aside: str
    is_carried_elsewhere: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """A product that would be sent: its document before by row id, after by row id or text."""

    product: "ReadDocument | _Held | Listing"
    before: int | None
    after: int | str


def store_pushed(run: Run, products: Sequence[RawProduct], assembly: Assembly = PLAIN) -> None:
    """Store how these products differ from what the channel holds, in a transaction.

    Bytes that were seen before and are on the channel are not parsed.
    """
    held = _held(run.catalog, [product.key for product in products])
    found: list[_Found] = []
    for product in products:
        one = held.get(product.key)
        if one is not None and one.is_carried_elsewhere:
            continue
        sent = one.sent if one is not None else None
        if not assembly.knows(product):
            continue
        is_known = one is not None and one.seen_digest == assembly.seen_digest(product)
        try:
            read = None if is_known else assembly.read(product)
        except Incomplete:
            continue
        if one is not None and (read is None or read.digest == one.set_aside):
            # What is wanted stays wanted.
            if one.wanted is not None and one.wanted != sent:
                found.append(_Found(one, sent and sent[0], one.wanted[0]))
        elif read is not None and (sent is None or sent[1] != read.digest):
            found.append(_Found(read, sent and sent[0], read.body))
    _store(run, found)


def store_withdrawn(run: Run, pks: Collection[int]) -> None:
    """Store what leaves the channel with these listings, in a transaction.

    What another catalog takes over is sent in that catalog's words instead.
    """
    catalog = run.catalog
    rows = Listing.objects.filter(pk__in=pks, catalog=catalog).on_channel()
    listings = {one.key: one for one in rows.order_by("pk")}
    heirs = _heirs(catalog, listings)
    found = [
        _Found(heir, listings[key].sent_id, heir.wanted_id)
        for key, heir in heirs.items()
        if heir.wanted_id is not None and heir.wanted_id != listings[key].sent_id
    ]
    _store(run, found)
    Difference.objects.bulk_create(
        [
            _difference(run, listing, Action.WITHDRAW, [])
            for key, listing in listings.items()
            if key not in heirs
        ],
        ignore_conflicts=True,
        batch_size=_SLICE,
    )


def forget_earlier(run: Run) -> None:
    """Forget what dry runs of the catalog found before the last two.

    Each may be as large as the catalog.
    """
    dry = Run.objects.filter(catalog=run.catalog_id, dry_run=True)
    dry = dry.exclude(mode=Run.Mode.SAMPLE).order_by("-pk")
    kept = list(dry.values_list("pk", flat=True)[:2])
    earlier = Difference.objects.filter(run__in=dry.order_by().exclude(pk__in=kept)).order_by("pk")
    while pks := list(earlier.values_list("pk", flat=True)[:1000]):
        Difference.objects.filter(pk__in=pks).delete()


def as_csv(differences: DifferenceQuerySet) -> Iterator[str]:
    """Yield the lines of a CSV file, one for each field; flat memory."""
    return csv_lines(_COLUMNS, _csv_rows(differences))


def as_json_lines(differences: DifferenceQuerySet) -> Iterator[str]:
    """Yield one JSON object for each product, values to the letter; flat memory."""
    for one in _in_order(differences):
        line = {
            "action": one.action,
            "key": one.key,
            "identifier": one.identifier,
            "label": one.label,
            "fields": [
                {"field": field, "before": _raw(before), "after": _raw(after)}
                for field, before, after in one.fields
            ],
        }
        yield f"{msgspec.json.encode(line).decode()}\n"


def _csv_rows(differences: DifferenceQuerySet) -> Iterator[Iterable[Any]]:
    for one in _in_order(differences):
        about = (one.action, one.key, one.identifier, one.label)
        for field, before, after in one.fields or [("", None, None)]:
            yield (*about, field, in_words(before), in_words(after))


def _in_order(differences: DifferenceQuerySet) -> Iterator[Difference]:
    """In short queries: a cursor would have the database keep everything for a slow reader."""
    last = 0
    while slice_ := list(differences.filter(pk__gt=last).order_by("pk")[:_SLICE]):
        yield from slice_
        last = slice_[-1].pk


def _raw(text: str | None) -> msgspec.Raw | None:
    if text is None:
        return None
    # A line for each product, however its PIM breaks lines between the members.
    one_line = msgspec.json.format(text, indent=-1) if "\n" in text else text
    return msgspec.Raw(one_line.encode())


def _held(catalog: Catalog, keys: Collection[str]) -> dict[str, _Held]:
    """Return what the channel's listings say of these products. Two queries."""
    rank = _ranks(catalog)
    rows = Listing.objects.filter(channel=catalog.channel_id, key__in=keys)
    siblings: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows.values(
        *("key", "catalog_id", "identifier", "label", "seen_digest", "set_aside"),
        *("wanted_id", "wanted__digest", "sent_id", "sent__digest"),
    ):
        siblings.setdefault(row["key"], []).append(row)
    return {key: _from_rows(key, found, catalog, rank) for key, found in siblings.items()}


def _from_rows(
    key: str, rows: Sequence[Mapping[str, Any]], catalog: Catalog, rank: Mapping[int, int]
) -> _Held:
    nothing: Mapping[str, Any] = {}
    ours = next((row for row in rows if row["catalog_id"] == catalog.pk), nothing)
    carrier = next((row for row in rows if row["sent_id"] is not None), nothing)
    before_us = rank.get(catalog.pk, 0)
    return _Held(
        key=key,
        identifier=ours.get("identifier", ""),
        label=ours.get("label", ""),
        wanted=_document(ours, "wanted"),
        sent=_document(carrier, "sent"),
        seen_digest=ours.get("seen_digest", ""),
        set_aside=ours.get("set_aside", ""),
        is_carried_elsewhere=any(
            row["wanted_id"] is not None and rank.get(row["catalog_id"], before_us) < before_us
            for row in rows
        ),
    )


def _document(row: Mapping[str, Any], name: str) -> tuple[int, str] | None:
    pk = row.get(f"{name}_id")
    return None if pk is None else (pk, row[f"{name}__digest"])


def _ranks(catalog: Catalog) -> dict[int, int]:
    """Return the places of the channel's active catalogs in their order."""
    active = Catalog.objects.active().filter(channel=catalog.channel_id)
    order = active.order_by("position", "pk").values_list("pk", flat=True)
    return {pk: place for place, pk in enumerate(order)}


def _heirs(catalog: Catalog, keys: Collection[str]) -> dict[str, Listing]:
    """Return for each product the listing that carries it when this catalog lets go of it."""
    rank = _ranks(catalog)
    others = [pk for pk in rank if pk != catalog.pk]
    if not others:
        return {}
    rows = Listing.objects.filter(catalog__in=others, key__in=keys, wanted__isnull=False)
    heirs: dict[str, Listing] = {}
    for one in sorted(rows, key=lambda one: rank[one.catalog_id], reverse=True):
        heirs[one.key] = one
    return heirs


def _store(run: Run, found: Sequence[_Found]) -> None:
    """Compare and store. Bodies are loaded in slices: a page of them is not held in memory."""
    for start in range(0, len(found), _SLICE):
        part = found[start : start + _SLICE]
        pks = {pk for one in part for pk in (one.before, one.after) if isinstance(pk, int)}
        bodies = dict(Document.objects.filter(pk__in=pks).values_list("pk", "body"))
        rows = []
        for one in part:
            before = bodies.get(one.before) if one.before is not None else None
            after = bodies.get(one.after) if isinstance(one.after, int) else one.after
            changes = [[each.field, each.before, each.after] for each in differing(before, after)]
            rows.append(_difference(run, one.product, Action.PUSH, changes))
        Difference.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_SLICE)


def _difference(
    run: Run, product: ReadDocument | _Held | Listing, action: Action, fields: list[Any]
) -> Difference:
    return Difference(
        run=run,
        key=product.key,
        identifier=product.identifier,
        label=product.label,
        action=action,
        fields=fields,
    )
