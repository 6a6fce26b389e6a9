"""Reading a source: what it offers is counted, and stored unless it is only tried."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from connections.models import Connection
from enrichment import ownership
from enrichment.candidates import Candidate, Problem
from enrichment.judging import judge
from enrichment.models import Offer, Proposal
from enrichment.offers import end_reading, record

MOST_PROBLEMS = 100  # that are kept to be told at once

_State = Proposal.State


@dataclass(slots=True)
class Reading:
    """What was read so far of one source, in values (files, of media).

    Without an offer nothing is stored. `problems` are the first hundred that were met. Counted
    `by_column`, all that stands in one column is one: of media it is the file.
    """

    connection: Connection
    offer: Offer | None = None
    approved_by: str = ""
    read: int = 0
    proposed: int = 0
    unchanged: int = 0
    invalid: int = 0
    outdated: int = 0
    problems: list[Problem] = field(default_factory=list)
    by_column: bool = False

    @property
    def is_dry(self) -> bool:
        return self.offer is None

    def take(
        self,
        candidates: Sequence[Candidate] = (),
        problems: Sequence[Problem] = (),
        *,
        invalid: int = 0,
        read_at: datetime | None = None,
    ) -> None:
        """Take up a slice of what was offered: up to some hundred products.

        `read_at` is when the PIM was asked, at the earliest. `invalid` counts the values that the
        problems are about; one problem may be about several. Raises OfferLost.
        """
        judged = judge(self.connection, candidates, read_at=read_at) if candidates else []
        for state in _worst(judged) if self.by_column else [state for _, state in judged]:
            if state == _State.UNCHANGED:
                self.unchanged += 1
            elif state in Proposal.OVERTAKEN:
                self.outdated += 1
            else:
                self.proposed += 1
            self.read += 1
        self.read += invalid
        self.invalid += invalid
        if self.is_dry:  # otherwise its proposal says so
            outdated = [
                one for one, state in judged if state in Proposal.OVERTAKEN and one.outdated
            ]
            self._keep([Problem(one.outdated, one.line, one.column) for one in outdated])
        self._keep(problems)
        if self.offer is not None and (judged or problems):
            record(self.offer, judged, problems=problems, approved_by=self.approved_by)

    def _keep(self, problems: Sequence[Problem]) -> None:
        self.problems += problems[: MOST_PROBLEMS - len(self.problems)]


def close(reading: Reading) -> None:
    """Within a transaction: end the offer, or forget one in which there is nothing.

    Raises OfferLost.
    """
    offer = reading.offer
    if offer is None:
        return
    if offer.proposals.exists() or offer.problems.exists():
        end_reading(offer, read=reading.read, unchanged=reading.unchanged, invalid=reading.invalid)
        return
    ownership.lock(offer)
    offer.delete()


def _worst(judged: Sequence[tuple[Candidate, Proposal.State]]) -> list[Proposal.State]:
    """Of each column the state that calls most for somebody."""
    found: dict[str, set[Proposal.State]] = {}
    for one, state in judged:
        found.setdefault(one.column, set()).add(state)
    order = (_State.OUTDATED, _State.PROPOSED, _State.UNCHANGED)
    return [next(state for state in order if state in states) for states in found.values()]
