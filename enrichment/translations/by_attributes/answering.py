"""What is written into the PIM about a request: its status, and that its flag was seen to."""

from collections.abc import Iterable, Iterator

from enrichment.candidates import Candidate
from enrichment.models import Proposal, RequestedTranslation
from enrichment.structure import Structure
from enrichment.translations.by_attributes.flagged import Home
from enrichment.translations.by_attributes.steering import BOOLEAN, SELECT, Steering
from enrichment.values import Place, current

Judged = tuple[Candidate, Proposal.State]
State = RequestedTranslation.State


class Answers:
    """Makes values of the attributes that are Ferry's to write.

    Other than of values that are offered, what we wrote there before says nothing: people set the
    flag again and again, and mean it each time. What they edit between reading and writing stays,
    as everywhere (`enrichment.writing`).
    """

    def __init__(self, structure: Structure, steering: Steering) -> None:
        self._structure = structure
        self._steering = steering

    def flag(self, home: Home) -> Judged:
        """That nothing is to be translated any more."""
        return _judged(home, Place(self._steering.flag, type=BOOLEAN), False)

    def statuses(self, home: Home, states: Iterable[tuple[str, str]]) -> Iterator[Judged]:
        """How far it is: in each language, or in all of these together.

        `states` are locales of the PIM, and the states of their requests.
        """
        by_locale = dict(states)
        attribute = self._structure.attributes[self._steering.status]
        if not by_locale:
            return
        if not attribute.localizable:
            place = Place(attribute.code, type=SELECT)
            yield _judged(home, place, self._option(_together(by_locale.values())))
            return
        possible = set(attribute.available_locales or self._structure.locales)
        for locale in sorted(possible & by_locale.keys()):
            place = Place(attribute.code, locale, type=SELECT)
            yield _judged(home, place, self._option(by_locale[locale]))

    def _option(self, state: str) -> str:
        return {
            State.IN_PROGRESS: self._steering.in_progress,
            State.TRANSLATED: self._steering.translated,
            State.REFUSED: self._steering.refused,
        }[State(state)]


def _together(states: Iterable[str]) -> str:
    """The state of all languages, where one value stands for them."""
    found = set(states)
    order = (State.IN_PROGRESS, State.REFUSED, State.TRANSLATED)
    return next(each for each in order if each in found)


def _judged(home: Home, place: Place, value: object) -> Judged:
    one = Candidate(home.subject, home.key, home.name, place, value, current(home.found, place))
    is_there = one.value_digest == one.before_digest
    return one, Proposal.State.UNCHANGED if is_there else Proposal.State.PROPOSED
