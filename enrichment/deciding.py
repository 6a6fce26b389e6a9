"""What people decide about offered values, with a record of it."""

from django.db.models import QuerySet, TextChoices

from connections import audit
from connections.audit import Action
from connections.enriching import refuse_unless_on
from enrichment.models import Offer, Proposal
from enrichment.offers import approve, reject, write_anyway


class Decision(TextChoices):
    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"
    ANYWAY = "anyway", "Write anyway"

    @property
    def state(self) -> Proposal.State:
        """Of what this can be decided about."""
        is_anyway = self is Decision.ANYWAY
        return Proposal.State.OUTDATED if is_anyway else Proposal.State.PROPOSED


_DOES = {
    Decision.APPROVE: (approve, Action.VALUES_APPROVED),
    Decision.REJECT: (reject, Action.VALUES_REJECTED),
    Decision.ANYWAY: (write_anyway, Action.WRITTEN_ANYWAY),
}


def decide(offer: Offer, proposals: QuerySet[Proposal], decision: Decision, *, by: str) -> int:
    """Decide about those of these proposals of the offer that wait for it; return how many.

    Raises ConfigurationError, and nothing is decided, when values shall be written where they may
    not be.
    """
    if decision != Decision.REJECT:
        refuse_unless_on(offer.connection)
    does, action = _DOES[decision]
    number = does(proposals.filter(offer=offer), by=by)
    if number:
        audit.record(action, offer.connection, offer, number=number)
    return number
