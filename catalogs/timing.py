"""When a channel may be called: weekly hours and dated freezes in one time zone. No database.

A day's clock is read in one way only: a moment such as "Sunday 02:30" is the first at which the
clock of that day shows this time or a later one. In the night that has no 02:30 that is 03:00; of
an hour that comes twice it is the first. So hours that meet on paper meet in every night.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
# Hours repeat every week; those that fall into a skipped hour are there again a week later.
_HORIZON = 15 * _DAY


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, the second not included."""

    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        return self.begins <= moment < self.ends


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Hours of a week in which sending is allowed, or is not."""

    days: frozenset[int]  # on which they begin; 1 is Monday, 7 is Sunday
    begins: time
    ends: time  # if not later than `begins`: on the day after
    allows: bool = True

    def on(self, day: date, zone: ZoneInfo) -> Span | None:
        """Return when they are if they begin on this day."""
        if day.isoweekday() not in self.days:
            return None
        last = day if self.ends > self.begins else day + _DAY
        return Span(moment_of(day, self.begins, zone), moment_of(last, self.ends, zone))


@dataclass(frozen=True, slots=True)
class Timetable:
    """Open unless a freeze or forbidden hours hold, or allowed hours are named and do not."""

    zone: ZoneInfo
    hours: tuple[WeeklyHours, ...] = ()
    freezes: tuple[Span, ...] = ()

    def is_open_at(self, moment: datetime) -> bool:
        if self.is_frozen_at(moment):
            return False
        now = [one.allows for one, span in self._spans(moment, 0) if span.holds(moment)]
        if False in now:
            return False
        return True in now or not any(one.allows for one in self.hours)

    def is_frozen_at(self, moment: datetime) -> bool:
        return any(freeze.holds(moment) for freeze in self.freezes)

    def next_opening(self, moment: datetime) -> datetime | None:
        """Return the first open moment from here on; None: the hours leave none."""
        if self.freezes and replace(self, freezes=()).next_opening(moment) is None:
            return None  # what the hours never open, no freeze opens
        closed_since = moment
        following: datetime | None = moment
        while following is not None and following <= closed_since + _HORIZON:
            frozen_until = [one.ends for one in self.freezes if one.holds(following)]
            if frozen_until:
                closed_since = following = max(frozen_until)
            elif self.is_open_at(following):
                return following
            else:
                following = self._next_change(following)
        return None

    def _next_change(self, moment: datetime) -> datetime | None:
        """Return the next moment at which hours begin or end."""
        for days in (1, _HORIZON.days):  # today or tomorrow, usually
            spans = [span for _, span in self._spans(moment, days)]
            changes = [edge for span in spans for edge in (span.begins, span.ends) if edge > moment]
            if changes:
                return min(changes)
        return None

    def _spans(self, moment: datetime, days: int) -> Iterator[tuple[WeeklyHours, Span]]:
        """Yield the hours that begin between the day before and so many days later."""
        today = moment.astimezone(self.zone).date()
        for number in range(-1, days + 1):
            for one in self.hours:
                if (span := one.on(today + number * _DAY, self.zone)) is not None:
                    yield one, span


def moment_of(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the first moment at which the clock of that day shows this time or a later one."""
    wall = datetime.combine(day, clock)
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    # The clock jumps over it, somewhere between its two readings. It does so at a whole second.
    before = int(wall.replace(tzinfo=zone, fold=1).timestamp())
    after = int(moment.timestamp())
    jumped = _offset(after, zone)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(middle, zone) == jumped:
            after = middle
        else:
            before = middle
    return datetime.fromtimestamp(after, UTC)


def _offset(timestamp: int, zone: ZoneInfo) -> timedelta | None:
    return datetime.fromtimestamp(timestamp, zone).utcoffset()
