import sqlite3
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import Refusal
from enrichment.command_line import EnrichmentCommand, unreadable
from enrichment.models import Offer
from enrichment.reading import Reading
from enrichment.tables import Unreadable
from enrichment.translations.importing import propose_translations
from pim.client import PimClient


class Command(EnrichmentCommand):
    help = "Offer the translations of an exported file to the PIM: XLIFF 2, as translators give it."
    kind = Offer.Kind.TRANSLATIONS
    counts_in = "translations"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE.xlf", type=Path)

    def run(self, **options: Any) -> None:
        path: Path = options["file"]
        try:
            file = path.open("rb")
        except OSError as error:
            raise Refusal(f"{path} cannot be read: {error.strerror or error}.") from error
        self._untranslated = 0

        def read(reading: Reading, client: PimClient) -> None:
            self._untranslated = propose_translations(reading, client, file)

        with file:
            try:
                self.offer(path.name, read, **options)
            except Unreadable as bad:
                self.answer(unreadable(bad.message, bad.line), dry=not options["apply"])
            except sqlite3.Error as error:
                raise Refusal(f"There is no room for the file on the disk: {error}.") from error

    def answer(self, answer: dict[str, Any], *, dry: bool) -> None:
        super().answer({**answer, "untranslated": self._untranslated}, dry=dry)

    def _sentence(self, answer: dict[str, Any], *, dry: bool) -> str:
        left = answer["untranslated"]
        untranslated = f" {left} texts are not marked as translated." if left else ""
        return super()._sentence(answer, dry=dry) + untranslated
