"""Columns of a file with values, named as in Akeneo's import files: `name-en_US`, `price-EUR`.

After the attribute's code come its locale, its channel (scope) and, of a price, the currency; of a
measurement `-unit` marks the column that has the units.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from enrichment.candidates import Problem
from enrichment.models import Proposal
from enrichment.structure import IDENTIFIER, Structure
from enrichment.tables import Unreadable
from enrichment.values import ASSETS, FILES, METRIC, PRICES, Place
from enrichment.wording import shown
from pim.attributes import PimAttribute

UUID_KEY, CODE = "uuid", "code"
_SKU = ("sku", "identifier")  # what people call it, whatever its code

MODEL_ONLY = ("family_variant",)
FIXED_IN_MODELS = ("family", "family_variant", "parent")
_PROPERTIES = {
    Proposal.Subject.PRODUCT: ("categories", "family", "parent", "enabled"),
    Proposal.Subject.MODEL: ("categories", *FIXED_IN_MODELS),
}
_LINKS = ("products", "product_models", "groups")  # after an association type

WRITABLE = frozenset(
    {
        *("pim_catalog_text", "pim_catalog_textarea", "pim_catalog_number", METRIC, PRICES),
        *("pim_catalog_boolean", "pim_catalog_date"),
        *("pim_catalog_simpleselect", "pim_catalog_multiselect"),
        *("pim_reference_data_simpleselect", "pim_reference_data_multiselect"),
        *("akeneo_reference_entity", "akeneo_reference_entity_collection", ASSETS),
    }
)

_MOST_BAD = 1000  # columns that are told of
_MOST_LAYOUTS = 500  # that are kept: rows of JSON Lines may each have their own


class BadColumn(Exception):
    """A column that cannot be read; the text is a sentence that says why."""


@dataclass(frozen=True, slots=True)
class Column:
    """Where in products the cells of a column go. `attribute` is None for a property.

    `number` is its own within one reading; `unit` the name of the column with its units.
    """

    number: int
    name: str
    place: Place
    attribute: PimAttribute | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Layout:
    """What stands where in rows with the same columns: places of cells in a row.

    `key` is the name of the kind of key, by its place. `values`: a column, the place of its cell,
    and of its unit.
    """

    subject: Proposal.Subject
    keys: dict[str, int]
    values: tuple[tuple[Column, int, int | None], ...]


@dataclass(slots=True)
class Columns:
    """All columns of one reading, by their number; what is wrong with one is told once."""

    structure: Structure
    by_number: list[Column] = field(default_factory=list)
    _known: dict[tuple[str, str], Column] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _layouts: dict[tuple[str, ...], Layout] = field(default_factory=dict)

    def layout(self, names: tuple[str, ...], line: int) -> tuple[Layout, list[Problem]]:
        """Return the layout of rows with these columns, and what was not told yet of them.

        Raises Unreadable when far too many columns are wrong.
        """
        known = self._layouts.get(names)
        if known is not None:
            return known, []
        problems: list[Problem] = []
        layout = self._read(names, line, problems)
        if len(self._told) > _MOST_BAD:
            raise Unreadable(f"More than {_MOST_BAD} columns are none of the PIM.", line)
        if len(self._layouts) >= _MOST_LAYOUTS:
            self._layouts.clear()
        self._layouts[names] = layout
        return layout, problems

    def column(self, subject: Proposal.Subject, name: str) -> Column:
        """Return the column of this name, which no header has. Raises BadColumn."""
        known = self._known.get((subject, name))
        if known is not None:
            return known
        place, attribute, _ = _meaning(self.structure, name, subject)
        return self._column(subject, name, place, attribute)

    def _read(self, names: tuple[str, ...], line: int, problems: list[Problem]) -> Layout:
        doubled = {name for name, times in Counter(names).items() if times > 1 and name}
        keys = {
            kind: place
            for place, name in enumerate(names)
            if (kind := self._kind_of_key(name)) and name not in doubled
        }
        subject = Proposal.Subject.PRODUCT
        if set(keys) == {CODE}:
            subject = Proposal.Subject.MODEL
        elif CODE in keys:  # beside the key of a product: an attribute, or nothing
            del keys[CODE]
        values: dict[Place, tuple[Column, int]] = {}
        units: dict[Place, tuple[str, int]] = {}
        for at, name in enumerate(names):
            if at in keys.values():
                continue
            try:
                self._refuse_doubled(name, at, doubled)
                place, attribute, is_unit = _meaning(self.structure, name, subject)
                if is_unit:
                    units[place] = (name, at)
                else:
                    values[place] = (self._column(subject, name, place, attribute), at)
            except BadColumn as bad:
                self._tell(str(bad), name, line, problems)
        for place, (name, _) in units.items():
            if place not in values:
                amount = name.removesuffix("-unit")
                self._tell(f"There is no column “{shown(amount)}” for it.", name, line, problems)
        placed = tuple(
            (column, at, units[place][1] if place in units else None)
            for place, (column, at) in values.items()
        )
        return Layout(subject, keys, placed)

    def _kind_of_key(self, name: str) -> str:
        structure = self.structure
        if name in (UUID_KEY, CODE) and name != structure.identifier:
            return name
        is_alias = name in _SKU and name not in structure.attributes
        return IDENTIFIER if name == structure.identifier or is_alias else ""

    def _refuse_doubled(self, name: str, at: int, doubled: set[str]) -> None:
        if not name:
            raise BadColumn(f"Column {at + 1} has no name.")
        if name in doubled:
            raise BadColumn("This column stands more than once, so none of them is read.")

    def _column(
        self, subject: str, name: str, place: Place, attribute: PimAttribute | None
    ) -> Column:
        column = self._known.get((subject, name))
        if column is None:
            column = Column(len(self.by_number), name, place, attribute, f"{name}-unit")
            self._known[subject, name] = column
            self.by_number.append(column)
        return column

    def _tell(self, sentence: str, name: str, line: int, problems: list[Problem]) -> None:
        if name not in self._told:
            self._told.add(name)
            problems.append(Problem(sentence, line, shown(name)))


def _meaning(
    structure: Structure, name: str, subject: Proposal.Subject
) -> tuple[Place, PimAttribute | None, bool]:
    """Where the column goes, and whether it has the units of it. Raises BadColumn."""
    if name in _PROPERTIES[subject]:
        return Place(name), None, False
    code, *parts = name.split("-")
    attribute = structure.attributes.get(code)
    if attribute is None:
        raise BadColumn(_unknown(structure, name, subject))
    _check_writable(attribute)
    is_unit = attribute.type == METRIC and parts[-1:] == ["unit"]
    if is_unit:
        parts.pop()
    return _place(structure, attribute, parts), attribute, is_unit


def _place(structure: Structure, attribute: PimAttribute, parts: Sequence[str]) -> Place:
    wanted = _wanted_parts(attribute)
    if len(parts) != len(wanted):
        raise BadColumn(_form(structure, attribute))
    found = dict(zip(wanted, parts, strict=True))
    locale, scope = found.get("language", ""), found.get("channel", "")
    if locale in structure.channels and scope in structure.locales:
        raise BadColumn(_form(structure, attribute))
    if scope and scope not in structure.channels:
        hint = structure.did_you_mean(scope, structure.channels)
        raise BadColumn(f"“{shown(scope)}” is no channel of the PIM.{hint}")
    if locale:
        check_locale(structure, attribute, locale, scope)
    currency = found.get("currency", "")
    if currency:
        _check_currency(structure, currency, scope)
    return Place(attribute.code, locale, scope, currency, attribute.type)


def _wanted_parts(attribute: PimAttribute) -> list[str]:
    return [
        *(["language"] if attribute.localizable else []),
        *(["channel"] if attribute.scopable else []),
        *(["currency"] if attribute.type == PRICES else []),
    ]


def _form(structure: Structure, attribute: PimAttribute) -> str:
    """How the column must be called."""
    wanted = _wanted_parts(attribute)
    scope = min(structure.channels, default="ecommerce")
    channel = structure.channels.get(scope)
    locales = channel.locales & structure.locales if channel else structure.locales
    examples = {
        "language": min(attribute.available_locales or locales, default="en_US"),
        "channel": scope,
        "currency": min(structure.currencies, default="EUR"),
    }
    example = "-".join([attribute.code, *(examples[each] for each in wanted)])
    if not wanted:
        return (
            f"“{attribute.code}” has one value for all languages and channels: call the column "
            f"“{example}”."
        )
    return (
        f"“{attribute.code}” has a value for each {' and '.join(wanted)}: call the column as in "
        f"“{example}”."
    )


def check_locale(structure: Structure, attribute: PimAttribute, locale: str, scope: str) -> None:
    """Raise BadColumn unless the attribute has values in this language (of this channel)."""
    if locale not in structure.locales:
        hint = structure.did_you_mean(locale, structure.locales)
        raise BadColumn(f"“{shown(locale)}” is no active language of the PIM.{hint}")
    if scope and locale not in structure.channels[scope].locales:
        raise BadColumn(f"The channel “{scope}” does not have the language “{locale}”.")
    if attribute.available_locales and locale not in attribute.available_locales:
        raise BadColumn(
            f"“{attribute.code}” has values in {', '.join(attribute.available_locales)} only."
        )


def _check_currency(structure: Structure, currency: str, scope: str) -> None:
    if currency not in structure.currencies:
        hint = structure.did_you_mean(currency, structure.currencies)
        raise BadColumn(f"“{shown(currency)}” is no active currency of the PIM.{hint}")
    if scope and currency not in structure.channels[scope].currencies:
        raise BadColumn(f"The channel “{scope}” does not have the currency “{currency}”.")


def _check_writable(attribute: PimAttribute) -> None:
    if attribute.type in FILES:
        raise BadColumn(
            "Images and files are not written from a table but as files, by their name."
        )
    if attribute.type == IDENTIFIER:
        raise BadColumn("It identifies products, so it is not changed from a file.")
    if attribute.type not in WRITABLE:
        raise BadColumn(f"Values of its type ({attribute.type}) are not written from a file.")
    if attribute.is_read_only:
        raise BadColumn("The PIM lets nobody change it: it is read-only there.")


def _unknown(structure: Structure, name: str, subject: Proposal.Subject) -> str:
    code, *parts = name.split("-")
    if code == "groups" or (parts and parts[0] in _LINKS):
        return "Groups and associations are not written from a file."
    if name in (*MODEL_ONLY, "enabled", *_PROPERTIES[Proposal.Subject.PRODUCT]):
        kind = "product models" if subject == Proposal.Subject.MODEL else "products"
        return f"There is no such thing in {kind}."
    known = [*structure.attributes, *_PROPERTIES[subject]]
    return f"The PIM has no attribute “{shown(code)}”.{structure.did_you_mean(code, known)}"
