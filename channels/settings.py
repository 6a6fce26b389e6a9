"""The settings of a channel: how each is asked for, and what may be entered."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal
from urllib.parse import urlsplit

from outbound.errors import ConfigurationError
from outbound.hosts import canonical_host, written_host
from outbound.sentences import Sentence, Title

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
            raise ValueError(
                Sentence(
                    "“%(label)s” (%(name)s) is missing.",
                    label=Title(setting.label),
                    name=setting.name,
                )
            )
        return setting.default
    if setting.kind == "lines":
        return _clean_lines(setting, value)
    if CONTROL_CHARACTERS.search(value):
        raise ValueError(
            Sentence(
                "“%(label)s” must be one line without control characters.",
                label=Title(setting.label),
            )
        )
    if setting.kind == "url":
        return _clean_url(setting, value)
    if setting.kind == "integer":
        return _clean_integer(setting, value)
    if setting.kind == "choice" and value not in dict(setting.choices):
        known = ", ".join(choice for choice, _ in setting.choices)
        raise ValueError(
            Sentence(
                "“%(label)s” cannot be “%(value)s”. Choose one of: %(known)s.",
                label=Title(setting.label),
                value=value[:50],
                known=known,
            )
        )
    return value


def _clean_lines(setting: Setting, value: str) -> str:
    """Lines end in a line feed alone, whatever a browser made of them."""
    value = "\n".join(line.rstrip() for line in value.splitlines()).strip()
    if _IN_LINES.search(value):
        raise ValueError(
            Sentence(
                "“%(label)s” must be text without control characters.",
                label=Title(setting.label),
            )
        )
    if len(value) > LONGEST:
        raise ValueError(
            Sentence(
                "“%(label)s” is too long: %(limit)s characters at most.",
                label=Title(setting.label),
                limit=format(LONGEST, ","),
            )
        )
    return value


def _clean_url(setting: Setting, value: str) -> str:
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or re.search(r"[\s\\]", value):
        raise ValueError(
            Sentence(
                "“%(label)s” must be a complete web address, such as https://shop.example.com/in.",
                label=Title(setting.label),
            )
        )
    if "@" in parts.netloc:
        raise ValueError(
            Sentence(
                "“%(label)s” must not contain a user name or a password.",
                label=Title(setting.label),
            )
        )
    try:
        canonical_host(written_host(parts))
    except ValueError as error:
        raise ValueError(
            Sentence(
                "The host of “%(label)s” cannot be used: %(reason)s.",
                label=Title(setting.label),
                reason=error.args[0],
            )
        ) from None
    if parts.fragment:
        raise ValueError(Sentence("“%(label)s” must not contain “#”.", label=Title(setting.label)))
    return value


def _clean_integer(setting: Setting, value: str) -> str:
    number = int(value) if WHOLE_NUMBER.fullmatch(value) else None
    if (
        number is None
        or (setting.minimum is not None and number < setting.minimum)
        or (setting.maximum is not None and number > setting.maximum)
    ):
        raise ValueError(_out_of_limits(setting))
    return str(number)


def _out_of_limits(setting: Setting) -> Sentence:
    label = Title(setting.label)
    if setting.maximum is None:
        if setting.minimum is None:
            return Sentence("“%(label)s” must be a whole number.", label=label)
        return Sentence(
            "“%(label)s” must be a whole number from %(least)s.", label=label, least=setting.minimum
        )
    if setting.minimum is None:
        return Sentence(
            "“%(label)s” must be a whole number to %(most)s.", label=label, most=setting.maximum
        )
    return Sentence(
        "“%(label)s” must be a whole number from %(least)s to %(most)s.",
        label=label,
        least=setting.minimum,
        most=setting.maximum,
    )
