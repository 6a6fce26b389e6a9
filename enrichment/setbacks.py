"""How long work waits that the PIM, or a service, was too unwell for."""

from datetime import timedelta

MAX_SETBACKS = 8  # one after the other, without a step ahead; then somebody must act
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)


def wait_after(setbacks: int) -> timedelta:
    """Return how long to wait after a setback, with so many before it: 1, 2, 4… minutes."""
    wait: timedelta = _FIRST_WAIT * 2**setbacks
    return min(wait, _LONGEST_WAIT)
