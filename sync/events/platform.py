"""The Event Platform as one connection speaks with it: the address guard, and whose words count."""

from dataclasses import dataclass

from django.conf import settings

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.installation import refuse_on_wrong_copy
from connections.models import Connection
from outbound.errors import ConfigurationError
from outbound.guard import AddressPolicy
from outbound.retry import Retrier
from outbound.sentences import Sentence
from outbound.session import GuardedSession
from pim.errors import Unauthorized
from pim.events import MAX_BYTES, EventPlatform
from pim.urls import host_of


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a call is tried, and how many seconds one try may take."""

    tries: int
    seconds: float


PATIENT = Patience(3, 20.0)
CLICK = Patience(2, 8.0)  # somebody looks at a page that does not come
GOODBYE = Patience(1, 4.0)  # of what nothing depends on


def platform_for(connection: Connection, *, patience: Patience = PATIENT) -> EventPlatform:
    """Return the platform's client.

    Raises ConfigurationError for a PIM that is not connected, as `client_for` does.
    """
    client_for(connection)  # has the words for one that is not connected
    base_url = settings.EVENT_PLATFORM_URL
    policy = AddressPolicy([host_of(base_url)], insecure=settings.PIM_ALLOW_INSECURE)
    policy.check_url(base_url)
    return EventPlatform(
        base_url,
        pim_url=connection.pim_url,
        client_id=own_client_id(connection),
        token=connection.token,
        session=GuardedSession(policy, total_seconds=patience.seconds, max_bytes=MAX_BYTES),
        retrier=Retrier(patience.tries, 15),
        before_write=refuse_on_wrong_copy,
    )


def own_client_id(connection: Connection) -> str:
    """Return by which id the PIM knows this app, and names it as the author of what it writes."""
    return connection.client_id or settings.AKENEO_CLIENT_ID


def refuse_unreachable() -> None:
    """Raise ConfigurationError unless events could reach this installation by its BASE_URL."""
    if not settings.HTTPS and not settings.PIM_ALLOW_INSECURE:
        raise ConfigurationError(
            Sentence(
                "Akeneo sends events to https addresses only, and this app is at %(address)s. Ask "
                "the staff who run this app to give it an https address.",
                address=settings.BASE_URL,
            )
        )


def ask_the_pim(connection: Connection) -> bool:
    """Ask the PIM itself whether it still accepts us, as somebody else says that it does not.

    Return whether it does. If it says that the app was disconnected, the connection is lost, as
    after any other call. Raises OutboundError when the PIM does not answer.
    """
    try:
        with noticing_loss(connection):
            client_for(connection, patient=False).system_information()
    except Unauthorized:
        return False
    return True
