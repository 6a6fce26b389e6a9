"""Offers: what is offered to a PIM is compared with what it holds, recorded, and decided.

An offer is read to its end before anything of it is written (`enrichment.writing`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from connections import workers
from connections.models import Connection
from enrichment import ownership
from enrichment.models import Offer, OfferProblem, Proposal, Source, TranslatedText, WrittenValue
from enrichment.replacing import address_of, alone_at, free_of, replace_open, restore_replaced
from enrichment.translations.memory import SourceText, remember
from enrichment.values import Place, digest
from enrichment.wording import storable

_State = Proposal.State
_ROWS = 1000  # of a statement
_EDITED_MEANWHILE = "Somebody changed it in the PIM while the file was away. The edit was kept."


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was offered for a place, and what the PIM holds there now.

    `key` is the product's uuid or the model's code, `identifier` what people call it. `line` and
    `column` are where it was read. A translation has the text that it was `made_from`. `outdated`
    says why it must not be written although it differs from what the PIM holds. `seen` is the
    digest of what stood there when the file was given away, where it tells.
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
    made_from: SourceText | None = None
    outdated: str = ""
    seen: str = ""

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
    uuid: UUID | None = None,
) -> Offer:
    """Begin an offer, which this process reads; unless `here`, whoever claims it.

    `uuid` is for one of which something was stored before.
    """
    return Offer.objects.create(
        uuid=uuid or uuid4(),
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

    What its source knows to be outdated is so, and what somebody changed since the source saw it.
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
        elif (
            one.outdated
            or written.get(address) == one.value_digest
            or _was_sent(one, sent.get(address))
        ):
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
    rows, translated = [], []
    for one, state in judged:
        if state == _State.UNCHANGED:
            if one.made_from and not one.outdated:
                translated.append(_translated(offer, one, one.made_from, now))
            continue
        by = approved_by or _rule_for(offer, one)
        if state == _State.PROPOSED and by:
            state = _State.APPROVED
        rows.append(_row(offer, one, state, by if state == _State.APPROVED else "", now))
    with transaction.atomic():
        alone_at(offer.connection_id)
        ownership.lock(offer)
        replace_open([row for row in rows if row.state in Proposal.OPEN], offer)
        Proposal.objects.bulk_create(rows, batch_size=_ROWS)
        remember(translated)
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
    Earlier offers that it left nothing of are done.
    """
    with transaction.atomic():
        alone_at(offer.connection_id)
        ownership.lock(offer)
        offer.read, offer.unchanged, offer.invalid = read, unchanged, invalid
        offer.state = _state_of(offer)
        if offer.state == Offer.State.DONE:
            offer.finished_at = timezone.now()
        stays_ours = here and offer.state == Offer.State.WRITING
        if not stays_ours:
            offer.owner = ""
        offer.heartbeat_at = timezone.now()
        offer.save()
        _end_replaced(offer)
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
    """Leave nothing of what was read so far; what it replaced of earlier offers is open again."""
    for model in (Proposal, OfferProblem):
        rows = model._default_manager.filter(offer=offer)
        while pks := list(rows.values_list("pk", flat=True)[:_ROWS]):
            model._default_manager.filter(pk__in=pks).delete()
    restore_replaced(offer, _go_on)


def give_up_reading(offer: Offer, problem: str) -> None:
    """Leave nothing of an offer whose reading failed but the reason why, to be offered again.

    What it replaced of earlier offers is open again. Does nothing when somebody else read the
    offer, or ended its reading, since this row was looked at.
    """
    mine = Offer.objects.filter(pk=offer.pk, state=Offer.State.READING)
    owner = workers.new_owner()  # from here on its reader, if there is one still, adds nothing more
    if not mine.filter(owner=offer.owner).update(owner=owner, heartbeat_at=timezone.now()):
        return
    clear(offer)
    now = timezone.now()
    mine.filter(owner=owner).update(
        state=Offer.State.STOPPED, problem=problem, owner="", finished_at=now, updated_at=now
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
    outdated = proposals.filter(state=_State.OUTDATED)
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
            _go_on(offer)
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
    for offer in _offers_of(proposals):
        with transaction.atomic():
            _hold(offer)
            number += proposals.filter(offer=offer).update(
                state=state, decided_by=by[:255], decided_at=timezone.now()
            )
            _go_on(offer)
    return number


def _offers_of(proposals: QuerySet[Proposal]) -> list[Offer]:
    ids = proposals.order_by().values_list("offer", flat=True).distinct()
    return list(Offer.objects.filter(pk__in=list(ids)).order_by("pk"))


def _hold(offer: Offer) -> None:
    """Within a transaction: keep others from changing which proposals of the offer are open."""
    alone_at(offer.connection_id)
    Offer.objects.select_for_update(no_key=True).filter(pk=offer.pk).first()


def _end_replaced(offer: Offer) -> None:
    """Within a transaction: close earlier offers of which this one left nothing to decide."""
    earlier = Proposal.objects.filter(replaced_by=offer).order_by().values("offer")
    waiting = Offer.objects.filter(pk__in=earlier, state=Offer.State.WAITING)
    for one in waiting.select_for_update(no_key=True).order_by("pk"):
        refresh_state(one)
        one.save(update_fields=["state", "finished_at", "updated_at"])


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
        identifier=storable(one.identifier)[:255],
        attribute=one.place.attribute,
        locale=one.place.locale,
        scope=one.place.scope,
        part=one.place.part,
        type=one.place.type,
        creates=one.creates,
        value=one.value,
        value_digest=one.value_digest,
        before=storable(one.before),
        before_digest=one.before_digest,
        source_locale=one.made_from.locale if one.made_from else "",
        source_digest=one.made_from.digest if one.made_from else "",
        state=state,
        problem=one.outdated if state == _State.OUTDATED else "",
        line=one.line,
        column=one.column[:255],
        decided_by=by[:255],
        decided_at=now if by else None,
    )


def _translated(
    offer: Offer, one: Candidate, made_from: SourceText, now: datetime
) -> TranslatedText:
    """What the PIM has already, and a file says to be the translation of this source text."""
    place = one.place
    return TranslatedText(
        connection_id=offer.connection_id,
        subject=one.subject,
        key=one.key,
        attribute=place.attribute,
        locale=place.locale,
        scope=place.scope,
        digest=one.value_digest,
        source_locale=made_from.locale,
        source_digest=made_from.digest,
        translated_at=now,
    )


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
