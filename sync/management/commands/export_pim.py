import os
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from connections.command_line import FerryCommand, Refusal, connection_at
from sync.privacy.export import export_pim


class Command(FerryCommand):
    help = "Write everything that is known of one PIM and its people into a zip file; no secrets."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("pim_url", metavar="PIM_URL")
        parser.add_argument("--out", metavar="FILE", required=True)

    def run(self, **options: Any) -> None:
        connection = connection_at(options["pim_url"])
        out = Path(options["out"])
        try:
            # Names of people are in it: nobody else on the machine reads them.
            place = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            raise Refusal(f"{out} is there already. Name another file.") from None
        except OSError as error:
            raise _unwritable(out, error) from error
        try:
            with os.fdopen(place, "wb") as file:
                counts = export_pim(connection, file)
        except BaseException as error:
            out.unlink(missing_ok=True)  # half an export is none, and would be in the way
            if isinstance(error, OSError):
                raise _unwritable(out, error) from error
            raise
        self.say(
            f"{sum(counts.values())} rows of {connection.host} are in {options['out']}.",
            {"pim": connection.pim_url, "out": options["out"], "rows": counts},
        )


def _unwritable(file: Path, error: OSError) -> Refusal:
    return Refusal(f"{file} could not be written: {error.strerror or error}.")
