"""Offers: how they begin, what is recorded of them, how their reading ends and what follows.

An offer is read to its end before anything of it is written (`enrichment.writing`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from connections import workers
from connections.models import Connection
from enrichment import ownership
from enrichment.candidates import Candidate, Problem
from enrichment.models import Offer, OfferProblem, Proposal, Source, TranslatedText
from enrichment.replacing import alone_at, replace_open, restore_replaced
from enrichment.signals import offers_changed
from enrichment.translations.memory import SourceText, remember
from enrichment.values import ASSETS
from enrichment.wording import storable

_State = Proposal.State
_ROWS = 1000  # of a statement


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
    # As it is now: reading may take hours, and who takes a rule away means it.
    source = Source.objects.filter(pk=offer.source_id).first() if offer.source_id else None
    for one, state in judged:
        if state == _State.UNCHANGED:
            if one.made_from and not one.outdated:
                translated.append(_translated(offer, one, one.made_from, now))
            continue
        by = approved_by or _rule_for(source, one)
        if state == _State.PROPOSED and by:
            state = _State.APPROVED
        rows.append(_row(offer, one, state, by if state == _State.APPROVED else "", now))
    _let_collections_wait(rows)
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
        _tell(offer)
    if not stays_ours:
        _wake(offer)


def begin_again(offer: Offer) -> bool:
    """Have this process read an offer anew whose reading came to no end, once it is cleared.

    Only for one that nothing was ever decided of. A lost race is normal and returns False.
    """
    if offer.state not in (Offer.State.READING, Offer.State.STOPPED):
        return False
    return workers.claim(
        offer,
        {"state": offer.state},
        state=Offer.State.READING,
        problem="",
        not_before=None,
        finished_at=None,
    )


def clear(offer: Offer) -> None:
    """Leave nothing of what was read so far; what it replaced of earlier offers is open again."""
    for model in (Proposal, OfferProblem):
        rows = model._default_manager.filter(offer=offer)
        while pks := list(rows.values_list("pk", flat=True)[:_ROWS]):
            model._default_manager.filter(pk__in=pks).delete()
    restore_replaced(offer, go_on)


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
    with transaction.atomic():
        mine.filter(owner=owner).update(
            state=Offer.State.STOPPED, problem=problem, owner="", finished_at=now, updated_at=now
        )
        _tell(offer)


def try_again(offer: Offer) -> bool:
    """Go on with a stopped offer of which something is still to be written or decided.

    One whose reading failed has nothing to go on with.
    """
    if offer.state != Offer.State.STOPPED or offer.finished_at is not None:
        return False
    return go_on(offer)


def refresh_state(offer: Offer) -> None:
    """Within a transaction that holds the offer: what it is about now, by its proposals."""
    offer.state = _state_of(offer)
    offer.finished_at = timezone.now() if offer.state == Offer.State.DONE else None


def go_on(offer: Offer) -> bool:
    """Let an offer that nobody reads or writes be what its proposals say, and have it written."""
    with transaction.atomic():
        row = Offer.objects.select_for_update(no_key=True).get(pk=offer.pk)
        if row.state == Offer.State.READING or (row.owner and not ownership.is_free(row)):
            return False  # whoever works on it looks again at its end
        refresh_state(row)
        row.problem, row.setbacks, row.not_before, row.owner = "", 0, None, ""
        row.save()
        _tell(row)
    _wake(row)
    return row.state == Offer.State.WRITING


def _end_replaced(offer: Offer) -> None:
    """Within a transaction: close earlier offers of which this one left nothing to decide."""
    earlier = Proposal.objects.filter(replaced_by=offer).order_by().values("offer")
    waiting = Offer.objects.filter(pk__in=earlier, state=Offer.State.WAITING)
    for one in waiting.select_for_update(no_key=True).order_by("pk"):
        refresh_state(one)
        one.save(update_fields=["state", "finished_at", "updated_at"])


def _tell(offer: Offer) -> None:
    """Within the transaction in which the offer became what it is."""
    offers_changed.send(Offer, connection=offer.connection)


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


def _rule_for(source: Source | None, one: Candidate) -> str:
    approves = source is not None and source.approves(one.place.attribute)
    return f"Rule of {source}" if approves else ""


def _let_collections_wait(rows: Iterable[Proposal]) -> None:
    """Have those wait too of which an asset waits for approval: until it is there, PIMs refuse it.

    All assets of a collection are recorded with it (`enrichment.media.asset_proposing`).
    """
    waiting = {
        row.identifier
        for row in rows
        if row.creates and row.subject == Proposal.Subject.ASSET and row.state == _State.PROPOSED
    }
    for row in rows:
        codes = row.value if row.type == ASSETS and isinstance(row.value, list) else []
        if row.state == _State.APPROVED and waiting.intersection(codes):
            row.state, row.decided_by, row.decided_at = _State.PROPOSED, "", None


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
        source_text=storable(one.made_from.text) if one.made_from else "",
        state=state,
        problem=one.outdated if state in Proposal.OVERTAKEN else "",
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
