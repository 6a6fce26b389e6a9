"""Another shop like this one: a channel's settings and fields, and a copy of each catalog.

The copies in the PIM come first, outside of any transaction; the rows follow, all at once. So a
failure leaves nothing half-made here, and what was made in the PIM is taken back.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from catalogs.catalogs import (
    NAME_LIMIT,
    KeptInPim,
    pim_state_of,
    take_back,
    telling_of_no_room,
)
from catalogs.channels import create_channel, settings_of
from catalogs.mapping import digest_for, schema_of, write_schema
from catalogs.models import Catalog, Channel
from catalogs.schedules import apply_schedule
from connections import audit
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.fields import SecretsUnusable
from connections.languages import translated
from outbound.errors import ConfigurationError
from pim.client import PimClient
from pim.values import PimCatalog

# What a copy takes over from its catalog. Not the table of shops: another shop has other ids.
_COPIED = (
    *("raw", "shape", "every", "locale", "locales", "when_missing", "currencies"),
    *("complete_for", "set_when", "category_root", "relations"),
    *("when_disabled", "when_absent", "when_deselected", "when_incomplete"),
    *("fuse_percent", "fuse_count", "growth_count"),
)


@dataclass(frozen=True, slots=True)
class Copy:
    """A new channel, and which of its catalogs came without the mapping of the one before."""

    channel: Channel
    catalogs: Sequence[Catalog]
    without_mapping: Sequence[Catalog]


@dataclass(frozen=True, slots=True)
class _Made:
    """A catalog, its copy in the PIM, and whether the PIM copied the mapping as well."""

    original: Catalog
    name: str
    in_pim: PimCatalog
    schema_digest: str
    has_mapping: bool


def copy_channel(
    original: Channel, *, name: str, values: Mapping[str, str], by_staff: bool
) -> Copy:
    """Create a channel like this one for another shop, and copy its catalogs in the PIM.

    `values` are all settings, secrets included: those of one shop are of no use to another. Raises
    OutboundError, and then neither side keeps anything, unless it is KeptInPim.
    """
    with transaction.atomic():  # what can be refused here is refused before the PIM is asked
        channel = _create(original, name, values, by_staff=by_staff)
        transaction.set_rollback(True)
    client = client_for(original.connection, patient=False)
    catalogs = original.catalogs.active().exclude(pim_state=Catalog.PimState.GONE)
    made: list[_Made] = []
    with noticing_loss(original.connection):
        try:
            for catalog in catalogs.order_by("position", "pk"):
                catalog.channel = original
                made.append(_copy_in_pim(client, catalog, channel, made))
            return _store(original, name, values, made, by_staff=by_staff)
        except BaseException as failure:  # Ctrl-C as well
            _take_all_back(client, [one.in_pim for one in made], failure)
            raise


def name_of_copy(catalog: Catalog, channel: Channel, taken: Sequence[str] = ()) -> str:
    """Return the name of the copy: with the new channel's name in place of the old one's."""
    before = catalog.channel.name
    if before and before in catalog.name:
        name = catalog.name.replace(before, channel.name, 1)
    else:
        name = f"{catalog.name} ({channel.name})"
    name = name[:NAME_LIMIT]
    return name if name not in taken else f"{name[: NAME_LIMIT - 5]} {len(taken) + 1}"


def _create(original: Channel, name: str, values: Mapping[str, str], *, by_staff: bool) -> Channel:
    channel = create_channel(
        original.connection, name=name, kind=original.kind, values=values, by_staff=by_staff
    )
    secrets = {}
    with suppress(SecretsUnusable):
        secrets = original.secrets
    if channel.settings == settings_of(original) and channel.secrets == secrets:
        raise ConfigurationError(
            gettext(
                "These are the settings of “%(name)s”: both would feed the same shop. Enter those "
                "of the other one."
            )
            % {"name": original.name}
        )
    channel.fields = original.fields
    channel.save(update_fields=["fields"])
    return channel


def _copy_in_pim(
    client: PimClient, catalog: Catalog, channel: Channel, made: Sequence[_Made]
) -> _Made:
    name = name_of_copy(catalog, channel, [one.name for one in made])
    # What the PIM does with managed lists that are left out is not known: send them.
    current = client.catalog(catalog.pim_catalog_id)
    with telling_of_no_room():
        in_pim = client.duplicate_catalog(
            catalog.pim_catalog_id,
            name=name,
            managed_currencies=current.managed_currencies,
            managed_locales=current.managed_locales,
        )
    if catalog.raw:
        return _Made(catalog, name, in_pim, "", has_mapping=True)
    try:
        if client.mapping_schema(in_pim.id) is not None:
            return _Made(catalog, name, in_pim, catalog.schema_digest, has_mapping=True)
        schema = schema_of(channel, catalog.shape)
        write_schema(client, catalog.connection, in_pim.id, schema)
    except BaseException as failure:  # Ctrl-C as well
        take_back(client, in_pim, failure)
        raise
    return _Made(catalog, name, in_pim, digest_for(channel, catalog.shape), has_mapping=False)


@transaction.atomic
def _store(
    original: Channel,
    name: str,
    values: Mapping[str, str],
    made: Sequence[_Made],
    *,
    by_staff: bool,
) -> Copy:
    channel = _create(original, name, values, by_staff=by_staff)
    catalogs = [_store_catalog(channel, one, position) for position, one in enumerate(made)]
    without = [catalog for catalog, one in zip(catalogs, made, strict=True) if not one.has_mapping]
    return Copy(channel, catalogs, without)


def _store_catalog(channel: Channel, made: _Made, position: int) -> Catalog:
    catalog = Catalog.objects.create(
        channel=channel,
        name=made.name,
        pim_catalog_id=made.in_pim.id,
        pim_state=pim_state_of(made.in_pim.enabled),
        schema_digest=made.schema_digest,
        position=position,
        started_at=None,  # people look first, as at any other new catalog
        **{name: getattr(made.original, name) for name in _COPIED},
    )
    apply_schedule(catalog)
    audit.record(
        Action.CATALOG_CREATED,
        channel.connection,
        made.name,
        channel=channel.name,
        raw=catalog.raw,
        copy_of=made.original.name,
    )
    return catalog


def _take_all_back(client: PimClient, made: Sequence[PimCatalog], failure: BaseException) -> None:
    """Delete all of these in the PIM; of those that it keeps, all are told. Raises KeptInPim."""
    kept: list[PimCatalog] = []
    told: KeptInPim | None = None
    for one in made:
        try:
            take_back(client, one, failure)
        except KeptInPim as error:
            kept.append(one)
            told = error
    if told is None:
        return
    if len(kept) == 1:
        raise told
    names = ", ".join(f"“{one.name}” ({one.id})" for one in kept)
    reason = translated(getattr(failure, "message", gettext("The copy could not be stored here.")))
    raise KeptInPim(
        gettext(
            "%(reason)s The PIM has kept the new catalogs %(names)s: they could not be deleted "
            "there again. Nothing uses them."
        )
        % {"reason": reason, "names": names},
        detail=told.detail,
    ) from failure
