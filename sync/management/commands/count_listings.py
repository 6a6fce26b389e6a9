from typing import Any

from connections.command_line import FerryCommand
from sync.tallying import count_anew


class Command(FerryCommand):
    help = (
        "Count all listings anew, for the numbers that pages show. Nobody needs it, but after a "
        "database was restored or changed by hand."
    )

    def run(self, **options: Any) -> None:
        wrong = count_anew()
        numbers = "1 number was" if wrong == 1 else f"{wrong} numbers were"
        self.say(f"All listings are counted; {numbers} wrong.", {"wrong": wrong})
