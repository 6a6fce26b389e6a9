"""Numbers, intervals and times, in the reader's words."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone

from channels.base import ChannelAdapter


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun, or more: 1 product stays, 1,482 products stay."""
    return f"{intcomma(number)} {noun if number == 1 else plural or f'{noun}s'}"


def were(number: int, noun: str = "product") -> str:
    """Return how a sentence about them begins: 1 product was, 1,482 products were."""
    return f"{counted(number, noun)} {'was' if number == 1 else 'were'}"


def interval(minutes: int) -> str:
    """Return how often that is: every 30 minutes, every hour, every 2 days."""
    for unit, size in (("day", 1440), ("hour", 60), ("minute", 1)):
        if minutes % size == 0:
            number = minutes // size
            return f"every {unit}" if number == 1 else f"every {number} {unit}s"
    raise ValueError(f"{minutes} minutes is no interval")


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def hours_in_words(days: Iterable[int], begins: time, ends: time, *, allows: bool) -> str:
    """Return weekly hours: Only Monday to Friday, 06:00 to 22:00."""
    clock = f"{begins:%H:%M} to {ends:%H:%M}"
    if begins == ends:
        clock = "all day" if begins == time() else f"{begins:%H:%M} until the same time next day"
    elif ends < begins and ends != time():
        clock += " of the next day"
    word, named = "Only" if allows else "Not", _days_in_words(days)
    return f"{word} {named}, {clock}" if named else f"{word} {clock}, every day"


def _days_in_words(days: Iterable[int]) -> str:
    """Return days of the week, three or more in a row as such: Monday to Friday; all: nothing."""
    numbers = sorted(set(days))
    if numbers == list(range(1, 8)):
        return ""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{DAYS[numbers[0] - 1]} to {DAYS[numbers[-1] - 1]}"
    names = [DAYS[number - 1] for number in numbers]
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def on_the_clock(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in full, as the clocks of the zone show it: 2 March 2026, 06:00 UTC."""
    local = moment.astimezone(zone)
    return f"{local.day} {local:%B %Y, %H:%M} {_named(zone)}"


def when(moment: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """Return a moment to come, as short as can be: 22:00, Monday 06:00, or with its date."""
    local, today = moment.astimezone(zone), (now or timezone.now()).astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M} {_named(zone)}"
    if timedelta(0) < local.date() - today < timedelta(days=7):
        return f"{DAYS[local.weekday()]} {local:%H:%M} {_named(zone)}"
    return on_the_clock(moment, zone)


def _named(zone: tzinfo) -> str:
    return "UTC" if str(zone) == "UTC" else f"({zone})"


def axes_in_words(kind: type[ChannelAdapter]) -> str:
    """Say how many axes the variants of a product may have on such a channel."""
    if kind.max_axes == 1:
        return (
            "The channel takes one axis: what differs in more is joined into one, such as "
            "“Blue / M”."
        )
    return (
        f"The channel takes up to {kind.max_axes} axes: what differs in more is joined into the "
        "last one, such as “Blue / M”."
    )
