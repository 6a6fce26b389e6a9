"""Offered values as a page shows them: in words, beside what Akeneo had, what differs marked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from enrichment.media.files import file_of, name_in
from enrichment.media.previews import has_picture
from enrichment.models import Proposal
from enrichment.values import ASSETS, FILES, PROPERTIES
from pages.translation_forms import locale_in_words

_CHARACTERS_SHOWN = 600
_ORIGINAL_SHOWN = 10_000  # characters; what is behind the first few hundred is folded
_BEFORE_IT_DIFFERS = 80  # characters; what is the same before them is left out
_WORDS_COMPARED = 150
_BEFORE_NAME = re.compile(r"^([0-9a-f]/)*[0-9a-f]{40}_")  # in the code of a file (3.10)
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Original:
    """The text that a translation was made from; `rest` is what a long one goes on with."""

    language: str  # in words
    tag: str  # en-US, for programs that read pages aloud
    text: str
    rest: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A proposal as a row of the page."""

    proposal: Proposal
    name: str  # of the attribute, or the property
    where: str  # its locale, channel and currency
    original: Original | None  # of a translation alone
    before: list[Piece]
    offered: list[Piece]
    picture: str = ""  # where what is offered can be looked at

    @property
    def waits_for_assets(self) -> bool:
        """Whether new assets may have to be approved with it."""
        return self.proposal.type == ASSETS and self.proposal.state == Proposal.State.PROPOSED


def shown(proposal: Proposal) -> Shown:
    """Of a file it is looked whether Ferry keeps a picture of it."""
    is_file = proposal.type in FILES
    texts = [_of_type(value, proposal.type) for value in (proposal.before, proposal.value)]
    # What differs in names of files says nothing of what is in them.
    before, offered = map(_whole, texts) if is_file else compared(*texts)
    where = (proposal.locale, proposal.scope, proposal.part)
    names = _names() if not proposal.type else {}
    return Shown(
        proposal,
        names.get(proposal.attribute, proposal.attribute),
        ", ".join(filter(None, where)),
        original_of(proposal),
        before,
        offered,
        _picture(proposal) if is_file else "",
    )


def _picture(proposal: Proposal) -> str:
    return reverse("pages:offered_picture", args=[proposal.pk]) if has_picture(proposal) else ""


def _of_type(value: Any, type_: str) -> str:
    """A file is told by its name, of a new one its size and kind too; in Akeneo its code has it."""
    if type_ in FILES:
        if isinstance(value, str):
            return _printable(_BEFORE_NAME.sub("", value))
        if file := file_of(value):
            about = ", ".join(filter(None, (filesizeformat(file.size), file.ending.upper())))
            return f"{_printable(file.name)} ({about})"
    return in_words(value)


def original_of(proposal: Proposal) -> Original | None:
    """The text that it is a translation of, as it was then.

    None where it is no translation; no text where it was offered before Ferry kept the originals.
    """
    if not proposal.source_locale:
        return None
    text, locale = _printable(proposal.source_text)[:_ORIGINAL_SHOWN], proposal.source_locale
    first = _first_words(text)
    return Original(locale_in_words(locale), locale.replace("_", "-"), text[:first], text[first:])


def _first_words(text: str) -> int:
    """How many characters of it to show at first: whole words, where it has some."""
    if len(text) <= _CHARACTERS_SHOWN:
        return len(text)
    return max(text.rfind(" ", 0, _CHARACTERS_SHOWN), 0) or _CHARACTERS_SHOWN


def _names() -> dict[str, str]:
    words = (_("Enabled"), _("Family"), _("Parent"), _("Categories"))
    return dict(zip(PROPERTIES, words, strict=True))


def in_words(value: Any) -> str:
    """Write a value in the PIM's form as a person reads it; "" for nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    if name := name_in(value):
        return _printable(name)
    if isinstance(value, Mapping):
        if "amount" in value:
            unit = value.get("currency") or value.get("unit") or ""
            return f"{in_words(value['amount'])} {unit}".strip()
        return ", ".join(f"{name}: {in_words(one)}" for name, one in value.items())
    return _printable(str(value))


def _printable(text: str) -> str:
    return text.replace("\0", "").encode(errors="replace").decode()


def compared(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Return both texts in pieces, with the words that only one has; long ones are cut.

    Where there is nothing on one side, nothing is marked: all would be.
    """
    before, after = _cut(before, after)
    if not (before and after) or before == after:
        return _whole(before), _whole(after)
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if max(len(old), len(new)) > _WORDS_COMPARED:
        return [Piece(before, True)], [Piece(after, True)]
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    left: list[Piece] = []
    right: list[Piece] = []
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        _add(left, old[i1:i2], differs=tag != "equal")
        _add(right, new[j1:j2], differs=tag != "equal")
    return left, right


def _cut(before: str, after: str) -> tuple[str, str]:
    """Shorten both to where they begin to differ."""
    same = 0
    if max(len(before), len(after)) > _CHARACTERS_SHOWN:
        pairs = zip(before, after, strict=False)
        same = next((at for at, (x, y) in enumerate(pairs) if x != y), 0)
    start = max(0, same - _BEFORE_IT_DIFFERS)
    return _part(before, start), _part(after, start)


def _part(text: str, start: int) -> str:
    shown = text[start : start + _CHARACTERS_SHOWN]
    return f"{'…' if start and shown else ''}{shown}{'…' if len(text) > start + len(shown) else ''}"


def _whole(text: str) -> list[Piece]:
    return [Piece(text, False)] if text else []


def _add(pieces: list[Piece], words: Sequence[str], *, differs: bool) -> None:
    if words:
        pieces.append(Piece("".join(words), differs))
