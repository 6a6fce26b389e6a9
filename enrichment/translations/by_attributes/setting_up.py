"""Requests from Akeneo, switched on and changed: one source of translations for each PIM."""

from typing import Any

from django.db import transaction

from connections.models import Connection
from enrichment.models import Source
from enrichment.sources import add_source, change_source
from enrichment.translations.by_attributes.steering import NAME, Steering

DEFAULT_EVERY = 15  # minutes


def source_of(connection: Connection) -> Source | None:
    """Return the source of a PIM's requests; None where they were never set up."""
    sources = Source.objects.filter(connection=connection, kind=Source.Kind.TRANSLATIONS)
    return sources.select_related("connection").order_by("pk").first()


def set_up(
    connection: Connection, steering: Steering, *, every: int = DEFAULT_EVERY, approved: bool
) -> Source:
    """Store how requests are read and answered, and have them looked for every so many minutes.

    With `approved` translations are written without anybody's approval. Again changes what is set;
    what was asked for before stays.
    """
    with transaction.atomic():
        Connection.objects.select_for_update(no_key=True).get(pk=connection.pk)  # one source alone
        source = source_of(connection)
        if source is None:
            values = _values(connection, steering, every, approved=approved)
            return add_source(connection, Source.Kind.TRANSLATIONS, values)
        values = _values(connection, steering, every, approved=approved, source=source)
        change_source(source, values)
        return source


def _values(
    connection: Connection,
    steering: Steering,
    every: int,
    *,
    approved: bool,
    source: Source | None = None,
) -> dict[str, Any]:
    """What `enrichment.sources` takes."""
    return {
        "name": source.name if source else _free_name(connection),
        "location": "",
        "settings": steering.settings,
        "every": every,
        "approved": [Source.ALL] if approved else [],
        **dict.fromkeys(("may_create", "may_create_options", "empty_erases"), False),
    }


def _free_name(connection: Connection) -> str:
    """A name that no source of files has."""
    names = set(Source.objects.filter(connection=connection).values_list("name", flat=True))
    number = 1
    name = NAME
    while name in names:
        number += 1
        name = f"{NAME} {number}"
    return name
