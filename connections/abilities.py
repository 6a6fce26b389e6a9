"""What the app can do, and the scopes each ability needs (pim-contract.md 1.6)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from connections.languages import as_stored
from connections.models import Connection, PimUser
from pim.scopes import AUTHENTICATION_SCOPES, missing

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


@dataclass(frozen=True, slots=True)
class Ability:
    code: str
    label: "str | _StrPromise"
    without: "str | _StrPromise"  # what does not work when it was not granted
    scopes: frozenset[str]
    is_everywhere: bool = True  # whether every edition of the PIM has it to grant


ABILITIES = (
    Ability(
        "sign_in",
        _("Know who opens the app"),
        _("People cannot be told apart, so nobody can sign in."),
        AUTHENTICATION_SCOPES,
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
        "notice_options",
        _("Notice renamed options"),
        _("Products with a renamed option are sent again by the nightly sync only."),
        frozenset({"read_attribute_options"}),
    ),
    Ability(
        "notice_assets",
        _("Notice changed assets and reference entities"),
        _("Products with a changed asset or record are sent again by the nightly sync only."),
        frozenset({"read_assets", "read_reference_entity_records"}),
        is_everywhere=False,
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

# Asked for only where somebody switched enrichment on: other installations stay read-only.
ENRICHMENT = (
    Ability(
        "write_products",
        _("Write values into products"),
        _("Nothing can be written into the PIM: what is offered waits."),
        frozenset({"write_products"}),
    ),
    Ability(
        "write_options",
        _("Create options of attributes"),
        _("Values whose option the PIM does not know cannot be written."),
        frozenset({"write_attribute_options"}),
    ),
    Ability(
        "write_assets",
        _("Create assets"),
        _("Images go into products only. It matters only where the PIM has the Asset Manager."),
        frozenset({"read_asset_families", "write_assets"}),
        is_everywhere=False,
    ),
)

# Asked for only where somebody switched this on beside: structure is seldom for apps to change.
CREATING_ATTRIBUTES = (
    Ability(
        "write_structure",
        _("Create attributes"),
        _("The attributes that steer translations have to be created in the PIM by hand."),
        frozenset({"write_catalog_structure"}),
    ),
)


def abilities_for(connection: Connection | None) -> tuple[Ability, ...]:
    """Return what the app shall be able to do in this PIM; None: in one not known yet."""
    if connection is None or connection.enriched_since is None:
        return ABILITIES
    return (*ABILITIES, *writing_abilities(connection))


def writing_abilities(connection: Connection) -> tuple[Ability, ...]:
    """Return what enrichment asks of this PIM once it is switched on."""
    return (*ENRICHMENT, *(CREATING_ATTRIBUTES if connection.may_create_attributes else ()))


def wanted_scopes(connection: Connection | None = None) -> frozenset[str]:
    """Return every scope the app asks this PIM for, each time: less would strip its rights."""
    return frozenset().union(*(ability.scopes for ability in abilities_for(connection)))


def is_granted(ability: Ability, connection: Connection) -> bool:
    """Whether the PIM granted it. Identity scopes are optional: they come and go per person."""
    return not missing(ability.scopes - AUTHENTICATION_SCOPES, connection.scopes)


def missing_abilities(connection: Connection) -> list[Ability]:
    """Return what the PIM did not grant, without what its edition may not have to grant."""
    return [
        ability
        for ability in abilities_for(connection)
        if ability.is_everywhere and not is_granted(ability, connection)
    ]


def named(abilities: Iterable[Ability]) -> str:
    """Return the labels of the abilities, with commas between them."""
    return ", ".join(str(ability.label) for ability in abilities)


def renamed(stored: str) -> str:
    """Return what `named` gave in English, in the reader's language."""
    for ability in (*ABILITIES, *ENRICHMENT, *CREATING_ATTRIBUTES):
        with as_stored():
            english = str(ability.label)
        stored = stored.replace(english, str(ability.label))
    return stored


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
    connection = user.connection
    return frozenset().union(
        *(
            missing(one.scopes - AUTHENTICATION_SCOPES, connection.scopes)
            for one in missing_abilities(connection)
        )
    )
