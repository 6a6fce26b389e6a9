"""Where in the PIM a file goes by its name, if it fits there."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from enrichment.columns import BadColumn, check_locale
from enrichment.media.asset_rows import AssetRow
from enrichment.media.files import BadFile, ending_of
from enrichment.media.names import NamePattern, Said
from enrichment.structure import Structure
from enrichment.values import ASSETS, FILES, Place
from enrichment.wording import shown
from pim.attributes import PimAttribute

_MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Matched:
    """A file by its name: its owner is a product's identifier, or a model's code."""

    name: str
    owner: str
    is_model: bool
    place: Place

    @property
    def address(self) -> tuple[str, bool, Place]:
        """Equal for files that are for the same value. Capital letters of owners do not count."""
        return self.owner.casefold(), self.is_model, self.place


class Matcher:
    """Tells of names where files go. Raises what the client raises."""

    def __init__(self, structure: Structure, pattern: NamePattern) -> None:
        self._structure = structure
        self._pattern = pattern
        kinds = {*FILES, ASSETS}
        self._files = [one.code for one in structure.attributes.values() if one.type in kinds]
        pattern.know(
            self._files,
            structure.attributes.keys() - set(self._files),
            structure.locales,
            structure.channels.keys(),
        )

    def match(self, name: str, size: int) -> Matched:
        """Raises BadFile for a name that says no place, and for a file that does not fit there."""
        said = self._pattern.read(name)
        attribute = self._attribute(said)
        place = self._place(attribute, said)
        _check_ending(attribute, name)
        _check_size(attribute, size)
        return Matched(name, said.owner, said.is_model, place)

    def match_row(self, row: AssetRow, size: int) -> Matched:
        """As `match`, for a file of which a table says where it goes. Raises BadFile."""
        if not row.attribute:
            found = self.match(row.file, size)
            if found.place.type != ASSETS:
                raise BadFile(f"“{found.place.attribute}” holds no assets.")
            return found
        attribute = self._attribute(Said(row.owner, row.is_model, row.attribute, ()))
        if attribute.type != ASSETS:
            raise BadFile(f"“{attribute.code}” holds no assets: its type is {attribute.type}.")
        place = self._place(attribute, Said(row.owner, row.is_model, row.attribute, ()))
        return Matched(row.file, row.owner, row.is_model, place)

    def _attribute(self, said: Said) -> PimAttribute:
        known = self._structure.attributes
        attribute = known.get(said.attribute)
        if attribute is None:
            hint = self._structure.did_you_mean(said.attribute, self._files)
            raise BadFile(f"The PIM has no attribute “{shown(said.attribute)}”.{hint}")
        if attribute.code not in self._files:
            raise BadFile(f"“{attribute.code}” holds no files: its type is {attribute.type}.")
        if attribute.is_read_only:
            raise BadFile(f"The PIM lets nobody change “{attribute.code}”: it is read-only there.")
        return attribute

    def _place(self, attribute: PimAttribute, said: Said) -> Place:
        wanted = list(_levels(attribute))
        if len(said.levels) != len(wanted):
            raise BadFile(self._form(attribute, said))
        found = dict(zip(wanted, said.levels, strict=True))
        locale, scope = found.get("locale", ""), found.get("scope", "")
        channels = self._structure.channels
        if locale in channels and scope in self._structure.locales:
            raise BadFile(self._form(attribute, said))
        if scope and scope not in channels:
            hint = self._structure.did_you_mean(scope, channels)
            raise BadFile(f"“{shown(scope)}” is no channel of the PIM.{hint}")
        if locale:
            try:
                check_locale(self._structure, attribute, locale, scope)
            except BadColumn as bad:
                raise BadFile(str(bad)) from bad
        return Place(attribute.code, locale, scope, type=attribute.type)

    def _form(self, attribute: PimAttribute, said: Said) -> str:
        """How the file must be called."""
        wanted = list(_levels(attribute))
        scope = min(self._structure.channels, default="ecommerce")
        channel = self._structure.channels.get(scope)
        locales = channel.locales if channel else self._structure.locales
        fields = {"sku": said.owner, "code": said.owner, "attribute": attribute.code, "ext": "png"}
        if "locale" in wanted:
            fields["locale"] = min(attribute.available_locales or locales, default="en_US")
        if "scope" in wanted:
            fields["scope"] = scope
        example = shown(self._pattern.example(**fields))
        if not wanted:
            return (
                f"“{attribute.code}” has one value for all languages and channels: name the file "
                f"as in “{example}”."
            )
        each = " and ".join({"locale": "language", "scope": "channel"}[one] for one in wanted)
        return f"“{attribute.code}” has a value for each {each}: name the file as in “{example}”."


def _levels(attribute: PimAttribute) -> Iterator[str]:
    if attribute.localizable:
        yield "locale"
    if attribute.scopable:
        yield "scope"


def _check_ending(attribute: PimAttribute, name: str) -> None:
    allowed = [each.casefold() for each in attribute.allowed_extensions]
    if allowed and ending_of(name) not in allowed:
        raise BadFile(
            f"“{attribute.code}” takes no .{shown(ending_of(name))} but "
            f"{', '.join(f'.{each}' for each in allowed)}."
        )


def _check_size(attribute: PimAttribute, size: int) -> None:
    try:
        most = Decimal(attribute.max_file_size or "")
    except InvalidOperation:
        return
    if size > most * _MEGABYTE:
        raise BadFile(
            f"It has {size / _MEGABYTE:.2f} MB; “{attribute.code}” takes up to "
            f"{attribute.max_file_size} MB."
        )
