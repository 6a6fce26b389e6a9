import sqlite3
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import Refusal
from enrichment.command_line import EnrichmentCommand, unreadable
from enrichment.models import Offer
from enrichment.proposing import Allowed, propose_values
from enrichment.reading import Reading
from enrichment.tables import Unreadable, open_table
from pim.client import PimClient


class Command(EnrichmentCommand):
    help = "Offer the values of a file to a PIM: CSV, XLSX or JSON Lines, columns as in Akeneo's."
    kind = Offer.Kind.VALUES

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--create", action="store_true", help="create products it lacks")
        parser.add_argument(
            "--create-options", action="store_true", help="create options of selects it lacks"
        )
        parser.add_argument(
            "--empty-erases", action="store_true", help="an empty cell empties the value"
        )

    def run(self, **options: Any) -> None:
        path: Path = options["file"]
        allowed = Allowed(options["create"], options["create_options"], options["empty_erases"])
        try:
            file = path.open("rb")
        except OSError as error:
            raise Refusal(f"{path} cannot be read: {error.strerror or error}.") from error

        def read(reading: Reading, client: PimClient) -> None:
            propose_values(reading, client, open_table(file, path.name), allowed)

        with file:
            if not file.seekable():  # a workbook is read from its end, and all are looked at first
                raise Refusal(f"{path} is a stream and no file. Save what comes from it to a file.")
            try:
                self.offer(path.name, read, **options)
            except Unreadable as bad:
                self.answer(unreadable(bad.message, bad.line), dry=not options["apply"])
            except sqlite3.Error as error:
                raise Refusal(f"There is no room for the file on the disk: {error}.") from error
