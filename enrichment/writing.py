"""Write the approved proposals of an offer: each product is read again shortly before its batch.

A value that changed in the PIM since it was proposed is not written but outdated. What is about to
be sent is marked before the call, so that after a crash or a lost answer a value that the PIM
holds is known as ours, and is not sent twice.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from functools import partial
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from enrichment import ownership
from enrichment.batches import Batch, Found, batches_of, identifier_of, place_of, read, save_assets
from enrichment.crossing import crossing, price_of
from enrichment.media.contents import contents_at
from enrichment.media.files import file_of
from enrichment.media.lost_assets import leave_out_lost_assets
from enrichment.media.sending import Files, Sent
from enrichment.models import Offer, PimFile, Proposal, WrittenValue
from enrichment.replacing import Address, address_of, alone_at
from enrichment.translations.memory import remember, translated
from enrichment.values import changes
from enrichment.verdicts import EDITED, refused_by, verdict_on
from pim.calls import CALLS_PER_CONNECTION
from pim.client import PimClient
from pim.writing import LineAnswer, Outcome

_AHEAD = 2 * CALLS_PER_CONNECTION
_WITHOUT_FILE = "Its file was refused, so the asset was not created."

_State = Proposal.State
_Take = Callable[[Any], "Iterator[_Step]"]
_Step = tuple[Callable[[], Any], _Take]  # what to call, and what to make of its answer


def write_approved(offer: Offer, client: PimClient, *, go_on: Callable[[], None]) -> int:
    """Go once over what is approved of an offer that is ours; return how many steps it came on.

    As long as assets are to be written it goes over these alone: products are linked to them. A
    step is what was settled, or is to be read again since another offer wrote beside it.

    Up to four calls at once. What the PIM gave no answer for stays approved. Raises OfferLost,
    what `go_on` raises, and what the client raises; what was settled stays settled then.
    """
    identifier = identifier_of(client)
    work = _Work(offer, client, identifier)
    approved = offer.proposals.filter(state=_State.APPROVED)
    assets = approved.filter(subject=Proposal.Subject.ASSET)
    batches = batches_of(assets if assets.exists() else approved)
    with ThreadPoolExecutor(CALLS_PER_CONNECTION) as pool:
        under_way: dict[Future[Any], _Take] = {}
        try:
            while True:
                while len(under_way) < _AHEAD and (batch := next(batches, None)):
                    call = pool.submit(_in_thread, partial(read, client, identifier, batch))
                    under_way[call] = partial(work.judge, batch)
                if not under_way:
                    return work.steps
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
        self._files = Files(offer, client, identifier, EDITED)
        self.steps = 0  # ahead: what was settled, and files that an asset is still to get

    def judge(self, batch: Batch, found: Found) -> Iterator[_Step]:
        """Settle what is not to be sent, mark what is, and send it."""
        batch.found = found
        ways = self._files.ways(batch.proposals)
        batch.codes = ways.codes
        known = contents_at(self._offer.connection_id, batch.proposals, found)
        settled: dict[tuple[Proposal.State, str], list[Proposal]] = {}
        to_send: list[Proposal] = []
        overwritten: list[Proposal] = []
        with transaction.atomic():
            alone_at(self._offer.connection_id)
            ownership.lock(self._offer)
            now = [one for one in batch.proposals if one.pk not in ways.later]
            approved = self._uncrossed(_approved_still(now), batch.read_at)
            leave_out_lost_assets(self._offer, approved)
            of_ours = self._written_meanwhile(approved)
            for one in approved:
                before = one.before_digest
                ours = of_ours.get(address_of(one))
                verdict = verdict_on(one, found.get(one.key), ours, known)
                if verdict is None:
                    to_send.append(one)
                    if one.before_digest != before:
                        overwritten.append(one)
                else:
                    settled.setdefault(verdict, []).append(one)
            for (state, problem), proposals in settled.items():
                self._settle(proposals, state, problem)
            _note_overwritten(overwritten)
            uploads = self._files.begin(
                [one for one in to_send if file_of(one.value) and one.pk not in ways.codes]
            )
            lines = [one for one in to_send if not file_of(one.value) or one.pk in ways.codes]
            if batch.subject == Proposal.Subject.ASSET:  # it gets its values with its file
                unsent = {one.key for one, _ in uploads}
                lines = [one for one in lines if one.key not in unsent]
            sent = [*lines, *(one for one, _ in uploads)]
            rows = Proposal.objects.filter(pk__in=[one.pk for one in sent])
            rows.update(sent_at=timezone.now())
        batch.proposals = lines
        yield from self._send(batch)
        for one, note in uploads:
            yield partial(self._files.send, one, batch), partial(self._uploaded, one, note)
        for one, note in ways.looks:
            yield partial(self._files.look, note), partial(self._looked, one, note, batch)

    def write(self, batch: Batch) -> list[LineAnswer]:
        """A call: one line for each product."""
        lines = [self._line(batch, key, of) for key, of in batch.by_key.items()]
        writing = self._client.writing()
        if batch.subject == Proposal.Subject.ASSET:
            return save_assets(self._client, lines)
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
                told = refused_by(of, answer)
                for one, words in told.items():
                    refused.setdefault(words, []).append(one)
                again += [one for one in of if one not in told]
        with transaction.atomic():
            ownership.lock(self._offer)
            _held(batch.proposals)
            self._settle(written, _State.WRITTEN)
            for words, proposals in refused.items():
                self._settle(proposals, _State.REFUSED, words)
        yield from self._send(Batch(batch.subject, again, batch.found, codes=batch.codes))
        yield from self._look_for_lost(batch, [one for of in refused.values() for one in of])

    def _uploaded(self, one: Proposal, note: PimFile, sent: Sent) -> Iterator[_Step]:
        """Settle the proposal of a file, whose upload set the value as well, but not of assets."""
        state = _State.WRITTEN if sent.code else sent.state
        if sent.code and one.subject == Proposal.Subject.ASSET:
            state = None
            self.steps += 1
        with transaction.atomic():
            ownership.lock(self._offer)
            self._files.settle(note, sent)
            if state is not None:
                self._settle([one], state, sent.problem)
            if state == _State.REFUSED and one.creates:  # nobody wants an asset without its file
                rest = self._offer.proposals.filter(subject=one.subject, key=one.key)
                self._settle(list(rest.filter(state=_State.APPROVED)), state, _WITHOUT_FILE)
        yield from ()

    def _looked(self, one: Proposal, note: PimFile, batch: Batch, code: str) -> Iterator[_Step]:
        """Go on with the proposal of a file of which it is known now whether it arrived."""
        with transaction.atomic():
            ownership.lock(self._offer)
            self._files.found(note, code)
        yield from self.judge(Batch(batch.subject, [one], read_at=batch.read_at), batch.found)

    def _look_for_lost(self, batch: Batch, refused: Sequence[Proposal]) -> Iterator[_Step]:
        """Ask whether the PIM still has the files whose codes it refused."""
        if batch.subject == Proposal.Subject.ASSET:
            return
        for code in {batch.codes[one.pk] for one in refused if one.pk in batch.codes}:

            def forget(is_gone: bool, code: str = code) -> Iterator[_Step]:
                if is_gone:
                    self._files.forget(code)
                yield from ()

            yield partial(self._files.is_gone, code), forget

    def _uncrossed(self, proposals: Sequence[Proposal], read_at: datetime) -> list[Proposal]:
        """Those that may be written now: others wait, or are to be read again at once."""
        on_their_way, written = crossing(self._offer, proposals, read_at)
        again = [one for one in proposals if price_of(one) in written - on_their_way]
        self.steps += len(again)
        waiting = on_their_way | written
        return [one for one in proposals if price_of(one) not in waiting]

    def _written_meanwhile(self, proposals: Sequence[Proposal]) -> dict[Address, str]:
        """Digests of what another offer of ours wrote at these places since they were compared.

        It was on its way when this one replaced it: no edit of anybody. What an undo finds so is
        not what it is to take back.
        """
        if not proposals or self._offer.kind == Offer.Kind.UNDO:
            return {}
        first = min(one.created_at for one in proposals)
        rows = WrittenValue.objects.filter(
            connection=self._offer.connection_id,
            key__in={one.key for one in proposals},
            written_at__gt=first,
        )
        compared = {address_of(one): one.created_at for one in proposals}
        return {
            address_of(row): row.digest
            for row in rows
            if address_of(row) in compared and row.written_at > compared[address_of(row)]
        }

    def _send(self, batch: Batch) -> Iterator[_Step]:
        if batch.proposals:
            yield partial(self.write, batch), partial(self.settle, batch)

    def _line(self, batch: Batch, key: str, proposals: Sequence[Proposal]) -> dict[str, Any]:
        found = batch.found.get(key)
        wanted = ((place_of(one), batch.codes.get(one.pk, one.value)) for one in proposals)
        line = changes(found, wanted)
        if batch.subject == Proposal.Subject.ASSET:
            return {"key": key, **line}
        if batch.subject == Proposal.Subject.MODEL:
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
        self.steps += len(proposals)
        if state in (_State.WRITTEN, _State.UNCHANGED):
            remember([translated(one, now) for one in proposals if one.source_digest])
        if state == _State.WRITTEN and self._offer.kind != Offer.Kind.UNDO:
            _remember(proposals, now)


def _held(proposals: Sequence[Proposal]) -> dict[int, str]:
    """Within a transaction: keep the rows, always in the same order; return their states now."""
    rows = Proposal.objects.filter(pk__in=[one.pk for one in proposals])
    rows = rows.select_for_update(no_key=True).order_by("pk")
    return dict(rows.values_list("pk", "state"))


def _approved_still(proposals: Sequence[Proposal]) -> list[Proposal]:
    """Within a transaction: those that nobody replaced since they were read."""
    states = _held(proposals)
    return [one for one in proposals if states.get(one.pk) == _State.APPROVED]


def _note_overwritten(proposals: Sequence[Proposal]) -> None:
    """Keep what stands there now instead of what stood there when they were offered."""
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
