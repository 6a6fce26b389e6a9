"""Refusal reports: which products a marketplace did not take, and why."""

import codecs
import csv
import io
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TextIO

from channels.base import ConfigurationError, Refusal
from channels.file.columns import plain_header, read_columns
from channels.wording import plain_text

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 100_000
MOST_LINES = 200_000  # a message may have several
MOST_COLUMNS = 1000
LONGEST = 1000  # characters of a message
LONGEST_LINE = 1_000_000  # characters
_PIECE = 64 * 1024

_KEYS = (
    *("uuid", "key", "sku", "id", "identifier", "article_number", "offer_id", "seller_sku"),
    *("product_id", "item_id", "artikelnummer", "reference"),
)
_MESSAGES = (
    *("message", "error_message", "error", "errors", "reason", "description", "details"),
    *("fehlermeldung", "fehler", "grund", "erreur", "problem"),
)
# Fields by which a product is found again (sync.refusals).
_FOUND_BY = ("uuid", "sku", "id", "identifier")


def read_refusals(report: bytes, values: Mapping[str, str]) -> list[Refusal]:
    """The products of a CSV with a key and a message, found by their headers.

    Several messages for one product are joined. Raises ConfigurationError, with the line where the
    report has something wrong.
    """
    if len(report) > MOST_BYTES:
        raise ConfigurationError(
            f"The refusal report is larger than {MOST_BYTES // 1024 // 1024} MB. Split it."
        )
    rows = _rows(_text(report, values["encoding"]))
    try:
        _, header = next(rows)
    except StopIteration:
        raise ConfigurationError("The refusal report is empty: not even a header.") from None
    key_column, message_column = _columns(header, values)
    messages: dict[str, list[str]] = {}
    for number, (line, row) in enumerate(rows, 1):
        if number > MOST_ROWS:
            raise ConfigurationError(
                f"The refusal report has more than {MOST_ROWS:,} rows. Split it."
            )
        if len(row) <= max(key_column, message_column):
            raise ConfigurationError(
                f"Line {line} of the refusal report has {len(row)} columns; the header has "
                f"{len(header)}."
            )
        # PostgreSQL takes no NUL, not even in a question.
        if key := row[key_column].replace("\0", "").strip():
            messages.setdefault(key, []).append(row[message_column].strip())
    column = plain_header(header[key_column])
    return [Refusal(key, _joined(said), column) for key, said in messages.items()]


def _text(report: bytes, encoding: str) -> TextIO:
    """The report as text, decoded piece by piece; lines end as they end."""
    wrong = _first_wrong_byte(report)
    if wrong is None:
        return io.TextIOWrapper(io.BytesIO(report), "utf-8-sig", newline="")
    if encoding not in ("utf-8", "utf-8-sig"):
        return io.TextIOWrapper(io.BytesIO(report), encoding, "replace", newline="")
    line = report.count(b"\n", 0, wrong) + 1
    raise ConfigurationError(
        f"Line {line} of the refusal report is not UTF-8. Save it as UTF-8, or choose its "
        "encoding in the channel's settings."
    )


def _first_wrong_byte(report: bytes) -> int | None:
    """Where the report is not UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(report), _PIECE):
        piece = report[start : start + _PIECE]
        begun = len(decoder.getstate()[0])  # bytes of a character that the last piece cut
        try:
            decoder.decode(piece, final=start + _PIECE >= len(report))
        except UnicodeDecodeError as error:
            return start - begun + error.start
    return None


def _rows(text: TextIO) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line where it begins; empty lines are none."""
    lines = _lines(text)
    first = next(lines, "")
    separator = max(",;\t", key=first.count)
    reader = csv.reader(itertools.chain([first], lines), delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise ConfigurationError(
                f"Line {line} of the refusal report cannot be read as CSV ({error})."
            ) from None
        if len(row) > MOST_COLUMNS:
            raise ConfigurationError(
                f"Line {line} of the refusal report has more than {MOST_COLUMNS:,} columns."
            )
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def _lines(text: TextIO) -> Iterator[str]:
    number = 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if number > MOST_LINES:
            raise ConfigurationError(
                f"The refusal report has more than {MOST_LINES:,} lines. Split it."
            )
        if len(line) > LONGEST_LINE:
            raise ConfigurationError(
                f"Line {number} of the refusal report is longer than {LONGEST_LINE:,} characters."
            )
        yield line


def _columns(header: Sequence[str], values: Mapping[str, str]) -> tuple[int, int]:
    names = [plain_header(name) for name in header]
    if values["refusal_columns"]:
        wanted = [plain_header(name) for name in values["refusal_columns"].split(",")]
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ConfigurationError(
                f"Line 1 of the refusal report has no column “{missing[0]}”; it has "
                f"{_listed(header)}. Correct “Columns of the report” in the channel's settings."
            )
        return names.index(wanted[0]), names.index(wanted[1])
    ours = [
        plain_header(column.header)
        for column in read_columns(values["columns"])
        if column.field in _FOUND_BY
    ]
    key = next((names.index(one) for one in (*ours, *_KEYS) if one in names), None)
    message = next((names.index(one) for one in _MESSAGES if one in names), None)
    if key is None or message is None:
        lacking = "key" if key is None else "message"
        raise ConfigurationError(
            f"Line 1 of the refusal report has no column that is known as the {lacking}; it has "
            f"{_listed(header)}. Enter the two headers at “Columns of the "
            "report” in the channel's settings."
        )
    return key, message


def _listed(header: Sequence[str]) -> str:
    return plain_text(", ".join(header), 200)


def _joined(messages: Sequence[str]) -> str:
    different = dict.fromkeys(one[:LONGEST] for one in messages if one)
    said = " ".join(itertools.islice(different, LONGEST))
    return plain_text(said, LONGEST) or "The marketplace refused it without a reason."
