"""Whether what was offered is to be proposed: what the PIM holds, and what we and others wrote."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from connections.models import Connection
from enrichment.candidates import Candidate
from enrichment.models import Proposal, WrittenValue
from enrichment.replacing import address_of

_State = Proposal.State
_EDITED_MEANWHILE = "Somebody changed it in the PIM while the file was away. The edit was kept."


def judge(
    connection: Connection, candidates: Sequence[Candidate], *, read_at: datetime | None = None
) -> list[tuple[Candidate, Proposal.State]]:
    """Say of each candidate whether it is UNCHANGED, overtaken or to be PROPOSED. Two queries.

    `read_at` is when asking the PIM began: what we wrote later says nothing about what it held.

    What its source knows to be outdated is EARLIER: the original of a translation was changed. What
    somebody changed since the source saw it is OUTDATED.
    What we wrote last, and somebody edited in the PIM since, is outdated when the same is offered
    again: the edit counts. So is what we may have written, and died before we knew.
    """
    written = _written(connection, candidates, read_at)
    sent = _sent(connection, candidates)
    judged = []
    for one in candidates:
        held, address = one.before_digest, address_of(one)
        if one.value_digest == held:
            state = _State.UNCHANGED
        elif one.seen and held not in (one.seen, written.get(address)):
            one, state = replace(one, outdated=_EDITED_MEANWHILE), _State.OUTDATED
        elif one.outdated:
            state = _State.EARLIER
        elif written.get(address) == one.value_digest or _was_sent(one, sent.get(address)):
            state = _State.OUTDATED
        else:
            state = _State.PROPOSED
        judged.append((one, state))
    return judged


def _was_sent(one: Candidate, sent: Proposal | None) -> bool:
    """Whether this value may have arrived in the PIM: what stood there before is gone."""
    return (
        sent is not None
        and sent.value_digest == one.value_digest
        and sent.before_digest != one.before_digest
    )


def _sent(connection: Connection, candidates: Sequence[Candidate]) -> dict[Any, Proposal]:
    """What was about to be sent, of which nobody settled whether the PIM took it."""
    keys = {one.key for one in candidates}
    rows = Proposal.objects.filter(connection=connection, key__in=keys, sent_at__isnull=False)
    return {address_of(row): row for row in rows.open()}


def _written(
    connection: Connection, candidates: Sequence[Candidate], read_at: datetime | None
) -> dict[Any, str]:
    keys = {one.key for one in candidates}
    rows = WrittenValue.objects.filter(connection=connection, key__in=keys)
    if read_at is not None:
        rows = rows.filter(written_at__lt=read_at)
    return {address_of(row): row.digest for row in rows}
