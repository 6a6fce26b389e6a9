"""How to speak with Vendure's Admin API, and what its answers mean.

An API key is checked anew, at 0.3 s, for every field at the root of a document, aliased ones too.
So whatever can be said in a list is said in one.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from channels.numbers import decimal_or_text
from channels.wording import plain_text
from outbound.errors import ConfigurationError, FailureKind, TransientError, kind_of_status
from outbound.retry import parse_retry_after
from outbound.sentences import Sentence

QUOTED = 300  # characters of what the shop says that a message repeats

# Vendure reads no more than 100 kB of JSON and answers HTTP 500 beyond; of a form it reads 1 MB.
MOST_JSON = 90_000

_TRIED_AGAIN = Sentence("It will be tried again.")
_CHECK_ADDRESS = Sentence("Check the address of the Admin API.")

_encoder = msgspec.json.Encoder(decimal_format="number")
_decoder = msgspec.json.Decoder(float_hook=decimal_or_text)

# An upload: name of the file, its content and its type.
Upload = tuple[str, bytes, str]


class Refused(Exception):
    """The shop refuses what one document says; `message` is in its words and safe to show."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class AdminApi:
    """One shop's Admin API. May be used by several threads."""

    def __init__(
        self, session: requests.Session, url: str, *, api_key: str, channel_token: str = ""
    ) -> None:
        self._session = session
        self._url = url
        self._secret = api_key
        self._headers = {"vendure-api-key": api_key}
        if channel_token:
            self._headers["vendure-token"] = channel_token

    def read(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask for something. Raises ChannelError."""
        try:
            return self.change(document, variables)
        except Refused as refused:
            raise TransientError(
                Sentence(
                    "The shop could not answer a question: “%(said)s”. It will be tried again.",
                    said=refused.message,
                )
            ) from None

    def change(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask or change something. Raises ChannelError, or Refused for what is in the document."""
        body = encoded({"query": document, "variables": variables or {}})
        if len(body) > MOST_JSON:
            return self._send_form(body, {}, [])
        headers = {**self._headers, "Content-Type": "application/json"}
        return self._data(self._post(data=body, headers=headers))

    def upload(
        self, document: str, variables: Mapping[str, Any], files: Sequence[tuple[str, Upload]]
    ) -> dict[str, Any]:
        """Change something with files, each given with the path of its variable."""
        body = encoded({"query": document, "variables": variables})
        places = {str(number): [path] for number, (path, _) in enumerate(files)}
        return self._send_form(body, places, [upload for _, upload in files])

    def _send_form(
        self, body: bytes, places: dict[str, list[str]], uploads: Sequence[Upload]
    ) -> dict[str, Any]:
        """By the GraphQL multipart request specification, which wants the parts in this order."""
        parts: list[tuple[str, tuple[str | None, bytes, str]]] = [
            ("operations", (None, body, "application/json")),
            ("map", (None, encoded(places), "application/json")),
        ]
        parts += [(str(number), upload) for number, upload in enumerate(uploads)]
        # A shop that is careful with forms wants to see that no browser was tricked into this.
        headers = {**self._headers, "Apollo-Require-Preflight": "true"}
        return self._data(self._post(files=parts, headers=headers))

    def _post(self, **what: Any) -> requests.Response:
        return self._session.post(self._url, allow_redirects=False, **what)

    def _data(self, response: requests.Response) -> dict[str, Any]:
        answer = _answer(response.content)
        errors = answer.get("errors") if answer else None
        if response.status_code >= 500 or not isinstance(errors, list) or not errors:
            self._raise_for_status(response)
        if answer is None or (not errors and not isinstance(answer.get("data"), dict)):
            raise ConfigurationError(
                Sentence(
                    "%(host)s answers, but not as Vendure's Admin API does. Check the address: it "
                    "usually ends in /admin-api.",
                    host=self._host,
                )
            )
        if errors:
            self._raise(errors[0] if isinstance(errors[0], dict) else {})
        data: dict[str, Any] = answer["data"]
        return data

    def _raise(self, error: dict[str, Any]) -> None:
        extensions = error.get("extensions")
        code = extensions.get("code") if isinstance(extensions, dict) else None
        said = self._plain(error.get("message"))
        if code == "FORBIDDEN":
            raise ConfigurationError(
                Sentence(
                    "The shop does not let this app do that: the API key is wrong, or its role "
                    "lacks a permission. The role needs to read, create, update and delete the "
                    "catalog, and to read channels. Check the key, and its role in Vendure under "
                    "Settings → Roles."
                ),
                detail=str(error.get("path")),
            )
        if code == "CHANNEL_NOT_FOUND":
            raise ConfigurationError(
                Sentence(
                    "The shop has no channel with this token. Check the channel token; it is in "
                    "Vendure under Settings → Channels."
                )
            )
        if code in ("GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"):
            raise ConfigurationError(
                Sentence(
                    "The shop does not understand this app: “%(said)s”. Vendure must be 3.6 or "
                    "newer. If its custom fields were changed, refresh the channel's fields.",
                    said=said,
                )
            )
        raise Refused(said or "The shop did not say why.")

    def _raise_for_status(self, response: requests.Response) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise ConfigurationError(
                Sentence(
                    "%(host)s answered HTTP %(status)s and points elsewhere. Redirects are never "
                    "followed: enter the final address of the Admin API.",
                    host=self._host,
                    status=status,
                )
            )
        said = self._plain(response.content.decode("utf-8", "replace"))
        if kind_of_status(status) is FailureKind.TRANSIENT:
            wait = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise TransientError(_answered(status, said, _TRIED_AGAIN), retry_after=wait)
        raise ConfigurationError(_answered(status, said, _CHECK_ADDRESS))

    @property
    def _host(self) -> str:
        return urlsplit(self._url).hostname or "The address"

    def _plain(self, said: object) -> str:
        return plain_text(said if isinstance(said, str) else "", QUOTED, secret=self._secret)


def _answered(status: int, said: str, advice: Sentence) -> Sentence:
    """Say what the shop answered, in its own words if it has any, and what to do."""
    if said:
        return Sentence(
            "The shop answered HTTP %(status)s: “%(said)s”. %(advice)s",
            status=status,
            said=said,
            advice=advice,
        )
    return Sentence("The shop answered HTTP %(status)s. %(advice)s", status=status, advice=advice)


def encoded(content: object) -> bytes:
    """JSON with every decimal to the letter."""
    return _encoder.encode(content)


def _answer(content: bytes) -> dict[str, Any] | None:
    try:
        answer = _decoder.decode(content)
    except (msgspec.DecodeError, RecursionError):
        return None
    return answer if isinstance(answer, dict) else None
