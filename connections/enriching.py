"""Whether values may be written into a PIM: off until somebody switches it on."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from connections import audit
from connections.abilities import ENRICHMENT, is_granted
from connections.audit import Action
from connections.models import Connection
from outbound.errors import ConfigurationError

_WRITE_PRODUCTS = ENRICHMENT[0]


@transaction.atomic
def switch_on(connection: Connection, *, may_create_attributes: bool = False) -> None:
    """From now on activation asks for the scopes of writing as well. Again changes nothing.

    It grants nothing: somebody who manages apps in the PIM has to approve them there.
    """
    current = Connection.objects.select_for_update().get(pk=connection.pk)
    if current.enriched_since is None or current.may_create_attributes != may_create_attributes:
        current.enriched_since = current.enriched_since or timezone.now()
        current.may_create_attributes = may_create_attributes
        current.save(update_fields=["enriched_since", "may_create_attributes", "updated_at"])
        audit.record(
            Action.ENRICHMENT_ON, current, current.host, may_create_attributes=may_create_attributes
        )
    connection.refresh_from_db(fields=["enriched_since", "may_create_attributes"])


@transaction.atomic
def switch_off(connection: Connection) -> None:
    """From now on nothing is written into the PIM, and activation asks for reading only.

    What is offered stays. Again changes nothing.
    """
    current = Connection.objects.select_for_update().get(pk=connection.pk)
    if current.enriched_since is not None:
        current.enriched_since, current.may_create_attributes = None, False
        current.save(update_fields=["enriched_since", "may_create_attributes", "updated_at"])
        audit.record(Action.ENRICHMENT_OFF, current, current.host)
    connection.refresh_from_db(fields=["enriched_since", "may_create_attributes"])


def may_write(connection: Connection) -> bool:
    """Whether it is switched on, and the PIM granted it."""
    return connection.enriched_since is not None and is_granted(_WRITE_PRODUCTS, connection)


def refuse_unless_on(connection: Connection) -> None:
    """Raise ConfigurationError, with the way out, unless values may be written into this PIM."""
    if connection.enriched_since is None:
        raise ConfigurationError(
            gettext(
                "Enrichment is switched off for %(host)s, so nothing is written there. A manager "
                "can switch it on, on the page Enrichment."
            )
            % {"host": connection.host}
        )
    if not is_granted(_WRITE_PRODUCTS, connection):
        raise ConfigurationError(
            gettext(
                "%(host)s did not allow Ferry to write into products. Somebody who manages apps in "
                "the PIM has to open Ferry from there once and approve what it asks for."
            )
            % {"host": connection.host}
        )
