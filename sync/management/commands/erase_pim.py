from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand, Refusal, connection_at
from sync.privacy.erase import count_belongings, erase_pim, feeds_of


class Command(FerryCommand):
    help = "Erase everything that is known of one PIM and its people. Channels are not touched."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("pim_url", metavar="PIM_URL")
        parser.add_argument("--yes", action="store_true", help="really do it")

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim_url"])
        if not options["yes"]:
            counts = count_belongings(connection)
            there = ", ".join(f"{number} {name}" for name, number in counts.items() if number)
            raise Refusal(
                f"Nothing was erased. Of {connection.host} there are {there}. "
                "Give --yes to erase them for good; what stands on channels stays."
                f"{_said_of(feeds_of(connection))}"
            )
        feeds = feeds_of(connection)
        counts = erase_pim(connection)
        self.say(
            f"Everything of {connection.host} is erased: {sum(counts.values())} rows. What stands "
            f"on its channels stays there.{_said_of(feeds)}",
            {"pim": connection.pim_url, "rows": counts, "feeds": feeds},
        )


def _said_of(feeds: list[str]) -> str:
    """Tell where feeds lie, as nobody else does from then on; nothing where there is none."""
    if not feeds:
        return ""
    return (
        " The files of its feeds stay too, and those with the same name beside them; remove them "
        f"there: {', '.join(feeds)}."
    )
