"""How the commands of enrichment speak: one set of counts and problems, whatever they read."""

import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.db.models import Count

from connections.audit import present_actor
from connections.command_line import FerryCommand, Refusal, connection_at
from enrichment.candidates import Problem
from enrichment.foreground import Read, try_out, write_all
from enrichment.models import Offer, Proposal
from enrichment.ownership import OfferLost
from enrichment.reading import MOST_PROBLEMS, Reading
from enrichment.wording import shown

_State = Proposal.State
_COUNTED = ("read", "proposed", "unchanged", "invalid", "written", "refused", "outdated")
_BAD = ("invalid", "refused", "outdated")


class EnrichmentCommand(FerryCommand):
    """A command that offers something to a PIM: dry unless `--apply`.

    Subclasses implement `run`, which calls `offer`.
    """

    kind: Offer.Kind
    counts_in = "values"
    apply_help = "write to the PIM; otherwise it is only tried"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pim", metavar="PIM_URL", required=True)
        parser.add_argument("--apply", action="store_true", help=self.apply_help)

    def offer(self, name: str, read: Read, **options: Any) -> None:
        """Read a source, with `--apply` write what it offers, and answer.

        Ends the process with status 1 if anything is invalid, refused, outdated or unwritten.
        """
        connection = connection_at(options["pim"])
        if not options["apply"]:
            self.answer(_answer(try_out(connection, read)), dry=True)
            return
        try:
            offer, reading = write_all(
                connection,
                self.kind,
                name,
                read,
                by=present_actor().name,
                approved=options.get("approve", True),
            )
        except OfferLost:
            raise Refusal(
                f"Another process goes on with “{name}”. See the offers of {connection.host}."
            ) from None
        self.answer(_answer(reading, offer), dry=False)

    def answer(self, answer: dict[str, Any], *, dry: bool) -> None:
        """Print the answer, and end with status 1 if it is not all well."""
        self.say(self._sentence(answer, dry=dry), answer)
        if not self.as_json:
            self.stdout.writelines(map(_line, answer["problems"]))
        trouble = answer.get("problem") or self._trouble(answer)
        if trouble:
            self.stdout.flush()
            self.stderr.write(" ".join(str(trouble).split()))
            sys.exit(1)

    def _sentence(self, answer: dict[str, Any], *, dry: bool) -> str:
        counts = ", ".join(f"{answer[name]} {name}" for name in _COUNTED[1:] if answer[name])
        nothing = " Nothing was written: give --apply to write it." if dry else ""
        return f"Read {answer['read']} {self.counts_in}: {counts or 'nothing to do'}.{nothing}"

    def _trouble(self, answer: dict[str, Any]) -> str:
        bad = [f"{answer[name]} {name}" for name in _BAD if answer[name]]
        return f"Of {answer['read']} {self.counts_in}: {', '.join(bad)}." if bad else ""


def nothing_counted() -> dict[str, int]:
    return dict.fromkeys(_COUNTED, 0)


def unreadable(message: str, line: int = 0) -> dict[str, Any]:
    """The answer for a file of which nothing can be used."""
    counts = nothing_counted() | {"invalid": 1}
    return {**counts, "problems": [_told(Problem(message, line))], "problem": message}


def _answer(reading: Reading, offer: Offer | None = None) -> dict[str, Any]:
    states = _states(offer) if offer else {}
    answer: dict[str, Any] = {
        "read": reading.read,
        "proposed": reading.proposed,
        "unchanged": reading.unchanged + states.get(_State.UNCHANGED, 0),
        "invalid": reading.invalid,
        "written": states.get(_State.WRITTEN, 0),
        "refused": states.get(_State.REFUSED, 0),
        "outdated": _overtaken(states) if offer else reading.outdated,
    }
    problems = reading.problems + (list(_refusals(offer)) if offer else [])
    problems.sort(key=lambda each: each.line)
    answer["problems"] = [_told(each) for each in problems[:MOST_PROBLEMS]]
    if offer is not None:
        answer["offer"] = offer.pk
        left = states.get(_State.APPROVED, 0)
        if left:
            answer["problem"] = f"{left} are still to be written: {_why_left(offer)}"
    return answer


def _overtaken(states: Mapping[str, int]) -> int:
    return sum(states.get(state, 0) for state in Proposal.OVERTAKEN)


def _why_left(offer: Offer) -> str:
    if offer.state == Offer.State.WRITING:
        return f"{offer.problem} Workers go on with them."
    return offer.problem


def _states(offer: Offer) -> dict[str, int]:
    if offer.kind == Offer.Kind.MEDIA:
        return _states_of_files(offer)
    rows = offer.proposals.order_by().values_list("state").annotate(Count("pk"))
    return dict(rows)


def _states_of_files(offer: Offer) -> dict[str, int]:
    """How many files are in which state: of several for one file in that which calls for somebody.

    What the PIM had already counts as written beside what was written.
    """
    states: dict[str, set[str]] = {}
    for column, state in offer.proposals.order_by().values_list("column", "state").distinct():
        states.setdefault(column, set()).add(state)
    order = (_State.APPROVED, _State.REFUSED, _State.OUTDATED, _State.WRITTEN, _State.UNCHANGED)
    worst = (next((each for each in order if each in found), "") for found in states.values())
    return Counter(worst)


def _refusals(offer: Offer) -> Iterable[Problem]:
    """What the PIM refused, in its own words, and what was outdated."""
    rows = offer.proposals.filter(state__in=[_State.REFUSED, *Proposal.OVERTAKEN])
    for one in rows.order_by("line", "pk")[:MOST_PROBLEMS]:
        is_file = offer.kind == Offer.Kind.MEDIA
        where = ("", shown(one.column)) if is_file else (one.column, "")
        yield Problem(one.problem or _OUTDATED, one.line, *where)


_OUTDATED = "It was written from here before, and edited in the PIM since. The edit was kept."


def _told(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = {
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
    }
    if problem.place:
        told["file"] = problem.place
    return told


def _line(problem: dict[str, Any]) -> str:
    where = [problem.get("file", ""), f"line {problem['line']}" if problem["line"] else ""]
    place = ", ".join(filter(None, [*where, problem["column"]]))
    return " ".join(f"{place}: {problem['message']}".split()) + "\n"
