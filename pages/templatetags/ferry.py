"""Times and numbers as the pages write them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from django import template
from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.forms import BoundField, RadioSelect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalogs import wording
from connections.models import PimUser
from pages.wording import State
from pages.wording import quoted as quoted_names
from pages.wording import run_state as state_of_run
from sync.models import Run

register = template.Library()


@register.simple_tag
def ago(moment: datetime) -> SafeString:
    """Say how long ago, or in how long; the exact time is in the tooltip."""
    return _time(moment, str(naturaltime(moment)), title=_exactly(moment))


@register.simple_tag
def exactly(moment: datetime) -> SafeString:
    return _time(moment, _exactly(moment), title=str(naturaltime(moment)))


@register.filter
def quoted(rows: Iterable[object]) -> str:
    """Return the names of the rows, each in the quotation marks of the language: “A”, “B”."""
    return quoted_names(map(_name, rows))


@register.filter
def named(rows: Iterable[object]) -> str:
    """Return the names of the rows: A, B."""
    return ", ".join(_name(row) for row in rows)


@register.filter
def any_of(rows: Iterable[object]) -> str:
    """Return the names of the rows to choose from: A, B or C."""
    return get_text_list([_name(row) for row in rows])


@register.filter
def role_name(role: str) -> str:
    """Return how a role is called; `PimUser.Role` has what it may do."""
    return {
        PimUser.Role.VIEWER: _("Viewer"),
        PimUser.Role.EDITOR: _("Editor"),
        PimUser.Role.MANAGER: _("Manager"),
    }[PimUser.Role(role)]


@register.filter
def often(minutes: int | None) -> str:
    return wording.interval(minutes) if minutes else _("only when somebody asks")


@register.filter
def run_state(run: Run) -> State:
    return state_of_run(run)


@register.filter
def origin(run: Run) -> str:
    """Say who or what started the run, where the moment stands beside it."""
    if run.trigger == Run.Trigger.SCHEDULE:
        return _("by the schedule")
    if run.trigger == Run.Trigger.EVENT:
        return _("by an event of the PIM")
    if not run.started_by:
        return _("by a person")
    return _("by %(name)s") % {"name": run.started_by}


@register.simple_tag
def started(run: Run) -> SafeString:
    """Say who or what started the run, and when, in a sentence."""
    moment = exactly(run.created_at)
    if run.trigger == Run.Trigger.SCHEDULE:
        return format_html(_("Started by the schedule, {moment}."), moment=moment)
    if run.trigger == Run.Trigger.EVENT:
        return format_html(_("Started by an event of the PIM, {moment}."), moment=moment)
    if not run.started_by:
        return format_html(_("Started by a person, {moment}."), moment=moment)
    return format_html(_("Started by {name}, {moment}."), name=run.started_by, moment=moment)


@register.filter
def extent(run: Run) -> str:
    return {
        Run.Mode.FULL: _("It compares everything."),
        Run.Mode.DELTA: _("It reads what changed in Akeneo."),
        Run.Mode.PUSH: _("It sends what waits, without reading Akeneo."),
        Run.Mode.PRODUCT: ngettext(
            "It is about %(number)s product alone.",
            "It is about %(number)s products alone.",
            len(run.keys),
        )
        % {"number": intcomma(len(run.keys))},
        Run.Mode.UNDO: _("It brings back what stood on the channel before another run."),
        Run.Mode.SAMPLE: _("It looks at a few products and sends nothing."),
    }[Run.Mode(run.mode)]


@register.filter
def duration(run: Run) -> str:
    """Return how long the run took, in its two largest units."""
    seconds = round(run.seconds)
    if seconds < 60:
        text = ngettext("%(number)s second", "%(number)s seconds", seconds)
        return text % {"number": seconds}
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        text = ngettext("%(number)s minute %(more)s s", "%(number)s minutes %(more)s s", minutes)
        return text % {"number": minutes, "more": seconds}
    hours, minutes = divmod(minutes, 60)
    text = ngettext("%(number)s hour %(more)s min", "%(number)s hours %(more)s min", hours)
    return text % {"number": intcomma(hours), "more": minutes}


@register.filter
def is_choice(field: BoundField) -> bool:
    """Whether the field is a group of radio buttons or checkboxes."""
    return isinstance(field.field.widget, RadioSelect)  # of which Django's checkboxes are a kind


def _name(row: object) -> str:
    return str(getattr(row, "name", row))


def _time(moment: datetime, text: str, *, title: str) -> SafeString:
    machine = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, title, text)


def _exactly(moment: datetime) -> str:
    return wording.on_the_clock(moment, timezone.get_current_timezone())
