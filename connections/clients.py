"""Sessions and clients for a PIM: the address guard and the call limits of this installation."""

import time
from collections.abc import Callable
from functools import cache

from django.conf import settings

from connections.installation import refuse_on_wrong_copy
from connections.models import Circuit, Connection
from outbound.errors import ConfigurationError
from outbound.governor import Governor, Limiter, Use
from outbound.guard import AddressPolicy
from outbound.redis_governor import RedisGovernor
from outbound.retry import Retrier
from outbound.sentences import Sentence
from outbound.session import GuardedSession
from pim.calls import gate_of_pim
from pim.client import PimClient
from pim.errors import Unauthorized
from pim.links import API_PATH
from pim.media import DOWNLOAD_SECONDS, MEDIA_PATHS
from pim.urls import host_of

SECONDS_FOR_THE_SILENT = 5  # in which a PIM that answers at all begins to


def pim_policy(pim_url: str) -> AddressPolicy:
    """Return which addresses may be called for this PIM.

    A PIM registered by staff is allowed beside PIM_HOSTS, under exactly its own host and port.
    """
    if Connection.objects.filter(pim_url=pim_url).exists():
        return policy_for_registered(pim_url)
    return AddressPolicy(hosts=settings.PIM_HOSTS, insecure=settings.PIM_ALLOW_INSECURE)


def policy_for_registered(pim_url: str) -> AddressPolicy:
    hosts = [*settings.PIM_HOSTS, host_of(pim_url)]
    return AddressPolicy(hosts=hosts, insecure=settings.PIM_ALLOW_INSECURE)


def client_of_token(pim_url: str, token: str) -> PimClient:
    """Return a client for one question about this token, whatever is stored: it tries twice."""
    return PimClient(
        pim_url,
        token,
        session=pim_session(pim_url),
        limiter=governor(),
        retrier=Retrier(2, 5),
        before_write=refuse_on_wrong_copy,
    )


def pim_session(pim_url: str, *, read_timeout: float = 30) -> GuardedSession:
    session = GuardedSession(pim_policy(pim_url), read_timeout=read_timeout)
    for path in MEDIA_PATHS:
        # Without the slash: files are sent to the address of the list.
        prefix = f"{pim_url}{API_PATH}{path.removesuffix('/')}"
        session.allow_seconds(prefix, DOWNLOAD_SECONDS)
    return session


def governor() -> Limiter:
    """Return the limits on calls to PIMs (pim-contract.md 3.7).

    Every process of every host that has this REDIS_URL shares them; without one, every process on
    this machine.
    """
    if settings.REDIS_URL:
        return _redis_governor(settings.REDIS_URL)
    return Governor(settings.STATE_FOLDER / "locks")


def budget_of(connection: Connection) -> Use | None:
    """Return how many of the calls that its PIM allows at once are under way now, if known."""
    return governor().use_of(gate_of_pim(connection.pim_url))


@cache
def _redis_governor(url: str) -> RedisGovernor:
    return RedisGovernor(url)


def client_for(
    connection: Connection,
    *,
    stop: Callable[[], bool] | None = None,
    sleep: Callable[[float], None] = time.sleep,
    patient: bool = True,
    max_seconds: float = 240,
) -> PimClient:
    """Return a client that speaks for the app at this PIM; on a wrong copy it only reads.

    `stop` is asked while the client waits for its next try; `sleep` is how it waits, and may raise
    to end it; without `patient`, because somebody waits for the answer, it tries three times within
    some seconds, and a PIM whose circuit is open only once, for SECONDS_FOR_THE_SILENT. No call is
    tried again after `max_seconds`. Raises ConfigurationError when the connection was never made,
    Unauthorized when it is lost.
    """
    if connection.state == Connection.State.REGISTERED:
        raise ConfigurationError(
            Sentence(
                "%(host)s is registered but not connected yet. Click Connect in the PIM.",
                host=connection.host,
            )
        )
    if not (connection.token and connection.is_connected):
        raise Unauthorized(connection.host, disconnected=True, detail="no valid token is stored")
    session = pim_session(connection.pim_url)
    if patient:
        retrier = Retrier(max_seconds=max_seconds, stop=stop, sleep=sleep)
    elif Circuit.objects.open().of(connection).exists():
        session = pim_session(connection.pim_url, read_timeout=SECONDS_FOR_THE_SILENT)
        retrier = Retrier(max_tries=1)
    else:
        retrier = Retrier(3, 15, stop=stop, sleep=sleep)
    return PimClient(
        connection.pim_url,
        connection.token,
        session=session,
        limiter=governor(),
        retrier=retrier,
        connection_key=str(connection.uuid),
        before_write=refuse_on_wrong_copy,
    )
