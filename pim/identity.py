"""Who the user is: verifying the ID token that a PIM signs (pim-contract.md 1.8)."""

import math
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import extract_compact

from outbound.errors import ConfigurationError, OutboundError, TransientError
from outbound.retry import Retrier
from outbound.sentences import Sentence
from outbound.session import GuardedSession
from pim.urls import InvalidPimUrl, host_of, normalize_pim_url

PUBLIC_KEY_PATH = "/connect/apps/v1/openid/public-key"

_MAX_TOKEN_LENGTH = 16 * 1024
_MAX_SUB_LENGTH = 255
_MIN_KEY_BITS = 2048
_MAX_IN_VAIN, _IN_VAIN_SECONDS = 10, 60.0  # of fetching a key that proves nobody
_TWICE = Retrier(max_tries=2, max_seconds=5)  # somebody is waiting for the page


class InvalidIdToken(ConfigurationError):
    """The ID token does not prove who the user is; `detail` names the check that failed."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            Sentence(
                "The PIM's proof of who you are could not be verified. Open the app "
                "from the PIM again; if it stays so, tell support."
            ),
            detail=f"id_token: {detail}",
        )


class SignatureMismatch(InvalidIdToken):
    """Signed with another key: perhaps the PIM has a new one, so fetch it and try once more."""


class PublicKeyUnavailable(TransientError):
    """The PIM did not give its public key."""

    def __init__(self, host: str, detail: str) -> None:
        super().__init__(
            Sentence(
                "%(host)s did not give the key that proves who you are. Try again in a moment.",
                host=host,
            ),
            detail=f"public key: {detail}",
        )


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified user of a PIM. Only (`iss`, `sub`) identifies; the rest the user can edit."""

    iss: str
    sub: str
    firstname: str = ""
    lastname: str = ""
    email: str = ""


def fetch_public_key(
    pim_url: str, session: GuardedSession, *, retrier: Retrier | None = None
) -> str:
    """The PEM of the PIM's key: a certificate or a bare public key. Tried twice by default."""
    host = host_of(pim_url)

    def fetch() -> str:
        response = session.get(
            f"{pim_url}{PUBLIC_KEY_PATH}", headers={"Accept": "application/json"}
        )
        if response.status_code != 200:
            raise PublicKeyUnavailable(host, f"status {response.status_code}")
        try:
            pem = msgspec.json.decode(response.content, type=_KeyAnswer).public_key
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise PublicKeyUnavailable(host, "not the JSON that a PIM sends") from None
        try:
            _load_key(pem)
        except ValueError as error:
            raise PublicKeyUnavailable(host, str(error)) from None
        return pem

    return (retrier or _TWICE).call(fetch)


def verify_id_token(
    id_token: str,
    *,
    pem: str,
    pim_url: str,
    client_id: str,
    now: float | None = None,
    leeway: float = 60,
) -> Identity:
    """The user whom the token names, if this PIM signed it, for this app, and it is still valid.

    `now` is Unix time, `leeway` how many seconds the clocks may differ. Raises InvalidIdToken, or
    its subclass SignatureMismatch.
    """
    _check_shape(id_token)
    try:
        claims = jwt.decode(id_token, RSAKey.import_key(_load_key(pem)), ["RS256"]).claims
    except BadSignatureError:
        raise SignatureMismatch("the signature does not match") from None
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidIdToken(f"unreadable ({type(error).__name__})") from None
    iss = _issuer(claims)
    if iss != normalize_pim_url(pim_url):
        raise InvalidIdToken("issued by another PIM")
    _check_audience(claims.get("aud"), client_id)
    _check_times(claims, time.time() if now is None else now, leeway)
    sub = claims.get("sub")
    if not isinstance(sub, str) or not 0 < len(sub) <= _MAX_SUB_LENGTH or not sub.isprintable():
        raise InvalidIdToken("no usable sub")
    return Identity(
        iss, sub, _text(claims, "firstname"), _text(claims, "lastname"), _text(claims, "email")
    )


class KeyCache:
    """Keeps the public keys of PIMs for a few minutes; fetches anew when a signature mismatches.

    Fetching that proves nobody is bounded for each PIM, so that a flood of forged tokens does not
    become a flood of calls.
    """

    def __init__(self, ttl: float = 300, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._ttl = ttl
        self._clock = clock
        self._keys: dict[str, tuple[float, str]] = {}
        self._in_vain: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def verify(
        self,
        id_token: str,
        *,
        pim_url: str,
        client_id: str,
        session: GuardedSession,
        now: float | None = None,
    ) -> Identity:
        """As `verify_id_token`, with the PIM's key, which PIMs renew now and then.

        What is no token at all is refused before any key is fetched for it.
        """
        _check_shape(id_token)

        def verify_with(pem: str) -> Identity:
            return verify_id_token(id_token, pem=pem, pim_url=pim_url, client_id=client_id, now=now)

        pem = self._cached(pim_url)
        if pem is not None:
            try:
                return verify_with(pem)
            except SignatureMismatch:
                if self._may_not_fetch(pim_url):
                    raise
        elif self._may_not_fetch(pim_url):
            raise PublicKeyUnavailable(host_of(pim_url), "fetched in vain too often")
        try:
            return verify_with(self._fetch(pim_url, session))
        except OutboundError as error:
            if isinstance(error, SignatureMismatch) or not isinstance(error, InvalidIdToken):
                self._count_in_vain(pim_url)
            raise

    def _cached(self, pim_url: str) -> str | None:
        with self._lock:
            fetched_at, pem = self._keys.get(pim_url, (-math.inf, ""))
        return pem if self._clock() - fetched_at < self._ttl else None

    def _fetch(self, pim_url: str, session: GuardedSession) -> str:
        pem = fetch_public_key(pim_url, session)
        with self._lock:
            self._keys[pim_url] = (self._clock(), pem)
        return pem

    def _count_in_vain(self, pim_url: str) -> None:
        with self._lock:
            self._in_vain.setdefault(pim_url, deque(maxlen=_MAX_IN_VAIN)).append(self._clock())

    def _may_not_fetch(self, pim_url: str) -> bool:
        with self._lock:
            times = self._in_vain.get(pim_url) or deque()
            return len(times) == _MAX_IN_VAIN and self._clock() - times[0] < _IN_VAIN_SECONDS


def _check_shape(id_token: str) -> None:
    """Raise InvalidIdToken for what no key could make a token of."""
    if len(id_token) > _MAX_TOKEN_LENGTH:
        raise InvalidIdToken("too long")
    try:
        extract_compact(id_token.encode())
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise InvalidIdToken(f"unreadable ({type(error).__name__})") from None


class _KeyAnswer(msgspec.Struct):
    public_key: str


def _load_key(pem: str) -> RSAPublicKey:
    """The RSA key of a certificate or public key; ValueError if it is neither or too weak."""
    encoded = pem.strip().encode()
    key: object
    try:
        if b"BEGIN CERTIFICATE" in encoded:
            key = x509.load_pem_x509_certificate(encoded).public_key()
        else:
            key = load_pem_public_key(encoded)
    except UnsupportedAlgorithm as error:
        raise ValueError("a key of an unknown kind") from error
    if not isinstance(key, RSAPublicKey) or key.key_size < _MIN_KEY_BITS:
        raise ValueError(f"not an RSA key of at least {_MIN_KEY_BITS} bits")
    return key


def _issuer(claims: dict[str, Any]) -> str:
    iss = claims.get("iss")
    if not isinstance(iss, str):
        raise InvalidIdToken("no issuer")
    try:
        return normalize_pim_url(iss)
    except InvalidPimUrl:
        raise InvalidIdToken("the issuer is not a PIM's address") from None


def _check_audience(aud: object, client_id: str) -> None:
    audiences = aud if isinstance(aud, list) else [aud]
    if not client_id or client_id not in audiences:
        raise InvalidIdToken("meant for another app")


def _check_times(claims: dict[str, Any], now: float, leeway: float) -> None:
    """PIMs send times with microseconds, as floats (pim-contract.md 1.8)."""
    if _moment(claims, "exp") <= now - leeway:
        raise InvalidIdToken("expired")
    for name in ("iat", "nbf"):
        if name in claims and _moment(claims, name) > now + leeway:
            raise InvalidIdToken(f"{name} is in the future")


def _moment(claims: dict[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidIdToken(f"no usable {name}")
    try:
        moment = float(value)
    except OverflowError:  # an integer of hundreds of digits
        moment = math.inf
    if not math.isfinite(moment):
        raise InvalidIdToken(f"no usable {name}")
    return moment


def _text(claims: dict[str, Any], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str):
        return ""
    # JSON may spell half a surrogate pair and NUL, which no database takes.
    return value.encode(errors="ignore").decode().replace("\x00", "")[:255]
