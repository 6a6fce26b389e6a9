from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand
from connections.installation import Decision, decide, standing


class Command(FerryCommand):
    help = "Say that this installation is production now, or a copy; without either: how it stands."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        answer = parser.add_mutually_exclusive_group()
        answer.add_argument(
            "--production",
            action="store_const",
            dest="decision",
            const=Decision.PRODUCTION,
            help="record the present BASE_URL; from now on it sends",
        )
        answer.add_argument(
            "--copy",
            action="store_const",
            dest="decision",
            const=Decision.COPY,
            help="keep everything paused that would send or write",
        )

    def run(self, **options: Any) -> None:
        decision = options["decision"]
        now = decide(decision) if decision else standing()
        self.say(
            now.sentence,
            {
                "state": now.state.value,
                "paused": now.is_paused,
                "base_url": now.here,
                "recorded": now.recorded,
                "decided_by": now.decided_by,
                "decided_at": now.decided_at.isoformat() if now.decided_at else None,
            },
        )
