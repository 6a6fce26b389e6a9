"""Where things stand, in the reader's words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from outbound.errors import FailureKind, OutboundError
from sync.models import Run

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Tone(StrEnum):
    """How a state looks; its words say the same, so colour is never alone."""

    GOOD = "good"
    BUSY = "busy"
    QUIET = "quiet"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class State:
    label: "str | _StrPromise"
    tone: Tone


CATALOG_STATES = {  # what sync.status.state_of returns
    "in_step": State("In step", Tone.GOOD),
    "running": State("Running now", Tone.BUSY),
    "put_off": State("Put off", Tone.BUSY),
    "waiting": State("Products wait to be sent", Tone.BUSY),
    "setting_up": State(_("Being set up"), Tone.QUIET),
    "new": State("Not synced yet", Tone.QUIET),
    "paused": State("Paused", Tone.QUIET),
    "channel_paused": State("Changes wait, the channel is paused", Tone.QUIET),
    "waiting_for_window": State("Changes wait for their hours", Tone.QUIET),
    "held": State("Waits for your decision", Tone.WARN),
    "needs_attention": State("Products need attention", Tone.WARN),
    "disabled": State("Not enabled in Akeneo", Tone.WARN),
    "stopped": State("Stopped", Tone.BAD),
    "failed": State("Failed", Tone.BAD),
    "reconnected": State("Waits for you after reconnecting", Tone.WARN),
    "gone": State("Deleted in Akeneo", Tone.BAD),
    "disconnected": State("Disconnected", Tone.BAD),
    "copy": State("A copy: nothing is sent", Tone.QUIET),
    "archived": State("Archived", Tone.QUIET),
    "being_removed": State("Being removed", Tone.BUSY),
}

RUN_STATES = {
    Run.Status.QUEUED: State("Waiting to start", Tone.BUSY),
    Run.Status.RUNNING: State("Running", Tone.BUSY),
    Run.Status.SUCCEEDED: State("Done", Tone.GOOD),
    Run.Status.HELD: State("Done, waits for your decision", Tone.WARN),
    Run.Status.STOPPED: State("Stopped", Tone.BAD),
    Run.Status.FAILED: State("Failed", Tone.BAD),
}


def run_state(run: Run) -> State:
    if run.is_put_off:
        return State("Put off", Tone.BUSY)
    return RUN_STATES[Run.Status(run.status)]


def status_of(error: OutboundError) -> int:
    """Return the status of a page that shows this error: 502 when the other side is at fault."""
    return 502 if error.kind is FailureKind.TRANSIENT else 422
