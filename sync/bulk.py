"""Many rows at once: by COPY where the database has it, by Django's bulk_create elsewhere.

COPY takes long texts and many rows in a fraction of the time that values in a statement take
(measured: a page of documents in a fifth). What all rows have in common is not copied.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, cast

from django.db import connection, models, transaction
from django.utils import timezone
from psycopg import sql

_ROWS = 500  # a statement, where there is no COPY

Row = tuple[Any, ...]


def create(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    common: Mapping[str, Any],
) -> None:
    """Insert rows of these columns; `common` is what all of them have.

    What is named in neither has the field's default. Their ids do not come back.
    """
    if not rows:
        return
    if connection.vendor == "postgresql":
        with transaction.atomic(savepoint=False):
            _insert(model, columns, rows, common, sql.SQL(""))
        return
    model._base_manager.bulk_create(_instances(model, columns, rows, common), batch_size=_ROWS)


def upsert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    common: Mapping[str, Any],
    *,
    unique_fields: Sequence[str],
    update_fields: Sequence[str],
) -> None:
    """Insert rows as `create` does, or update these fields of those that are there already.

    In the order of the first unique field that differs, so that two who do this do not wait for
    each other: `columns` begin with it.
    """
    if not rows:
        return
    if connection.vendor != "postgresql":
        model._base_manager.bulk_create(
            _instances(model, columns, rows, common),
            update_conflicts=True,
            unique_fields=unique_fields,
            update_fields=update_fields,
            batch_size=_ROWS,
        )
        return
    replaced = [_column(model, name) for name in update_fields]
    conflict = sql.SQL(" ON CONFLICT ({}) DO UPDATE SET {}").format(
        _names([_column(model, name) for name in unique_fields]),
        sql.SQL(", ").join(
            [sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in replaced]
        ),
    )
    with transaction.atomic(savepoint=False):
        _insert(model, columns, rows, common, conflict)


def _insert(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    common: Mapping[str, Any],
    conflict: sql.Composable,
) -> None:
    """Copy the rows aside, and insert them from there together with what they have in common."""
    table = model._meta.db_table
    names = list(columns)
    staged = sql.Identifier(f"staged_{table}_{_short_digest(names)}")
    shared = {name: value for name, value in _defaults(model, common).items() if name not in names}
    with connection.cursor() as cursor:
        _execute(
            cursor,
            "CREATE TEMPORARY TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS "
            "AS SELECT {} FROM {} WITH NO DATA",
            [staged, _names(names), sql.Identifier(table)],
        )
        _execute(cursor, "DELETE FROM {}", [staged])
        statement = sql.SQL("COPY {} ({}) FROM STDIN").format(staged, _names(names))
        with cast("Any", cursor).copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
        _execute(
            cursor,
            "INSERT INTO {} ({}, {}) SELECT {}, {} FROM {} ORDER BY {}{}",
            [
                sql.Identifier(table),
                _names(names),
                _names(list(shared)),
                _names(names),
                sql.SQL(", ").join([sql.Placeholder()] * len(shared)),
                staged,
                sql.Identifier(names[0]),
                conflict,
            ],
            list(shared.values()),
        )


def _short_digest(names: Sequence[str]) -> str:
    """Return what tells tables for different columns apart: they last as long as the session."""
    return hashlib.blake2b(",".join(names).encode(), digest_size=4).hexdigest()


def _defaults(model: type[models.Model], common: Mapping[str, Any]) -> dict[str, Any]:
    """Return what all rows have: `common`, moments of writing, and the fields' defaults."""
    now = timezone.now()
    found: dict[str, Any] = {}
    for field in model._meta.local_concrete_fields:
        if field.primary_key:
            continue
        is_moment = isinstance(field, models.DateTimeField) and (
            field.auto_now or field.auto_now_add
        )
        value = now if is_moment else common.get(field.attname, field.get_default())
        found[field.attname] = field.get_db_prep_save(value, connection)
    return found


def _instances(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Sequence[Row],
    common: Mapping[str, Any],
) -> list[Any]:
    return [model(**common, **dict(zip(columns, row, strict=True))) for row in rows]


def _column(model: type[models.Model], name: str) -> str:
    return next(field.attname for field in model._meta.local_concrete_fields if field.name == name)


def _execute(
    cursor: Any, statement: str, parts: Sequence[sql.Composable], values: Sequence[Any] = ()
) -> None:
    cursor.execute(sql.SQL(cast("Any", statement)).format(*parts), values)


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join([sql.Identifier(column) for column in columns])
