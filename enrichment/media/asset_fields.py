"""What assets of a family hold, and whether a cell, or a file, can be a value of theirs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from enrichment.media.files import BadFile, ending_of
from enrichment.structure import Structure
from enrichment.values import ASSET_FILE, MULTISELECT, NUMBER, Place
from enrichment.wording import is_storable, shown

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?", re.ASCII)
_MEGABYTE = 1024 * 1024
# How the digests of `enrichment.values` tell values apart that the PIM takes as equal.
_KINDS = {
    "text": "asset_text",
    "media_link": "asset_text",
    "single_option": "asset_text",
    "date": "asset_text",
    "number": NUMBER,
    "multiple_options": MULTISELECT,
}


class BadField(Exception):
    """A column or cell that is no value of an asset; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class AssetFamily:
    """A family of assets: the attribute that holds their files, and all attributes by code."""

    code: str
    media: str
    attributes: Mapping[str, Mapping[str, Any]]

    def place_of_file(self) -> Place:
        """Raises BadFile for a family whose assets have no one file."""
        about = self.attributes.get(self.media, {})
        is_one = not (about.get("value_per_locale") or about.get("value_per_channel"))
        if about.get("type") != ASSET_FILE or not is_one:
            raise BadFile(f"Assets of “{self.code}” have no main file, or one for each language.")
        return Place(self.media, type=ASSET_FILE)

    def check(self, name: str, size: int) -> None:
        """Raise BadFile for a file that these assets do not take."""
        about = self.attributes[self.media]
        allowed = [str(each).casefold() for each in about.get("allowed_extensions") or ()]
        if allowed and ending_of(name) not in allowed:
            raise BadFile(
                f"Assets of “{self.code}” take no .{shown(ending_of(name))} but "
                f"{', '.join(f'.{each}' for each in allowed)}."
            )
        try:
            most = Decimal(str(about.get("max_file_size")))
        except InvalidOperation:
            return
        if size > most * _MEGABYTE:
            raise BadFile(
                f"It has {size / _MEGABYTE:.2f} MB; assets of “{self.code}” take up to {most} MB."
            )

    def place(self, structure: Structure, column: str) -> Place:
        """Where the cells of a column go: `label-en_US`. Raises BadField."""
        code, *levels = column.split("-")
        about = self.attributes.get(code)
        if about is None:
            hint = structure.did_you_mean(code, self.attributes)
            raise BadField(f"Assets of “{self.code}” have no “{shown(code)}”.{hint}")
        kind = _KINDS.get(str(about.get("type")))
        if kind is None or about.get("is_read_only") is True:
            raise BadField(f"“{code}” of assets is not written from a table.")
        wanted = [
            *(["language"] if about.get("value_per_locale") else []),
            *(["channel"] if about.get("value_per_channel") else []),
        ]
        if len(levels) != len(wanted):
            each = " and ".join(wanted)
            raise BadField(
                f"“{code}” has a value for each {each}: call the column so."
                if wanted
                else f"“{code}” has one value: call the column “{code}”."
            )
        found = dict(zip(wanted, levels, strict=True))
        locale, scope = found.get("language", ""), found.get("channel", "")
        if locale and locale not in structure.locales:
            raise BadField(f"“{shown(locale)}” is no active language of the PIM.")
        if scope and scope not in structure.channels:
            raise BadField(f"“{shown(scope)}” is no channel of the PIM.")
        return Place(code, locale, scope, type=kind)

    def value(self, place: Place, cell: str) -> Any:
        """Raises BadField."""
        if not is_storable(cell):
            raise BadField(
                f"“{shown(cell)}” has characters that belong to no text. Write it anew, or save "
                "the table as UTF-8."
            )
        type_ = self.attributes[place.attribute].get("type")
        text = cell.strip()
        if type_ == "multiple_options":
            codes = {each.strip() for each in text.split(",") if each.strip()}
            if not codes:
                raise BadField(f"“{shown(text)}” has no code between its commas.")
            return sorted(codes)
        if type_ == "number" and not _NUMBER.fullmatch(text):
            raise BadField(f"“{shown(text)}” is no number.")
        if type_ == "date":
            try:
                return date.fromisoformat(text).isoformat()
            except ValueError:
                raise BadField(
                    f"“{shown(text)}” is no date. Write it as year-month-day, such as 2026-11-29."
                ) from None
        return cell if type_ == "text" else text
