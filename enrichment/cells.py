"""What a cell says, in the PIM's own form (pim-contract.md 3.8), or a sentence why it cannot be."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal

import regex

from enrichment.columns import Column
from enrichment.structure import Structure
from enrichment.tables import Cell, is_empty
from enrichment.values import ASSETS, DATE, METRIC, MULTISELECT, NUMBER, PRICES
from enrichment.wording import is_storable, shown
from pim.attributes import PimAttribute

SIMPLESELECT = "pim_catalog_simpleselect"
SELECTS = (SIMPLESELECT, MULTISELECT)

_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{1,30})?|\.\d{1,30})", re.ASCII)
_COMMA = re.compile(r"[+-]?[\d ]*,\d+|[+-]?[\d., ]+", re.ASCII)
_MEASURED = re.compile(r"(\S+)\s+(\w+)", re.ASCII)
_CODE = re.compile(r"(?=.*[a-zA-Z0-9])[a-zA-Z0-9_]{1,100}", re.ASCII)  # of options, by the PIM
_DELIMITED = re.compile(r"([/#~@!|])(?P<pattern>.*)\1(?P<flags>[imsxu]*)", re.DOTALL)
_MOST_NEW_OPTIONS = 10_000  # of a file: a column with more has no options but texts
_PATIENCE = 0.5  # seconds for an expression: some never end, and the PIM checks as well

_LONGEST = {"pim_catalog_text": 255, "pim_catalog_textarea": 65_535}


class BadCell(Exception):
    """What a cell says cannot be a value. `is_unit`: the cell with the unit is wrong."""

    def __init__(self, sentence: str, *, is_unit: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.is_unit = is_unit


class Cells:
    """Reads the cells of one reading.

    `new_options` are those that are to be created, where that is allowed: by attribute and code,
    in the order in which they were accepted.
    """

    def __init__(self, structure: Structure, *, may_create_options: bool = False) -> None:
        self._structure = structure
        self._may_create_options = may_create_options
        self.new_options: dict[str, dict[str, None]] = {}
        self._not_judged: set[str] = set()  # expressions that are not ours, or take too long

    def read(self, column: Column, cell: Cell, unit: Cell = None) -> object:
        """Return the value; None for an empty cell. Raises BadCell.

        Whatever the PIM alone can tell is left to it: whether a record, an asset or a model is
        there, whether a unique value is taken.
        """
        if is_empty(cell):
            return None
        if column.attribute is None:
            return self._property(column.place.attribute, cell)
        if column.attribute.type == METRIC:
            return self._metric(column.attribute, cell, unit)
        return _READERS[column.attribute.type](self, column.attribute, cell)

    def accept(self, column: Column, value: object) -> None:
        """Note which options this value needs that are still to be created."""
        attribute = column.attribute
        if attribute is None or attribute.type not in SELECTS or not self._may_create_options:
            return
        known = self._structure.options(attribute.code)
        for code in value if isinstance(value, list) else [value]:
            if isinstance(code, str) and code not in known:
                self.new_options.setdefault(attribute.code, {})[code] = None

    def _property(self, name: str, cell: Cell) -> object:
        if name == "enabled":
            return _boolean(cell)
        if name == "categories":
            codes = _codes(cell)
            self._refuse_unknown("category", codes, self._structure.categories)
            return codes
        code = _text(cell).strip()
        if name == "family":
            self._refuse_unknown("family", [code], self._structure.families)
        return code

    def _refuse_unknown(self, what: str, codes: Iterable[str], known: Collection[str]) -> None:
        unknown = [code for code in codes if code not in known]
        if unknown:
            hint = self._structure.did_you_mean(unknown[0], known)
            raise BadCell(f"“{shown(unknown[0])}” is no {what} of the PIM.{hint}")

    def text(self, attribute: PimAttribute, cell: Cell) -> str:
        text = _text(cell)
        most = _LONGEST[attribute.type]
        if attribute.max_characters is not None:
            most = min(most, attribute.max_characters)
        if len(text) > most:
            raise BadCell(f"The text has {len(text)} characters; {most} are possible.")
        self._check_expression(attribute, text)
        return text

    def _check_expression(self, attribute: PimAttribute, text: str) -> None:
        """Refuse what does not fit the attribute's own rule; what we cannot judge, the PIM does."""
        rule = attribute.validation_regexp or ""
        delimited = _DELIMITED.fullmatch(rule.strip())
        if delimited is None or rule in self._not_judged:
            return
        flags = "".join(each for each in delimited["flags"] if each in "imsx")
        pattern = f"(?{flags}){delimited['pattern']}" if flags else delimited["pattern"]
        try:
            fits = regex.compile(pattern).search(text, timeout=_PATIENCE) is not None
        except (regex.error, TimeoutError):
            self._not_judged.add(rule)
            return
        if not fits:
            raise BadCell(
                f"“{shown(text)}” does not fit {shown(rule)}, the rule of the PIM for it."
            )

    def number(self, attribute: PimAttribute, cell: Cell) -> int | str:
        return _amount(attribute, _text(cell))

    def price(self, attribute: PimAttribute, cell: Cell) -> str:
        return str(_amount(attribute, _text(cell)))

    def _metric(self, attribute: PimAttribute, cell: Cell, unit: Cell) -> dict[str, object]:
        """An amount with its unit beside it, or both in one cell: `12.5 KILOGRAM`."""
        amount_cell = cell
        if isinstance(cell, dict):
            amount_cell, unit = cell.get("amount"), cell.get("unit")
        text = _text(amount_cell).strip()
        if is_empty(unit) and (both := _MEASURED.fullmatch(text)):
            text, unit = both.groups()
        amount = _amount(attribute, text)
        known = self._structure.units.get(attribute.metric_family or "", frozenset())
        code = "" if is_empty(unit) else _text(unit).strip()
        if not code:
            raise BadCell(f"“{shown(text)}” has no unit, such as {_some(known)}.", is_unit=True)
        if code not in known:
            hint = self._structure.did_you_mean(code, known) or f" The PIM has {_some(known)}."
            raise BadCell(
                f"“{shown(code)}” is no unit of “{attribute.metric_family}”.{hint}", is_unit=True
            )
        return {"amount": amount, "unit": code}

    def boolean(self, attribute: PimAttribute, cell: Cell) -> bool:
        return _boolean(cell)

    def date(self, attribute: PimAttribute, cell: Cell) -> str:
        text = _text(cell).strip()
        try:
            day = (
                date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text).date()
            )
        except ValueError:
            raise BadCell(
                f"“{shown(text)}” is no date. Write it as year-month-day, such as 2026-11-29."
            ) from None
        for limit, is_least in ((attribute.date_min, True), (attribute.date_max, False)):
            bound = _day(limit)
            if bound and (day < bound if is_least else day > bound):
                word = "before" if is_least else "after"
                raise BadCell(f"“{day}” is {word} {bound}, which the PIM does not allow.")
        return day.isoformat()

    def option(self, attribute: PimAttribute, cell: Cell) -> str:
        return self._option(attribute, _text(cell).strip())

    def options(self, attribute: PimAttribute, cell: Cell) -> list[str]:
        codes = [self._option(attribute, code) for code in _codes(cell)]
        return list(dict.fromkeys(codes))

    def code(self, attribute: PimAttribute, cell: Cell) -> str:
        return _text(cell).strip()

    def codes(self, attribute: PimAttribute, cell: Cell) -> list[str]:
        return _codes(cell)

    def _option(self, attribute: PimAttribute, code: str) -> str:
        """The option's code as the PIM spells it: it does not tell capital letters from small."""
        known = self._structure.options(attribute.code)
        new = self.new_options.get(attribute.code, {})
        if code in known or code in new:
            return code
        folded = code.casefold()
        same = next((each for each in (*known, *new) if each.casefold() == folded), None)
        if same is not None:
            return same
        if not self._may_create_options:
            labels = {label: one for one in known.values() for label in one.labels.values()}
            hint = f" Did you mean “{labels[code].code}”?" if code in labels else ""
            hint = hint or self._structure.did_you_mean(code, known)
            raise BadCell(f"“{shown(code)}” is no option of “{attribute.code}”.{hint}")
        if not _CODE.fullmatch(code):
            raise BadCell(
                f"“{shown(code)}” cannot be the code of a new option: that has letters, digits and "
                "underscores only, up to 100."
            )
        if sum(map(len, self.new_options.values())) >= _MOST_NEW_OPTIONS:
            raise BadCell(
                f"“{shown(code)}” is not created: a file may bring {_MOST_NEW_OPTIONS} new options."
            )
        return code


_READERS: Mapping[str, Callable[[Cells, PimAttribute, Cell], object]] = {
    "pim_catalog_text": Cells.text,
    "pim_catalog_textarea": Cells.text,
    NUMBER: Cells.number,
    PRICES: Cells.price,
    "pim_catalog_boolean": Cells.boolean,
    DATE: Cells.date,
    SIMPLESELECT: Cells.option,
    MULTISELECT: Cells.options,
    "pim_reference_data_simpleselect": Cells.code,
    "pim_reference_data_multiselect": Cells.codes,
    "akeneo_reference_entity": Cells.code,
    "akeneo_reference_entity_collection": Cells.codes,
    ASSETS: Cells.codes,
}


def key_of(cell: Cell) -> str:
    """Return what names a product in a cell; "" for nothing. Raises BadCell."""
    return "" if is_empty(cell) else _text(cell).strip()


def _text(cell: Cell) -> str:
    if isinstance(cell, bool) or not isinstance(cell, str):
        form = {bool: "true or false", list: "a list", dict: "an object"}.get(type(cell), "nothing")
        raise BadCell(f"This must be one text or number, and it is {form}.")
    if not is_storable(cell):
        raise BadCell(
            f"“{shown(cell)}” has characters that belong to no text. Write it anew, or save the "
            "file as UTF-8."
        )
    return cell


def _boolean(cell: Cell) -> bool:
    if isinstance(cell, bool):
        return cell
    text = _text(cell).strip()
    if text not in ("0", "1"):
        raise BadCell(f"“{shown(text)}” is neither 1 for yes nor 0 for no.")
    return text == "1"


def _codes(cell: Cell) -> list[str]:
    """Codes in the order that they stand in, each once; in a text with commas between them."""
    parts = cell if isinstance(cell, list) else _text(cell).split(",")
    codes = [_text(part).strip() for part in parts]
    found = list(dict.fromkeys(code for code in codes if code))
    if not found:  # it is no empty cell, and to empty the value might not be meant
        raise BadCell(f"“{shown(cell)}” has no code between its commas.")
    return found


def _amount(attribute: PimAttribute, text: str) -> int | str:
    """The number as the PIM has it: whole, or as a text where it may have decimals."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        hint = ""
        if _COMMA.fullmatch(text) and any(each.isdigit() for each in text):
            hint = " Write it with a decimal point and nothing between thousands, such as 1250.50."
        raise BadCell(f"“{shown(text)}” is no number.{hint}")
    number = Decimal(text)
    if attribute.decimals_allowed is False and number != number.to_integral_value():
        raise BadCell(f"“{shown(text)}” has decimals, and “{attribute.code}” has whole numbers.")
    least = attribute.number_min
    if least is None and attribute.negative_allowed is False:
        least = "0"
    if least is not None and number < Decimal(least):
        raise BadCell(f"“{shown(text)}” is less than {least}, the least that the PIM allows.")
    if attribute.number_max is not None and number > Decimal(attribute.number_max):
        most = attribute.number_max
        raise BadCell(f"“{shown(text)}” is more than {most}, the most that the PIM allows.")
    return format(number, "f") if attribute.decimals_allowed is not False else int(number)


def _day(limit: str | None) -> date | None:
    try:
        return datetime.fromisoformat(limit).date() if limit else None
    except ValueError:
        return None


def _some(codes: Iterable[str]) -> str:
    """A few of them by name."""
    first, *rest = sorted(codes) or ["none"]
    return ", ".join([first, *rest[:3]])
