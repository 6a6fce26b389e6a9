"""Numbers, intervals and times, in the reader's words."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils import timezone
from django.utils.dateformat import format as format_date
from django.utils.dates import WEEKDAYS
from django.utils.text import get_text_list
from django.utils.translation import gettext, ngettext

from channels.base import ChannelAdapter


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return the number with its noun, or more: 1 product stays, 1,482 products stay.

    In English: for admin and the commands. A page's sentence is one text with `ngettext`.
    """
    return f"{intcomma(number)} {noun if number == 1 else plural or f'{noun}s'}"


def were(number: int, noun: str = "product") -> str:
    """Return how a sentence about them begins: 1 product was, 1,482 products were. In English."""
    return f"{counted(number, noun)} {'was' if number == 1 else 'were'}"


def interval(minutes: int) -> str:
    """Return how often that is: every 30 minutes, every hour, every 2 days."""
    days, hours = minutes // 1440, minutes // 60
    if minutes == days * 1440:
        return ngettext("every day", "every %(number)s days", days) % {"number": intcomma(days)}
    if minutes == hours * 60:
        return ngettext("every hour", "every %(number)s hours", hours) % {"number": intcomma(hours)}
    return ngettext("every minute", "every %(number)s minutes", minutes) % {
        "number": intcomma(minutes)
    }


DAYS = tuple(WEEKDAYS.values())  # from Monday on


def hours_in_words(days: Iterable[int], begins: time, ends: time, *, allows: bool) -> str:
    """Return weekly hours: Only Monday to Friday, 06:00 to 22:00."""
    names = {"days": _days_in_words(days), "hours": _clock_in_words(begins, ends)}
    if names["days"]:
        text = gettext("Only %(days)s, %(hours)s") if allows else gettext("Not %(days)s, %(hours)s")
    else:
        text = (
            gettext("Only %(hours)s, every day") if allows else gettext("Not %(hours)s, every day")
        )
    return text % names


def _clock_in_words(begins: time, ends: time) -> str:
    names = {"begins": f"{begins:%H:%M}", "ends": f"{ends:%H:%M}"}
    if begins == ends == time():
        return gettext("all day")
    if begins == ends:
        return gettext("%(begins)s until the same time next day") % names
    if ends < begins and ends != time():
        return gettext("%(begins)s to %(ends)s of the next day") % names
    return gettext("%(begins)s to %(ends)s") % names


def _days_in_words(days: Iterable[int]) -> str:
    """Return days of the week, three or more in a row as such: Monday to Friday; all: nothing."""
    numbers = sorted(set(days))
    if numbers == list(range(1, 8)):
        return ""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        first, last = DAYS[numbers[0] - 1], DAYS[numbers[-1] - 1]
        return gettext("%(first)s to %(last)s") % {"first": first, "last": last}
    return str(get_text_list([DAYS[number - 1] for number in numbers], gettext("and")))


def on_the_clock(moment: datetime, zone: tzinfo) -> str:
    """Return a moment in full, as the clocks of the zone show it: 2 March 2026, 06:00 UTC."""
    local = moment.astimezone(zone)
    return f"{format_date(local, 'j F Y, H:i')} {_named(zone)}"


def when(moment: datetime, zone: tzinfo, now: datetime | None = None) -> str:
    """Return a moment to come, as short as can be: 22:00, Monday 06:00, or with its date."""
    local, today = moment.astimezone(zone), (now or timezone.now()).astimezone(zone).date()
    if local.date() == today:
        return f"{local:%H:%M} {_named(zone)}"
    if timedelta(0) < local.date() - today < timedelta(days=7):
        return gettext("%(day)s %(time)s") % {
            "day": DAYS[local.weekday()],
            "time": f"{local:%H:%M} {_named(zone)}",
        }
    return on_the_clock(moment, zone)


def _named(zone: tzinfo) -> str:
    return "UTC" if str(zone) == "UTC" else f"({zone})"


def axes_in_words(kind: type[ChannelAdapter]) -> str:
    """Say how many axes the variants of a product may have on such a channel."""
    if kind.max_axes == 1:
        return gettext(
            "The channel takes one axis: what differs in more is joined into one, such as "
            "“Blue / M”."
        )
    return gettext(
        "The channel takes up to %(number)s axes: what differs in more is joined into the last "
        "one, such as “Blue / M”."
    ) % {"number": kind.max_axes}
