"""Ids of which a file may have each only once: seen on disk, so that memory stays flat."""

import contextlib
import errno
import sqlite3
from collections.abc import Iterator


class Seen:
    """Whose each id is: the first that had it in this file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def owner(self, id_: str, owner: str) -> str:
        """Return who had that id before, or note the owner and return nothing.

        Raises OSError when there is no room for it.
        """
        try:
            row = self._connection.execute("SELECT owner FROM seen WHERE id = ?", (id_,)).fetchone()
            if row is None:
                self._connection.execute("INSERT INTO seen VALUES (?, ?)", (id_, owner))
        except sqlite3.OperationalError as error:
            raise OSError(errno.ENOSPC, str(error)) from error
        return "" if row is None else str(row[0])


@contextlib.contextmanager
def seen_ids() -> Iterator[Seen]:
    """Begin with none. What does not fit into a small cache goes to a file without a name."""
    with contextlib.closing(sqlite3.connect("", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("CREATE TABLE seen (id TEXT PRIMARY KEY, owner TEXT) WITHOUT ROWID")
        connection.execute("BEGIN")
        yield Seen(connection)
