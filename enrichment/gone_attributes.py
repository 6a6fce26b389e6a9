"""Attributes that the PIM does not have any more: it answers to no search that names one."""

from django.db import transaction
from django.db.models import Q, QuerySet

from enrichment import ownership
from enrichment.models import Offer, Proposal
from pim.client import PimClient
from pim.structure import codes_of

_GONE = "The PIM does not have this attribute any more, or the app may not see it."
_OF_ATTRIBUTES = ~Q(type="") & ~Q(subject=Proposal.Subject.ASSET)  # of products and models

_State = Proposal.State


def without_gone(client: PimClient, proposals: QuerySet[Proposal]) -> QuerySet[Proposal]:
    """Return the proposals for attributes that the PIM has. Raises what the client raises."""
    return proposals.exclude(_of_gone(client, proposals))


def refuse_gone(offer: Offer, client: PimClient) -> int:
    """Settle what is approved of an offer that is ours for attributes that are gone.

    Returns how many these were; what the offer has beside can be written then. Raises OfferLost,
    and what the client raises.
    """
    approved = offer.proposals.filter(state=_State.APPROVED)
    of_gone = _of_gone(client, approved)
    with transaction.atomic():
        ownership.lock(offer)
        return approved.filter(of_gone).update(state=_State.REFUSED, problem=_GONE)


def _of_gone(client: PimClient, proposals: QuerySet[Proposal]) -> Q:
    codes = proposals.filter(_OF_ATTRIBUTES).order_by().values_list("attribute", flat=True)
    gone = set(codes.distinct()).difference(codes_of(client, "attributes"))
    return _OF_ATTRIBUTES & Q(attribute__in=gone)
