"""One open proposal for a place: a later offer replaces what is open from earlier ones."""

from collections.abc import Callable, Collection, Sequence

from django.db import transaction
from django.db.models import Case, Value, When

from connections.locks import Turn, take_turn
from enrichment.candidates import Candidate
from enrichment.models import Offer, Proposal, WrittenValue

_State = Proposal.State
_ROWS = 1000  # of a statement

Address = tuple[str, ...]


def alone_at(connection_id: int) -> None:
    """Within a transaction: wait until nobody else opens or replaces proposals for this PIM.

    Two offers with values for the same place would otherwise meet at the constraint, and the
    reading of one fail. Taken before any row.
    """
    take_turn(Turn.OPENING_PROPOSALS, connection_id)


def address_of(one: Candidate | Proposal | WrittenValue) -> Address:
    """What stands for its place in the PIM."""
    place = one if isinstance(one, Proposal | WrittenValue) else one.place
    return (
        str(one.subject),
        one.key,
        place.attribute,
        place.locale,
        place.scope,
        place.part,
    )


def replace_open(rows: Sequence[Proposal], offer: Offer) -> None:
    """Within a transaction: let the offer replace what is open where it has these proposals."""
    places = {address_of(row) for row in rows}
    replaced = [row.pk for row in _open_at(rows) if address_of(row) in places]
    for start in range(0, len(replaced), _ROWS):
        Proposal.objects.filter(pk__in=replaced[start : start + _ROWS]).update(
            state=_State.REPLACED,
            replaced_by=offer,
            problem=f"“{offer}” offers another value for it.",
        )


def restore_replaced(offer: Offer, go_on: Callable[[Offer], object]) -> None:
    """Open again what an offer replaced that came to nothing.

    What was approved is so again, and `go_on` has it written. Places that a third offer has
    something open for stay as they are. It may end halfway, and be called again.
    """
    replaced = Proposal.objects.filter(replaced_by=offer).order_by("pk")
    last = 0
    while rows := list(replaced.filter(pk__gt=last)[:_ROWS]):
        last = rows[-1].pk
        with transaction.atomic():
            alone_at(offer.connection_id)
            earlier = _held({row.offer_id for row in rows})
            mine = replaced.order_by().filter(pk__in=free_of(rows), state=_State.REPLACED)
            mine.update(
                state=Case(
                    When(decided_at=None, then=Value(_State.PROPOSED)),
                    default=Value(_State.APPROVED),
                ),
                replaced_by=None,
                problem="",
            )
            for one in earlier:
                go_on(one)


def _held(pks: Collection[int]) -> list[Offer]:
    """Within a transaction: these offers, which nobody else works on meanwhile, but stopped ones.

    An offer's row is taken before those of its proposals, everywhere.
    """
    rows = Offer.objects.filter(pk__in=pks).exclude(state=Offer.State.STOPPED)
    return list(rows.select_for_update(no_key=True).order_by("pk"))


def free_of(rows: Sequence[Proposal]) -> list[int]:
    """Within a transaction: which of them may be open, since nothing is at their places.

    Of two for one place it is the last.
    """
    taken = {address_of(row) for row in _open_at(rows)}
    return list({address_of(row): row.pk for row in rows if address_of(row) not in taken}.values())


def _open_at(rows: Sequence[Proposal]) -> list[Proposal]:
    """What is open for the products of these proposals."""
    if not rows:
        return []
    keys = {row.key for row in rows}
    found = Proposal.objects.filter(connection=rows[0].connection_id, key__in=keys)
    return list(found.open().select_for_update(no_key=True).order_by("pk"))
