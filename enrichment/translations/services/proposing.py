"""Texts of a PIM given to a service, and what it answers offered to the PIM.

A text goes to the service once: what it answered is kept before anything else is done with it, so
that it is there when this process dies, for the next run and for every product with the same text.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from enrichment.candidates import Candidate, Problem
from enrichment.cells import BadCell, Cells
from enrichment.models import Proposal
from enrichment.reading import Reading
from enrichment.spool import Spool
from enrichment.structure import Structure
from enrichment.translations.choosing import Asked, Chosen, Only, choose
from enrichment.translations.finding import Text, Texts
from enrichment.translations.memory import SourceText, letters_digest, remembered, source_digest
from enrichment.translations.places import TextPlace
from enrichment.translations.services.answers import given_up, known_answers
from enrichment.translations.services.asking import Asking, NotServed, Served
from enrichment.translations.services.base import TranslationService
from enrichment.translations.services.batching import batches, fits
from enrichment.translations.services.intact import NotIntact, intact
from enrichment.translations.standing import Standing, is_up_to_date, standing_of
from enrichment.values import Place
from enrichment.wording import shown
from outbound.errors import OutboundError
from pim.client import PimClient

_TOO_LONG = "The text is too long for the service. Export it, and have it translated by hand."
_UNANSWERED = (
    "The service answered without a translation of it, however often it was asked. Export it, and "
    "have it translated by hand."
)
_State = Proposal.State


def propose_by_service(
    reading: Reading,
    client: PimClient,
    asked: Asked,
    service: TranslationService,
    *,
    most_characters: int | None = None,
    progress: Callable[[int], object] = lambda read: None,
    go_on: Callable[[Served], object] = lambda served: None,
) -> Served:
    """Let the reading take translations of the texts that are asked for, slice by slice.

    Of a dry reading nothing is sent, only counted. Once the service fails for good, what it did
    until then is offered, and the rest left for the next time; where that is nothing, its error is
    raised. It ends as well before more than `most_characters` are sent. `progress` is told how many
    texts were read, some hundred at a time, and may raise; so may `go_on`, which is told what was
    sent so far, before each call of the service and once its answer is kept.

    Raises CannotTranslate, OfferLost, what the client raises, and sqlite3.Error.
    """
    structure = Structure(client)
    chosen = choose(structure, asked)
    wanted = list(Standing) if asked.only == Only.ALL else [Standing(asked.only)]
    with Spool() as spool:
        proposing = Proposing(
            reading, structure, chosen, wanted, service, spool, most_characters, go_on
        )
        texts = Texts(client, structure, chosen, spool)
        for some in texts.asked_for(asked):
            proposing.take(some)
            progress(reading.read)
            if proposing.failed:
                break
    proposing.served.unknown = texts.unknown
    if proposing.failed:
        if not reading.proposed:
            raise proposing.failed
        proposing.served.problem = proposing.failed.message
        reading.take(problems=[Problem(proposing.failed.message)])
    return proposing.served


@dataclass
class Proposing:
    """Sorts texts, asks for what is new, and makes candidates of answers.

    `wanted` is what a translation must be for its text to be translated; no more than
    `most_characters` are sent, and nothing once `go_on` raises. `failed` is why the service answers
    no more: from then on what it never said stays out.
    """

    reading: Reading
    structure: Structure
    chosen: Chosen
    wanted: Collection[Standing]
    service: TranslationService
    spool: Spool
    most_characters: int | None = None
    go_on: Callable[[Served], object] = lambda served: None
    served: Served = field(default_factory=Served)
    failed: OutboundError | None = None

    def __post_init__(self) -> None:
        self._cells = Cells(self.structure)
        self._asking = Asking(
            *(self.reading.connection, self.service, self.chosen, self.spool, self.served),
            most_characters=self.most_characters,
            go_on=self.go_on,
        )
        self._began = timezone.now()  # before the PIM was asked for anything

    def take(self, texts: Sequence[Text]) -> None:
        """Let the reading take the translations of these. Raises OfferLost."""
        if not texts:
            return
        decided = _decided(self.reading, self.chosen, texts)
        wanted = self._wanted(texts, decided)
        short = [text for text in wanted if fits(self.service, text.source)]
        answers = self._answers({text.source for text in short})
        problems = [
            self._problem(text, _TOO_LONG) for text in wanted if not fits(self.service, text.source)
        ]
        candidates = []
        for text in short:
            if text.source not in answers:
                if text.source in self._asking.unanswered:
                    problems.append(self._problem(text, _UNANSWERED))
                elif self.reading.is_dry:
                    self.reading.read += 1
                    self.reading.proposed += 1
                continue
            try:
                one = self._candidate(text, answers[text.source])
            except (NotIntact, BadCell) as bad:
                problems.append(self._problem(text, str(bad)))
                continue
            if (_State.REJECTED, one.value_digest) in decided.get(text.place, ()):
                self._leave_out()
            else:
                candidates.append(one)
        self.reading.take(candidates, problems, invalid=len(problems), read_at=self._began)

    def _wanted(
        self, texts: Sequence[Text], decided: dict[TextPlace, set[tuple[str, str]]]
    ) -> list[Text]:
        """Those that are asked for, and neither translated from this very text nor about to be."""
        known = remembered(
            self.reading.connection, {text.place.key for text in texts}, self.chosen.target
        )
        wanted = []
        for text in texts:
            there = known.get(text.place)
            standing = standing_of(text, there, self.chosen.source)
            is_open = any(state in Proposal.OPEN for state, _ in decided.get(text.place, ()))
            if (
                standing not in self.wanted
                or is_open
                or is_up_to_date(text, there, self.chosen.source)
            ):
                self._leave_out()
            else:
                wanted.append(text)
        return wanted

    def _leave_out(self) -> None:
        self.reading.read += 1
        self.reading.unchanged += 1

    def _answers(self, texts: Iterable[str]) -> dict[str, str]:
        """By text what the service says; what it never said it is asked now, unless it failed."""
        connection, kind = self.reading.connection, self.service.kind
        answers = known_answers(connection, kind, self.chosen, texts)
        for text in answers:
            self.served.remembered += self.spool.meets(f"text:{letters_digest(text)}")
        new = sorted(set(texts) - answers.keys())
        self._asking.unanswered = given_up(connection, kind, self.chosen, new)
        new = [text for text in new if text not in self._asking.unanswered]
        if self.reading.is_dry:
            self.served.count(
                text for text in new if self.spool.meets(f"text:{letters_digest(text)}")
            )
            return answers
        for html, batch in batches(self.service, new) if self.failed is None else ():
            self.go_on(self.served)
            batch = self._still_unknown(batch, answers)
            if not batch:
                continue
            try:
                self._asking.ask(batch, answers, html=html)
            except NotServed as ended:
                self.failed = ended.reason
                break
        return answers

    def _still_unknown(self, batch: list[str], answers: dict[str, str]) -> list[str]:
        """Those that nobody else got an answer to meanwhile, such as a command beside a worker."""
        known = known_answers(self.reading.connection, self.service.kind, self.chosen, batch)
        for text in known:
            self.served.remembered += self.spool.meets(f"text:{letters_digest(text)}")
        answers |= known
        return [text for text in batch if text not in known]

    def _candidate(self, text: Text, answer: str) -> Candidate:
        """Raises NotIntact, and BadCell for what the attribute does not take."""
        place = text.place
        attribute = self.structure.attributes[place.attribute]
        value = self._cells.text(attribute, intact(text.source, answer))
        return Candidate(
            place.subject,
            place.key,
            text.name,
            Place(place.attribute, self.chosen.target, place.scope, type=attribute.type),
            value,
            text.target or None,
            column=self._column(text),
            made_from=SourceText(self.chosen.source, text.source),
        )

    def _problem(self, text: Text, sentence: str) -> Problem:
        """There is no line to tell, so the sentence names the product."""
        return Problem(f"{shown(text.name)}: {sentence}", column=self._column(text))

    def _column(self, text: Text) -> str:
        parts = (text.place.attribute, self.chosen.target, text.place.scope)
        return "-".join(filter(None, parts))


def _decided(
    reading: Reading, chosen: Chosen, texts: Sequence[Text]
) -> dict[TextPlace, set[tuple[str, str]]]:
    """Proposals that were made from these very texts: state and digest of the value, by place."""
    sources = {text.place: source_digest(text.source) for text in texts}
    rows = Proposal.objects.filter(
        connection=reading.connection,
        key__in={place.key for place in sources},
        locale=chosen.target,
        source_locale=chosen.source,
        state__in=[*Proposal.OPEN, _State.REJECTED],
    )
    found: dict[TextPlace, set[tuple[str, str]]] = {}
    for row in rows:
        place = TextPlace(Proposal.Subject(row.subject), row.key, row.attribute, row.scope)
        if sources.get(place) == row.source_digest:
            found.setdefault(place, set()).add((row.state, row.value_digest))
    return found
