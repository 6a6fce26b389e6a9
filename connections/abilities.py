"""What the app can do, and the scopes each ability needs (pim-contract.md 1.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from connections.models import PimUser
from pim.scopes import missing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Ability:
    code: str
    label: "str | _StrPromise"
    without: "str | _StrPromise"  # what does not work when it was not granted
    scopes: frozenset[str]


ABILITIES = (
    Ability(
        "sign_in",
        _("Know who opens the app"),
        _("People cannot be told apart, so nobody can sign in."),
        frozenset({"openid", "profile", "email"}),
    ),
    Ability(
        "read_products",
        _("Read the products of its catalogs"),
        _("No products can be read, so nothing reaches a channel."),
        frozenset({"read_products", "read_catalogs"}),
    ),
    Ability(
        "read_structure",
        _("Read languages, currencies, categories and association types"),
        _("What products carry cannot be chosen from lists, and shops get no categories."),
        frozenset(
            {
                "read_channel_localization",
                "read_channel_settings",
                "read_categories",
                "read_association_types",
                "read_catalog_structure",
            }
        ),
    ),
    Ability(
        "write_catalogs",
        _("Create and rename catalogs"),
        _("New catalogs cannot be created, and renaming one stays here."),
        frozenset({"write_catalogs"}),
    ),
    Ability(
        "delete_catalogs",
        _("Delete catalogs it created"),
        _("A catalog that you delete here stays in the PIM."),
        frozenset({"delete_catalogs"}),
    ),
)

_IDENTITY = frozenset({"openid", "profile", "email"})


def wanted_scopes() -> frozenset[str]:
    """Return every scope the app asks for, at each authorization: less would strip its rights."""
    return frozenset().union(*(ability.scopes for ability in ABILITIES))


def missing_abilities(granted: Iterable[str]) -> list[Ability]:
    """Return the abilities the PIM did not grant. Identity scopes are optional and left out."""
    held = frozenset(granted)
    return [ability for ability in ABILITIES if missing(ability.scopes - _IDENTITY, held)]


def named(abilities: Iterable[Ability]) -> str:
    """Return the labels of the abilities, with commas between them."""
    return ", ".join(str(ability.label) for ability in abilities)


def may_ask_again(user: PimUser) -> bool:
    """Whether to offer this person to ask the PIM for what is missing: once, not for ever.

    Whoever may not manage apps gets nothing new there, however often (pim-contract.md 1.3).
    """
    lacking = _missing_scopes(user)
    return bool(lacking - set(user.asked_again_for))


def remember_asking(user: PimUser) -> None:
    user.asked_again_for = sorted(_missing_scopes(user))
    user.save(update_fields=["asked_again_for", "updated_at"])


def _missing_scopes(user: PimUser) -> frozenset[str]:
    granted = user.connection.scopes
    return frozenset().union(
        *(missing(one.scopes - _IDENTITY, granted) for one in missing_abilities(granted))
    )
