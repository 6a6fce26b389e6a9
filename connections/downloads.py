"""Files that are made while they are sent, so that their size costs no memory."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Line:
    """A file for `csv` that gives back what is written."""

    def write(self, text: str) -> str:
        return text


def csv_lines(columns: Sequence[str], rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    """Yield CSV line by line, with a header; no cell is a formula to a spreadsheet."""
    writer = csv.writer(_Line())
    yield str(writer.writerow(columns))
    for row in rows:
        yield str(writer.writerow(map(_harmless, row)))


def download(lines: Iterable[str], kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _harmless(value: Any) -> str:
    """A spreadsheet takes some beginnings for a formula; values are what people typed."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
