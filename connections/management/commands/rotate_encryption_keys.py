from typing import Any

from connections.command_line import FerryCommand, Refusal
from connections.key_rotation import rotate_keys


class Command(FerryCommand):
    help = "Encrypt all stored secrets anew with the first of ENCRYPTION_KEYS."

    def run(self, **options: Any) -> None:
        done = rotate_keys()
        self.say(
            f"{done.rotated} secrets were encrypted anew; all others had the newest key already.",
            {"rotated": done.rotated, "lost": done.lost},
        )
        if done.lost:
            raise Refusal(
                f"{len(done.lost)} secrets were encrypted with a key that is not among "
                f"ENCRYPTION_KEYS, so they stay as they are: {', '.join(done.lost[:10])}."
            )
