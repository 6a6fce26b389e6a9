"""Authorization by Akeneo's OAuth 2.0: not PKCE, every failure a 400 (pim-contract.md 1.3, 1.5).

The secret is never sent: a random identifier goes over the wire together with the hash of it and
the secret.
"""

import hashlib
import logging
import os
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import requests
from oauthlib.oauth2 import OAuth2Error
from requests_oauthlib import OAuth2Session

from outbound.errors import ConfigurationError, NotSent, TransientError
from outbound.redaction import redact
from outbound.retry import Retrier
from outbound.sentences import Sentence
from outbound.session import GuardedSession
from pim.scopes import join
from pim.urls import host_of

AUTHORIZE_PATH = "/connect/apps/v1/authorize"
TOKEN_PATH = "/connect/apps/v1/oauth2/token"  # noqa: S105  # nosec B105  # an address

# A code lives for 30 seconds: an answer that takes longer is of no use.
_TOTAL_SECONDS = 20
_MAX_BYTES = 1024 * 1024
_MAX_TOKEN_LENGTH = 4096
_TWICE = Retrier(max_tries=2, max_seconds=5)


class TokenRefused(ConfigurationError):
    """The PIM does not exchange this code. The subclasses say why, where the PIM does."""


class CodeExpired(TokenRefused):
    """More than 30 seconds passed between the PIM's redirect and the exchange."""


class CodeRefused(TokenRefused):
    """The code is unknown, or was used before."""


class CredentialsRefused(TokenRefused):
    """The client id is unknown or the secret is wrong; it hides whatever is wrong with the code."""


class TokenEndpointFailed(TransientError):
    """The PIM did not answer as its token endpoint does; the code may or may not be used up."""


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What an app holds after authorization: the scopes are those it has, not those it asked for.

    `id_token` is there only if the user consented to `openid`.
    """

    access_token: str = field(repr=False)
    scopes: frozenset[str]
    id_token: str | None = field(default=None, repr=False)


def authorization_url(pim_url: str, client_id: str, scopes: Iterable[str], state: str) -> str:
    """Where to send the browser. `pim_url` is normalized and has passed the address guard.

    The PIM comes back with a code and the state, or not at all: it never redirects with an error.
    """
    # oauthlib refuses http by a switch for the whole process; the guard has decided already.
    secure = pim_url.replace("http://", "https://", 1)
    session = OAuth2Session(client_id, scope=join(scopes))
    url, _ = session.authorization_url(f"{secure}{AUTHORIZE_PATH}", state=state)
    return f"{pim_url}{str(url).removeprefix(secure)}"


def exchange_code(
    pim_url: str,
    client_id: str,
    client_secret: str,
    code: str,
    *,
    session: GuardedSession,
    retrier: Retrier | None = None,
) -> TokenAnswer:
    """The token for a code from the callback; to be called at once, the code lives 30 seconds.

    `session` lends its address policy and its certificates. Raises a TokenRefused or
    TokenEndpointFailed, or what the guard and the network raise. Codes are good for one use, so
    only a call that was certainly not sent is tried again, once by default.
    """
    url = f"{pim_url}{TOKEN_PATH}"
    session.policy.check_url(url)
    if url.startswith("http://"):  # the guard let it pass; oauthlib has only this switch
        os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    _keep_tokens_out_of_logs()
    identifier = secrets.token_hex(30)
    answers: list[TokenAnswer] = []

    def check(response: requests.Response) -> requests.Response:
        answers.append(_token_answer(response, host_of(pim_url), [client_secret, code]))
        return response

    with _TokenSession(
        session.policy, client_id=client_id, total_seconds=_TOTAL_SECONDS, max_bytes=_MAX_BYTES
    ) as oauth:
        oauth.verify = session.verify
        # Before the library parses: it takes an HTML page for an empty form.
        oauth.register_compliance_hook("access_token_response", check)
        try:
            (retrier or _TWICE).call(
                lambda: oauth.fetch_token(
                    url,
                    code=code,
                    include_client_id=True,
                    code_identifier=identifier,
                    code_challenge=code_challenge(identifier, client_secret),
                ),
                retry_if=lambda error: isinstance(error, NotSent),
            )
        except (OAuth2Error, ValueError, TypeError) as error:
            # Not chained: the library's errors may print what the answer held.
            raise TokenEndpointFailed(
                Sentence(
                    "%(host)s answered without a usable token. Open the app from the PIM again.",
                    host=host_of(pim_url),
                ),
                detail=f"token endpoint: {type(error).__name__}",
            ) from None
    return answers[0]


def code_challenge(code_identifier: str, client_secret: str) -> str:
    """Lower-case hex of the SHA-256 of both, joined without a separator."""
    return hashlib.sha256(f"{code_identifier}{client_secret}".encode()).hexdigest()


class _TokenSession(GuardedSession, OAuth2Session):
    """requests-oauthlib's session, behind the address guard."""


def _token_answer(response: requests.Response, host: str, hidden: list[str]) -> TokenAnswer:
    """The token in the answer, or the reason why there is none."""
    body = _json_object(response)
    status = response.status_code
    if status == 200 and body is not None and "error" not in body:
        return _token(body, host)
    error = _said(body, "error", hidden)
    description = _said(body, "error_description", hidden)
    detail = f"token endpoint: {status} {error} {description}".strip()[:300]
    if error and status < 500 and status != 429:
        raise _refusal(error, description, host, detail)
    if status in (404, 405, 410):
        raise TokenRefused(
            Sentence(
                "%(host)s has no place to authorize apps at. Check that this is the "
                "address of a PIM and that its edition can have apps.",
                host=host,
            ),
            detail=detail,
        )
    raise TokenEndpointFailed(
        Sentence(
            "%(host)s did not confirm the authorization. Open the app from the PIM "
            "again; if it keeps failing, the PIM may be under maintenance.",
            host=host,
        ),
        detail=detail,
    )


def _token(body: dict[str, Any], host: str) -> TokenAnswer:
    token, scope, id_token = body.get("access_token"), body.get("scope", ""), body.get("id_token")
    usable = (
        isinstance(token, str)
        and 0 < len(token) <= _MAX_TOKEN_LENGTH
        and token.isascii()
        and all("!" <= ch <= "~" for ch in token)  # it becomes part of a header
        and isinstance(scope, str | None)
        and (not scope or (scope.isascii() and scope.isprintable()))
        and isinstance(id_token, str | None)
        and str(body.get("token_type", "bearer")).lower() == "bearer"
    )
    if not usable:
        raise TokenEndpointFailed(
            Sentence(
                "%(host)s answered without a usable token. Open the app from the PIM again.",
                host=host,
            ),
            detail=f"token endpoint: 200 with the keys {sorted(body)}"[:300],
        )
    return TokenAnswer(str(token), frozenset((scope or "").split()), id_token or None)


def _refusal(error: str, description: str, host: str, detail: str) -> TokenRefused:
    again = Sentence("Open the app from the PIM again.")
    if error == "invalid_grant" and "expired" in description.lower():
        return CodeExpired(
            Sentence(
                "The authorization took longer than %(host)s allows. %(again)s",
                host=host,
                again=again,
            ),
            detail=detail,
        )
    if error == "invalid_grant":
        return CodeRefused(
            Sentence(
                "%(host)s does not know this authorization, or it was used already. %(again)s",
                host=host,
                again=again,
            ),
            detail=detail,
        )
    if error in ("invalid_client", "unauthorized_client"):
        return CredentialsRefused(
            Sentence(
                "%(host)s does not accept this app's client id and secret. Ask the "
                "staff who run this app to store the ones shown in the PIM, where the "
                "secret may have been renewed.",
                host=host,
            ),
            detail=detail,
        )
    return TokenRefused(
        Sentence(
            "%(host)s refused to authorize the app (%(error)s). %(again)s If it "
            "stays so, tell support.",
            host=host,
            error=error[:50],
            again=again,
        ),
        detail=detail,
    )


def _said(body: dict[str, Any] | None, name: str, hidden: list[str]) -> str:
    """What the PIM says, on one line; it might repeat what it was sent."""
    return redact(" ".join(str((body or {}).get(name, "")).split()), hidden)


def _json_object(response: requests.Response) -> dict[str, Any] | None:
    try:
        body = msgspec.json.decode(response.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _keep_tokens_out_of_logs() -> None:
    """These two write codes and tokens at DEBUG; each time anew, as logging may be set up late."""
    for name in ("requests_oauthlib", "oauthlib"):
        for logger in [logging.getLogger(name), *_children(name)]:
            logger.setLevel(logging.INFO)


def _children(name: str) -> list[logging.Logger]:
    known = logging.Logger.manager.loggerDict
    return [logging.getLogger(child) for child in list(known) if child.startswith(f"{name}.")]
