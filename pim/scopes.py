"""OAuth scopes of a PIM and which imply which (pim-contract.md 1.6)."""

from collections.abc import Iterable

MAX_LENGTH = 1000  # of the `scope` parameter; a longer one fails on a page of the PIM
AUTHENTICATION_SCOPES = frozenset({"openid", "profile", "email"})

_READ_AND_WRITE = (
    "products",
    "catalog_structure",
    "attribute_options",
    "categories",
    "channel_settings",
    "association_types",
    "catalogs",
    "asset_families",
    "assets",
    "reference_entities",
    "reference_entity_records",
)
_DELETABLE = ("products", "catalogs", "assets")

# The hierarchy of workflow and suggestion scopes is not known, so they imply nothing.
_IMPLIED = {f"write_{name}": {f"read_{name}"} for name in _READ_AND_WRITE} | {
    f"delete_{name}": {f"read_{name}", f"write_{name}"} for name in _DELETABLE
}


def expand(scopes: Iterable[str]) -> frozenset[str]:
    """The scopes and all that they imply."""
    given = frozenset(scopes)
    return given.union(*(_IMPLIED.get(scope, ()) for scope in given))


def missing(needed: Iterable[str], granted: Iterable[str]) -> frozenset[str]:
    """Which of the needed scopes the granted ones do not cover."""
    return frozenset(needed) - expand(granted)


def join(scopes: Iterable[str]) -> str:
    """The `scope` parameter: sorted, separated by spaces; ValueError if it gets too long."""
    joined = " ".join(sorted(set(scopes)))
    if len(joined) > MAX_LENGTH:
        raise ValueError(f"the PIM accepts at most {MAX_LENGTH} characters of scopes")
    return joined
