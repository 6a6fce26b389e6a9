import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec
from django.core.management.base import CommandParser

from catalogs.models import Catalog
from connections.command_line import Refusal, connection_at
from connections.models import Connection
from enrichment.command_line import EnrichmentCommand, nothing_counted
from enrichment.models import Offer
from enrichment.translations.choosing import Asked, CannotTranslate, Only
from enrichment.translations.exporting import Exported, export


class Command(EnrichmentCommand):
    help = "Write the texts of a PIM to a file for translators, XLIFF 2.1. The PIM stays as it is."
    kind = Offer.Kind.TRANSLATIONS
    apply_help = "makes no difference: an export writes nothing to the PIM"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--source", metavar="LOCALE", required=True, help="as in en_US")
        parser.add_argument("--target", metavar="LOCALE", required=True, help="as in fr_FR")
        parser.add_argument("--out", metavar="FILE", type=Path, required=True)
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
            default=Only.ALL.value,
            help="texts without a translation, or those that changed after it; otherwise all",
        )

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim"])
        asked = Asked(
            options["source"],
            options["target"],
            attributes=_codes(options["attributes"]),
            scopes=_codes(options["scope"]),
            only=Only(options["only"]),
            pim_catalog_id=_catalog(connection, options["catalog"]),
            search=_search(options["search"]),
        )
        path: Path = options["out"]
        try:
            with _whole(path) as file:
                exported = export(connection, asked, file)
        except CannotTranslate as error:
            raise Refusal(str(error)) from None
        except sqlite3.Error as error:
            raise Refusal(f"There is no room for it on the disk: {error}.") from error
        self.say(_sentence(exported, path), _answer(exported, path))


def _answer(exported: Exported, path: Path) -> dict[str, Any]:
    """Of what flows into the PIM all is nothing: `proposed` are the texts in the file."""
    return {
        **nothing_counted(),
        "read": exported.read,
        "proposed": exported.written,
        "unchanged": exported.left_out,
        "problems": [],
        "missing": exported.missing,
        "changed": exported.changed,
        "file": str(path),
    }


def _sentence(exported: Exported, path: Path) -> str:
    return (
        f"Read {exported.read} texts and wrote {exported.written} to {path}: {exported.missing} "
        f"without a translation, {exported.changed} that changed after they were translated."
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


@contextmanager
def _whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that is there in its whole or not at all; an earlier one stays until then."""
    part = path.with_name(f".{path.name}.part")
    try:
        file = part.open("wb")
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror or error}.") from error
    try:
        with file:
            yield file
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
