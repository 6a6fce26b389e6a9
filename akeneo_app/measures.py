"""What `/metrics` tells: looked up in the database, the broker and the limits when it is asked for.

Nothing is counted in this process: several answer, and each would tell other numbers. So there are
gauges alone. Labels are ids of catalogs, hosts of PIMs and words of ours: no products, no people.
"""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric

from akeneo_app.queue_length import queue_length
from connections.clients import budget_of
from connections.models import Connection
from enrichment.models import Proposal
from outbound.governor import Use
from pages.wording import CATALOG_STATES
from sync.alerts.life import read_life
from sync.events.figures import figures_of_events
from sync.figures import last_successes, oldest_unfinished, runs_of_last_day
from sync.models import AlertMessage, Listing, Notice, Run, Tally
from sync.status import fetched, lines_of

logger = logging.getLogger(__name__)

Measured = list[Metric]

# What sync.status says of them; states of catalogs are in CATALOG_STATES.
_STATES = {
    "connection": (*Connection.State.values, "unreachable"),
    "channel": ("ok", "paused", "closed", "unreachable", "being_removed"),
    "catalog": tuple(CATALOG_STATES),
}


def measure() -> Measured:
    """Return everything. 21 queries, of few rows; and a look at the limits for each connected PIM.

    Raises django.db.Error while the database cannot be read.
    """
    now = timezone.now()
    connections = fetched()
    measured = [
        InfoMetricFamily("ferry_build", "The version of Ferry.", {"version": settings.VERSION}),
        *_states(connections),
        *_catalogs(connections, now),
        *_runs(now),
        *_events(now),
        *_alerts(now),
        _proposals(),
    ]
    return [*measured, *_parts(connections, now)]


def _states(connections: Sequence[Any]) -> Measured:
    """As the command sync_status says them."""
    lines = lines_of(connections)
    numbers = Counter((line["type"], line["state"]) for line in lines)
    return [
        _one(
            "ferry_is_copy",
            "1 while this is, or may be, a copy of another installation: nothing is sent.",
            any(line["type"] == "installation" for line in lines),
        ),
        *(
            _by(
                f"ferry_{what}s",
                f"How many {what}s are in each state, as sync_status says it.",
                ["state"],
                dict.fromkeys(((state,) for state in states), 0)
                | {(state,): number for (kind, state), number in numbers.items() if kind == what},
            )
            for what, states in _STATES.items()
        ),
    ]


def _catalogs(connections: Sequence[Any], now: datetime) -> Measured:
    hosts = {
        catalog.pk: connection.host
        for connection in connections
        for channel in connection.channels.all()
        for catalog in channel.catalogs.all()
    }
    numbers = Tally.objects.by_status()
    ages = {pk: _age(at, now) for pk, at in last_successes().items()}
    return [
        _by(
            "ferry_listings",
            "Products of each catalog by where they stand with its channel.",
            ["catalog", "pim", "status"],
            {
                (str(pk), host, status): numbers[pk, status]
                for pk, host in hosts.items()
                for status in Listing.Status.values
            },
        ),
        _by(
            "ferry_catalog_last_success_age_seconds",
            "Since a run last read the catalog and ended well. Of catalogs that had such a run.",
            ["catalog", "pim"],
            {(str(pk), host): ages[pk] for pk, host in hosts.items() if pk in ages},
        ),
    ]


def _runs(now: datetime) -> Measured:
    numbers, oldest = runs_of_last_day(), oldest_unfinished()
    return [
        _by(
            "ferry_runs_last_day",
            "Runs that were started in the last 24 hours; dry ones aside.",
            ["status", "mode"],
            {
                (status, mode): numbers[status, mode]
                for status in Run.Status.values
                for mode in Run.Mode.values
            },
        ),
        _one(
            "ferry_oldest_unfinished_run_age_seconds",
            "Since the oldest run that has not ended was started; 0 if there is none.",
            _age(oldest.created_at if oldest else None, now),
        ),
        _one(
            "ferry_runs_silent",
            "Runs that nobody works on and that were not put off.",
            Run.objects.unfinished_and_silent().count(),
        ),
    ]


def _events(now: datetime) -> Measured:
    events = figures_of_events()
    return [
        _one("ferry_events_last_hour", "Events of PIMs that came in an hour.", events.last_hour),
        _one("ferry_events_waiting", "Events that nobody has worked on yet.", events.waiting),
        _one(
            "ferry_events_oldest_waiting_age_seconds",
            "Since the oldest event that waits came; 0 if there is none.",
            _age(events.oldest_waiting, now),
        ),
    ]


def _alerts(now: datetime) -> Measured:
    due = AlertMessage.objects.unsent().filter(due_at__lte=now)
    found = due.aggregate(number=Count("pk"), oldest=Min("due_at"))
    kinds = Notice.objects.open().order_by().values_list("kind").annotate(number=Count("pk"))
    numbers = dict.fromkeys(Notice.Kind.values, 0) | dict(kinds)
    return [
        _by(
            "ferry_notices_open",
            "What people should know at present, by kind, as the bell and the alerts tell it.",
            ["kind"],
            {(kind,): number for kind, number in numbers.items()},
        ),
        _one("ferry_alerts_waiting", "Mails and calls that are due to be sent.", found["number"]),
        _one(
            "ferry_alerts_oldest_waiting_age_seconds",
            "Since the oldest of those was due; 0 if there is none.",
            _age(found["oldest"], now),
        ),
    ]


def _proposals() -> Metric:
    """Open ones: the others are kept for years, and counting them would go through all of them."""
    rows = Proposal.objects.open().order_by().values_list("state").annotate(number=Count("pk"))
    numbers: dict[str, int] = {**dict.fromkeys(Proposal.OPEN, 0), **dict(rows)}
    return _by(
        "ferry_proposals",
        "Values for PIMs that wait for approval (proposed), or to be written (approved).",
        ["state"],
        {(str(state),): number for state, number in numbers.items()},
    )


def _parts(connections: Sequence[Any], now: datetime) -> Measured:
    """Whether each part of the installation is there; the database is, since it was read."""
    life, tasks = read_life(), queue_length()
    seen = {"worker": life.worker, "scheduler": life.scheduler, "queue": life.queue}
    uses = _uses([one for one in connections if one.is_connected])
    up = {
        "database": True,
        "broker": tasks is not None,
        **{part: not life.is_silent(at, now) for part, at in seen.items()},
    }
    if uses != {}:  # without a connected PIM nobody asked
        up["limits"] = uses is not None
    measured: Measured = [
        _by(
            "ferry_up",
            "1 while this part answers, or was seen lately, as /healthz says it.",
            ["part"],
            {(part,): value for part, value in up.items()},
        ),
        _by(
            "ferry_last_seen_age_seconds",
            "Since each part showed that it works; queue: since a task got through to a worker.",
            ["part"],
            {(part,): _age(at, now) for part, at in seen.items() if at is not None},
        ),
    ]
    if tasks is not None:
        measured.append(_one("ferry_queue_tasks", "Tasks that wait for a worker.", tasks))
    return [*measured, *_budgets(uses or {})]


def _uses(connections: Sequence[Connection]) -> dict[str, Use] | None:
    """Return how much of each PIM's limit is taken, by host; None while that cannot be known.

    Redis is asked no further then: each look would wait for it anew.
    """
    found = {}
    for one in connections:
        try:
            use = budget_of(one)
        except OSError:  # of the files that stand for places where there is no Redis
            logger.warning("The limits cannot be read", exc_info=True)
            return None
        if use is None:
            return None
        found[one.host] = use
    return found


def _budgets(uses: Mapping[str, Use]) -> Measured:
    return [
        _by(
            "ferry_pim_calls",
            "Calls to each PIM that are under way now.",
            ["pim"],
            {(host,): use.taken for host, use in uses.items()},
        ),
        _by(
            "ferry_pim_calls_limit",
            "How many calls to each PIM may be under way.",
            ["pim"],
            {(host,): use.of for host, use in uses.items()},
        ),
        _by(
            "ferry_pim_pause_seconds",
            "For how long from now on the PIM asked to be left alone.",
            ["pim"],
            {(host,): use.paused_seconds for host, use in uses.items()},
        ),
    ]


def _one(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value=value)


def _by(
    name: str, says: str, labels: Sequence[str], values: Mapping[tuple[str, ...], float]
) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for key, value in values.items():
        family.add_metric(key, value)
    return family


def _age(at: datetime | None, now: datetime) -> float:
    """Return seconds; 0 for nothing, and for what another host's clock puts into the future."""
    return max((now - at).total_seconds(), 0.0) if at else 0.0
