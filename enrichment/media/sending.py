"""Files on their way to a PIM: each content goes up once, whichever values want it.

A PIM sets a file that is uploaded as a value at once, so that uploading is writing. What is about
to be sent is noted with its place before the call; whoever finds such a note after a crash looks
there whether the file arrived. Once its code is known a file is a value like any other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from enrichment import ownership
from enrichment.batches import Batch, place_of, read
from enrichment.media.contents import is_in
from enrichment.media.files import BadFile, OfferedFile, file_of, private_copy
from enrichment.models import Offer, PimFile, Proposal
from enrichment.values import current
from outbound.errors import ProductError
from pim.client import PimClient
from pim.errors import NotFound, OutcomeUnknown, RequestRefused, ValidationFailed
from pim.uploads import MediaPlace

_State = Proposal.State


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an upload: the file's code, or the state of its proposal and why.

    Neither: the PIM did not say whether it has the file, and does not show it so far.
    """

    code: str = ""
    state: Proposal.State | None = None
    problem: str = ""


@dataclass(slots=True)
class Ways:
    """How the proposals of a batch go on: by the code of a file that the PIM has (`codes`, by the
    proposal's id), by a look whether a file arrived, or later. `later` has those of looks too."""

    codes: dict[int, str]
    looks: list[tuple[Proposal, PimFile]]
    later: set[int]


class Files:
    """The files among the proposals of one pass over an offer."""

    def __init__(self, offer: Offer, client: PimClient, identifier: str, edited: str) -> None:
        """`identifier` is the code of the PIM's identifier attribute, `edited` the words for it."""
        self._offer = offer
        self._client = client
        self._identifier = identifier
        self._edited = edited
        self._under_way: set[int] = set()  # notes of what this pass is sending

    def ways(self, proposals: Iterable[Proposal]) -> Ways:
        """Tell how the files among these proposals go on. One query if there are any."""
        files = {one.pk: (one, file) for one in proposals if (file := file_of(one.value))}
        ways = Ways({}, [], set())
        if not files:
            return ways
        rows = PimFile.objects.filter(
            connection=self._offer.connection_id,
            content__in={file.content for _, file in files.values()},
        ).select_related("offer")
        known = {(row.store, row.content, row.ending, not row.code): row for row in rows}
        for one, file in files.values():
            there = known.get((_store(one), file.content, file.ending, False))
            on_its_way = known.get((_store(one), file.content, file.ending, True))
            if there is not None:
                ways.codes[one.pk] = there.code
            elif on_its_way is not None:
                if self._is_left_over(on_its_way):
                    self._under_way.add(on_its_way.pk)  # one look is enough
                    ways.looks.append((one, on_its_way))
                ways.later.add(one.pk)
        return ways

    def begin(self, proposals: Sequence[Proposal]) -> list[tuple[Proposal, PimFile]]:
        """Note which files are about to be sent, in a transaction that holds the offer.

        What is not among them somebody else is sending, or this pass for another value.
        """
        notes: dict[tuple[str, ...], tuple[Proposal, PimFile]] = {}
        for one in proposals:
            file = file_of(one.value)
            if file is not None:
                note = self._note(one, file)
                notes.setdefault(_what(note), (one, note))
        PimFile.objects.bulk_create([row for _, row in notes.values()], ignore_conflicts=True)
        ours = PimFile.objects.filter(
            connection=self._offer.connection_id, offer=self._offer, code=""
        ).exclude(pk__in=self._under_way)
        begun = [(notes[_what(row)][0], row) for row in ours if _what(row) in notes]
        self._under_way |= {row.pk for _, row in begun}
        return begun

    def send(self, one: Proposal, batch: Batch) -> Sent:
        """A call: read the value once more, and send the file unless somebody edited it."""
        file = file_of(one.value)
        assert file is not None  # noqa: S101  # nosec B101  # only files are sent
        before = current(batch.found.get(one.key), place_of(one))
        try:
            with private_copy(file) as copy:
                if self._now(one) != before:
                    return Sent(state=_State.OUTDATED, problem=self._edited)
                code = self._upload(one, file, copy, before)
        except BadFile as bad:
            return Sent(state=_State.REFUSED, problem=str(bad))
        except ValidationFailed as error:
            told = " ".join(dict.fromkeys(message for _, message in error.errors if message))
            return Sent(state=_State.REFUSED, problem=told or error.said or error.message)
        except (NotFound, ProductError, RequestRefused) as error:
            return Sent(state=_State.REFUSED, problem=error.message)
        except OutcomeUnknown:
            return Sent()
        return Sent(code)

    def settle(self, note: PimFile, sent: Sent) -> None:
        """Note what became of an upload, in a transaction that holds the offer."""
        if sent.code:
            self._has_code(note, sent.code)
        elif sent.state is not None:
            note.delete()

    def look(self, note: PimFile) -> str:
        """A call: the code of a file that was on its way, if it arrived; "" if it did not."""
        code = self._now(note)
        file = OfferedFile("", "", note.content, note.size)
        is_there = isinstance(code, str) and is_in(self._client, code, file, note.store)
        return str(code) if is_there else ""

    def found(self, note: PimFile, code: str) -> None:
        """Note what a look found: who wants a file that did not arrive sends it anew."""
        if code:
            self._has_code(note, code)
        else:
            note.delete()

    def is_gone(self, code: str) -> bool:
        """A call: whether the PIM has lost a file that it had."""
        try:
            self._client.media_file(code)
        except NotFound:
            return True
        return False

    def forget(self, code: str) -> None:
        """Let a file that the PIM has lost be sent again when it is offered."""
        rows = PimFile.objects.filter(connection=self._offer.connection_id)
        rows.filter(code=code).delete()

    def _is_left_over(self, note: PimFile) -> bool:
        if note.pk in self._under_way:
            return False
        offer = note.offer
        return offer is None or offer.pk == self._offer.pk or ownership.is_free(offer)

    def _note(self, one: Proposal, file: OfferedFile) -> PimFile:
        return PimFile(
            connection_id=one.connection_id,
            store=_store(one),
            offer=self._offer,
            subject=one.subject,
            key=one.key,
            attribute=one.attribute,
            locale=one.locale,
            scope=one.scope,
            content=file.content,
            ending=file.ending,
            size=file.size,
        )

    def _has_code(self, note: PimFile, code: str) -> None:
        note.delete()
        note.code, note.offer = code, None
        PimFile.objects.bulk_create([note], ignore_conflicts=True)  # a reading may have met it

    def _now(self, at: Proposal | PimFile) -> object:
        """What stands at a place now; one call."""
        one = Proposal(
            subject=at.subject,
            key=at.key,
            attribute=at.attribute,
            locale=at.locale,
            scope=at.scope,
            type="file",  # any attribute's: the value is read as it is
        )
        found = read(self._client, self._identifier, Batch(Proposal.Subject(at.subject), [one]))
        return current(found.get(at.key), place_of(one))

    def _upload(self, one: Proposal, file: OfferedFile, copy: BinaryIO, before: object) -> str:
        def arrived() -> str | None:
            code = self._now(one)
            if not isinstance(code, str) or code == before:
                return None
            return code if is_in(self._client, code, file) else None

        if one.subject == Proposal.Subject.ASSET:
            # Nobody can look for a file that no asset has yet; a second one would lie there unused.
            return self._client.assets().upload(copy, file.name, arrived=lambda: None)
        return self._client.upload_media(copy, file.name, _media_place(one), arrived=arrived)


def _store(one: Proposal) -> PimFile.Store:
    is_of_asset = one.subject == Proposal.Subject.ASSET
    return PimFile.Store.ASSETS if is_of_asset else PimFile.Store.MEDIA


def _what(note: PimFile) -> tuple[str, ...]:
    return str(note.store), note.content, note.ending


def _media_place(one: Proposal) -> MediaPlace:
    is_model = one.subject == Proposal.Subject.MODEL
    return MediaPlace(
        one.attribute,
        one.locale or None,
        one.scope or None,
        identifier=None if is_model else one.identifier,
        model=one.key if is_model else None,
    )
