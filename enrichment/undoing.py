"""Take back what an offer wrote, where nobody has edited it since."""

from connections.clients import client_for
from connections.connections import noticing_loss
from enrichment import ownership
from enrichment.batches import Batch, Found, batches_of, identifier_of, place_of, read
from enrichment.media.contents import contents_at, holds
from enrichment.models import Offer, Proposal
from enrichment.offers import Candidate, begin, end_reading, give_up_reading, record
from enrichment.values import current
from outbound.errors import OutboundError

_State = Proposal.State


def may_be_undone(offer: Offer) -> bool:
    """Whether something of the offer was written, and nothing takes it back already."""
    if offer.is_under_way or offer.undone_by.exclude(state=Offer.State.STOPPED).exists():
        return False
    return offer.proposals.filter(state=_State.WRITTEN).exists()


def undo(offer: Offer, *, by: str) -> Offer:
    """Offer to the PIM what it held before this offer, approved; it is written by a worker.

    What somebody edited since is outdated, and stays. Products that it created stay, without the
    values that they got. Raises OutboundError when the PIM cannot be read; nothing is undone then.
    """
    connection = offer.connection
    undoing = begin(connection, Offer.Kind.UNDO, offer.name, undoes=offer, by=by)
    counts = dict.fromkeys(_State, 0)
    try:
        with ownership.heartbeat(undoing), noticing_loss(connection):
            client = client_for(connection)
            identifier = identifier_of(client)
            for batch in batches_of(offer.proposals.filter(state=_State.WRITTEN)):
                judged = _judge(batch, read(client, identifier, batch))
                for _, state in judged:
                    counts[state] += 1
                record(undoing, judged, approved_by=by)
    except OutboundError as error:
        give_up_reading(undoing, error.message)
        raise
    end_reading(undoing, read=sum(counts.values()), unchanged=counts[_State.UNCHANGED], invalid=0)
    return undoing


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
