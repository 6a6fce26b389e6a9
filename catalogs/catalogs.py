"""Create, change and look at catalogs, here and in the PIM.

Calls to the PIM come first and outside any transaction; the row follows. So a failure leaves
nothing half-made here, and what was made in the PIM is taken back.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from catalogs.channels import clean_name, refuse_while_removing
from catalogs.mapping import digest_for, schema_of, write_schema
from catalogs.models import Catalog, Channel
from catalogs.schedules import apply_schedule
from catalogs.shapes import refuse_twice
from channels.registry import adapter_class
from connections import audit
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.languages import declared, translated
from outbound.errors import ConfigurationError, OutboundError
from pim.client import PimClient
from pim.errors import CatalogGone, NotFound, Unauthorized, ValidationFailed
from pim.values import PimCatalog

logger = logging.getLogger(__name__)

NAME_LIMIT = 255

Managed = dict[str, Sequence[str] | None]  # the two lists of a catalog in the PIM, by their names


class KeptInPim(ConfigurationError):
    """A catalog could not be created, and the PIM did not take back what it had made of it."""


def create_catalog(
    channel: Channel,
    *,
    name: str,
    every: int | None,
    raw: bool,
    shape: Catalog.Shape = Catalog.Shape.FLAT,
    content: Mapping[str, Any] | None = None,
    is_started: bool = True,
) -> Catalog:
    """Create the catalog in the PIM, push the channel's mapping schema, and link both.

    `content`: what its products carry, in order (`catalogs.content`). One that is not started yet
    syncs only when somebody asks (catalogs/setting_up.py). Raises OutboundError with the way out,
    or DatabaseError; then neither side keeps anything, unless it is KeptInPim.
    """
    content = content or {}
    manages = managed_by(Catalog(channel=channel, **content))
    name = clean_name(name, limit=NAME_LIMIT)
    with transaction.atomic():
        refuse_while_removing(channel)
    if shape == Catalog.Shape.MODELS:
        _refuse_models(channel, raw=raw)
    refuse_twice(channel, of_models=shape == Catalog.Shape.MODELS)
    settings: dict[str, Any] = {
        "name": name,
        "every": every,
        "raw": raw,
        "shape": shape,
        "started_at": timezone.now() if is_started else None,
    }
    client = client_for(channel.connection, patient=False)
    with noticing_loss(channel.connection):
        made = make_in_pim(client, channel, name=name, raw=raw, shape=shape, manages=manages)
        try:
            return _store(channel, made, settings, content)
        except BaseException as failure:  # Ctrl-C as well
            take_back(client, made, failure)
            raise


def make_in_pim(
    client: PimClient,
    channel: Channel,
    *,
    name: str,
    raw: bool,
    shape: Catalog.Shape = Catalog.Shape.FLAT,
    found: PimCatalog | None = None,
    manages: Managed | None = None,
) -> PimCatalog:
    """Create a catalog in the PIM and push the channel's mapping schema.

    `found`: one that is there already and gets the schema only. `manages`: the currencies and
    locales it is about. Raises OutboundError; then the PIM keeps nothing, unless it is KeptInPim.
    """
    schema = None if raw else schema_of(channel, shape)
    made = found or _create_in_pim(client, name, manages)
    try:
        if schema is not None:
            write_schema(client, channel.connection, made.id, schema)
    except BaseException as failure:  # Ctrl-C as well
        take_back(client, made, failure)
        raise
    return made


def _refuse_models(channel: Channel, *, raw: bool) -> None:
    if raw:
        raise ConfigurationError(
            gettext("Products as the PIM stores them have no variants in them.")
        )
    adapter = adapter_class(channel.kind)
    if not adapter.max_axes:
        raise ConfigurationError(
            gettext(
                "A channel of kind “%(kind)s” knows no variants: it gets products side by side."
            )
            % {"kind": declared(adapter.label)}
        )


def rename_catalog(catalog: Catalog, name: str) -> None:
    """Rename it in the PIM, then here."""
    name = clean_name(name, limit=NAME_LIMIT)
    if name == catalog.name:
        return
    client = client_for(catalog.connection, patient=False)
    with noticing_loss(catalog.connection):
        update_in_pim(client, catalog, name=name)
    before = catalog.name
    catalog.name = name
    _save(catalog, "name", renamed_from=before)


def update_in_pim(client: PimClient, catalog: Catalog, *, name: str) -> None:
    """Bring name, currencies and locales of the catalog to the PIM. Raises OutboundError.

    What the PIM does with managed lists that a change leaves out is not known: always both.
    """
    lists = managed_by(catalog)
    if lists is None:
        current = client.catalog(catalog.pim_catalog_id)
        lists = {
            "managed_currencies": current.managed_currencies,
            "managed_locales": current.managed_locales,
        }
    client.update_catalog(catalog.pim_catalog_id, name=name, **lists)


def managed_by(catalog: Catalog) -> Managed | None:
    """Return both lists as the catalog's settings have them; None if they say nothing."""
    locales = catalog.locales_in_order
    if catalog.locale and catalog.locale not in locales:
        locales = [catalog.locale, *locales]
    if not catalog.currencies and not locales:
        return None
    return {"managed_currencies": catalog.currencies, "managed_locales": locales}


def look_at(catalog: Catalog, client: PimClient | None = None) -> Catalog:
    """Ask the PIM whether the catalog is enabled, and remember the answer.

    A deleted catalog is an answer too: `pim_state` is GONE then. Raises OutboundError.
    """
    client = client or client_for(catalog.connection)
    with noticing_loss(catalog.connection):
        try:
            state = pim_state_of(client.catalog(catalog.pim_catalog_id).enabled)
        except CatalogGone:
            state = Catalog.PimState.GONE
    if state != catalog.pim_state:
        catalog.pim_state = state
        catalog.save(update_fields=["pim_state", "updated_at"])
    return catalog


def set_every(catalog: Catalog, every: int | None) -> None:
    if every != catalog.every:
        catalog.every = every
        _save(catalog, "every", every=every)


def set_caution(catalog: Catalog, **values: Any) -> None:
    """Say what becomes of products that leave, and from when on a person is asked first."""
    changed = {name: value for name, value in values.items() if getattr(catalog, name) != value}
    if not changed:
        return
    for name, value in changed.items():
        setattr(catalog, name, value)
    with transaction.atomic():
        catalog.save(update_fields=[*changed, "updated_at"])
        audit.record(Action.CATALOG_CHANGED, catalog.connection, catalog.name, **changed)


def archive(catalog: Catalog) -> None:
    """Put it aside: no more runs; its products stay on the shop and in its care."""
    catalog.archived_at = timezone.now()
    _save(catalog, "archived_at", archived=True)


def restore(catalog: Catalog) -> None:
    catalog.archived_at = None
    _save(catalog, "archived_at", archived=False)


@transaction.atomic
def _save(catalog: Catalog, field: str, **what: Any) -> None:
    """Store one change of a catalog, what follows from it, and who made it."""
    catalog.save(update_fields=[field, "updated_at"])
    apply_schedule(catalog)
    audit.record(Action.CATALOG_CHANGED, catalog.connection, catalog.name, **what)


def _create_in_pim(client: PimClient, name: str, manages: Managed | None) -> PimCatalog:
    with telling_of_no_room():
        return client.create_catalog(name, **(manages or {}))


@contextmanager
def telling_of_no_room() -> Iterator[None]:
    """Say what to do when the PIM allows no further catalog."""
    try:
        yield
    except ValidationFailed as error:
        if error.limit_reached:
            raise ConfigurationError(
                gettext(
                    "The PIM has no room for another catalog of this app. Delete one that is not "
                    "needed any more, then try again. The PIM says: %(reason)s"
                )
                % {"reason": translated(error.message)},
                detail=error.detail,
            ) from error
        raise


@transaction.atomic
def _store(
    channel: Channel, made: PimCatalog, settings: dict[str, Any], content: Mapping[str, Any]
) -> Catalog:
    refuse_while_removing(channel)
    # Another process may have been faster.
    refuse_twice(channel, of_models=settings["shape"] == Catalog.Shape.MODELS)
    last = channel.catalogs.aggregate(last=Max("position"))["last"]
    raw = settings["raw"]
    catalog = Catalog.objects.create(
        channel=channel,
        pim_catalog_id=made.id,
        pim_state=pim_state_of(made.enabled),
        schema_digest="" if raw else digest_for(channel, settings["shape"]),
        position=0 if last is None else last + 1,
        **settings,
        **content,
    )
    apply_schedule(catalog)
    what = {"channel": channel.name, "raw": raw, **content}
    audit.record(Action.CATALOG_CREATED, channel.connection, catalog.name, **what)
    return catalog


def take_back(client: PimClient, made: PimCatalog, failure: BaseException) -> None:
    """Delete in the PIM what was made there. Raises KeptInPim, which tells of the failure too."""
    try:
        client.delete_catalog(made.id)
    except NotFound:
        return
    except OutboundError as error:
        if isinstance(error, Unauthorized) and error.disconnected:
            return  # the PIM forgets an app's catalogs with its connection (pim-contract.md 1.9)
        logger.warning("The PIM kept catalog %s: %s", made.id, error.detail)
        reason, detail = gettext("The catalog could not be stored here."), repr(failure)
        if isinstance(failure, OutboundError):
            reason, detail = translated(failure.message), failure.detail
        raise KeptInPim(
            gettext(
                "%(reason)s The PIM has kept the new catalog “%(name)s” (%(id)s): it could not be "
                "deleted there again. Nothing uses it."
            )
            % {"reason": reason, "name": made.name, "id": made.id},
            detail=detail,
        ) from failure


def pim_state_of(enabled: bool) -> Catalog.PimState:
    return Catalog.PimState.ENABLED if enabled else Catalog.PimState.DISABLED
