"""How commands are told which texts are to be translated."""

from typing import Any

import msgspec
from django.core.management.base import CommandParser

from catalogs.models import Catalog
from connections.command_line import Refusal
from connections.models import Connection
from enrichment.translations.choosing import Asked, Only


def add_choice(parser: CommandParser, *, only: Only) -> None:
    """Add the options that `asked_by` reads; `only` is which texts are meant without one."""
    parser.add_argument("--source", metavar="LOCALE", required=True, help="as in en_US")
    parser.add_argument("--target", metavar="LOCALE", required=True, help="as in fr_FR")
    of = parser.add_mutually_exclusive_group()
    of.add_argument("--catalog", metavar="ID", type=int, help="the products of this catalog")
    of.add_argument("--search", metavar="JSON", help="those that a search of the PIM finds")
    of.add_argument(
        "--all", action="store_true", help="all products and models, as without a choice"
    )
    parser.add_argument(
        "--attributes", metavar="CODES", default="", help="with commas; otherwise all texts"
    )
    parser.add_argument(
        "--scope",
        metavar="CHANNELS",
        default="",
        help="of the PIM, with commas; otherwise all that have both languages",
    )
    parser.add_argument(
        "--only",
        choices=[each.value for each in Only],
        default=only.value,
        help="texts without a translation, those that changed after it, or all; "
        f"otherwise {only.value}",
    )


def asked_by(connection: Connection, options: dict[str, Any]) -> Asked:
    """Return what the options ask for. Raises Refusal."""
    return Asked(
        options["source"],
        options["target"],
        attributes=_codes(options["attributes"]),
        scopes=_codes(options["scope"]),
        only=Only(options["only"]),
        pim_catalog_id=_catalog(connection, options["catalog"]),
        search=_search(options["search"]),
    )


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code for each in text.split(",") if (code := each.strip()))


def _search(text: str | None) -> str:
    """The search as the PIM takes it. Raises Refusal for what is none."""
    if text is None:
        return ""
    try:
        msgspec.json.decode(text, type=dict[str, list[dict[str, Any]]])
    except msgspec.DecodeError as error:
        raise Refusal(
            "--search takes a search as the PIM's API does, such as "
            f'{{"family": [{{"operator": "IN", "value": ["shoes"]}}]}}: {error}.'
        ) from None
    return text


def _catalog(connection: Connection, number: int | None) -> str:
    if number is None:
        return ""
    found = Catalog.objects.filter(pk=number, channel__connection=connection).first()
    if found is None:
        raise Refusal(
            f"There is no catalog {number} of {connection.host}. See sync_status for the ids."
        )
    return found.pim_catalog_id
