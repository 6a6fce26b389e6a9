"""Take back what an offer wrote, where nobody has edited it since."""

from django.db import transaction

from connections.clients import client_for
from connections.connections import noticing_loss
from enrichment import ownership
from enrichment.batches import Batch, Found, batches_of, identifier_of, place_of, read
from enrichment.candidates import Candidate
from enrichment.gone_attributes import without_gone
from enrichment.media.contents import contents_at, holds
from enrichment.models import Offer, Proposal
from enrichment.offers import begin, end_reading, give_up_reading, record
from enrichment.values import current
from outbound.errors import OutboundError

_State = Proposal.State


def may_be_undone(offer: Offer) -> bool:
    """Whether something of the offer was written, and nothing takes it back already."""
    if offer.is_under_way or offer.undone_by.exclude(state=Offer.State.STOPPED).exists():
        return False
    return offer.proposals.filter(state=_State.WRITTEN).exists()


def begin_undo(offer: Offer, *, by: str) -> Offer | None:
    """Begin an offer of what the PIM held before this one; None if it cannot be undone (any more).

    It waits for a worker to read it.
    """
    with transaction.atomic():
        locked = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
        if not may_be_undone(locked):
            return None
        return begin(
            offer.connection, Offer.Kind.UNDO, offer.name, undoes=locked, by=by, here=False
        )


def read_undo(undoing: Offer) -> None:
    """Compare what was there before the undone offer with the PIM; what may go back is approved.

    The offer is claimed. What somebody edited since is outdated, and stays. Products that were
    created stay, enabled or not as they are, without the values that they got. Raises
    OutboundError when the PIM cannot be read; nothing is undone then.
    """
    connection, by = undoing.connection, undoing.offered_by
    counts = dict.fromkeys(_State, 0)
    written = Proposal.objects.filter(offer=undoing.undoes_id, state=_State.WRITTEN)
    # There is nothing that it could be emptied to, and the PIM would refuse all with it.
    written = written.exclude(creates=True, type="", attribute="enabled")
    try:
        with ownership.heartbeat(undoing), noticing_loss(connection):
            client = client_for(connection)
            identifier = identifier_of(client)
            # What was written to an attribute that is gone went with it.
            for batch in batches_of(without_gone(client, written)):
                judged = _judge(batch, read(client, identifier, batch))
                for _, state in judged:
                    counts[state] += 1
                record(undoing, judged, approved_by=by)
    except OutboundError as error:
        give_up_reading(undoing, error.message)
        raise
    end_reading(undoing, read=sum(counts.values()), unchanged=counts[_State.UNCHANGED], invalid=0)


def _judge(batch: Batch, found: Found) -> list[tuple[Candidate, Proposal.State]]:
    judged = []
    known = contents_at(batch.proposals[0].connection_id, batch.proposals, found)
    for one in batch.proposals:
        place = place_of(one)
        now = current(found.get(one.key), place)
        candidate = Candidate(
            Proposal.Subject(one.subject), one.key, one.identifier, place, one.before, now
        )
        if holds(one, now, known):
            state = _State.PROPOSED
        elif candidate.before_digest == one.before_digest:
            state = _State.UNCHANGED
        else:
            state = _State.OUTDATED
        judged.append((candidate, state))
    return judged
