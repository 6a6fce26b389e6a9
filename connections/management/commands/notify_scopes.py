from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand, Refusal, connection_at
from connections.models import Connection
from connections.scope_changes import announce_scopes
from outbound.errors import OutboundError


class Command(FerryCommand):
    help = "Tell connected PIMs which scopes this version wants; they ask their app managers."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pim", metavar="PIM_URL", help="only this one")

    def run(self, **options: Any) -> None:
        if options["pim"] is not None:  # an empty one is a script's unset variable, not all
            connections = [connection_at(options["pim"])]
        else:
            connections = list(Connection.objects.connected())
        if not connections and not self.as_json:
            self.stdout.write("No PIM is connected, so there is none to tell.")
        failed = 0
        for connection in connections:
            problem = ""
            try:
                announce_scopes(connection)
            except OutboundError as error:
                problem = error.message
                failed += 1
            self.say(
                problem or f"{connection.host} was told.",
                {
                    "pim": connection.pim_url,
                    "notified": not problem,
                    **({"problem": problem} if problem else {}),
                },
            )
        if failed:
            raise Refusal(f"{failed} of {len(connections)} PIMs were not told.")
