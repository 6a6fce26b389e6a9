"""The settings of a channel: how each is asked for, and what may be entered."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal
from urllib.parse import urlsplit

from outbound.errors import ConfigurationError
from outbound.hosts import canonical_host, written_host

CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
_IN_LINES = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
LONGEST = 50_000  # characters of a setting with several lines
WHOLE_NUMBER = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class Group:
    """A heading over settings that are asked for together."""

    label: str
    for_some: bool = False  # most channels of the kind need none of it: folded while unused


@dataclass(frozen=True, slots=True)
class Setting:
    """One value a person enters for a channel; values are always text."""

    name: str
    label: str
    help: str
    required: bool = False
    secret: bool = False  # stored encrypted, never shown again
    default: str = ""
    # Secrets stay with the server that a url, a folder or a host leads to.
    kind: Literal["text", "url", "integer", "choice", "folder", "host", "lines"] = "text"
    choices: tuple[tuple[str, str], ...] = ()  # (value, label)
    minimum: int | None = None
    maximum: int | None = None
    group: Group | None = None


def in_groups(settings: Iterable[Setting]) -> list[tuple[Group | None, list[Setting]]]:
    """The settings under their headings, in the order they are declared."""
    return [(group, list(of_it)) for group, of_it in groupby(settings, lambda one: one.group)]


class InvalidSettings(ConfigurationError):
    """Settings that cannot be used; `errors` has a sentence for each one that is wrong."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


def clean_value(setting: Setting, value: str) -> str:
    """The value in order, or the default for an empty one.

    Raises ValueError with a sentence, which never repeats the value of a secret or an address
    (either may hold a password).
    """
    if not setting.secret:  # a secret may begin or end with a space
        value = value.strip()
    if not value.strip():
        if setting.required and not setting.default:
            raise ValueError(f"“{setting.label}” ({setting.name}) is missing.")
        return setting.default
    if setting.kind == "lines":
        return _clean_lines(setting, value)
    if CONTROL_CHARACTERS.search(value):
        raise ValueError(f"“{setting.label}” must be one line without control characters.")
    if setting.kind == "url":
        return _clean_url(setting, value)
    if setting.kind == "integer":
        return _clean_integer(setting, value)
    if setting.kind == "choice" and value not in dict(setting.choices):
        known = ", ".join(choice for choice, _ in setting.choices)
        raise ValueError(f"“{setting.label}” cannot be “{value[:50]}”. Choose one of: {known}.")
    return value


def _clean_lines(setting: Setting, value: str) -> str:
    """Lines end in a line feed alone, whatever a browser made of them."""
    value = "\n".join(line.rstrip() for line in value.splitlines()).strip()
    if _IN_LINES.search(value):
        raise ValueError(f"“{setting.label}” must be text without control characters.")
    if len(value) > LONGEST:
        raise ValueError(f"“{setting.label}” is too long: {LONGEST:,} characters at most.")
    return value


def _clean_url(setting: Setting, value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", value):
        raise ValueError(
            f"“{setting.label}” must be a complete web address, such as https://shop.example.com/in."
        )
    if "@" in parts.netloc:
        raise ValueError(f"“{setting.label}” must not contain a user name or a password.")
    try:
        canonical_host(written_host(parts))
    except ValueError as error:
        raise ValueError(f"The host of “{setting.label}” cannot be used: {error}.") from None
    if parts.fragment:
        raise ValueError(f"“{setting.label}” must not contain “#”.")
    return value


def _clean_integer(setting: Setting, value: str) -> str:
    number = int(value) if WHOLE_NUMBER.fullmatch(value) else None
    if (
        number is None
        or (setting.minimum is not None and number < setting.minimum)
        or (setting.maximum is not None and number > setting.maximum)
    ):
        limits = [
            f"{word} {limit}"
            for word, limit in (("from", setting.minimum), ("to", setting.maximum))
            if limit is not None
        ]
        wanted = " ".join(["a whole number", *limits])
        raise ValueError(f"“{setting.label}” must be {wanted}.")
    return str(number)
