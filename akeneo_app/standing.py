"""How everything stands, as figures, a chart and a table for the first page of admin."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Prefetch, Q
from django.utils import timezone
from django.utils.html import format_html_join
from django.utils.timesince import timesince
from django.utils.translation import gettext, ngettext
from django_celery_beat.models import PeriodicTask

from akeneo_app.queue_length import queue_length
from connections.admin_base import Table, changelist_url, label, link, link_to
from connections.clients import budget_of
from connections.models import Circuit, Connection
from sync.admin.parts import run_status_words
from sync.figures import ENDED, PimFigures, figures_by_pim, oldest_unfinished, runs_a_day
from sync.models import Run

_PIMS_SHOWN = 20
_STILL_GOING = timedelta(minutes=10)  # beat stores every three minutes when it last started what
_MANY_TASKS = 50  # a worker that keeps up has a handful before it
_COLOURS = {
    Run.Status.SUCCEEDED: "#4f9a5c",
    Run.Status.HELD: "#e0a030",
    Run.Status.STOPPED: "#d4604f",
    Run.Status.FAILED: "#8f2f22",
}
_GREY = "#747e8d"  # readable on white and on the dark scheme's ground
_OPTIONS = {
    "animation": False,
    "maintainAspectRatio": False,
    "scales": {
        "x": {"stacked": True, "grid": {"display": False}, "ticks": {"color": _GREY}},
        "y": {
            "stacked": True,
            "beginAtZero": True,
            "grid": {},
            "ticks": {"precision": 0, "color": _GREY},
        },
    },
    "plugins": {"legend": {"position": "bottom", "labels": {"color": _GREY}}},
}


@dataclass(frozen=True, slots=True)
class Figure:
    title: str
    value: Any
    hint: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Chart:
    """As unfold's script draws it, and the same as a table for whoever does not see it."""

    data: str
    options: str
    summary: str
    table: dict[str, Any]


def figures(*, sees_pims: bool, sees_runs: bool) -> list[Figure]:
    shown = [_pims_by_state()] if sees_pims else []
    if sees_runs:
        shown += [_oldest(), _queue(), _scheduler()]
    return shown


def run_chart() -> Chart:
    days = runs_a_day()
    labels = {status: run_status_words(status) for status in ENDED}
    datasets = [
        {
            "label": labels[status],
            "data": [day.number(status) for day in days],
            "backgroundColor": _COLOURS[status],
        }
        for status in ENDED
    ]
    names = [f"{day.day:%d %b}" for day in days]
    total = sum(sum(day.numbers.values()) for day in days)
    bad = sum(day.number(Run.Status.STOPPED) + day.number(Run.Status.FAILED) for day in days)
    summary = gettext("%(runs)s in %(days)d days, of which %(bad)d stopped or failed.") % {
        "runs": ngettext("%d run", "%d runs", total) % total,
        "days": len(days),
        "bad": bad,
    }
    rows = [
        (name, *(f"{day.number(status):,}" for status in ENDED))
        for name, day in zip(reversed(names), reversed(days), strict=True)
    ]
    return Chart(
        json.dumps({"labels": names, "datasets": datasets}),
        json.dumps(_OPTIONS),
        summary,
        {"headers": [gettext("Day"), *labels.values()], "rows": rows},
    )


def pims() -> Table:
    """Return the PIMs that are worked with, those in trouble first. Four queries."""
    open_ones = Prefetch("circuits", Circuit.objects.open(), "open_circuits")
    since = timezone.now() - timedelta(days=1)
    by_pim = figures_by_pim(since)
    connections: Any = Connection.objects.prefetch_related(open_ones)
    in_trouble = Circuit.objects.open().values("connection")
    busy = sorted(
        connections.filter(Q(pk__in=by_pim) | Q(pk__in=in_trouble)),
        key=lambda one: (
            -len(one.open_circuits),
            -by_pim.get(one.pk, PimFigures()).ended_badly,
            one.pim_url,
        ),
    )
    rows = [_pim_row(one, by_pim.get(one.pk, PimFigures()), since) for one in busy[:_PIMS_SHOWN]]
    more = link(changelist_url(Connection), gettext("All PIMs")) if len(busy) > len(rows) else ""
    headers = (
        gettext("PIM"),
        gettext("Answers"),
        gettext("Calls under way"),
        gettext("Runs in 24 hours"),
        gettext("Products read a minute"),
    )
    return Table(gettext("PIMs at work"), headers, rows, more)


def _pim_row(connection: Any, numbers: PimFigures, since: datetime) -> tuple[Any, ...]:
    runs = f"{numbers.runs:,}"
    if numbers.ended_badly:
        badly = gettext("%(number)d badly") % {"number": numbers.ended_badly}
        url = changelist_url(
            Run,
            catalog__channel__connection__id__exact=connection.pk,
            status__in="stopped,failed",
            dry_run__exact=0,
            created_at__gte=since.isoformat(),
        )
        runs = format_html_join(", ", "{}", [(runs,), (link(url, badly),)])
    speed = numbers.products_a_minute
    return (
        link_to(connection),
        _answers(connection),
        _budget(connection),
        runs,
        f"{speed:,.0f}" if speed is not None else "–",
    )


def _answers(connection: Any) -> Any:
    if not connection.is_connected:
        return label(connection.get_state_display(), "danger")
    if not connection.open_circuits:
        return label(gettext("Yes"), "success")
    names = ", ".join(one.name for one in connection.open_circuits)
    url = changelist_url(Circuit, connection__id__exact=connection.pk)
    return link(url, gettext("Not %(names)s") % {"names": names})


def _budget(connection: Connection) -> str:
    use = budget_of(connection)
    if use is None:
        return gettext("Not known: Redis does not answer")
    said = gettext("%(taken)d of %(of)d") % {"taken": use.taken, "of": use.of}
    if use.paused_seconds:
        wait = gettext("asked to wait %(seconds)d s") % {"seconds": round(use.paused_seconds)}
        said = f"{said}, {wait}"
    return said


def _pims_by_state() -> Figure:
    rows = Connection.objects.order_by("state").values_list("state").annotate(number=Count("pk"))
    numbers: dict[str, int] = dict(rows)
    shown = [
        (
            changelist_url(Connection, state__exact=state),
            f"{numbers[state]:,} {Connection.State(state).label.lower()}",
        )
        for state in Connection.State
        if numbers.get(state)
    ]
    value = format_html_join(" · ", "{}", ((link(url, text),) for url, text in shown))
    return Figure(gettext("PIMs"), value or gettext("None yet"))


def _oldest() -> Figure:
    title = gettext("Oldest unfinished run")
    run = oldest_unfinished()
    if run is None:
        return Figure(title, gettext("None"), gettext("Nothing is under way or waits."))
    age = gettext("%(age)s old") % {"age": timesince(run.created_at, depth=1)}
    return Figure(title, link_to(run), f"{age}. {run.note}".strip())


def _queue() -> Figure:
    title = gettext("Tasks that wait for a worker")
    number = queue_length()
    if number is None:
        return Figure(
            title, gettext("Not known"), gettext("The broker does not answer."), is_bad=True
        )
    if number > _MANY_TASKS:
        hint = gettext("That is a lot. Is a worker running, and are they enough?")
        return Figure(title, f"{number:,}", hint, is_bad=True)
    return Figure(title, f"{number:,}")


def _scheduler() -> Figure:
    """When beat last started something. It has something to start every half minute."""
    title = gettext("The scheduler")
    last = PeriodicTask.objects.aggregate(last=Max("last_run_at"))["last"]
    if last is None:
        hint = gettext("No schedule has started anything. Is beat running?")
        return Figure(title, gettext("Not seen yet"), hint, is_bad=True)
    ago = gettext("%(time)s ago") % {"time": timesince(last, depth=1)}
    if last < timezone.now() - _STILL_GOING:
        hint = gettext("Nothing starts by itself until beat runs again.")
        return Figure(title, gettext("Last seen %(ago)s") % {"ago": ago}, hint, is_bad=True)
    hint = gettext("It last started something %(ago)s.") % {"ago": ago}
    return Figure(title, gettext("Runs"), hint)
