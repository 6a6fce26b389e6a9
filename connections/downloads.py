"""Files that are made while they are sent, so that their size costs no memory.

Each holds one of the few threads that answer pages, for as long as the reader takes. So few of them
are sent at the same time: the pages of everybody else stay open.
"""

import csv
import threading
import weakref
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext

from outbound.errors import TransientError

MOST = 2  # at the same time, of the 4 threads of a process (gunicorn.conf.py)
MOST_OF_ONE = 1  # for the people of one PIM

_lock = threading.Lock()
_under_way: Counter[str] = Counter()

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


class Busy(TransientError):
    """As many files are being sent as may be."""

    def __init__(self) -> None:
        super().__init__(
            gettext(
                "Another file is being downloaded just now. Wait until that has ended, then try "
                "again."
            ),
            retry_after=30,
        )


class Place:
    """One of the places for files that are being sent. Raises Busy while there is none.

    It is free again once closed, or forgotten with the response that it belongs to.
    """

    def __init__(self, owner: str) -> None:
        with _lock:
            if _under_way.total() >= MOST or _under_way[owner] >= MOST_OF_ONE:
                raise Busy
            _under_way[owner] += 1
        self._leave = weakref.finalize(self, _leave, owner)

    def close(self) -> None:
        self._leave()

    def give_to(self, response: StreamingHttpResponse) -> StreamingHttpResponse:
        """Keep the place until the response is sent, or the reader has gone."""
        # What Django itself closes then; it has no public name for adding to it.
        response._resource_closers.append(self.close)  # type: ignore[attr-defined]
        return response


def _leave(owner: str) -> None:
    with _lock:
        _under_way[owner] -= 1
        if not _under_way[owner]:
            del _under_way[owner]


def download(lines: Iterable[str], kind: str, name: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(lines, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _harmless(value: Any) -> str:
    """A spreadsheet takes some beginnings for a formula; values are what people typed."""
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text
