"""One product's place on each channel, as its page shows it: a fixed number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Window
from django.db.models.functions import RowNumber

from catalogs.models import Catalog
from channels.registry import adapter_class
from connections.models import PimUser
from enrichment.models import Proposal
from pages.answers import Answer, answer_of
from pages.offered_values import Shown, shown
from pages.offers import PROPOSAL_STATES
from pages.overview import standings_of
from pages.product_values import Values, bodies_of, values_of
from pages.wording import State
from sync.earlier import has_earlier
from sync.models import Change, Listing, ListingVariant
from sync.showing import pictures_in, variant_names_in
from sync.whereabouts import main_listing

_LISTINGS = 30  # of one product, over all channels
_CHANGES = 20
_VARIANTS = 50  # of each model
_UNSEEN = 20
_OFFERED = 20


@dataclass(frozen=True, slots=True)
class Section:
    """One channel: the listing that tells most, and what its other catalogs say."""

    listing: Listing
    answer: Answer
    others: list[tuple[Listing, Answer]]
    values: Values
    address: str  # where people see the product at the channel
    variants: list[tuple[str, str]] = field(default_factory=list)  # uuid and name, of the first
    variant_number: int = 0  # of all

    @property
    def more_variants(self) -> int:
        return self.variant_number - len(self.variants)

    @property
    def may_be_sent_now(self) -> bool:
        waits = self.listing.status in (Listing.Status.WAITING, Listing.Status.PARKED)
        return self.listing.catalog.is_active and waits


@dataclass(frozen=True, slots=True)
class Sent:
    change: Change
    has_earlier: bool


@dataclass(frozen=True, slots=True)
class Offered:
    """A value that was offered to the PIM for the product."""

    value: Shown
    state: State


def listings_about(user: PimUser, key: str) -> list[Listing]:
    """Return where the product is known, of a variant its model. One query."""
    rows = Listing.objects.visible_to(user).about(key)
    rows = rows.select_related("catalog", "channel__connection", "wanted", "sent", "last_known")
    listings = list(rows.order_by("channel__name", "catalog__position", "pk")[:_LISTINGS])
    for listing in listings:
        listing.catalog.channel = listing.channel
    return listings


def sections_of(listings: Sequence[Listing]) -> list[Section]:
    """Return a section for each channel, in their order. Eight queries."""
    if not listings:
        return []
    standings = {one.catalog.pk: one for one in standings_of(one.catalog for one in listings)}
    answers = {one.pk: answer_of(one, standings[one.catalog_id]) for one in listings}
    by_channel: dict[int, list[Listing]] = {}
    for listing in listings:
        by_channel.setdefault(listing.channel_id, []).append(listing)
    main = {pk: main_listing(siblings) for pk, siblings in by_channel.items()}
    bodies = [body for one in main.values() for body in bodies_of(one)[:2] if body]
    pictures = pictures_in(bodies, listings[0].channel.connection)
    variants = _variants_of([one for one in main.values() if one.catalog.has_models])
    sections = []
    for pk, listing in main.items():
        adapter, channel = adapter_class(listing.channel.kind), listing.channel
        titles = {} if listing.catalog.raw else adapter.titles(channel.targets)
        is_there = listing.sent_id is not None
        sections.append(
            Section(
                listing,
                answers[listing.pk],
                [(one, answers[one.pk]) for one in by_channel[pk] if one is not listing],
                values_of(listing, titles, pictures),
                adapter.address_of(channel.settings, listing.external_id) if is_there else "",
                *variants.get(listing.pk, ([], 0)),
            )
        )
    return sections


def changes_of(listings: Sequence[Listing]) -> list[Sent]:
    """Return what was sent for these lately, newest first. One query."""
    by_pk = {one.pk: one for one in listings}
    rows = Change.objects.filter(listing__in=list(by_pk)).select_related("run", "before")
    changes = rows.defer("before__body").order_by("-pk")[:_CHANGES]
    found = []
    for change in changes:
        change.listing = by_pk[change.listing_id]
        found.append(Sent(change, has_earlier(change, change.listing)))
    return found


def offered_for(user: PimUser, key: str) -> list[Offered]:
    """Return what was offered to the PIM for this product lately, newest first. One query."""
    rows = Proposal.objects.visible_to(user).filter(key=key).select_related("offer")
    return [
        Offered(shown(one), PROPOSAL_STATES[Proposal.State(one.state)])
        for one in rows.order_by("-pk")[:_OFFERED]
    ]


def unseen_catalogs(user: PimUser, listings: Sequence[Listing]) -> list[Catalog]:
    """Return catalogs of channels that never had the product. One query."""
    mine = Catalog.objects.visible_to(user).active().select_related("channel__connection")
    others = mine.exclude(channel__in={one.channel_id for one in listings})
    return list(others.order_by("channel__name", "position", "pk")[:_UNSEEN])


def _variants_of(models: Sequence[Listing]) -> dict[int, tuple[list[tuple[str, str]], int]]:
    """Return the first variants of each model, and how many it has. One query."""
    if not models:
        return {}
    named = {one.pk: variant_names_in(one.wanted.body) if one.wanted else {} for one in models}
    rows: Any = ListingVariant.objects.filter(listing__in=models).annotate(
        place=Window(RowNumber(), partition_by="listing", order_by="uuid"),
        number=Window(Count("pk"), partition_by="listing"),
    )
    found: dict[int, tuple[list[tuple[str, str]], int]] = {}
    for row in rows.filter(place__lte=_VARIANTS).order_by("listing", "uuid"):
        variants, _ = found.setdefault(row.listing_id, ([], row.number))
        variants.append((row.uuid, named[row.listing_id].get(row.uuid, "")))
    return found
