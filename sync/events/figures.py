"""How events come in and are worked on, in figures for staff."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils import timezone

from sync.models import ReceivedEvent


@dataclass(frozen=True, slots=True)
class EventFigures:
    """Over all PIMs. `oldest_waiting`: when it came."""

    last_hour: int
    waiting: int
    oldest_waiting: datetime | None


def figures_of_events() -> EventFigures:
    """Two queries, of what waits and of what came in an hour."""
    an_hour_ago = timezone.now() - timedelta(hours=1)
    waiting = ReceivedEvent.objects.waiting().order_by()
    found = waiting.aggregate(number=Count("pk"), oldest=Min("received_at"))
    last_hour = ReceivedEvent.objects.since(an_hour_ago).count()
    return EventFigures(last_hour, found["number"], found["oldest"])
