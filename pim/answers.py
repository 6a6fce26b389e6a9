"""From a PIM's HTTP answer to an exception: the status table of pim-contract.md 3.6, once."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import requests

from outbound.redaction import redact
from outbound.retry import parse_retry_after
from pim.errors import (
    Forbidden,
    NotFound,
    PayloadTooLarge,
    PimUnavailable,
    RateLimited,
    RequestRefused,
    Unauthorized,
    UnexpectedAnswer,
    ValidationFailed,
)

_UNAVAILABLE = (408, 425)
_OVERSIZED = 100_000  # bytes; the platform's own limit is not documented
_SHOWN = 300  # characters of an answer that go to the log


def raise_for_answer(
    response: requests.Response, host: str, *, token: str, not_found: type[NotFound] = NotFound
) -> None:
    """Raise what the status means; return for a 2xx. Nothing raised contains the token.

    A 200 is not yet a success: disabled catalogs answer with it too.
    """
    status = response.status_code
    if 200 <= status < 300:
        return
    envelope = _envelope(response.content)
    said = redact(_text(envelope, "message"), [token])
    detail = redact(_detail(response, said), [token])
    if status == 401:
        raise Unauthorized(host, disconnected="disconnected" in said.lower(), detail=detail)
    if status == 403:
        # The platform in front of the PIM says 403 to an oversized body, in a page of its own.
        if envelope is None and _size_of_request(response) > _OVERSIZED:
            raise PayloadTooLarge(host, detail=detail)
        raise Forbidden(host, said, detail=detail)
    if status == 404:
        raise not_found(host, said, detail=detail)
    if status == 413:
        raise PayloadTooLarge(host, said, detail=detail)
    if status == 422:
        raise ValidationFailed(host, said, _violations(envelope, token), detail=detail)
    if status in (429, *_UNAVAILABLE) or status >= 500:
        now = server_time(response) or datetime.now(UTC)
        retry_after = parse_retry_after(response.headers.get("Retry-After"), now)
        unavailable = RateLimited if status == 429 else PimUnavailable
        raise unavailable(host, status=status, detail=detail, retry_after=retry_after)
    if status in (302, 303, 307):  # a maintenance or log-in page; 301 and 308 are there to stay
        raise UnexpectedAnswer(host, "a redirection", detail=detail)
    raise RequestRefused(host, said, status=status, detail=detail)


def server_time(response: requests.Response) -> datetime | None:
    """The PIM's clock when it answered, by the Date header."""
    try:
        moment = parsedate_to_datetime(response.headers.get("Date", ""))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _size_of_request(response: requests.Response) -> int:
    """How many bytes were sent: of a form with a file in it only its header knows."""
    length = response.request.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else 0


def _envelope(body: bytes) -> dict[str, Any] | None:
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return decoded if isinstance(decoded, dict) else None


def _text(envelope: dict[str, Any] | None, key: str) -> str:
    value = (envelope or {}).get(key)
    return value if isinstance(value, str) else ""


def _violations(envelope: dict[str, Any] | None, token: str) -> list[tuple[str, str]]:
    errors = (envelope or {}).get("errors")
    if not isinstance(errors, list):
        return []
    return [
        (
            _text(error, "property") or _text(error, "propertyPath"),
            redact(_text(error, "message"), [token]),
        )
        for error in errors
        if isinstance(error, dict)
    ]


def _detail(response: requests.Response, said: str) -> str:
    path = urlsplit(str(response.request.url)).path
    shown = said or response.content[: 4 * _SHOWN].decode("utf-8", "replace")
    return f"{response.request.method} {path} → {response.status_code}: {shown[:_SHOWN]!r}"
