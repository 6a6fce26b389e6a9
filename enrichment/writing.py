"""Write the approved proposals of an offer: each product is read again shortly before its batch.

A value that changed in the PIM since it was proposed is not written but outdated. What is about to
be sent is marked before the call, so that after a crash or a lost answer a value that the PIM
holds is known as ours, and is not sent twice.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from enrichment import ownership
from enrichment.batches import Batch, Found, batches_of, identifier_of, place_of, read
from enrichment.models import Offer, Proposal, WrittenValue
from enrichment.translations.memory import remember, source_digest, translated
from enrichment.values import changes, current, digest
from pim.calls import CALLS_PER_CONNECTION
from pim.client import PimClient
from pim.finding import FoundModel, FoundProduct
from pim.writing import LineAnswer, LineError, Outcome

_AHEAD = 2 * CALLS_PER_CONNECTION
_GONE = "It is not in the PIM any more."
_EDITED = "Somebody edited it in the PIM after it was offered. The edit was kept."
_SOURCE_EDITED = "The text that it is a translation of was changed in the PIM after it was offered."


_State = Proposal.State
_Take = Callable[[Any], "Iterator[_Step]"]
_Step = tuple[Callable[[], Any], _Take]  # what to call, and what to make of its answer


def write_approved(offer: Offer, client: PimClient, *, go_on: Callable[[], None]) -> int:
    """Go once over what is approved of an offer that is ours; return how many were settled.

    Up to four calls at once. What the PIM gave no answer for stays approved. Raises OfferLost,
    what `go_on` raises, and what the client raises; what was settled stays settled then.
    """
    identifier = identifier_of(client)
    work = _Work(offer, client, identifier)
    batches = batches_of(offer.proposals.filter(state=_State.APPROVED))
    with ThreadPoolExecutor(CALLS_PER_CONNECTION) as pool:
        under_way: dict[Future[Any], _Take] = {}
        try:
            while True:
                while len(under_way) < _AHEAD and (batch := next(batches, None)):
                    call = pool.submit(_in_thread, partial(read, client, identifier, batch))
                    under_way[call] = partial(work.judge, batch)
                if not under_way:
                    return work.settled
                go_on()
                for call in wait(under_way, return_when=FIRST_COMPLETED).done:
                    take = under_way.pop(call)
                    for next_call, next_take in take(call.result()):
                        under_way[pool.submit(_in_thread, next_call)] = next_take
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _in_thread(call: Callable[[], Any]) -> Any:
    """Make a call in a thread of ours, which leaves no connection to the database behind."""
    try:
        return call()
    finally:
        connection.close()


class _Work:
    """The steps of one batch: calls in threads; everything between them here, with the database."""

    def __init__(self, offer: Offer, client: PimClient, identifier: str) -> None:
        self._offer = offer
        self._client = client
        self._identifier = identifier
        self.settled = 0

    def judge(self, batch: Batch, found: Found) -> Iterator[_Step]:
        """Settle what is not to be sent, mark what is, and send it."""
        batch.found = found
        settled: dict[tuple[Proposal.State, str], list[Proposal]] = {}
        to_send: list[Proposal] = []
        for one in batch.proposals:
            verdict = _verdict(one, found.get(one.key))
            if verdict is None:
                to_send.append(one)
            else:
                settled.setdefault(verdict, []).append(one)
        with transaction.atomic():
            ownership.lock(self._offer)
            for (state, problem), proposals in settled.items():
                self._settle(proposals, state, problem)
            _note_overwritten([one for one in to_send if one.anyway])
            rows = Proposal.objects.filter(pk__in=[one.pk for one in to_send])
            rows.update(sent_at=timezone.now())
        batch.proposals = to_send
        yield from self._send(batch)

    def write(self, batch: Batch) -> list[LineAnswer]:
        """A call: one line for each product."""
        lines = [
            self._line(batch.subject, key, of, batch.found.get(key))
            for key, of in batch.by_key.items()
        ]
        writing = self._client.writing()
        if batch.subject == Proposal.Subject.MODEL:
            return writing.update_models(lines)
        return writing.update_products(lines)

    def settle(self, batch: Batch, answers: Sequence[LineAnswer]) -> Iterator[_Step]:
        """Settle what was answered; what a refused product has beside is sent without that."""
        written: list[Proposal] = []
        refused: dict[str, list[Proposal]] = {}
        again: list[Proposal] = []
        for (_, of), answer in zip(batch.by_key.items(), answers, strict=True):
            if answer.is_written:
                written += of
            elif answer.outcome == Outcome.REFUSED:
                told = _refused(of, answer)
                for one, words in told.items():
                    refused.setdefault(words, []).append(one)
                again += [one for one in of if one not in told]
        with transaction.atomic():
            ownership.lock(self._offer)
            self._settle(written, _State.WRITTEN)
            for words, proposals in refused.items():
                self._settle(proposals, _State.REFUSED, words)
        yield from self._send(Batch(batch.subject, again, batch.found))

    def _send(self, batch: Batch) -> Iterator[_Step]:
        if batch.proposals:
            yield partial(self.write, batch), partial(self.settle, batch)

    def _line(
        self,
        subject: Proposal.Subject,
        key: str,
        proposals: Sequence[Proposal],
        found: FoundProduct | FoundModel | None,
    ) -> dict[str, Any]:
        line = changes(found, ((place_of(one), one.value) for one in proposals))
        if subject == Proposal.Subject.MODEL:
            return {"code": key, **line}
        if found is None:
            own = [{"locale": None, "scope": None, "data": proposals[0].identifier}]
            line.setdefault("values", {}).setdefault(self._identifier, own)
        return {"uuid": key, **line}

    def _settle(
        self, proposals: Sequence[Proposal], state: Proposal.State, problem: str = ""
    ) -> None:
        now = timezone.now()
        Proposal.objects.filter(pk__in=[one.pk for one in proposals]).update(
            state=state, problem=problem, written_at=now if state == _State.WRITTEN else None
        )
        self.settled += len(proposals)
        if state in (_State.WRITTEN, _State.UNCHANGED):
            remember([translated(one, now) for one in proposals if one.source_digest])
        if state == _State.WRITTEN and self._offer.kind != Offer.Kind.UNDO:
            _remember(proposals, now)


def _verdict(
    one: Proposal, found: FoundProduct | FoundModel | None
) -> tuple[Proposal.State, str] | None:
    """What becomes of a proposal without sending it, and why; None if it is to be sent."""
    if found is None:
        return None if one.creates else (_State.OUTDATED, _GONE)
    place = place_of(one)
    now = digest(current(found, place), place.type or place.attribute)
    if now == one.value_digest:
        return (_State.WRITTEN if one.sent_at else _State.UNCHANGED, "")
    if (
        not one.anyway
        and one.source_digest
        and one.source_digest
        != source_digest(current(found, replace(place, locale=one.source_locale)))
    ):
        return _State.OUTDATED, _SOURCE_EDITED
    if one.anyway or now == one.before_digest:
        if one.anyway:
            one.before, one.before_digest = current(found, place), now
        return None
    return _State.OUTDATED, _EDITED


def _refused(proposals: Sequence[Proposal], answer: LineAnswer) -> dict[Proposal, str]:
    """Which proposals of a product the PIM refused, with its words: all, unless it says which."""
    told: dict[Proposal, str] = {}
    for error in answer.errors:
        meant = [one for one in proposals if _is_about(one, error)]
        if not meant:
            return dict.fromkeys(proposals, answer.words)
        for one in meant:
            told[one] = " ".join(dict.fromkeys([*filter(None, [told.get(one)]), error.message]))
    return told or dict.fromkeys(proposals, answer.words)


def _is_about(one: Proposal, error: LineError) -> bool:
    if not one.type:
        return error.attribute is None and error.property == one.attribute
    return (
        error.attribute == one.attribute
        and (error.locale or one.locale) == one.locale
        and (error.scope or one.scope) == one.scope
    )


def _note_overwritten(proposals: Sequence[Proposal]) -> None:
    Proposal.objects.bulk_update(proposals, ["before", "before_digest"], batch_size=500)


def _remember(proposals: Sequence[Proposal], now: datetime) -> None:
    """Note what we wrote last at each place."""
    WrittenValue.objects.bulk_create(
        [
            WrittenValue(
                connection_id=one.connection_id,
                subject=one.subject,
                key=one.key,
                attribute=one.attribute,
                locale=one.locale,
                scope=one.scope,
                part=one.part,
                digest=one.value_digest,
                written_at=now,
            )
            for one in proposals
        ],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["connection", "subject", "key", "attribute", "locale", "scope", "part"],
        update_fields=["digest", "written_at"],
    )
