"""The Tally in the words of each database: the triggers that keep it, counting, adding up.

The triggers are installed after every `migrate` (sync.tallying.install): SQLite makes a table anew
when a column of it changes, and its triggers go with the old one.
"""

# Every statement is put together from names that are written here: no value gets into one.
# ruff: noqa: S608

from dataclasses import dataclass

_COLUMNS = ("catalog_id", "status", "held_because", "is_sent", "is_in_care")
_NAMES = ", ".join(_COLUMNS)


def _ways(row: str) -> tuple[str, ...]:
    """Return a listing's values for the columns of the tally."""
    return (
        f"{row}.catalog_id",
        f"{row}.status",
        f"{row}.held_because",
        f"({row}.sent_id IS NOT NULL)",
        f"(({row}.wanted_id IS NOT NULL OR {row}.set_aside <> '') AND {row}.set_aside <> 'absent')",
    )


def _selected(row: str) -> str:
    return ", ".join(f"{value} AS {name}" for value, name in zip(_ways(row), _COLUMNS, strict=True))


_COUNTED = f"""
SELECT {_NAMES}, COUNT(*) AS number
FROM (SELECT {_selected("listing")} FROM sync_listing AS listing) AS ways GROUP BY {_NAMES}
"""  # nosec B608
_SUMS = f"SELECT {_NAMES}, SUM(number) AS number FROM sync_tally GROUP BY {_NAMES}"  # nosec B608

# Into an empty table.
COUNT_ALL = f"INSERT INTO sync_tally ({_NAMES}, number) {_COUNTED}"

# How many ways are counted wrong. One statement, so that nobody writes meanwhile.
WRONG = f"""
SELECT COUNT(*) FROM (
  SELECT {_NAMES} FROM (
    SELECT {_NAMES}, number FROM ({_COUNTED}) AS counted
    UNION ALL SELECT {_NAMES}, -number FROM ({_SUMS}) AS sums
  ) AS both_ways GROUP BY {_NAMES} HAVING SUM(number) <> 0
) AS wrong
"""  # nosec B608


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one kind of database needs: to look whether all is there, to install and to remove."""

    find_tables: str  # gives a row for each of the two tables that there is
    find_triggers: str  # gives a row for each
    triggers: frozenset[str]
    install: tuple[str, ...]
    remove: tuple[str, ...]
    lock: str  # for whoever adds up or counts anew, until the transaction ends; "": needs none
    count_anew: tuple[str, ...]
    add_up: tuple[str, ...]


def _function(name: str, source: str) -> str:
    """Return a function that adds differences: a trigger's, called once a statement.

    The search path is the installation's: whoever restores a dump may have none.
    """
    return f"""
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  INSERT INTO sync_tally ({_NAMES}, number)
  SELECT {_NAMES}, SUM(difference) FROM ({source}) AS ways
  GROUP BY {_NAMES} HAVING SUM(difference) <> 0;
  RETURN NULL;
END $$
"""  # nosec B608


def _on_statement(name: str, event: str, tables: str) -> tuple[str, str]:
    return (
        f"DROP TRIGGER IF EXISTS {name} ON sync_listing",
        f"CREATE TRIGGER {name} AFTER {event} ON sync_listing REFERENCING {tables} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )


# Held by whoever adds up or counts anew: never two at a time.
_LOCK = "SELECT pg_advisory_xact_lock(2054230501)"

_COME = f"SELECT {_selected('come')}, 1 AS difference FROM come"  # nosec B608
_GONE = f"SELECT {_selected('gone')}, -1 AS difference FROM gone"  # nosec B608

_EMPTY = """
CREATE OR REPLACE FUNCTION sync_tally_truncate() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
  DELETE FROM sync_tally;
  RETURN NULL;
END $$
"""
_TRIGGERS = ("sync_tally_insert", "sync_tally_update", "sync_tally_delete")

POSTGRESQL = Dialect(
    find_tables="SELECT relname FROM pg_class WHERE oid IN "
    "(to_regclass('sync_tally'), to_regclass('sync_listing'))",
    find_triggers="SELECT tgname FROM pg_trigger "
    "WHERE tgrelid = to_regclass('sync_listing') AND tgname LIKE 'sync\\_tally\\_%'",
    triggers=frozenset((*_TRIGGERS, "sync_tally_truncate")),
    install=(
        _function("sync_tally_insert", _COME),
        _function("sync_tally_update", f"{_COME} UNION ALL {_GONE}"),
        _function("sync_tally_delete", _GONE),
        *_on_statement("sync_tally_insert", "INSERT", "NEW TABLE AS come"),
        *_on_statement("sync_tally_update", "UPDATE", "NEW TABLE AS come OLD TABLE AS gone"),
        *_on_statement("sync_tally_delete", "DELETE", "OLD TABLE AS gone"),
        _EMPTY,
        "DROP TRIGGER IF EXISTS sync_tally_truncate ON sync_listing",
        "CREATE TRIGGER sync_tally_truncate AFTER TRUNCATE ON sync_listing "
        "FOR EACH STATEMENT EXECUTE FUNCTION sync_tally_truncate()",
    ),
    remove=tuple(
        f"DROP FUNCTION IF EXISTS {name}() CASCADE" for name in (*_TRIGGERS, "sync_tally_truncate")
    ),
    lock=_LOCK,
    # Each is one statement, that sees one moment: what writers add meanwhile stays beside it.
    count_anew=(f"WITH old AS (DELETE FROM sync_tally) {COUNT_ALL}",),  # nosec B608
    add_up=(
        f"WITH old AS (DELETE FROM sync_tally RETURNING {_NAMES}, number) "
        f"INSERT INTO sync_tally ({_NAMES}, number) SELECT {_NAMES}, SUM(number) FROM old "
        f"GROUP BY {_NAMES} HAVING SUM(number) <> 0",  # nosec B608
    ),
)


def _is(row: str) -> str:
    return f"({_NAMES}) = ({', '.join(_ways(row))})"


def _one_less(row: str) -> str:
    return f"UPDATE sync_tally SET number = number - 1 WHERE {_is(row)};"  # nosec B608


def _one_more(row: str) -> str:
    return (
        f"INSERT INTO sync_tally ({_NAMES}, number) SELECT {', '.join(_ways(row))}, 0 "
        f"WHERE NOT EXISTS (SELECT 1 FROM sync_tally WHERE {_is(row)}); "
        f"UPDATE sync_tally SET number = number + 1 WHERE {_is(row)};"  # nosec B608
    )


def _on_row(name: str, event: str, statements: str) -> tuple[str, str]:
    return (
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} AFTER {event} BEGIN {statements} END",
    )


# A row for each way, and no more: writers of SQLite come one after the other anyhow.
SQLITE = Dialect(
    find_tables="SELECT name FROM sqlite_master WHERE type = 'table' "
    "AND name IN ('sync_tally', 'sync_listing')",
    find_triggers="SELECT name FROM sqlite_master WHERE type = 'trigger' "
    "AND tbl_name = 'sync_listing' AND name LIKE 'sync_tally_%'",
    triggers=frozenset(_TRIGGERS),
    install=(
        *_on_row("sync_tally_insert", "INSERT ON sync_listing", _one_more("NEW")),
        *_on_row(
            "sync_tally_update",
            "UPDATE OF catalog_id, status, held_because, sent_id, wanted_id, set_aside "
            f"ON sync_listing WHEN ({', '.join(_ways('OLD'))}) IS NOT ({', '.join(_ways('NEW'))})",
            _one_less("OLD") + _one_more("NEW"),
        ),
        *_on_row("sync_tally_delete", "DELETE ON sync_listing", _one_less("OLD")),
    ),
    remove=tuple(f"DROP TRIGGER IF EXISTS {name}" for name in _TRIGGERS),
    lock="",
    count_anew=("DELETE FROM sync_tally", COUNT_ALL),
    add_up=("DELETE FROM sync_tally WHERE number = 0",),
)

DIALECTS = {"postgresql": POSTGRESQL, "sqlite": SQLITE}
