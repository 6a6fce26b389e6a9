"""Where things stand, in the reader's words."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from outbound.errors import FailureKind, OutboundError
from pim.attributes import PimAttribute
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
    "in_step": State(_("In step"), Tone.GOOD),
    "running": State(_("Running now"), Tone.BUSY),
    "put_off": State(_("Put off"), Tone.BUSY),
    "waiting": State(_("Products wait to be sent"), Tone.BUSY),
    "setting_up": State(_("Being set up"), Tone.QUIET),
    "new": State(_("Not synced yet"), Tone.QUIET),
    "paused": State(_("Paused"), Tone.QUIET),
    "channel_paused": State(_("Changes wait, the channel is paused"), Tone.QUIET),
    "waiting_for_window": State(_("Changes wait for their hours"), Tone.QUIET),
    "held": State(_("Waits for your decision"), Tone.WARN),
    "needs_attention": State(_("Products need attention"), Tone.WARN),
    "disabled": State(_("Not enabled in Akeneo"), Tone.WARN),
    "stopped": State(_("Stopped"), Tone.BAD),
    "failed": State(_("Failed"), Tone.BAD),
    "reconnected": State(_("Waits for you after reconnecting"), Tone.WARN),
    "gone": State(_("Deleted in Akeneo"), Tone.BAD),
    "disconnected": State(_("Disconnected"), Tone.BAD),
    "copy": State(_("A copy: nothing is sent"), Tone.QUIET),
    "archived": State(_("Archived"), Tone.QUIET),
    "being_removed": State(_("Being removed"), Tone.BUSY),
}

RUN_STATES = {
    Run.Status.QUEUED: State(_("Waiting to start"), Tone.BUSY),
    Run.Status.RUNNING: State(_("Running"), Tone.BUSY),
    Run.Status.SUCCEEDED: State(_("Done"), Tone.GOOD),
    Run.Status.HELD: State(_("Done, waits for your decision"), Tone.WARN),
    Run.Status.STOPPED: State(_("Stopped"), Tone.BAD),
    Run.Status.FAILED: State(_("Failed"), Tone.BAD),
}


def run_state(run: Run) -> State:
    if run.is_put_off:
        return State(_("Put off"), Tone.BUSY)
    return RUN_STATES[Run.Status(run.status)]


def status_of(error: OutboundError) -> int:
    """Return the status of a page that shows this error: 502 when the other side is at fault."""
    return 502 if error.kind is FailureKind.TRANSIENT else 422


def quoted(names: Iterable[object]) -> str:
    """Return names in the quotation marks of the language: “A”, “B”."""
    return ", ".join(gettext("“%(name)s”") % {"name": name} for name in names)


def attribute_in_words(attribute: PimAttribute, locale: str) -> str:
    """Return what people call an attribute, in this locale or any, with its code."""
    labels = attribute.labels
    label = labels.get(locale) or next(filter(None, labels.values()), "")
    return f"{label} ({attribute.code})" if label else attribute.code
