"""How long something takes, in words that claim no more than is known."""

from django.utils.translation import gettext, ngettext

from pages.stories import Progress
from sync.estimating import seconds_left
from sync.models import Run


def about(seconds: float) -> str:
    """Return: less than a minute, about 4 minutes, about 2 hours."""
    if seconds < 60:
        return gettext("less than a minute")
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about %d minute", "about %d minutes", minutes) % minutes
    hours = round(minutes / 60)
    return ngettext("about %d hour", "about %d hours", hours) % hours


def time_left(run: Run, progress: Progress) -> str:
    """Return: about 4 minutes left; "" while nobody can tell."""
    seconds = seconds_left(run, progress.percent) if run.is_live and not progress.note else None
    return "" if seconds is None else gettext("%(time)s left") % {"time": about(seconds)}
