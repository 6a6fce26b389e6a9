"""What happens to a connection: registered, lost, disconnected."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from connections import audit
from connections.audit import Action
from connections.clients import policy_for_registered
from connections.fields import SecretsUnusable
from connections.models import CLIENT_ID_LENGTH, Connection
from connections.signals import connection_lost
from outbound.errors import ConfigurationError
from pim.errors import Unauthorized
from pim.urls import normalize_pim_url

logger = logging.getLogger(__name__)


def register(pim_url: str, *, client_id: str = "", client_secret: str = "") -> Connection:
    """Allow this PIM, with the credentials of its custom app or for the published app.

    Doing it again replaces the credentials. Raises InvalidPimUrl, AddressRefused for an address
    that could never be called, and ConfigurationError for what are no credentials.
    """
    pim_url = normalize_pim_url(pim_url)
    policy_for_registered(pim_url).check_url(pim_url)
    _check_credentials(client_id, client_secret)
    with transaction.atomic():
        known = Connection.objects.select_for_update().filter(pim_url=pim_url).first()
        connection, is_new = Connection.objects.update_or_create(
            pim_url=pim_url,
            defaults={
                "client_id": client_id,
                "client_secret": client_secret,
                "forgotten_token": _token_to_forget(known, client_id) if known else "",
            },
        )
        action = Action.PIM_REGISTERED if is_new else Action.CREDENTIALS_CHANGED
        audit.record(action, connection, client_id=client_id)
    return connection


@transaction.atomic
def set_time_zone(connection: Connection, name: str) -> None:
    """Let timetables and the times on the pages be in this time zone; "": the installation's."""
    before = connection.time_zone
    if name == before:
        return
    connection.time_zone = name
    connection.save(update_fields=["time_zone", "updated_at"])
    audit.record(Action.TIME_ZONE_CHANGED, connection, connection.host, before=before, now=name)


def change_credentials(connection: Connection, *, client_id: str, client_secret: str) -> None:
    """Store the credentials of the PIM's custom app. An empty secret leaves the stored one.

    Without a client id the published app's are used, and the stored secret is forgotten. A token
    that is at hand stays. Raises ConfigurationError for what are no credentials.
    """
    # Asked of the database: a secret whose key is gone cannot be read, but can be replaced.
    has_secret = Connection.objects.filter(pk=connection.pk).exclude(client_secret="").exists()  # nosec B106  # empty: there is none
    if client_id and client_id == connection.client_id and has_secret and not client_secret:
        return
    _check_credentials(client_id, client_secret)
    connection.forgotten_token = _token_to_forget(connection, client_id)
    connection.client_id, connection.client_secret = client_id, client_secret
    with transaction.atomic():
        connection.save(
            update_fields=["client_id", "client_secret", "forgotten_token", "updated_at"]
        )
        audit.record(Action.CREDENTIALS_CHANGED, connection, client_id=client_id)


def _token_to_forget(connection: Connection, client_id: str) -> str:
    """Return the digest of a token that goes on working, but belongs to another app from now on.

    The next authorization puts the new app's in its place, though the PIM still takes this one.
    """
    if client_id == connection.client_id or not connection.is_connected:
        return connection.forgotten_token
    try:
        return token_digest(connection.token)
    except SecretsUnusable:
        return ""


def _check_credentials(client_id: str, client_secret: str) -> None:
    if len(client_id) > CLIENT_ID_LENGTH or not client_id.isprintable():
        raise ConfigurationError(
            gettext(
                "This is not a client id: it has more than %(limit)s characters, or some that "
                "cannot be printed. Akeneo shows it when the custom app is created."
            )
            % {"limit": CLIENT_ID_LENGTH}
        )
    if bool(client_id) != bool(client_secret):
        raise ConfigurationError(
            gettext(
                "The client id and the client secret of a custom app belong together: enter both "
                "or neither."
            )
        )


@transaction.atomic
def mark_lost(connection: Connection, error: Unauthorized, *, token: str) -> bool:
    """Record that the PIM refused `token`. Return whether the connection was lost by it.

    A token that was replaced meanwhile is no loss: granting other scopes ends the old one
    (pim-contract.md 1.5), and the new one is at hand.
    """
    current = Connection.objects.select_for_update().filter(pk=connection.pk).first()
    if current is None:  # removed meanwhile
        return True
    if current.token != token or not current.is_connected:
        return not current.is_connected
    current.state = Connection.State.DISCONNECTED
    current.ended_by = Connection.EndedBy.PIM
    current.problem = error.message
    current.disconnected_at = timezone.now()
    current.save()
    audit.record(Action.LOST, current)
    connection_lost.send(sender=Connection, connection=current)
    logger.warning("Connection %s was lost: %s", current.pk, error.detail)
    return True


@transaction.atomic
def disconnect(connection: Connection, *, deleted_catalogs: bool = False) -> None:
    """Forget the token: the PIM has no way to give it back (pim-contract.md 1.9).

    In the PIM the app stays connected until somebody removes it there. Doing it again changes
    nothing; a connection that was lost already is forgotten too.
    """
    current = Connection.objects.select_for_update().get(pk=connection.pk)
    if current.state == Connection.State.REGISTERED or current.ended_by == Connection.EndedBy.US:
        return
    try:
        token = current.token
    except SecretsUnusable:
        token = ""  # nosec B105  # empty: there is none
    actor = audit.present_actor().name
    current.forgotten_token = token_digest(token) if current.is_connected else ""
    current.token = ""  # nosec B105  # empty: there is none
    current.state, current.ended_by = Connection.State.DISCONNECTED, Connection.EndedBy.US
    current.problem = (
        f"{actor} disconnected Ferry from {current.host}. "
        "To go on, connect again from the PIM, under Connect."
    )
    current.disconnected_at = timezone.now()
    current.save()
    audit.record(Action.DISCONNECTED, current, deleted_catalogs=deleted_catalogs)
    connection_lost.send(sender=Connection, connection=current)


def token_digest(token: str) -> str:
    """Return what recognises a token that was forgotten."""
    return hashlib.sha256(token.encode()).hexdigest() if token else ""


@contextmanager
def noticing_loss(connection: Connection) -> Iterator[None]:
    """Mark the connection lost when the PIM says within the block that it was disconnected.

    Any other 401 heals by itself once the token is valid again, so it only raises.
    """
    token = connection.token
    try:
        yield
    except Unauthorized as error:
        if error.disconnected:
            mark_lost(connection, error, token=token)
        raise
