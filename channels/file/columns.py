"""The columns of a table as people choose them, and the codes a marketplace has for categories."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from channels.file.cells import Cell, DoesNotFit, Row
from outbound.sentences import Sentence

MOST = 500  # columns
OTHERS = "*"  # stands for every category that is not named
CATEGORY_TARGETS = ("categories", "pim_categories")


@dataclass(frozen=True, slots=True)
class Column:
    """A header, and what stands below it: the value of a field, or the same text for all."""

    header: str
    field: str = ""
    text: str = ""


def read_columns(entered: str) -> tuple[Column, ...]:
    """Read `Header=field` or `field`, one a line, or all on one line with commas between them.

    A field in quotes is a text that is the same for all products. Raises ValueError with a
    sentence.
    """
    columns: list[Column] = []
    for number, line in _lines(entered):
        header, equals, field = (part.strip() for part in line.partition("="))
        field = field if equals else header
        if not header or not field:
            raise ValueError(
                Sentence(
                    "Line %(number)s of “Columns” must be a field, such as name, or a "
                    "header and a field, such as Title=name.",
                    number=number,
                )
            )
        if len(field) > 1 and field[0] == field[-1] == '"':
            columns.append(Column(header, text=field[1:-1]))
        else:
            columns.append(Column(header, field=field))
        if header in [one.header for one in columns[:-1]]:
            raise ValueError(
                Sentence("“Columns” has the header “%(header)s” twice.", header=header)
            )
    if len(columns) > MOST:
        raise ValueError(
            Sentence(
                "“Columns” has %(columns)s of them; %(most)s are possible.",
                columns=len(columns),
                most=MOST,
            )
        )
    return tuple(columns)


def plain_header(name: str) -> str:
    """A header as it is compared: people write “Offer ID”, “offer-id” and “offer_id”."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def read_codes(entered: str) -> dict[str, str]:
    """Read `Category=code`, one a line. Raises ValueError with a sentence."""
    codes: dict[str, str] = {}
    for number, line in enumerate(entered.splitlines(), 1):
        if not line.strip():
            continue
        category, equals, code = (part.strip() for part in line.rpartition("="))
        if not (category and equals and code):
            raise ValueError(
                Sentence(
                    "Line %(number)s of “Category codes” must be a category and a code, "
                    "such as Backpacks=1234.",
                    number=number,
                )
            )
        if codes.setdefault(category, code) != code:
            raise ValueError(
                Sentence("“Category codes” has two codes for “%(category)s”.", category=category)
            )
    return codes


def coded(categories: Cell, codes: Mapping[str, str]) -> Cell:
    """The marketplace's codes for a product's categories; those without a code are left out.

    Raises DoesNotFit when none of them has one.
    """
    if categories.text in codes:
        return Cell(codes[categories.text])
    parts = categories.parts or tuple(categories.text.split(","))
    named = [part.strip() for part in parts if part.strip()]
    found = [codes[one] for one in named if one in codes] or (
        [codes[OTHERS]] if named and OTHERS in codes else []
    )
    if named and not found:
        raise DoesNotFit(
            f"The category “{named[0]}” has no code of the marketplace. Add it to “Category "
            "codes” in the channel's settings, or put the product into another category."
        )
    return Cell(",".join(dict.fromkeys(found)))


def chosen(row: Row, columns: tuple[Column, ...]) -> Row:
    """The row with the chosen columns alone, under their headers."""
    empty = Cell("")
    return {
        one.header: row.get(one.field, empty) if one.field else Cell(one.text) for one in columns
    }


def _lines(entered: str) -> list[tuple[int, str]]:
    lines = entered.splitlines()
    if len(lines) == 1 and '"' not in entered:
        lines = entered.split(",")
        return [(1, line) for line in lines if line.strip()]
    return [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
