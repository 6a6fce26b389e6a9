import sqlite3
from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import Refusal, connection_at
from enrichment.command_line import EnrichmentCommand
from enrichment.models import Offer
from enrichment.reading import Reading
from enrichment.translations.choosing import CannotTranslate, Only
from enrichment.translations.command_line import add_choice, asked_by
from enrichment.translations.services.asking import Served
from enrichment.translations.services.chosen import service
from enrichment.translations.services.proposing import propose_by_service
from pim.client import PimClient


class Command(EnrichmentCommand):
    help = "Have texts of a PIM translated by a service, and offer the translations to the PIM."
    kind = Offer.Kind.TRANSLATIONS
    counts_in = "texts"
    apply_help = "send texts to the service; otherwise it is only counted what would be sent"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        add_choice(parser, only=Only.MISSING)
        parser.add_argument(
            "--approve",
            action="store_true",
            help="with --apply: write the translations at once; otherwise they wait for approval",
        )

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim"])
        asked = asked_by(connection, options)
        by = service()
        self._served = Served()
        # Asked first of all: it costs nothing, and a wrong key is known before any work.
        self._left = by.usage().left if options["apply"] else None

        def read(reading: Reading, client: PimClient) -> None:
            self._served = propose_by_service(reading, client, asked, by)

        try:
            self.offer(f"{by.label}: {asked.source} → {asked.target}", read, **options)
        except CannotTranslate as error:
            raise Refusal(str(error)) from None
        except sqlite3.Error as error:
            raise Refusal(f"There is no room for it on the disk: {error}.") from error

    def answer(self, answer: dict[str, Any], *, dry: bool) -> None:
        served = self._served
        left = None if self._left is None else max(0, self._left - served.characters)
        answer |= {
            "sent": served.sent,
            "characters": served.characters,
            "remembered": served.remembered,
            "left": left,
        }
        if served.problem and not answer.get("problem"):
            answer["problem"] = f"Not all was translated. {served.problem}"
        super().answer(answer, dry=dry)

    def _sentence(self, answer: dict[str, Any], *, dry: bool) -> str:
        counted = f"{answer['sent']} texts with {answer['characters']} characters"
        counts = f"Read {answer['read']} texts: {answer['proposed']} to be translated or offered, "
        counts += f"{answer['unchanged']} left as they are, {answer['invalid']} with a problem."
        if dry:
            return f"{counts} {counted} would be sent. Nothing was sent: give --apply to send it."
        waiting = answer["proposed"] - answer["written"] - answer["refused"] - answer["outdated"]
        return (
            f"{counts} {counted} were sent; {answer['written']} translations were written, "
            f"{max(0, waiting)} wait for approval on the page Enrichment."
        )
