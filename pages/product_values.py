"""The fields of one product as Akeneo has them, beside what the channel holds."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from pages.differences import name_of, text_of
from pim.media import name_in
from sync.fields import beside
from sync.media import paths_in
from sync.models import Document, Listing
from sync.showing import variant_names_in

_FIELDS_SHOWN = 100
_SHORT = 160  # characters; longer texts are folded
_CHARACTERS_SHOWN = 5_000
_LINES_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Part:
    """A value, or one language of it; `rest` is what a long one goes on with."""

    language: str
    text: str
    rest: str
    picture: str  # its address here


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    now: list[Part]  # on the channel
    wanted: list[Part]  # in Akeneo
    differs: bool


@dataclass(frozen=True, slots=True)
class Values:
    rows: list[Row]
    more: int  # fields that are not shown
    is_certain: bool  # that the channel holds what is shown as its
    differing: int


def bodies_of(listing: Listing) -> tuple[str | None, str | None, bool]:
    """Return what the channel holds, what is wanted there, and whether the former is certain."""
    sent, certain = listing.sent, True
    if sent is not None and sent.digest in Document.MARKERS:
        certain, sent = sent.digest != Document.UNKNOWN, listing.last_known
    return sent.body if sent else None, listing.wanted.body if listing.wanted else None, certain


def values_of(listing: Listing, titles: Mapping[str, str], pictures: Mapping[str, str]) -> Values:
    """Return the fields, those that differ first."""
    now, wanted, certain = bodies_of(listing)
    fields = beside(now, wanted)
    known = _Files(pictures, _names_of(listing, now, wanted))
    variants = variant_names_in(now, wanted)
    # Where there is one side only nothing is marked: all would be.
    both = now is not None and wanted is not None
    rows = [
        Row(
            name_of(change.field, titles, variants),
            _parts(change.field, change.before, known),
            _parts(change.field, change.after, known),
            differs and both,
        )
        for change, differs in fields[:_FIELDS_SHOWN]
    ]
    differing = sum(differs for _, differs in fields) if both else 0
    return Values(rows, max(0, len(fields) - _FIELDS_SHOWN), certain, differing)


@dataclass(frozen=True, slots=True)
class _Files:
    """What is known of files by their addresses in Akeneo, which nobody can read or open."""

    pictures: Mapping[str, str]
    names: Mapping[str, str]


def _names_of(listing: Listing, *bodies: str | None) -> dict[str, str]:
    pim_url = listing.channel.connection.pim_url
    return {
        text: name_in(path)
        for body in bodies
        if body
        for text, path in paths_in(body, pim_url).items()
    }


def _parts(field: str, text: str | None, files: _Files) -> list[Part]:
    if text is None or text == "null":
        return []
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return [_part("", text, files)]
    if isinstance(value, bool):
        return [_part("", _("Yes") if value else _("No"), files)]
    if isinstance(value, list) and value:
        if all(isinstance(one, dict) and {"locale", "value"} <= one.keys() for one in value):
            return [
                _part(str(one["locale"] or ""), _said(one["value"]), files)
                for one in value[:_LINES_SHOWN]
            ]
        if all(isinstance(one, str) for one in value):
            return [_part("", one, files) for one in value[:_LINES_SHOWN]]
    return [_part("", text_of(field, text), files)]


def _said(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _part(language: str, text: str, files: _Files) -> Part:
    picture, text = files.pictures.get(text, ""), files.names.get(text, text)
    text = text.encode(errors="replace").decode()[:_CHARACTERS_SHOWN]
    if len(text) <= _SHORT:
        return Part(language, text, "", picture)
    cut = text.rfind(" ", 0, _SHORT)
    cut = cut if cut > _SHORT // 2 else _SHORT
    return Part(language, text[:cut], text[cut:], picture)
