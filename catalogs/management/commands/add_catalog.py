from typing import Any

from django.core.management.base import CommandParser

from catalogs.catalogs import create_catalog
from catalogs.models import DEFAULT_EVERY, Catalog, Channel
from catalogs.schedules import parse_every
from connections.command_line import FerryCommand, Refusal, connection_at


class Command(FerryCommand):
    help = "Create a catalog in the PIM and link it to a channel."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--pim", metavar="PIM_URL", required=True)
        parser.add_argument("--channel", metavar="ID", type=int, required=True)
        parser.add_argument("--every", default=f"{DEFAULT_EVERY}m", help="15m, 2h, 1d")
        parser.add_argument(
            "--raw", action="store_true", help="products as the PIM stores them, no mapping schema"
        )

        parser.add_argument(
            "--models",
            action="store_true",
            help="models with their variants, and simple products beside them",
        )

    def run(self, **options: Any) -> None:
        every = parse_every(options["every"])
        connection = connection_at(options["pim"])
        channel = Channel.objects.filter(
            connection=connection, pk=options["channel"], removing_since=None
        ).first()
        if channel is None:
            raise Refusal(f"There is no channel {options['channel']} for {connection.pim_url}.")
        shape = Catalog.Shape.MODELS if options["models"] else Catalog.Shape.FLAT
        catalog = create_catalog(
            channel, name=options["name"], every=every, raw=options["raw"], shape=shape
        )
        self.say(
            f"Catalog {catalog.pk} “{catalog.name}” was created in the PIM. "
            f"Enable and map it there: {catalog.configure_url}",
            {
                "id": catalog.pk,
                "pim_catalog_id": catalog.pim_catalog_id,
                "configure_url": catalog.configure_url,
            },
        )
