"""Catalogs after their PIM was disconnected and connected again.

The PIM forgets an app's catalogs with its connection (pim-contract.md 1.9). So the old ids are
tried, and what is gone is made again: without the selection and the mapping that people had set.
Until somebody has confirmed a dry run, nothing of such a catalog goes to its channel.
"""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone

from catalogs.catalogs import look_at, make_in_pim, managed_by
from catalogs.mapping import digest_for
from catalogs.models import Catalog
from catalogs.schedules import apply_schedule
from connections import audit
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.models import Connection
from outbound.errors import OutboundError
from pim.client import PimClient
from pim.errors import NotFound
from pim.values import PimCatalog

logger = logging.getLogger(__name__)

_State = Catalog.PimState


def be_unconfirmed(connection: Connection) -> None:
    """Within the transaction of a reconnection: let every catalog wait for a person."""
    from catalogs.tasks import take_up_catalogs  # tasks call functions, this one calls a task

    Catalog.objects.filter(channel__connection=connection).update(
        unconfirmed_since=timezone.now(), pim_state=_State.UNKNOWN, updated_at=timezone.now()
    )
    # A broker that cannot be reached is logged: the scheduler looks for what is left over.
    transaction.on_commit(take_up_catalogs.delay, robust=True)


def left_over() -> Iterable[Catalog]:
    """Return the reconnected catalogs that the PIM was not asked about, or does not have."""
    return (
        Catalog.objects.active()
        .filter(
            unconfirmed_since__isnull=False,
            pim_state__in=[_State.UNKNOWN, _State.GONE],
            channel__connection__state=Connection.State.CONNECTED,
        )
        .select_related("channel__connection")
        .order_by("channel", "position", "pk")
    )


def take_up(catalog: Catalog, client: PimClient | None = None) -> Catalog:
    """Try the old id of a reconnected catalog; make the catalog again where it is gone.

    Doing it twice, or at once in two processes, makes no second one. Raises OutboundError.
    """
    client = client or client_for(catalog.connection)
    look_at(catalog, client)
    if catalog.pim_state == _State.GONE and catalog.is_unconfirmed and catalog.is_active:
        with noticing_loss(catalog.connection):
            _make_again(catalog, client)
    return catalog


def confirm(catalog: Catalog) -> bool:
    """Let it go to its channel again. False if that was confirmed already."""
    with transaction.atomic():
        waiting = Catalog.objects.filter(pk=catalog.pk, unconfirmed_since__isnull=False)
        if not waiting.update(unconfirmed_since=None, updated_at=timezone.now()):
            return False
        catalog.refresh_from_db(fields=["unconfirmed_since"])
        apply_schedule(catalog)
        audit.record(Action.TAKEN_UP_AGAIN, catalog.connection, catalog.name)
    return True


def delete_catalogs(connection: Connection) -> None:
    """Delete its catalogs in the PIM; nothing here, nor on the channels.

    Raises OutboundError when the PIM does not delete one; those that were deleted are marked so.
    """
    if not connection.is_connected:
        return
    client = client_for(connection, patient=False)
    for catalog in Catalog.objects.filter(channel__connection=connection):
        with noticing_loss(connection):
            _delete_in_pim(catalog, client)


def _delete_in_pim(catalog: Catalog, client: PimClient) -> None:
    try:
        client.delete_catalog(catalog.pim_catalog_id)
    except NotFound:
        logger.info("Catalog %s was gone from the PIM already", catalog.pk)
    catalog.pim_state = _State.GONE
    catalog.save(update_fields=["pim_state", "updated_at"])


def _make_again(catalog: Catalog, client: PimClient) -> None:
    lost = catalog.pim_catalog_id
    made = _orphan(catalog, client)
    made = make_in_pim(
        client,
        catalog.channel,
        name=catalog.name,
        raw=catalog.raw,
        shape=Catalog.Shape(catalog.shape),
        found=made,
        manages=managed_by(catalog),
    )
    now = timezone.now()
    with transaction.atomic():
        stored = Catalog.objects.filter(pk=catalog.pk, pim_catalog_id=lost).update(
            pim_catalog_id=made.id,
            pim_state=_State.ENABLED if made.enabled else _State.DISABLED,
            made_again_at=now,
            schema_digest="" if catalog.raw else digest_for(catalog.channel, catalog.shape),
            updated_at=now,
        )
        if stored:
            audit.record(Action.CATALOG_MADE_AGAIN, catalog.connection, catalog.name)
    catalog.refresh_from_db(
        fields=["pim_catalog_id", "pim_state", "made_again_at", "schema_digest"]
    )
    if catalog.pim_catalog_id != made.id:  # another process was faster
        try:
            client.delete_catalog(made.id)
        except OutboundError as error:
            logger.warning("The PIM kept catalog %s, which is too many: %s", made.id, error.detail)


def _orphan(catalog: Catalog, client: PimClient) -> PimCatalog | None:
    """Return the catalog of that name which an attempt that died had made, if there is one."""
    ours = Catalog.objects.filter(channel__connection=catalog.connection)
    known = set(ours.values_list("pim_catalog_id", flat=True))
    return next(
        (one for one in client.catalogs() if one.name == catalog.name and one.id not in known), None
    )
