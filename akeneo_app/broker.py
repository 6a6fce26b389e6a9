"""The one-machine broker: Celery's `filesystem://`, safe for several processes at once.

The transport that comes with kombu opens a file before it locks and fills it. A worker that looks
at that moment takes an empty message and ends (https://github.com/celery/kombu/issues/1551), and
whoever is killed then leaves a table of queues that no process can read any more. Here every file
is written beside and renamed, and a message that is broken all the same is put aside: the database
knows what is to do.
"""

import fcntl
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.transport.filesystem import exchange_queue_t
from kombu.utils.encoding import bytes_to_str, str_to_bytes
from kombu.utils.json import dumps, loads

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """What kombu calls for one connection; the names of files are kombu's."""

    def _queue_bind(
        self, exchange: str, routing_key: str | None, pattern: str | None, queue: str | None
    ) -> None:
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._changing_table(exchange) as table:
            if binding not in table:
                table.insert(0, binding)

    def _delete(
        self, queue: str, exchange: str, routing_key: str, pattern: str, *args: Any, **kwargs: Any
    ) -> None:
        super(filesystem.Channel, self)._delete(queue, *args, **kwargs)  # empties the queue
        binding = exchange_queue_t(routing_key or "", pattern or "", queue or "")
        with self._changing_table(exchange) as table:
            if binding in table:
                table.remove(binding)

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]  # kombu's own two bases differ
        name = f"{time_ns()}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out) / name, payload)

    def _get(self, queue: str, timeout: float | None = None) -> Any:
        folder = Path(self.data_folder_in)
        for name in sorted(os.listdir(folder)):
            if name.partition(".")[2] != f"{queue}.msg":
                continue
            taken = folder / f".taken-{uuid.uuid4()}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:  # another process was faster
                continue
            content = taken.read_bytes()
            taken.unlink()
            try:
                return loads(bytes_to_str(content))
            except ValueError:
                logger.warning("Put aside a message that cannot be read: %s", name)
        raise Empty

    @contextmanager
    def _changing_table(self, exchange: str) -> Iterator[list[exchange_queue_t]]:
        """Give the exchange's bindings and store what becomes of them; one process at a time."""
        folder = Path(self.control_folder)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            table = self.get_table(exchange)
            yield table
            _write_whole(folder / f"{exchange}.exchange", table)


class Transport(filesystem.Transport):
    Channel = Channel


def use() -> None:
    """Make `filesystem://` mean this transport, in this process."""
    TRANSPORT_ALIASES["filesystem"] = f"{__name__}:Transport"


def _write_whole(path: Path, content: Any) -> None:
    beside = path.with_name(f".{path.name}")
    beside.write_bytes(str_to_bytes(dumps(content)))
    beside.rename(path)
