"""How catalogs stand, for pages that show several: a fixed number of queries, however many."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog, Channel
from catalogs.schedules import TASK
from catalogs.timetables import closing_of, fetch_timetables
from connections.installation import is_paused
from connections.models import PimUser
from pages.next_steps import NextStep, next_step
from pages.stories import Progress, progress_of
from pages.wording import CATALOG_STATES, State, Tone
from sync.models import Run
from sync.status import Counts, counts_of, last_runs_of, notes_of, state_of

_FEW = 4  # channels that home shows whole
_CALM = ("in_step", "paused", "archived")


@dataclass(frozen=True, slots=True)
class Standing:
    """A catalog and everything a page says about it."""

    catalog: Catalog
    code: str  # what sync.status.state_of returned
    counts: Counts
    last_run: Run | None
    next_run_at: datetime | None  # by its schedule; None: only when somebody asks
    step: NextStep | None
    notes: Sequence[str]  # about when it syncs, one sentence each

    @property
    def state(self) -> State:
        return CATALOG_STATES[self.code]

    @property
    def live_run(self) -> Run | None:
        return self.last_run if self.last_run is not None and self.last_run.is_live else None

    @property
    def progress(self) -> Progress | None:
        return progress_of(self.live_run) if self.live_run else None

    @property
    def is_due(self) -> bool:
        """The schedule's moment has come; the scheduler looks every few seconds."""
        return self.next_run_at is not None and self.next_run_at <= timezone.now()


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    channel: Channel
    catalogs: Sequence[Standing]

    @property
    def is_calm(self) -> bool:
        """Whether nothing of it waits for anybody."""
        return bool(self.catalogs) and all(one.code in _CALM for one in self.catalogs)

    @property
    def on_channel(self) -> int:
        return sum(one.counts.on_channel for one in self.catalogs)

    def is_called(self, words: str) -> bool:
        names = [self.channel.name, *(one.catalog.name for one in self.catalogs)]
        return any(words.casefold() in name.casefold() for name in names)


@dataclass(frozen=True, slots=True)
class Home:
    """The channels as home shows them. With many, those that are calm are `folded`."""

    shown: Sequence[ChannelStanding]
    folded: Sequence[ChannelStanding]
    number: int  # of all channels

    @property
    def is_searched(self) -> bool:
        """Whether there are so many channels that one looks for one by its name."""
        return self.number > _FEW


def arranged(channels: Sequence[ChannelStanding], words: str = "") -> Home:
    """Put first what needs a person; `words`: only what is called like that."""
    if words:
        return Home([one for one in channels if one.is_called(words)], [], len(channels))
    folded = [one for one in channels if one.is_calm and len(channels) > _FEW]
    shown = [one for one in channels if one not in folded]
    shown.sort(key=lambda one: not any(each.step and each.step.is_urgent for each in one.catalogs))
    return Home(shown, folded, len(channels))


def channels_of(user: PimUser) -> list[ChannelStanding]:
    """Return the user's channels with their catalogs in order. Eight queries."""
    channels = list(Channel.objects.visible_to(user))
    by_channel: dict[int, list[Standing]] = defaultdict(list)
    for standing in standings_of(_catalogs(user)):
        by_channel[standing.catalog.channel_id].append(standing)
    return [ChannelStanding(channel, by_channel[channel.pk]) for channel in channels]


def standings_of(catalogs: Iterable[Catalog], *, on_copy: bool | None = None) -> list[Standing]:
    """Return how each stands, in the same order. Six queries, besides those for the catalogs.

    The catalogs must come with their channel and its connection. `on_copy`: whether this is a wrong
    copy, where that was asked already; one query less.
    """
    catalogs = list(catalogs)
    counts = counts_of(catalogs)
    runs = last_runs_of(catalogs)
    on_copy = is_paused() if on_copy is None else on_copy
    next_runs = {} if on_copy else _next_runs(catalogs, runs)
    fetch_timetables(catalog.channel for catalog in catalogs)
    return [
        _standing(one, counts[one.pk], runs.get(one.pk), next_runs.get(one.pk), on_copy=on_copy)
        for one in catalogs
    ]


def standing_of(catalog: Catalog, *, on_copy: bool | None = None) -> Standing:
    return standings_of([catalog], on_copy=on_copy)[0]


def most_urgent(channels: Iterable[ChannelStanding]) -> Standing | None:
    """Return the catalog that needs a person most, or that has a next step at all.

    What goes on by itself is told on its card alone.
    """
    catalogs = [one for channel in channels for one in channel.catalogs]
    with_step = [one for one in catalogs if one.step and one.step.tone != Tone.BUSY]
    order = ["bad", "warn", "quiet", "good"]
    return min(
        with_step, key=lambda one: order.index(one.step.tone if one.step else "good"), default=None
    )


def _catalogs(user: PimUser) -> Iterable[Catalog]:
    catalogs = Catalog.objects.visible_to(user).select_related("channel__connection")
    return catalogs.order_by("position", "pk")


def _standing(
    catalog: Catalog,
    counts: Counts,
    last_run: Run | None,
    next_run_at: datetime | None,
    *,
    on_copy: bool,
) -> Standing:
    if last_run is not None:
        last_run.catalog = catalog
    closing = closing_of(catalog.channel)
    code = state_of(catalog, counts, last_run, closing, on_copy=on_copy)
    step = next_step(catalog, code, counts, last_run)
    notes = notes_of(catalog, counts, last_run, closing)
    return Standing(catalog, code, counts, last_run, next_run_at, step, notes)


def _next_runs(catalogs: Sequence[Catalog], runs: dict[int, Run]) -> dict[int, datetime]:
    """Return when beat starts the next run of each. Beat counts from when it last started one."""
    by_args = {json.dumps([one.pk]): one for one in catalogs}
    tasks: Any = PeriodicTask.objects.filter(task=TASK, enabled=True, args__in=by_args)
    moments = {}
    for task in tasks:
        catalog = by_args[task.args]
        if catalog.every is None:
            continue
        started = task.last_run_at or task.date_changed
        last = runs.get(catalog.pk)
        by_beat = last is not None and last.trigger == Run.Trigger.SCHEDULE
        if last is not None and by_beat and last.mode != Run.Mode.PUSH:
            # Beat keeps its own mark in memory and writes it down only now and then.
            started = max(started, last.created_at)
        moments[catalog.pk] = started + timedelta(minutes=catalog.every)
    return moments
