"""Rows of a file by product, at flat memory: they wait on the disk until the file is read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import groupby
from types import TracebackType
from typing import Any, Self

import msgspec

from enrichment.tables import Cell

# What a row says: the number of a column, its cell, and the cell with its unit.
SpooledCells = list[tuple[int, Cell, Cell]]

_CACHE = "-8000"  # SQLite's way to say 8 MB
_decode = msgspec.msgpack.Decoder(list[tuple[int, Any, Any]]).decode


class Spool:
    """Rows by the name of a product, whose capital letters do not count.

    They are given back product by product, in the order in which these were first met.

    Its file has no name, so nothing is left of it however this process ends. A full disk raises
    sqlite3.Error.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a file of its own, nameless
        self._database.executescript(
            f"""
            PRAGMA cache_size = {_CACHE};
            PRAGMA journal_mode = OFF;
            CREATE TABLE products (
                id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, name TEXT NOT NULL
            );
            CREATE TABLE rows (
                product INTEGER NOT NULL, line INTEGER NOT NULL, cells BLOB NOT NULL
            );
            CREATE TABLE met (key TEXT PRIMARY KEY) WITHOUT ROWID;
            BEGIN;
            """
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._database.close()

    def add(self, name: str, line: int, cells: SpooledCells) -> None:
        """Keep a row of a product."""
        execute, key = self._database.execute, name.casefold()
        execute(
            "INSERT INTO products (key, name) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, name)
        )
        execute(
            "INSERT INTO rows SELECT id, ?, ? FROM products WHERE key = ?",
            (line, msgspec.msgpack.encode(cells), key),
        )

    def products(self) -> Iterator[tuple[str, Iterator[tuple[int, SpooledCells]]]]:
        """Each product's name as it was first spelled, and its rows: read them before the next."""
        self._database.execute("CREATE INDEX IF NOT EXISTS of_product ON rows (product)")
        cursor = self._database.execute(
            "SELECT product, name, line, cells FROM rows JOIN products ON product = id "
            "ORDER BY product, rows.rowid"
        )
        with closing(cursor):
            for (_, name), rows in groupby(cursor, lambda row: (row[0], row[1])):
                yield name, ((line, _decode(cells)) for _, _, line, cells in rows)

    def meets(self, key: str) -> bool:
        """Whether it is the first time that this is asked for the key."""
        met = self._database.execute("INSERT INTO met VALUES (?) ON CONFLICT DO NOTHING", (key,))
        return met.rowcount == 1
