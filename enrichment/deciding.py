"""What people decide about offered values, with a record of it."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet, TextChoices
from django.utils import timezone

from connections import audit
from connections.audit import Action
from connections.enriching import refuse_unless_on
from enrichment.models import Offer, Proposal
from enrichment.offers import go_on
from enrichment.replacing import alone_at, free_of
from enrichment.values import ASSETS

_State = Proposal.State
_AT_ONCE = 500  # codes of a statement


def approve(proposals: QuerySet[Proposal], *, by: str) -> int:
    """Approve those of the proposals that wait for it, and have them written; return how many.

    With a collection of assets go those of its assets that are new and wait themselves: the PIM
    refuses a collection as long as it does not have them.
    """
    return _decide(proposals.filter(state=_State.PROPOSED), _State.APPROVED, by)


def reject(proposals: QuerySet[Proposal], *, by: str) -> int:
    """Reject those of the proposals that wait for approval; return how many."""
    return _decide(proposals.filter(state=_State.PROPOSED), _State.REJECTED, by)


def write_anyway(proposals: QuerySet[Proposal], *, by: str) -> int:
    """Write outdated values over what the PIM holds now; return how many. A person said so.

    Those that a later offer has something open for stay as they are.
    """
    number = 0
    outdated = proposals.filter(state__in=Proposal.OVERTAKEN)
    for offer in _offers_of(outdated):
        with transaction.atomic():
            _hold(offer)
            mine = free_of(list(outdated.filter(offer=offer).order_by("pk")))
            number += outdated.filter(pk__in=mine).update(
                state=_State.APPROVED,
                anyway=True,
                problem="",
                decided_by=by[:255],
                decided_at=timezone.now(),
            )
            go_on(offer)
    return number


class Decision(TextChoices):
    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"
    ANYWAY = "anyway", "Write anyway"
    EARLIER = "earlier", "Write anyway what translates an earlier text"

    @property
    def state(self) -> Proposal.State:
        """Of what this can be decided about."""
        if self is Decision.ANYWAY:
            return _State.OUTDATED
        return _State.EARLIER if self is Decision.EARLIER else _State.PROPOSED

    @property
    def goes_against_an_edit(self) -> bool:
        return self.state in Proposal.OVERTAKEN


_DOES = {
    Decision.APPROVE: (approve, Action.VALUES_APPROVED),
    Decision.REJECT: (reject, Action.VALUES_REJECTED),
    Decision.ANYWAY: (write_anyway, Action.WRITTEN_ANYWAY),
    Decision.EARLIER: (write_anyway, Action.WRITTEN_ANYWAY),
}


def decide(offer: Offer, proposals: QuerySet[Proposal], decision: Decision, *, by: str) -> int:
    """Decide about those of these proposals of the offer that wait for it; return how many.

    Raises ConfigurationError, and nothing is decided, when values shall be written where they may
    not be.
    """
    if decision != Decision.REJECT:
        refuse_unless_on(offer.connection)
    does, action = _DOES[decision]
    number = does(proposals.filter(offer=offer, state=decision.state), by=by)
    if number:
        audit.record(action, offer.connection, offer, number=number)
    return number


def _decide(proposals: QuerySet[Proposal], state: Proposal.State, by: str) -> int:
    number = 0
    for offer in _offers_of(proposals):
        with transaction.atomic():
            _hold(offer)
            decided: dict[str, Any] = {
                "state": state,
                "decided_by": by[:255],
                "decided_at": timezone.now(),
            }
            codes = _assets_of(proposals.filter(offer=offer)) if state == _State.APPROVED else []
            number += proposals.filter(offer=offer).update(**decided)
            for start in range(0, len(codes), _AT_ONCE):
                waiting = Proposal.objects.filter(
                    offer=offer,
                    subject=Proposal.Subject.ASSET,
                    creates=True,
                    state=_State.PROPOSED,
                    identifier__in=codes[start : start + _AT_ONCE],
                )
                number += waiting.update(**decided)
            go_on(offer)
    return number


def _assets_of(proposals: QuerySet[Proposal]) -> list[str]:
    """The codes of all assets that stand in these collections."""
    collections = proposals.filter(type=ASSETS).order_by().values_list("value", flat=True)
    found: set[str] = set()
    for codes in collections.iterator(_AT_ONCE):
        found.update(codes if isinstance(codes, list) else ())
    return sorted(found)


def _offers_of(proposals: QuerySet[Proposal]) -> list[Offer]:
    ids = proposals.order_by().values_list("offer", flat=True).distinct()
    return list(Offer.objects.filter(pk__in=list(ids)).order_by("pk"))


def _hold(offer: Offer) -> None:
    """Within a transaction: keep others from changing which proposals of the offer are open."""
    alone_at(offer.connection_id)
    Offer.objects.select_for_update(no_key=True).filter(pk=offer.pk).first()
