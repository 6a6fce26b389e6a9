"""Which files at a source are complete, and how long a look waits for those that are not."""

from datetime import timedelta

from django.utils import timezone

from enrichment.models import SourceFile

SETTLED = timedelta(seconds=30)  # without a change: nobody is writing it any more
SOON = timedelta(minutes=1)
LATER = timedelta(minutes=5)  # after the PIM or the server did not answer


class Later(Exception):
    """The look ends here: what comes next has to wait for this file."""

    def __init__(self, message: str, wait: timedelta) -> None:
        super().__init__(message)
        self.message, self.wait = message, wait


def is_complete(row: SourceFile) -> bool:
    """Whether nobody has changed it for a while, by its date or by what was seen."""
    before = timezone.now() - SETTLED
    return row.unchanged_since <= before or row.modified <= before.timestamp() * 10**9


def being_written(row: SourceFile) -> Later:
    return Later(f"{row.name} is still being written. It is read once it is complete.", SOON)
