"""The mapping schemas of catalogs: sent to the PIM, and put right where they are not the channel's.

Each call is made outside of any transaction. Which catalogs have an older schema is known by
`Catalog.schema_digest`, so that whatever is left over by a failure or a crash is sent by the next
run, or by a person. Doing it twice changes nothing.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext

from catalogs.models import Catalog, Channel
from catalogs.pauses import pause
from channels.own_fields import check_number
from channels.registry import adapter_class
from channels.targets import Shape
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.languages import translated
from connections.models import Connection
from outbound.errors import ConfigurationError, OutboundError
from outbound.sentences import Sentence
from pim.client import PimClient
from pim.errors import ValidationFailed
from pim.mapping_schemas import (
    NEWEST,
    VERSIONS,
    Schema,
    loosened,
    refuse_invalid,
    targets_of,
    version_of,
    versions_for,
    written_in,
)

# A PIM that refused the newest version is asked again after this long: it may have been updated.
VERSION_KNOWN_FOR = timedelta(days=30)

_NAMED = 3  # fields in a sentence


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of sending a schema to one catalog; without a problem all is well."""

    catalog: Catalog
    problem: str = ""


def schema_of(channel: Channel, shape: str = Catalog.Shape.FLAT) -> Schema:
    """Return the channel's mapping schema. Raises ConfigurationError if the PIM cannot take it."""
    check_number(len(adapter_class(channel.kind).all_targets(channel.targets)))
    schema = _built(channel, shape)
    refuse_invalid(schema)
    return schema


def digest_for(channel: Channel, shape: str = Catalog.Shape.FLAT) -> str:
    """Return the digest of the mapping schema that the channel's catalogs should have now."""
    return _digest_of(_built(channel, shape))


def is_outdated(catalog: Catalog) -> bool:
    """Whether the PIM has another mapping schema than the catalog's channel wants now."""
    return not catalog.raw and catalog.schema_digest != digest_for(catalog.channel, catalog.shape)


def _built(channel: Channel, shape: str) -> Schema:
    of_shape: Shape = "models" if shape == Catalog.Shape.MODELS else "flat"
    return adapter_class(channel.kind).mapping_schema(channel.targets, shape=of_shape)


def _digest_of(schema: Schema) -> str:
    return hashlib.sha256(msgspec.json.encode(schema, order="sorted")).hexdigest()


def write_schema(
    client: PimClient, connection: Connection, pim_catalog_id: str, schema: Schema
) -> None:
    """Set a catalog's schema, in the newest version that this PIM takes. Raises OutboundError."""
    refusal: ValidationFailed | None = None
    tried = []
    for version in _versions_to_try(schema, _known_version(connection)):
        tried.append(version)
        try:
            client.put_mapping_schema(pim_catalog_id, written_in(schema, version))
        except ValidationFailed as error:
            if not error.schema_too_new:
                raise
            refusal = error
        else:
            _remember(connection, version)
            return
    raise ConfigurationError(
        gettext(
            "%(host)s is too old for the fields of this channel: it takes no version of mapping "
            "schemas that can hold them. Take fields of another type, or ask whoever runs the PIM "
            "for an update."
        )
        % {"host": connection.host},
        detail=f"tried {', '.join(tried) or 'none'}: {refusal.detail if refusal else ''}",
    ) from refusal


def put_right(catalog: Catalog, client: PimClient) -> str:
    """Make the catalog's schema in the PIM that of its channel.

    Return what was lost by somebody's hand, a Sentence, "" if nothing. The PIM forgets what was
    mapped to a target that is taken out of the schema, and products would arrive without its
    values: so the catalog is paused before the schema is put back. Raises OutboundError.
    """
    catalog.channel.refresh_from_db(fields=["fields"])
    wanted = schema_of(catalog.channel, catalog.shape)
    stored = client.mapping_schema(catalog.pim_catalog_id)
    schema = loosened(wanted, stored)
    lost = _lost(catalog, wanted, stored)
    if lost:
        pause(catalog, reason=f"{lost} Map again in Akeneo, try without sending, then resume.")
    if stored is None or not _says_the_same(schema, stored):
        write_schema(client, catalog.connection, catalog.pim_catalog_id, schema)
    digest = _digest_of(wanted)
    if catalog.schema_digest != digest:
        catalog.schema_digest = digest
        Catalog.objects.filter(pk=catalog.pk).update(schema_digest=digest)
    return lost


def outdated_catalogs(channel: Channel) -> list[Catalog]:
    """Return the channel's catalogs whose schema in the PIM is not the channel's present one."""
    catalogs = list(channel.catalogs.active().filter(raw=False).order_by("position", "pk"))
    for catalog in catalogs:
        catalog.channel = channel
    return [catalog for catalog in catalogs if is_outdated(catalog)]


def send_to_all(channel: Channel) -> list[Sent]:
    """Send the channel's schema to each of its catalogs that has another; each by itself."""
    catalogs = outdated_catalogs(channel)
    if not catalogs:
        return []
    try:
        client = client_for(channel.connection, patient=False)
    except OutboundError as error:
        return [Sent(catalog, translated(error.message)) for catalog in catalogs]
    return [_sent(catalog, client) for catalog in catalogs]


def _sent(catalog: Catalog, client: PimClient) -> Sent:
    try:
        with noticing_loss(catalog.connection):
            return Sent(catalog, translated(put_right(catalog, client)))
    except OutboundError as error:
        return Sent(catalog, translated(error.message))


def _lost(catalog: Catalog, wanted: Schema, stored: Schema | None) -> str:
    """Return which targets were taken out of the PIM's schema since it was sent, "" if none.

    Of a schema that was never sent as it is now, nobody can tell a target that was taken out from
    one that is new.
    """
    if stored is None:
        return Sentence("Its mapping was removed in Akeneo.")
    if catalog.schema_digest != _digest_of(wanted):
        return ""
    there = targets_of(stored)
    taken_out = [one for code, one in targets_of(wanted).items() if code not in there]
    titles = [f"“{one['title']}”" for one in taken_out if one.get("title")]
    if not titles:
        return ""
    if len(titles) == 1:
        return Sentence("%(title)s was taken out of its mapping in Akeneo.", title=titles[0])
    named, more = ", ".join(titles[:_NAMED]), len(titles) - _NAMED
    if more <= 0:
        return Sentence("%(titles)s were taken out of its mapping in Akeneo.", titles=named)
    return Sentence(
        "%(titles)s and %(number)s more were taken out of its mapping in Akeneo.",
        titles=named,
        number=more,
    )


def _says_the_same(schema: Schema, stored: Schema) -> bool:
    """Whether the PIM's schema has the same targets; it may write the rest in its own way."""
    version = version_of(stored)
    if version not in VERSIONS:
        return False
    wanted = written_in(schema, version)
    return bool(_essence(wanted) == _essence(stored))


def _essence(schema: Schema) -> Any:
    return schema.get("properties"), sorted(schema.get("required") or [])


def _versions_to_try(schema: Schema, known: str) -> Iterator[str]:
    """Yield what the PIM is known to take and older ones; all, if none of these can hold it."""
    none_holds_it = True
    for version in versions_for(schema, first=known):
        none_holds_it = False
        yield version
    if none_holds_it:
        yield from versions_for(schema)


def _known_version(connection: Connection) -> str:
    at = connection.schema_version_at
    if at is None or at < timezone.now() - VERSION_KNOWN_FOR:
        return NEWEST
    return connection.schema_version


def _remember(connection: Connection, version: str) -> None:
    if connection.schema_version == version and _known_version(connection) == version:
        return
    connection.schema_version, connection.schema_version_at = version, timezone.now()
    Connection.objects.filter(pk=connection.pk).update(
        schema_version=version, schema_version_at=connection.schema_version_at
    )


def problems_in(sent: Sequence[Sent]) -> list[str]:
    """Return a sentence for each catalog that something is the matter with."""
    return [f"“{one.catalog.name}”: {one.problem}" for one in sent if one.problem]
