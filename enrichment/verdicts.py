"""What becomes of a proposal: by what the PIM has at its place, and by what the PIM answered."""

from collections.abc import Sequence
from dataclasses import replace

from enrichment.batches import place_of
from enrichment.media.contents import Contents, holds
from enrichment.models import Proposal
from enrichment.translations.memory import source_digest
from enrichment.values import current, digest
from enrichment.wording import storable
from pim.finding import FoundModel, FoundProduct
from pim.writing import LineAnswer, LineError

EDITED = "Somebody edited it in the PIM after it was offered. The edit was kept."
_SOURCE_EDITED = "The text that it is a translation of was changed in the PIM after it was offered."
_GONE = "It is not in the PIM any more."

_State = Proposal.State


def verdict_on(
    one: Proposal, found: FoundProduct | FoundModel | None, ours: str | None, known: Contents
) -> tuple[Proposal.State, str] | None:
    """What becomes of a proposal without sending it, and why; None if it is to be sent.

    `ours` is the digest of what we wrote there since it was compared. What is to be written over
    something else than stood there then, has that as `before` now.
    """
    if found is None:
        return None if one.creates else (_State.OUTDATED, _GONE)
    place = place_of(one)
    now = digest(current(found, place), place.type or place.attribute)
    if holds(one, current(found, place), known):
        return (_State.WRITTEN if one.sent_at else _State.UNCHANGED, "")
    if (
        not one.anyway
        and one.source_digest
        and one.source_digest
        != source_digest(current(found, replace(place, locale=one.source_locale)))
    ):
        return _State.EARLIER, _SOURCE_EDITED
    if now == one.before_digest:
        return None
    if one.anyway or now == ours:
        one.before, one.before_digest = storable(current(found, place)), now
        return None
    return _State.OUTDATED, EDITED


def refused_by(proposals: Sequence[Proposal], answer: LineAnswer) -> dict[Proposal, str]:
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
