"""How long things will take: guesses from what was measured a moment ago, to be told as such."""

from catalogs.channels import adapter_for
from catalogs.models import Channel
from channels.registry import adapter_class
from outbound.errors import OutboundError
from sync.models import Look, Run

_A_CALL = 1.0  # seconds of a channel's answer, before one was measured
_TOO_EARLY = 5  # percent, and seconds, before which nobody can tell


def seconds_for_all(channel: Channel, look: Look, first: Run | None) -> float | None:
    """Return about how long the first sync takes; None where the PIM does not count its products.

    Reading as the look did, and sending in calls as long as that of the first few products.
    """
    if look.total is None or not look.sampled:
        return None
    reading = look.total * look.seconds / look.sampled
    calls = -(-look.total // _batch_size(channel))
    a_call = first.seconds if first is not None and first.pushed else _A_CALL
    return reading + calls * min(a_call, 10 * _A_CALL)


def seconds_left(run: Run, percent: int) -> float | None:
    """Return about how long a run that is so far will go on; None while that is a mere guess."""
    if percent < _TOO_EARLY or run.seconds < _TOO_EARLY:
        return None
    return run.seconds * (100 - percent) / percent


def _batch_size(channel: Channel) -> int:
    try:
        return max(1, adapter_for(channel).batch_size)
    except OutboundError:  # the settings do not suffice: the channel's own page says so
        return adapter_class(channel.kind).batch_size
