"""Offer the images and files of a folder to a PIM, each where its name says."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import Refusal
from enrichment.command_line import EnrichmentCommand
from enrichment.media.files import Folder
from enrichment.media.names import DEFAULT, BadPattern, NamePattern
from enrichment.media.proposing import propose_media
from enrichment.models import Offer
from enrichment.reading import Reading
from pim.client import PimClient


class Command(EnrichmentCommand):
    help = "Offer the images and files of a folder to a PIM, each where its name says."
    kind = Offer.Kind.MEDIA
    counts_in = "files"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("folder", metavar="FOLDER", type=Path)
        parser.add_argument(
            "--pattern",
            default=DEFAULT,
            help="how the files are named; {code} in place of {sku} for product models alone "
            "(default: %(default)s)",
        )

    def run(self, **options: Any) -> None:
        path: Path = options["folder"]
        try:
            pattern = NamePattern(options["pattern"])
            folder = Folder(path)
            names = folder.names()
        except BadPattern as bad:
            raise Refusal(str(bad)) from bad
        except OSError as error:
            raise Refusal(f"{path} cannot be read: {error.strerror or error}.") from error

        def read(reading: Reading, client: PimClient) -> None:
            propose_media(reading, client, folder, names, pattern)

        self.offer(folder.path.name or str(folder.path), read, **options)
