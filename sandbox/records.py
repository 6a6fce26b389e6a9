"""What the PIM remembers about people, apps and catalogs."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Person:
    """A user of the PIM; `consents` are the OpenID scopes granted, by client id."""

    username: str
    password: str = field(repr=False)
    firstname: str
    lastname: str
    email: str
    may_manage_apps: bool
    may_open_apps: bool
    consents: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class App:
    """A custom app; `subs` are the ids it knows people by, by username."""

    client_id: str
    client_secret: str = field(repr=False)
    name: str
    activate_url: str
    callback_url: str
    connected: bool = False
    scopes: set[str] = field(default_factory=set)
    token: str | None = field(default=None, repr=False)
    scopes_of_token: set[str] = field(default_factory=set)
    outdated_scopes: bool = False
    subs: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Code:
    """An authorization code; `issued_at` is Unix time."""

    value: str = field(repr=False)
    client_id: str
    username: str
    issued_at: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class Criterion:
    """One condition of a catalog's product selection; all of them must hold.

    `field` is enabled (= with a boolean), family (IN with codes), or category (IN or IN CHILDREN
    with codes).
    """

    field: str
    operator: str
    value: Any


@dataclass(frozen=True, slots=True)
class Source:
    """Where a target's value comes from.

    `source` is an attribute code, or uuid, identifier, family, categories; None is not mapped.
    `parameters` may hold currency (of a price), unit (of a measurement), label_locale (of an
    option, family or category; without it the code is taken).
    """

    source: str | None
    locale: str | None = None
    scope: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


def _enabled_only() -> list[Criterion]:
    return [Criterion("enabled", "=", True)]


@dataclass(slots=True)
class Catalog:
    """An app's catalog; `schema` is the mapping schema as the app sent it, `mapping` by target."""

    id: str
    name: str
    client_id: str
    enabled: bool = False
    managed_currencies: list[str] | None = None
    managed_locales: list[str] | None = None
    schema: dict[str, Any] | None = None
    mapping: dict[str, Source] = field(default_factory=dict)
    criteria: list[Criterion] = field(default_factory=_enabled_only)
