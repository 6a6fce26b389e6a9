"""Offers with how many of their values are in which state."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from enrichment.models import Offer, Proposal

_State = Proposal.State


@dataclass(frozen=True, slots=True)
class Counted:
    offer: Offer
    to_decide: int
    to_write: int
    written: int
    refused: int
    outdated: int


def that_matter(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    """Return these without answers to requests of which all went well: each look brings some."""
    bad = Proposal.objects.filter(
        offer=OuterRef("pk"), state__in=(_State.REFUSED, *Proposal.OVERTAKEN)
    )
    return offers.exclude(Q(kind=Offer.Kind.ANSWERS, state=Offer.State.DONE) & ~Exists(bad))


def counted(offers: Sequence[Offer]) -> list[Counted]:
    """Return these offers with their numbers. One query, over all of their proposals."""
    counts = _counts(offers)
    return [
        Counted(
            offer,
            counts[offer.pk, _State.PROPOSED],
            counts[offer.pk, _State.APPROVED],
            counts[offer.pk, _State.WRITTEN],
            counts[offer.pk, _State.REFUSED],
            sum(counts[offer.pk, state] for state in Proposal.OVERTAKEN),
        )
        for offer in offers
    ]


def _counts(offers: Sequence[Offer]) -> Counter[tuple[int, str]]:
    rows = Proposal.objects.filter(offer__in=[one.pk for one in offers]).order_by()
    counted = rows.values_list("offer", "state").annotate(number=Count("*"))
    return Counter({(offer, state): number for offer, state, number in counted})
