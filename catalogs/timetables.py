"""The timetable of a channel: weekly windows, freezes, and what they and a pause come to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.db.models import Prefetch, QuerySet, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from catalogs.channels import refuse_while_removing
from catalogs.models import Channel, Freeze, Window
from catalogs.timing import Span, Timetable, WeeklyHours
from catalogs.wording import on_the_clock, when
from connections import audit
from connections.audit import Action
from connections.languages import as_stored
from outbound.errors import ConfigurationError

MOST = 20  # windows or freezes of a channel: every batch looks at them
_LONGEST = timedelta(days=5 * 365)


class Why(StrEnum):
    PAUSED = "paused"
    FROZEN = "frozen"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Closing:
    """Nothing is sent to a channel at present, and when that is over."""

    why: Why
    until: datetime | None  # None: when somebody changes something
    reason: str
    zone: ZoneInfo

    @property
    def until_when(self) -> str:
        if self.until is not None:
            return gettext("until %(when)s") % {"when": when(self.until, self.zone)}
        if self.why is Why.PAUSED:
            return gettext("until somebody resumes the channel")
        return gettext("until its timetable leaves an hour to send in")

    @property
    def sentence(self) -> str:
        """Return: Nothing is sent until Monday 06:00 (Europe/Paris): Black Friday."""
        if self.reason:
            return gettext("Nothing is sent %(until)s: %(reason)s.") % self._names
        return gettext("Nothing is sent %(until)s.") % self._names

    def waits(self, number: int) -> str:
        """Return: 134 changes wait until Monday 06:00 (Europe/Paris): Black Friday."""
        if self.reason:
            said = ngettext(
                "%(number)s change waits %(until)s: %(reason)s.",
                "%(number)s changes wait %(until)s: %(reason)s.",
                number,
            )
        else:
            said = ngettext(
                "%(number)s change waits %(until)s.", "%(number)s changes wait %(until)s.", number
            )
        return said % {**self._names, "number": intcomma(number)}

    @property
    def _names(self) -> dict[str, str]:
        return {"until": self.until_when, "reason": self.reason.rstrip(".")}


def closing_of(channel: Channel, now: datetime | None = None) -> Closing | None:
    """Return why nothing is sent to the channel at this moment, None if it is.

    A pause is stronger than the timetable. Two queries, unless windows and freezes are at hand.
    """
    now = now or timezone.now()
    zone = channel.connection.zone
    if channel.is_paused:
        end = channel.pause_ends_at
        until = (timetable_of(channel).next_opening(end) or end) if end else None
        return Closing(Why.PAUSED, until, channel.pause_reason, zone)
    timetable = timetable_of(channel)
    if timetable.is_open_at(now):
        return None
    until = timetable.next_opening(now)
    frozen = [one for one in channel.freezes.all() if one.begins_at <= now < one.ends_at]
    if frozen:
        reason = max(frozen, key=lambda one: one.ends_at).reason
        return Closing(Why.FROZEN, until, reason, zone)
    return Closing(Why.HOURS, until, "", zone)


def timetable_of(channel: Channel) -> Timetable:
    windows, freezes = channel.windows.all(), channel.freezes.all()
    return Timetable(
        channel.connection.zone,
        tuple(
            WeeklyHours(frozenset(one.days), one.begins, one.ends, one.allows) for one in windows
        ),
        tuple(Span(one.begins_at, one.ends_at) for one in freezes),
    )


def present_freezes() -> QuerySet[Freeze]:
    return Freeze.objects.filter(ends_at__gt=timezone.now())


def fetch_timetables(channels: Iterable[Channel]) -> None:
    """Have windows and freezes of all these channels at hand. Two queries."""
    freezes = Prefetch("freezes", present_freezes())
    prefetch_related_objects(list(channels), "windows", freezes)


@transaction.atomic
def add_window(
    channel: Channel, *, days: Collection[int], begins: time, ends: time, allows: bool
) -> Window:
    """Add hours of every week; the same ones twice are one. Raises ConfigurationError."""
    refuse_while_removing(channel)
    if not days or not set(days) <= set(range(1, 8)):
        raise ConfigurationError(gettext("Choose at least one day of the week."))
    _refuse_too_many(channel.windows.count())
    window, is_new = Window.objects.get_or_create(
        channel=channel, days=sorted(set(days)), begins=begins, ends=ends, allows=allows
    )
    if is_new:
        _record(channel, "added", window)
    return window


@transaction.atomic
def add_freeze(channel: Channel, *, begins_at: datetime, ends_at: datetime, reason: str) -> Freeze:
    """Send nothing between two moments; the same freeze twice is one. Raises ConfigurationError."""
    refuse_while_removing(channel)
    now = timezone.now()
    if ends_at <= begins_at:
        raise ConfigurationError(gettext("A freeze ends after it begins."))
    if ends_at <= now:
        raise ConfigurationError(gettext("This freeze is over already."))
    if begins_at < now - _LONGEST:
        raise ConfigurationError(gettext("A freeze begins within the last five years."))
    if ends_at > now + _LONGEST:
        raise ConfigurationError(
            gettext("A freeze ends within five years. To stop for good, pause it.")
        )
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise ConfigurationError(gettext("Say why, for whoever wonders why nothing is sent."))
    _refuse_too_many(present_freezes().filter(channel=channel).count())
    freeze, is_new = Freeze.objects.get_or_create(
        channel=channel, begins_at=begins_at, ends_at=ends_at, reason=reason
    )
    if is_new:
        _record(channel, "added", freeze)
    return freeze


@transaction.atomic
def remove(row: Window | Freeze) -> bool:
    """Take hours or a freeze out of the timetable. False if somebody did already."""
    number, _ = type(row)._default_manager.filter(pk=row.pk).delete()
    if number:
        _record(row.channel, "removed", row)
    return bool(number)


def freeze_in_words(freeze: Freeze) -> str:
    """Return: Black Friday, 26 November 2026, 18:00 (Europe/Paris) to …"""
    zone = freeze.channel.connection.zone
    begins, ends = on_the_clock(freeze.begins_at, zone), on_the_clock(freeze.ends_at, zone)
    names = {"reason": freeze.reason, "begins": begins, "ends": ends}
    return gettext("%(reason)s, %(begins)s to %(ends)s") % names


def _refuse_too_many(number: int) -> None:
    if number >= MOST:
        raise ConfigurationError(
            gettext("There are %(number)s already. Remove one first.") % {"number": MOST}
        )


def _record(channel: Channel, how: str, row: Window | Freeze) -> None:
    with as_stored():
        said = str(row) if isinstance(row, Window) else freeze_in_words(row)
    what: dict[str, Any] = {how: said}
    audit.record(Action.TIMETABLE_CHANGED, channel.connection, channel.name, by=None, **what)
