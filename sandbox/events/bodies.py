"""What apps may send to the Event Platform's API (pim-contract.md 4.2)."""

import re
from typing import Any
from urllib.parse import urlsplit

_EVENT = re.compile(r"com\.akeneo\.pim\.v1\.[a-z][a-z.-]*[a-z]", re.ASCII)
_HEADER = re.compile(r"[a-zA-Z0-9-]{1,128}", re.ASCII)
_RESERVED = {"content-type", "user-agent", "x-correlation-id", "host", "authorization", "cookie"}
_CHANNELS = ("email", "webhook")
_MOST_HEADERS, _LONGEST_HEADER, _LONGEST_FILTER = 5, 256, 500


class InvalidBody(ValueError):
    """The text says what is wrong."""


def check_subscriber(body: dict[str, Any]) -> None:
    """Raise InvalidBody unless a subscriber can be made of it."""
    if not _is_text(body.get("name")):
        raise InvalidBody("name is required.")
    contact = body.get("contact")
    if not isinstance(contact, dict) or "@" not in str(contact.get("technical_email", "")):
        raise InvalidBody("contact.technical_email must be an e-mail address.")
    channels = contact.get("notification_channels", [])
    if not isinstance(channels, list) or any(each not in _CHANNELS for each in channels):
        raise InvalidBody("contact.notification_channels may hold email and webhook.")
    if "webhook" not in channels:
        return
    _check_address("contact.notification_webhook_url", contact.get("notification_webhook_url"))
    secret = contact.get("notification_webhook_secret")
    if not isinstance(secret, str) or not 16 <= len(secret) <= 256:
        raise InvalidBody("contact.notification_webhook_secret needs 16 to 256 characters.")


def check_subscription(body: dict[str, Any], pim_url: str) -> None:
    """Raise InvalidBody unless a subscription can be made of it. Filters are kept, and not used."""
    if body.get("source") != "pim":
        raise InvalidBody("source must be pim.")
    if str(body.get("subject", "")).rstrip("/") != pim_url:
        raise InvalidBody("subject must be the address of the PIM.")
    events = body.get("events")
    if not isinstance(events, list) or not events:
        raise InvalidBody("events must name at least one event.")
    for event in events:
        if not isinstance(event, str) or not _EVENT.fullmatch(event):
            raise InvalidBody(f"There is no event {event}.")
    if body.get("type") != "https":
        raise InvalidBody("The sandbox delivers to addresses of type https only.")
    if not isinstance(body.get("filter", ""), str) or len(body.get("filter", "")) > _LONGEST_FILTER:
        raise InvalidBody("filter has 500 characters at most.")
    _check_config(body.get("config"))


def _check_config(config: Any) -> None:
    if not isinstance(config, dict):
        raise InvalidBody("config is required.")
    _check_address("config.url", config.get("url"))
    secret = config.get("secret")
    if not isinstance(secret, dict) or not _is_text(secret.get("primary")):
        raise InvalidBody("config.secret.primary is required.")
    if not isinstance(secret.get("secondary", ""), str):
        raise InvalidBody("config.secret.secondary must be a text.")
    headers = config.get("headers", {})
    if not isinstance(headers, dict) or len(headers) > _MOST_HEADERS:
        raise InvalidBody("config.headers has 5 members at most.")
    for name, value in headers.items():
        is_reserved = name.lower() in _RESERVED or name.lower().startswith("x-akeneo-signature-")
        if is_reserved or not _HEADER.fullmatch(name):
            raise InvalidBody(f"config.headers must not have {name}.")
        if not isinstance(value, str) or len(value) > _LONGEST_HEADER or not value.isprintable():
            raise InvalidBody(f"config.headers: {name} is not a value for a header.")


def _check_address(name: str, url: Any) -> None:
    """Only https in truth; of this machine the sandbox takes http as well."""
    try:
        parts = urlsplit(url if isinstance(url, str) else "")
        is_here = parts.hostname in ("127.0.0.1", "localhost", "::1")
    except ValueError:
        raise InvalidBody(f"{name} is not an address.") from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and is_here)
    if not parts.hostname or not is_safe:
        raise InvalidBody(f"{name} must be an https address.")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
