"""Circuits: who does not answer is left alone, by every worker of every host, and tried again.

In the database and not in Redis, since one machine has to do without it.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from connections.models import Circuit, Connection
from connections.models.circuits import CircuitQuerySet

logger = logging.getLogger(__name__)

# Seconds until the next try after one failure, two, …; from the fifth on the circuit is open.
_DELAYS = (15, 30, 60, 60, 60, 120, 240, 480, 900)
_PROBE = timedelta(minutes=2)  # longer than a call may take
_FORGOTTEN_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Side:
    """One of those whom we call: a PIM, or a channel by its uuid."""

    connection_id: int
    name: str
    channel: str = ""


def pim_side(connection: Connection) -> Side:
    return Side(connection.pk, connection.host)


def in_the_way(side: Side) -> Circuit | None:
    """Return what to wait for before calling, None to call now: nobody else tries then.

    Whoever calls says afterwards that it `answered` or `failed`.
    """
    now = timezone.now()
    circuit = _rows(side).first()
    if circuit is None:
        return None
    if circuit.next_try_at > now:
        return circuit
    unchanged = _rows(side).filter(retry_at=circuit.retry_at, probe_until=circuit.probe_until)
    if unchanged.update(probe_until=now + _PROBE, updated_at=now):
        return None
    return _rows(side).first()


@transaction.atomic
def failed(side: Side, problem: str) -> Circuit:
    """Count a call that was given up, and say when to try again.

    Calls that were under way together count once; a failure that nothing followed is forgotten.
    """
    now = timezone.now()
    circuit, _ = Circuit.objects.select_for_update().get_or_create(
        connection_id=side.connection_id,
        channel=side.channel,
        defaults={"name": side.name, "failing_since": now, "retry_at": now, "problem": problem},
    )
    circuit.problem, circuit.name = problem, side.name
    if circuit.retry_at <= now:
        if not circuit.is_open and circuit.retry_at < now - _FORGOTTEN_AFTER:
            circuit.failures, circuit.failing_since = 0, now
        circuit.failures += 1
        delay = _DELAYS[min(circuit.failures, len(_DELAYS)) - 1]
        circuit.retry_at, circuit.probe_until = now + timedelta(seconds=delay), None
    circuit.save()
    if circuit.is_open:
        logger.warning("%s (%s)", circuit, problem)
    return circuit


def answered(side: Side) -> None:
    """Close the circuit, if there is one."""
    deleted, _ = _rows(side).delete()
    if deleted:
        logger.info("%s answers again", side.name)


def forget_untried() -> int:
    """Delete what nobody has tried for a day: its channel or its catalogs are gone."""
    long_ago = timezone.now() - timedelta(days=1)
    deleted, _ = Circuit.objects.filter(updated_at__lt=long_ago, retry_at__lt=long_ago).delete()
    return deleted


def _rows(side: Side) -> CircuitQuerySet:
    return Circuit.objects.filter(connection=side.connection_id, channel=side.channel)
