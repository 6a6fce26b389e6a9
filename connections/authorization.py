"""Activation and callback: from *Connect* in the PIM to a connection with a token.

The PIM never comes back with an error (pim-contract.md 1.3): a refusal simply never arrives, so
every authorization under way expires by itself.
"""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.clients import pim_policy, pim_session
from connections.grants import Grant, store_grant
from connections.models import Authorization, Connection, PimUser
from outbound.errors import ConfigurationError
from outbound.sentences import Sentence
from pim.identity import Identity, KeyCache
from pim.oauth import CredentialsRefused, TokenAnswer, authorization_url, exchange_code
from pim.urls import host_of, normalize_pim_url

logger = logging.getLogger(__name__)

LIFETIME = timedelta(minutes=10)

_keys = KeyCache()


class AuthorizationRefused(ConfigurationError):
    """This authorization cannot go on; starting again from the PIM can."""


class SecretRefused(CredentialsRefused):
    """The PIM does not accept the credentials of its custom app; whoever has new ones may say so.

    `pim_url` is the PIM's.
    """

    def __init__(self, pim_url: str, *, detail: str) -> None:
        super().__init__(
            Sentence(
                "%(host)s does not accept the client id and secret that Ferry has. "
                "Most likely somebody made a new secret there: enter it, and Akeneo "
                "tells at once whether it is right.",
                host=host_of(pim_url),
            ),
            detail=detail,
        )
        self.pim_url = pim_url


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    client_id: str
    client_secret: str
    are_own: bool = True  # of a custom app of this PIM, not of the published app


@dataclass(frozen=True, slots=True)
class SignedIn:
    user: PimUser
    next_path: str


def credentials_for(pim_url: str, new_secret: str = "") -> Credentials:  # nosec B107  # empty: there is none
    """Return the client id and secret for this PIM: its custom app's, else the published app's.

    A new secret of the custom app takes the place of the stored one. Raises AuthorizationRefused
    when there are none.
    """
    connection = Connection.objects.filter(pim_url=pim_url).first()
    if connection and connection.client_id:
        return Credentials(connection.client_id, new_secret or connection.client_secret)
    if settings.AKENEO_CLIENT_ID and settings.AKENEO_CLIENT_SECRET:
        return Credentials(settings.AKENEO_CLIENT_ID, settings.AKENEO_CLIENT_SECRET, are_own=False)
    raise AuthorizationRefused(
        Sentence(
            "This app does not know that PIM yet. Ask whoever runs the app for an "
            "invitation link; there you enter the client id and secret that Akeneo "
            "showed for the custom app."
        )
    )


def begin(
    pim_url: str, *, browser: Callable[[], str], next_path: str = "", client_secret: str = ""
) -> str:
    """Remember an authorization for this browser and return the PIM's address to send it to.

    `browser` gives a secret of the browser session, and is asked once nothing can be refused any
    more. A `client_secret` takes the place of the stored one if the PIM proves it right; so
    whoever has it needs no leave of ours to enter it.

    Raises InvalidPimUrl, AddressRefused or AuthorizationRefused; nothing is stored then.
    """
    pim_url = normalize_pim_url(pim_url)
    pim_policy(pim_url).check_url(pim_url)
    credentials = credentials_for(pim_url, client_secret)
    state = secrets.token_urlsafe(32)
    Authorization.objects.create(
        state_digest=_digest(state),
        browser_digest=_digest(browser()),
        pim_url=pim_url,
        next_path=next_path,
        client_secret=client_secret,
        expires_at=timezone.now() + LIFETIME,
    )
    scopes = wanted_scopes(Connection.objects.filter(pim_url=pim_url).first())
    return authorization_url(pim_url, credentials.client_id, scopes, state)


def complete(state: str, code: str, *, browser: str) -> SignedIn:
    """Exchange the code at once, verify who came, and store the connection.

    The state is used up whatever happens next. The calls to the PIM are made outside any
    transaction; the token, the scopes and the person are stored together or not at all.

    Raises AuthorizationRefused for a state that is forged, used, expired or of another browser
    and for a callback without code, and what `pim.oauth` and `pim.identity` raise.
    """
    if not (state and code):
        raise AuthorizationRefused(
            Sentence(
                "Something is missing in the address that brought you here. Open the "
                "app from the PIM again."
            ),
            detail="callback without code or state",
        )
    authorization = _use(state, browser)
    pim_url = authorization.pim_url
    new_secret = authorization.client_secret
    credentials = credentials_for(pim_url, new_secret)
    client_id = credentials.client_id
    answer = _exchange(pim_url, credentials, code)
    identity = _identify(answer, pim_url, client_id)
    user = store_grant(Grant(pim_url, answer, identity, client_id, new_secret))
    logger.info("Authorized connection %s for PIM user %s", user.connection_id, user.pk)
    return SignedIn(user, authorization.next_path)


def pim_of(state: str) -> str:
    """Return the PIM of the authorization that this state stands for, "" if there is none."""
    known = Authorization.objects.filter(state_digest=_digest(state))
    return known.values_list("pim_url", flat=True).first() or ""


def _use(state: str, browser: str) -> Authorization:
    """Take the authorization this state stands for. A guarded update: only one taker wins."""
    now = timezone.now()
    authorization = Authorization.objects.filter(state_digest=_digest(state)).first()
    mine = authorization is not None and hmac.compare_digest(
        authorization.browser_digest, _digest(browser)
    )
    if authorization is None or not mine:
        raise AuthorizationRefused(
            Sentence(
                "This authorization was not started in this browser. Open the app from "
                "the PIM again."
            ),
            detail="unknown state, or another browser's",
        )
    unused = Authorization.objects.filter(pk=authorization.pk, used_at=None)
    if not unused.update(used_at=now, updated_at=now):
        raise AuthorizationRefused(
            Sentence("This authorization was used already. Open the app from the PIM again."),
            detail="state used twice",
        )
    if authorization.expires_at < now:
        raise AuthorizationRefused(
            Sentence(
                "This authorization took longer than ten minutes. Open the app from the PIM again."
            ),
            detail="state expired",
        )
    return authorization


def _exchange(pim_url: str, credentials: Credentials, code: str) -> TokenAnswer:
    client_id, client_secret = credentials.client_id, credentials.client_secret
    try:
        return exchange_code(pim_url, client_id, client_secret, code, session=pim_session(pim_url))
    except CredentialsRefused as error:
        if credentials.are_own:
            raise SecretRefused(pim_url, detail=error.detail) from error
        raise CredentialsRefused(
            Sentence(
                "%(host)s does not accept the client id and secret of this app. The "
                "staff who run it must correct AKENEO_CLIENT_ID and "
                "AKENEO_CLIENT_SECRET; nobody in the PIM can.",
                host=host_of(pim_url),
            ),
            detail=error.detail,
        ) from error


def _identify(answer: TokenAnswer, pim_url: str, client_id: str) -> Identity:
    if not answer.id_token:
        raise AuthorizationRefused(
            Sentence(
                "The PIM did not say who you are. Open the app again and accept that "
                "it may know your identity."
            ),
            detail="no id_token in the token answer",
        )
    return _keys.verify(
        answer.id_token, pim_url=pim_url, client_id=client_id, session=pim_session(pim_url)
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
