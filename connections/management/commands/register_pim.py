from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand, Refusal
from connections.connections import register


class Command(FerryCommand):
    help = "Allow a PIM, with the credentials of its custom app or for the published app."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("pim_url", metavar="PIM_URL")
        parser.add_argument("--client-id", default=None)
        parser.add_argument("--client-secret", default=None)

    def run(self, **options: Any) -> None:
        given = [options[name] for name in ("client_id", "client_secret")]
        client_id, client_secret = ((value or "").strip() for value in given)
        # An empty one is refused as well: a script with an unset variable means to give one.
        if given != [None, None] and not (client_id and client_secret):
            raise Refusal("--client-id and --client-secret belong together: give both or neither.")
        connection = register(options["pim_url"], client_id=client_id, client_secret=client_secret)
        app = "its custom app" if connection.client_id else "the published app"
        self.say(
            f"{connection.pim_url} is registered for {app}. Now click Connect in the PIM.",
            {
                "id": connection.pk,
                "pim_url": connection.pim_url,
                "client_id": connection.client_id,
                "state": connection.state,
            },
        )
