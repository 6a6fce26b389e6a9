"""Times and numbers as the pages write them."""

from datetime import UTC, datetime

from django import template
from django.contrib.humanize.templatetags.humanize import naturaltime
from django.forms import BoundField, RadioSelect
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from catalogs import wording
from pages.wording import State
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
def counted(number: int, nouns: str) -> str:
    """Return the number with its noun: {{ 2|counted:"catalog" }}, {{ n|counted:"try,tries" }}."""
    return wording.counted(number, *nouns.split(","))


@register.filter
def often(minutes: int | None) -> str:
    return wording.interval(minutes) if minutes else "only when somebody asks"


@register.filter
def run_state(run: Run) -> State:
    return state_of_run(run)


@register.filter
def origin(run: Run) -> str:
    """Say who or what started the run, after "started"."""
    if run.trigger == Run.Trigger.SCHEDULE:
        return "by the schedule"
    if run.trigger == Run.Trigger.EVENT:
        return "by an event of the PIM"
    return f"by {run.started_by or 'a person'}"


@register.filter
def extent(run: Run) -> str:
    return {
        Run.Mode.FULL: "It compares everything.",
        Run.Mode.DELTA: "It reads what changed in Akeneo.",
        Run.Mode.PUSH: "It sends what waits, without reading Akeneo.",
        Run.Mode.PRODUCT: f"It is about {wording.counted(len(run.keys), 'product')} alone.",
        Run.Mode.UNDO: "It brings back what stood on the channel before another run.",
        Run.Mode.SAMPLE: "It looks at a few products and sends nothing.",
    }[Run.Mode(run.mode)]


@register.filter
def duration(run: Run) -> str:
    """Return how long the run took, in its two largest units."""
    seconds = round(run.seconds)
    if seconds < 60:
        return wording.counted(seconds, "second")
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{wording.counted(minutes, 'minute')} {seconds} s"
    hours, minutes = divmod(minutes, 60)
    return f"{wording.counted(hours, 'hour')} {minutes} min"


@register.filter
def is_choice(field: BoundField) -> bool:
    """Whether the field is a group of radio buttons or checkboxes."""
    return isinstance(field.field.widget, RadioSelect)  # of which Django's checkboxes are a kind


def _time(moment: datetime, text: str, *, title: str) -> SafeString:
    machine = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return format_html('<time datetime="{}" title="{}">{}</time>', machine, title, text)


def _exactly(moment: datetime) -> str:
    return wording.on_the_clock(moment, timezone.get_current_timezone())
