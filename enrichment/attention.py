"""What of the offers to a PIM calls for a person, counted for many PIMs at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone

from enrichment.models import Offer, Proposal

LATELY = timedelta(days=7)  # refusals of an older offer are no news, and are not made good there

_State = Proposal.State


@dataclass(slots=True)
class Attention:
    """Of one PIM: values that wait for approval, that were refused or edited lately, and why an
    offer stopped that has still something to write or to decide."""

    waiting: int = 0
    refused: int = 0
    edited: int = 0
    stopped: int = 0
    problem: str = ""


def attention_for(connections: Iterable[int]) -> dict[int, Attention]:
    """Return what calls for a person, by the ids of connections. Three queries."""
    found = {pk: Attention() for pk in connections}
    waiting = Proposal.objects.filter(connection__in=list(found), state=_State.PROPOSED)
    waiting = waiting.exclude(offer__in=Offer.objects.filter(state=Offer.State.READING))
    counted = waiting.order_by().values_list("connection").annotate(number=Count("*"))
    for pk, number in counted:
        found[pk].waiting = number
    _add_bad(found)
    stopped = Offer.objects.filter(connection__in=list(found), state=Offer.State.STOPPED)
    for offer in stopped.filter(_has_open()).order_by("pk"):
        found[offer.connection_id].stopped += 1
        found[offer.connection_id].problem = offer.problem
    return found


def _add_bad(found: dict[int, Attention]) -> None:
    since = timezone.now() - LATELY
    lately = Offer.objects.filter(connection__in=list(found), created_at__gte=since)
    bad = Proposal.objects.filter(offer__in=lately, state__in=(_State.REFUSED, *Proposal.OVERTAKEN))
    counted = bad.order_by().values_list("connection", "state").annotate(number=Count("*"))
    for pk, state, number in counted:
        if state == _State.REFUSED:
            found[pk].refused = number
        else:
            found[pk].edited += number


def _has_open() -> Exists:
    open_ones: QuerySet[Proposal] = Proposal.objects.filter(offer=OuterRef("pk")).open()
    return Exists(open_ones)
