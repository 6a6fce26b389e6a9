"""Many rows at once: by COPY where the database has it, by Django's bulk_create elsewhere.

COPY takes long texts and many rows in a fraction of the time that values in a statement take
(measured: a page of documents in a fifth).
"""

from collections.abc import Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

from django.db import connection, models, transaction
from django.utils import timezone
from psycopg import sql

if TYPE_CHECKING:
    from psycopg import Cursor

_ROWS = 500  # a statement, where there is no COPY


def create(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model; their ids do not come back."""
    if not rows:
        return
    if connection.vendor != "postgresql":
        type(rows[0])._base_manager.bulk_create(rows, batch_size=_ROWS)
        return
    fields = _fields(rows[0])
    with connection.cursor() as cursor:
        _copy(cursor, sql.Identifier(rows[0]._meta.db_table), fields, rows)


@transaction.atomic(savepoint=False)
def upsert(
    rows: Sequence[models.Model], *, unique_fields: Sequence[str], update_fields: Sequence[str]
) -> None:
    """Insert rows of one model, or update these fields of those that are there already.

    In the order of the unique fields, so that two who do this do not wait for each other.
    """
    if not rows:
        return
    if connection.vendor != "postgresql":
        type(rows[0])._base_manager.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=unique_fields,
            update_fields=update_fields,
            batch_size=_ROWS,
        )
        return
    fields = _fields(rows[0])
    meta = rows[0]._meta
    table, staged = sql.Identifier(meta.db_table), sql.Identifier(f"staged_{meta.db_table}")
    by_name = {field.name: field for field in fields}
    names = _names(fields)
    unique = _names([by_name[name] for name in unique_fields])
    replaced = [
        sql.SQL("{0} = EXCLUDED.{0}").format(_column(by_name[name])) for name in update_fields
    ]
    with connection.cursor() as cursor:
        _execute(
            cursor,
            "CREATE TEMPORARY TABLE IF NOT EXISTS {} ON COMMIT DELETE ROWS "
            "AS SELECT {} FROM {} WITH NO DATA",
            *(staged, names, table),
        )
        _execute(cursor, "DELETE FROM {}", staged)
        _copy(cursor, staged, fields, rows)
        _execute(
            cursor,
            "INSERT INTO {} ({}) SELECT {} FROM {} ORDER BY {} ON CONFLICT ({}) DO UPDATE SET {}",
            *(table, names, names, staged, unique, unique, sql.SQL(", ").join(replaced)),
        )


def _fields(row: models.Model) -> "list[models.Field[Any, Any]]":
    """Return the fields but for the key, with the moments of writing at the end."""
    fields = [field for field in row._meta.local_concrete_fields if not field.primary_key]
    return sorted(fields, key=_is_moment_of_writing)


def _copy(
    cursor: Any,
    table: sql.Identifier,
    fields: "Sequence[models.Field[Any, Any]]",
    rows: Sequence[models.Model],
) -> None:
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(table, _names(fields))
    # Straight from the rows: Django's way through each field takes longer than the COPY itself.
    moments = [field for field in fields if _is_moment_of_writing(field)]
    values = attrgetter(*(field.attname for field in fields if field not in moments))
    now = (timezone.now(),) * len(moments)
    with cast("Cursor[Any]", cursor).copy(statement) as copy:
        for row in rows:
            copy.write_row(values(row) + now)


def _is_moment_of_writing(field: "models.Field[Any, Any]") -> bool:
    return isinstance(field, models.DateTimeField) and (field.auto_now or field.auto_now_add)


def _execute(cursor: Any, statement: str, *parts: sql.Composable) -> None:
    cursor.execute(sql.SQL(cast("Any", statement)).format(*parts))


def _names(fields: "Sequence[models.Field[Any, Any]]") -> sql.Composed:
    return sql.SQL(", ").join([_column(field) for field in fields])


def _column(field: "models.Field[Any, Any]") -> sql.Identifier:
    return sql.Identifier(str(field.column))
