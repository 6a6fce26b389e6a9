"""Refusal reports: which products a marketplace did not take, and why."""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from channels.base import ConfigurationError, Refusal
from channels.file.columns import read_columns
from channels.wording import plain_text

MOST_BYTES = 10 * 1024 * 1024
MOST_ROWS = 100_000
LONGEST = 1000  # characters of a message

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
    rows = _rows(_decoded(report, values["encoding"]))
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
    return [Refusal(key, _joined(said)) for key, said in messages.items()]


def _decoded(report: bytes, encoding: str) -> str:
    try:
        return report.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if encoding not in ("utf-8", "utf-8-sig"):
            return report.decode(encoding, "replace")
        line = report[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            f"Line {line} of the refusal report is not UTF-8. Save it as UTF-8, or choose its "
            "encoding in the channel's settings."
        ) from None


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line where it begins; empty lines are none."""
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
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
        if any(cell.strip() for cell in row):
            yield line, row
        line = reader.line_num + 1


def _columns(header: Sequence[str], values: Mapping[str, str]) -> tuple[int, int]:
    names = [_plain(name) for name in header]
    if values["refusal_columns"]:
        wanted = [_plain(name) for name in values["refusal_columns"].split(",")]
        missing = [name for name in wanted if name not in names]
        if missing:
            raise ConfigurationError(
                f"Line 1 of the refusal report has no column “{missing[0]}”; it has "
                f"{_listed(header)}. Correct “Columns of the report” in the channel's settings."
            )
        return names.index(wanted[0]), names.index(wanted[1])
    ours = [
        _plain(column.header)
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


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _listed(header: Sequence[str]) -> str:
    return plain_text(", ".join(header), 200)


def _joined(messages: Sequence[str]) -> str:
    said = " ".join(dict.fromkeys(filter(None, messages)))
    return plain_text(said, LONGEST) or "The marketplace refused it without a reason."
