"""Offers of values in the reader's words: where they stand, what they are, how far they are."""

from collections.abc import Container, Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from connections.paging import count_up_to_most
from enrichment.models import Offer, Proposal
from enrichment.reviewing import Tally
from pages.wording import State, Tone

_State = Offer.State
_Proposed = Proposal.State

_STATES = {
    _State.READING: State(gettext_lazy("Being compared with Akeneo"), Tone.BUSY),
    _State.WAITING: State(gettext_lazy("Waits for approval"), Tone.WARN),
    _State.WRITING: State(gettext_lazy("Being written to Akeneo"), Tone.BUSY),
    _State.DONE: State(gettext_lazy("Done"), Tone.GOOD),
    _State.STOPPED: State(gettext_lazy("Stopped"), Tone.BAD),
}
_UNDONE = State(gettext_lazy("Undone"), Tone.QUIET)
_OF_NO_USE = State(gettext_lazy("Nothing of it was usable"), Tone.BAD)
KINDS = {
    Offer.Kind.VALUES: gettext_lazy("Values from a file"),
    Offer.Kind.TRANSLATIONS: gettext_lazy("Translations"),
    Offer.Kind.ANSWERS: gettext_lazy("Answers to requests from Akeneo"),
    Offer.Kind.MEDIA: gettext_lazy("Images and files"),
    Offer.Kind.FEEDBACK: gettext_lazy("Feedback from a channel"),
    Offer.Kind.UNDO: gettext_lazy("Undoing an offer"),
}
PROPOSAL_STATES = {
    _Proposed.PROPOSED: State(gettext_lazy("To decide"), Tone.WARN),
    _Proposed.OUTDATED: State(gettext_lazy("Edited in Akeneo meanwhile"), Tone.WARN),
    _Proposed.EARLIER: State(gettext_lazy("Original changed since"), Tone.WARN),
    _Proposed.REFUSED: State(gettext_lazy("Refused by Akeneo"), Tone.BAD),
    _Proposed.APPROVED: State(gettext_lazy("To be written"), Tone.BUSY),
    _Proposed.WRITTEN: State(gettext_lazy("Written"), Tone.GOOD),
    _Proposed.UNCHANGED: State(gettext_lazy("Akeneo had it already"), Tone.QUIET),
    _Proposed.REJECTED: State(gettext_lazy("Rejected"), Tone.QUIET),
    _Proposed.REPLACED: State(gettext_lazy("Replaced by a later offer"), Tone.QUIET),
}
_NEVER_SENT = (_Proposed.PROPOSED, _Proposed.REJECTED, _Proposed.REPLACED)


def undone_among(offers: Iterable[Offer]) -> set[int]:
    """The ids of those that were taken back. One query."""
    taken_back = Offer.objects.filter(undoes__in=[one.pk for one in offers], state=_State.DONE)
    return set(taken_back.values_list("undoes_id", flat=True))


def state_of(offer: Offer, *, undone: Container[int]) -> State:
    """Say how an offer stands; `undone` as `undone_among` gives it."""
    if offer.was_of_no_use:
        return _OF_NO_USE
    return _UNDONE if offer.pk in undone else _STATES[_State(offer.state)]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an offer under way is; `percent` None where nobody knows how much there is."""

    doing: str
    number: int
    of: int
    percent: int | None


def progress_of(offer: Offer, tally: Tally) -> Progress:
    """Say how far it is. One query while it is read, none while it is written."""
    if offer.state == _State.READING:
        found = count_up_to_most(Proposal.objects.filter(offer=offer))
        return Progress(_("Compared with Akeneo so far"), found, 0, None)
    by_state = dict(tally.by_state())
    left = by_state.get(_Proposed.APPROVED, 0)
    decided = sum(number for state, number in by_state.items() if state not in _NEVER_SENT)
    done = decided - left
    percent = 100 * done // decided if decided else 100
    return Progress(_("Written to Akeneo so far"), done, decided, percent)
