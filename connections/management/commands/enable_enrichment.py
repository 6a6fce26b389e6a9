from typing import Any

from django.core.management.base import CommandParser

from connections.abilities import missing_abilities, wanted_scopes
from connections.command_line import FerryCommand, Refusal, connection_at
from connections.enriching import may_write, switch_off, switch_on
from connections.models import Connection
from connections.scope_changes import announce_scopes
from outbound.errors import OutboundError


class Command(FerryCommand):
    help = "Let values be written into a PIM: activation asks for the scopes of writing as well."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pim", metavar="PIM_URL", required=True)
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--off", action="store_true", help="only read from now on")
        choice.add_argument(
            "--create-attributes",
            action="store_true",
            help="ask for the scope to create attributes as well",
        )

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim"])
        if options["off"]:
            switch_off(connection)
        else:
            switch_on(connection, may_create_attributes=options["create_attributes"])
        problem = _announce(connection)
        self.say(
            f"{_said(connection)} {problem}",
            {
                "pim": connection.pim_url,
                "enabled": connection.enriched_since is not None,
                "may_write": may_write(connection),
                "scopes": sorted(wanted_scopes(connection)),
                **({"problem": problem} if problem else {}),
            },
        )
        if problem:
            raise Refusal(f"It is switched, but {connection.host} was not told: {problem}")


def _announce(connection: Connection) -> str:
    """Tell the PIM, if it is connected; return why it could not be told."""
    if not connection.is_connected:
        return ""
    try:
        announce_scopes(connection)
    except OutboundError as error:
        return error.message
    return ""


def _said(connection: Connection) -> str:
    host = connection.host
    if connection.enriched_since is None:
        return (
            f"Enrichment is off for {host}: nothing is written there any more. The PIM takes the "
            "rights back when somebody who manages apps there opens Ferry."
        )
    if not connection.is_connected:
        return f"Enrichment is on for {host}. Now click Connect in the PIM."
    if missing_abilities(connection):
        return (
            f"Enrichment is on for {host}. Somebody who manages apps there has to open Ferry once "
            "and approve what it asks for."
        )
    return f"Enrichment is on for {host}, and was granted."
