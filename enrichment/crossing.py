"""Prices of one value that two offers write at once, each in its currency.

The PIM takes all currencies of a price together. Whoever read the product before another offer
changed one of them would write back what stood there then.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from enrichment.models import Offer, Proposal

_State = Proposal.State
_LONGEST_CALL = timedelta(minutes=5)  # with all its tries: what was sent before has arrived or not

Price = tuple[str, str, str]  # subject, key and attribute


def price_of(one: Proposal) -> Price:
    return one.subject, one.key, one.attribute


def crossing(
    offer: Offer, proposals: Sequence[Proposal], read_at: datetime
) -> tuple[set[Price], set[Price]]:
    """Return the prices that another offer has on its way, and those it wrote since `read_at`.

    Within a transaction that has the turn of opening proposals, until ours are marked as sent. One
    query, none where the proposals are about no price.
    """
    parts = [one for one in proposals if one.part]
    if not parts:
        return set(), set()
    on_its_way = Q(
        state=_State.APPROVED,
        sent_at__gt=timezone.now() - _LONGEST_CALL,
        offer__state=Offer.State.WRITING,
    ) & ~Q(offer__owner="")
    rows = (
        Proposal.objects.filter(
            on_its_way | Q(state=_State.WRITTEN, written_at__gt=read_at),
            connection=offer.connection_id,
            key__in={one.key for one in parts},
            attribute__in={one.attribute for one in parts},
        )
        .exclude(offer=offer)
        .exclude(part="")
        .only("subject", "key", "attribute", "state")
        .order_by()
    )
    found: tuple[set[Price], set[Price]] = set(), set()
    for row in rows:
        found[row.state == _State.WRITTEN].add(price_of(row))
    return found
