"""Offers: what is offered to a PIM is compared with what it holds, recorded, and decided.

An offer is read to its end before anything of it is written (`enrichment.writing`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from connections import workers
from connections.models import Connection
from enrichment import ownership
from enrichment.models import Offer, OfferProblem, Proposal, Source, WrittenValue
from enrichment.values import Place, digest

_State = Proposal.State
_ROWS = 1000  # of a statement


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was offered for a place, and what the PIM holds there now.

    `key` is the product's uuid or the model's code, `identifier` what people call it. `line` and
    `column` are where it was read.
    """

    subject: Proposal.Subject
    key: str
    identifier: str
    place: Place
    value: Any
    before: Any
    line: int = 0
    column: str = ""
    creates: bool = False

    @property
    def value_digest(self) -> str:
        return digest(self.value, self.place.type or self.place.attribute)

    @property
    def before_digest(self) -> str:
        return digest(self.before, self.place.type or self.place.attribute)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with something that was offered, and where: see OfferProblem."""

    message: str
    line: int = 0
    column: str = ""
    place: str = ""


def begin(
    connection: Connection,
    kind: Offer.Kind,
    name: str,
    *,
    source: Source | None = None,
    undoes: Offer | None = None,
    by: str = "",
    here: bool = True,
) -> Offer:
    """Begin an offer, which this process reads; without `here` a worker does."""
    return Offer.objects.create(
        connection=connection,
        kind=kind,
        name=name[:255],
        source=source,
        undoes=undoes,
        offered_by=by[:255],
        owner=workers.new_owner() if here else "",
    )


def judge(
    connection: Connection, candidates: Sequence[Candidate], *, read_at: datetime | None = None
) -> list[tuple[Candidate, Proposal.State]]:
    """Say of each candidate whether it is UNCHANGED, OUTDATED or to be PROPOSED. Two queries.

    `read_at` is when asking the PIM began: what we wrote later says nothing about what it held.

    What we wrote last, and somebody edited in the PIM since, is outdated when the same is offered
    again: the edit counts. So is what we may have written, and died before we knew.
    """
    written = _written(connection, candidates, read_at)
    sent = _sent(connection, candidates)
    judged = []
    for one in candidates:
        offered = one.value_digest
        if offered == one.before_digest:
            state = _State.UNCHANGED
        elif written.get(_address(one)) == offered or _was_sent(one, sent.get(_address(one))):
            state = _State.OUTDATED
        else:
            state = _State.PROPOSED
        judged.append((one, state))
    return judged


def record(
    offer: Offer,
    judged: Iterable[tuple[Candidate, Proposal.State]],
    *,
    problems: Iterable[Problem] = (),
    approved_by: str = "",
) -> None:
    """Store what is to be decided or known of an offer that this process reads. Raises OfferLost.

    With `approved_by` all of it is approved; otherwise what the offer's source says needs nobody.
    What is open for the same place from an earlier offer is replaced.
    """
    now = timezone.now()
    rows = []
    for one, state in judged:
        if state == _State.UNCHANGED:
            continue
        by = approved_by or _rule_for(offer, one)
        if state == _State.PROPOSED and by:
            state = _State.APPROVED
        rows.append(_row(offer, one, state, by if state == _State.APPROVED else "", now))
    with transaction.atomic():
        ownership.lock(offer)
        _replace_open([row for row in rows if row.state in Proposal.OPEN], offer)
        Proposal.objects.bulk_create(rows, batch_size=_ROWS)
        OfferProblem.objects.bulk_create(
            [
                OfferProblem(
                    offer=offer,
                    line=each.line,
                    column=each.column[:255],
                    place=each.place[:500],
                    message=each.message,
                )
                for each in problems
            ],
            batch_size=_ROWS,
        )


def end_reading(
    offer: Offer, *, read: int, unchanged: int, invalid: int, here: bool = False
) -> None:
    """Close the reading of an offer: from now on it is decided and written. Raises OfferLost.

    With `here` this process goes on to write it at once: no worker is woken, it stays ours.
    """
    with transaction.atomic():
        ownership.lock(offer)
        offer.read, offer.unchanged, offer.invalid = read, unchanged, invalid
        offer.state = _state_of(offer)
        if offer.state == Offer.State.DONE:
            offer.finished_at = timezone.now()
        stays_ours = here and offer.state == Offer.State.WRITING
        if not stays_ours:
            offer.owner = ""
        offer.save()
    if not stays_ours:
        _wake(offer)


def begin_again(offer: Offer) -> bool:
    """Have this process read an offer anew whose reading came to no end, once it is cleared.

    Only for one that nothing was ever decided of. A lost race is normal and returns False.
    """
    if offer.state not in (Offer.State.READING, Offer.State.STOPPED):
        return False
    if not ownership.is_free(offer):
        return False
    won = Offer.objects.filter(pk=offer.pk, owner=offer.owner, state=offer.state).update(
        state=Offer.State.READING,
        problem="",
        owner=workers.new_owner(),
        heartbeat_at=timezone.now(),
        not_before=None,
        finished_at=None,
    )
    if not won:
        return False
    offer.refresh_from_db()
    return True


def clear(offer: Offer) -> None:
    """Leave nothing of what was read so far."""
    for model in (Proposal, OfferProblem):
        rows = model._default_manager.filter(offer=offer)
        while pks := list(rows.values_list("pk", flat=True)[:_ROWS]):
            model._default_manager.filter(pk__in=pks).delete()


def give_up_reading(offer: Offer, problem: str) -> None:
    """Leave nothing of an offer whose reading failed but the reason why, to be offered again."""
    clear(offer)
    Offer.objects.filter(pk=offer.pk, state=Offer.State.READING).update(
        state=Offer.State.STOPPED,
        problem=problem,
        owner="",
        finished_at=timezone.now(),
        updated_at=timezone.now(),
    )


def approve(proposals: QuerySet[Proposal], *, by: str) -> int:
    """Approve those of the proposals that wait for it, and have them written; return how many."""
    return _decide(proposals.filter(state=_State.PROPOSED), _State.APPROVED, by)


def reject(proposals: QuerySet[Proposal], *, by: str) -> int:
    """Reject those of the proposals that wait for approval; return how many."""
    return _decide(proposals.filter(state=_State.PROPOSED), _State.REJECTED, by)


def write_anyway(proposals: QuerySet[Proposal], *, by: str) -> int:
    """Write outdated values over what the PIM holds now; return how many. A person said so.

    Those that a later offer has something open for stay as they are.
    """
    number = 0
    outdated = proposals.filter(state=_State.OUTDATED).order_by("pk")
    for offer_id in outdated.order_by().values_list("offer", flat=True).distinct():
        with transaction.atomic():
            mine = list(outdated.filter(offer=offer_id))
            taken = {_address(row) for row in _open_at(mine)}
            free = {_address(row): row.pk for row in mine if _address(row) not in taken}
            number += Proposal.objects.filter(pk__in=free.values(), state=_State.OUTDATED).update(
                state=_State.APPROVED,
                anyway=True,
                problem="",
                decided_by=by[:255],
                decided_at=timezone.now(),
            )
        _go_on(Offer.objects.get(pk=offer_id))
    return number


def try_again(offer: Offer) -> bool:
    """Go on with a stopped offer of which something is still to be written or decided.

    One whose reading failed has nothing to go on with.
    """
    if offer.state != Offer.State.STOPPED or offer.finished_at is not None:
        return False
    return _go_on(offer)


def refresh_state(offer: Offer) -> None:
    """Within a transaction that holds the offer: what it is about now, by its proposals."""
    offer.state = _state_of(offer)
    offer.finished_at = timezone.now() if offer.state == Offer.State.DONE else None


def _decide(proposals: QuerySet[Proposal], state: Proposal.State, by: str) -> int:
    number = 0
    for offer_id in proposals.order_by().values_list("offer", flat=True).distinct():
        number += proposals.filter(offer=offer_id).update(
            state=state, decided_by=by[:255], decided_at=timezone.now()
        )
        _go_on(Offer.objects.get(pk=offer_id))
    return number


def _go_on(offer: Offer) -> bool:
    """Let an offer that nobody reads or writes be what its proposals say, and have it written."""
    with transaction.atomic():
        row = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
        if row.state == Offer.State.READING or (row.owner and not ownership.is_free(row)):
            return False  # whoever works on it looks again at its end
        refresh_state(row)
        row.problem, row.setbacks, row.not_before, row.owner = "", 0, None, ""
        row.save()
    _wake(row)
    return row.state == Offer.State.WRITING


def _wake(offer: Offer) -> None:
    from enrichment.tasks import work_on_offer

    if offer.state == Offer.State.WRITING:
        transaction.on_commit(lambda: work_on_offer.delay(offer.pk))


def _state_of(offer: Offer) -> Offer.State:
    open_ones = set(
        Proposal.objects.filter(offer=offer)
        .open()
        .order_by()
        .values_list("state", flat=True)
        .distinct()
    )
    if _State.APPROVED in open_ones:
        return Offer.State.WRITING
    return Offer.State.WAITING if open_ones else Offer.State.DONE


def _rule_for(offer: Offer, one: Candidate) -> str:
    source = offer.source
    approves = source is not None and source.approves(one.place.attribute)
    return f"Rule of {source}" if approves else ""


def _row(offer: Offer, one: Candidate, state: Proposal.State, by: str, now: Any) -> Proposal:
    return Proposal(
        offer=offer,
        connection_id=offer.connection_id,
        subject=one.subject,
        key=one.key,
        identifier=one.identifier[:255],
        attribute=one.place.attribute,
        locale=one.place.locale,
        scope=one.place.scope,
        part=one.place.part,
        type=one.place.type,
        creates=one.creates,
        value=one.value,
        value_digest=one.value_digest,
        before=one.before,
        before_digest=one.before_digest,
        state=state,
        line=one.line,
        column=one.column[:255],
        decided_by=by[:255],
        decided_at=now if by else None,
    )


def _replace_open(rows: Sequence[Proposal], offer: Offer) -> None:
    places = {_address(row) for row in rows}
    replaced = [row.pk for row in _open_at(rows) if _address(row) in places]
    for start in range(0, len(replaced), _ROWS):
        Proposal.objects.filter(pk__in=replaced[start : start + _ROWS]).update(
            state=_State.REPLACED, problem=f"“{offer}” offers another value for it."
        )


def _open_at(rows: Sequence[Proposal]) -> list[Proposal]:
    """What is open for the products of these proposals."""
    if not rows:
        return []
    keys = {row.key for row in rows}
    found = Proposal.objects.filter(connection=rows[0].connection_id, key__in=keys)
    return list(found.open().select_for_update(no_key=True).order_by("pk"))


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
    return {_address(row): row for row in rows.open()}


def _written(
    connection: Connection, candidates: Sequence[Candidate], read_at: datetime | None
) -> dict[Any, str]:
    keys = {one.key for one in candidates}
    rows = WrittenValue.objects.filter(connection=connection, key__in=keys)
    if read_at is not None:
        rows = rows.filter(written_at__lt=read_at)
    return {_address(row): row.digest for row in rows}


def _address(one: Candidate | Proposal | WrittenValue) -> tuple[str, ...]:
    place = one.place if isinstance(one, Candidate) else one
    return (
        str(one.subject),
        one.key,
        place.attribute,
        place.locale,
        place.scope,
        place.part,
    )
