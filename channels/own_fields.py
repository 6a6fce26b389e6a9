"""A channel's own fields as they are stored: what a look at the channel adds, and what may be.

A stored field never loses its code, its type or its place: people mapped something to it in the
PIM (pim-contract.md 2.6). What the channel no longer has is marked and stays. What has another type
there than before stays as it was, and is told: a target of the same code and another type would be
left out by the PIM without a word, and one of another code is no field that the adapter knows.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from channels.field_types import shape_of
from channels.targets import Target
from outbound.errors import ConfigurationError
from outbound.sentences import Sentence

WARN_ABOVE = 200  # targets; the PIM's mapping screen becomes slow (pim-contract.md 2.2)
MOST = 600  # targets, which is the PIM's limit

CODE_LENGTH = 100
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_RESERVED = "pim_"


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The fields as they are to be stored, and how they differ from those that were."""

    fields: tuple[Target, ...]
    added: tuple[Target, ...] = ()
    gone: tuple[Target, ...] = ()
    back: tuple[Target, ...] = ()
    described_anew: tuple[Target, ...] = ()  # another title or help
    needed_now: tuple[Target, ...] = ()  # among those that were there before
    needed_no_more: tuple[Target, ...] = ()
    retyped: tuple[tuple[Target, Target], ...] = ()  # as stored, as the channel has it
    of_kind: tuple[str, ...] = ()  # titles of what its kind has by itself

    @property
    def changes_something(self) -> bool:
        return bool(
            self.added
            or self.gone
            or self.back
            or self.described_anew
            or self.needed_now
            or self.needed_no_more
        )


@dataclass(slots=True)
class _Differences:
    fields: list[Target] = field(default_factory=list)
    back: list[Target] = field(default_factory=list)
    described_anew: list[Target] = field(default_factory=list)
    needed_now: list[Target] = field(default_factory=list)
    needed_no_more: list[Target] = field(default_factory=list)
    retyped: list[tuple[Target, Target]] = field(default_factory=list)


def refreshed(
    base: Iterable[Target], stored: Sequence[Target], read: Iterable[Target]
) -> Refreshed:
    """Return what the stored fields become by those that the channel tells now.

    `base` are the targets of its kind. Raises ConfigurationError for what the PIM cannot take.
    """
    of_kind = {target.code for target in base}
    at_channel = {target.code: target for target in read}
    known = {target.code for target in stored}
    found = _Differences()
    gone = []
    for one in stored:
        if one.code in at_channel:
            found.fields.append(_compared(one, at_channel[one.code], found))
            continue
        found.fields.append(replace(one, is_gone=True))
        if not one.is_gone:
            gone.append(one)
    added = [one for one in at_channel.values() if one.code not in known | of_kind]
    for one in added:
        check_code(one.code, of_kind)
    fields = (*found.fields, *added)
    check_number(len(of_kind) + len(fields))
    return Refreshed(
        fields,
        added=tuple(added),
        gone=tuple(gone),
        back=tuple(found.back),
        described_anew=tuple(found.described_anew),
        needed_now=tuple(found.needed_now),
        needed_no_more=tuple(found.needed_no_more),
        retyped=tuple(found.retyped),
        of_kind=tuple(one.title for one in at_channel.values() if one.code in of_kind),
    )


def _compared(stored: Target, now: Target, found: _Differences) -> Target:
    if shape_of(stored) != shape_of(now):
        found.retyped.append((stored, now))
        return stored
    kept = replace(now, is_gone=False)
    if stored.is_gone:
        found.back.append(kept)
    elif (stored.title, stored.description) != (kept.title, kept.description):
        found.described_anew.append(kept)
    if kept.is_needed and not stored.is_needed:
        found.needed_now.append(kept)
    if stored.is_needed and not kept.is_needed:
        found.needed_no_more.append(kept)
    return kept


def check_code(code: str, taken: Iterable[str]) -> None:
    """Raise ConfigurationError for a code that no target of the channel can have."""
    if not _CODE.fullmatch(code) or len(code) > CODE_LENGTH:
        raise ConfigurationError(
            Sentence(
                "“%(code)s” cannot be a code: it begins with a small letter a to z and "
                "has small letters, digits and _ only, %(limit)s characters at "
                "most.",
                code=code[:CODE_LENGTH],
                limit=CODE_LENGTH,
            )
        )
    if code.startswith(_RESERVED):
        raise ConfigurationError(
            Sentence(
                "Codes that begin with “%(reserved)s” belong to Akeneo. Choose another "
                "for “%(code)s”.",
                reserved=_RESERVED,
                code=code,
            )
        )
    if code in RESERVED_CODES or code in taken:
        raise ConfigurationError(
            Sentence("There is a field with the code “%(code)s” already.", code=code)
        )


def check_number(number: int) -> None:
    """Raise ConfigurationError for more targets than a catalog of the PIM takes."""
    if number > MOST:
        raise ConfigurationError(
            Sentence(
                "With these the channel would have %(number)s fields, and Akeneo takes "
                "%(most)s in a catalog. Nothing was stored. Remove fields at the "
                "channel that no product needs.",
                number=number,
                most=MOST,
            )
        )


# What the PIM fills in itself, for products or for models; and what raw products have, by which a
# document is told from mapped ones.
RESERVED_CODES = frozenset(
    {"uuid", "code", "variants", "variation_axes", "variation_axes_values", "values"}
)
