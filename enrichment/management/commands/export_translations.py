import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from django.core.management.base import CommandParser

from connections.command_line import Refusal, connection_at
from enrichment.command_line import EnrichmentCommand, nothing_counted
from enrichment.models import Offer
from enrichment.translations.choosing import CannotTranslate, Only
from enrichment.translations.command_line import add_choice, asked_by
from enrichment.translations.exporting import Exported, export


class Command(EnrichmentCommand):
    help = "Write the texts of a PIM to a file for translators, XLIFF 2.1. The PIM stays as it is."
    kind = Offer.Kind.TRANSLATIONS
    apply_help = "makes no difference: an export writes nothing to the PIM"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_choice(parser, only=Only.ALL)
        parser.add_argument("--out", metavar="FILE", type=Path, required=True)

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim"])
        asked = asked_by(connection, options)
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
