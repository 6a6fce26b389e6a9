from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand, connection_at
from connections.models import Connection
from sync.events.switching import change_secret, pause, switch_off, switch_on
from sync.models import EventSubscription


class Command(FerryCommand):
    help = "Have a PIM tell Ferry what changes in it, by Akeneo’s Event Platform."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--pim", metavar="PIM_URL", required=True)
        choice = parser.add_mutually_exclusive_group()
        choice.add_argument("--off", action="store_true", help="have it tell nothing any more")
        choice.add_argument(
            "--suspend", action="store_true", help="have it tell nothing until this is run again"
        )
        choice.add_argument(
            "--new-secret", action="store_true", help="have events signed with a new secret"
        )

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim"])
        if options["off"]:
            events = switch_off(connection)
        elif options["suspend"]:
            events = pause(connection)
        else:
            events = switch_on(connection)
            if options["new_secret"]:
                change_secret(events)
        self.say(
            _said(connection, events),
            {
                "pim": connection.pim_url,
                "subscription": (events.subscription_id if events else "") or None,
                "state": events.state if events else EventSubscription.State.OFF,
                "url": events.url if events else None,
            },
        )


def _said(connection: Connection, events: EventSubscription | None) -> str:
    host = connection.host
    if events is None or not events.is_wanted:
        return (
            f"Events of {host} are off: changes there are found by the schedules of its catalogs."
        )
    if events.is_paused:
        return f"Events of {host} are suspended, until this is run again without --suspend."
    return (
        f"Events of {host} are on. It may take some minutes until the first one arrives at "
        f"{events.url}"
    )
