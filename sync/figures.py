"""How the sync has fared lately, in figures for staff: runs a day, what is unfinished, and how fast
each PIM reads."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import (
    Count,
    DurationField,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
)
from django.db.models.functions import TruncDate
from django.utils import timezone

from catalogs.models import Catalog
from sync.models import Run

DAYS = 14
_SPEED_OVER = timedelta(days=7)
ENDED = (*Run.ENDED_WELL, *Run.ENDED_BADLY)


@dataclass(frozen=True, slots=True)
class Day:
    """Runs that were started on one day, by how they ended; dry ones aside."""

    day: date
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, status: str) -> int:
        return self.numbers.get(status, 0)


@dataclass(frozen=True, slots=True)
class PimFigures:
    """What the runs over one PIM's catalogs did lately."""

    runs: int = 0  # since the moment that was asked for
    ended_badly: int = 0
    products_a_minute: float | None = None  # of full runs, if there were any


def runs_a_day() -> list[Day]:
    """Return the last days with today at the end, each of them there. One query."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=DAYS - 1)
    rows = (
        Run.objects.filter(
            created_at__gte=datetime.combine(first, time(), UTC), dry_run=False, status__in=ENDED
        )
        .order_by()
        .values_list(TruncDate("created_at", tzinfo=UTC), "status")
        .annotate(number=Count("pk"))
    )
    found: dict[date, dict[str, int]] = defaultdict(dict)
    for day, status, number in rows:
        found[day][status] = number
    days = (first + timedelta(days=number) for number in range(DAYS))
    return [Day(day, found.get(day, {})) for day in days]


def runs_of_last_day() -> Counter[tuple[str, str]]:
    """Return how many were started in 24 hours, by status and mode; dry ones aside. One query."""
    rows = Run.objects.filter(created_at__gte=timezone.now() - timedelta(days=1), dry_run=False)
    counted = rows.order_by().values_list("status", "mode").annotate(number=Count("pk"))
    return Counter({(status, mode): number for status, mode, number in counted})


def last_successes() -> dict[int, datetime]:
    """Return when a run last read each catalog and ended well, by the catalog's id. One query.

    Of catalogs in use that had such a run.
    """
    well = Run.objects.filter(catalog=OuterRef("pk"), dry_run=False).read_well()
    catalogs = Catalog.objects.active().order_by()
    rows = catalogs.values_list("pk", Subquery(well.values("finished_at")[:1]))
    return {pk: at for pk, at in rows if at is not None}


def oldest_unfinished() -> Run | None:
    return Run.objects.live().select_related("catalog").order_by("created_at", "pk").first()


def figures_by_pim(since: datetime) -> dict[int, PimFigures]:
    """Return the figures by the connection's id, of those that had runs. Two queries."""
    badly = Q(status__in=Run.ENDED_BADLY)
    recent = (
        Run.objects.filter(created_at__gte=since, dry_run=False)
        .order_by()
        .values("catalog__channel__connection")
        .annotate(number=Count("pk"), badly=Count("pk", filter=badly))
        .values_list("catalog__channel__connection", "number", "badly")
    )
    speeds = _speeds()
    figures = {pk: PimFigures(number, bad, speeds.pop(pk, None)) for pk, number, bad in recent}
    return figures | {pk: PimFigures(0, 0, speed) for pk, speed in speeds.items()}


def _speeds() -> dict[int, float]:
    """How many products a minute full runs of the last days read, by the connection's id."""
    took = ExpressionWrapper(F("read_at") - F("started_at"), output_field=DurationField())
    rows = (
        Run.objects.filter(
            created_at__gte=timezone.now() - _SPEED_OVER,
            mode=Run.Mode.FULL,
            read_at__isnull=False,
            started_at__isnull=False,
            pulled__gt=0,
        )
        .order_by()
        .values("catalog__channel__connection")
        .annotate(products=Sum("pulled"), took=Sum(took))
        .values_list("catalog__channel__connection", "products", "took")
    )
    return {pk: products * 60 / max(took.total_seconds(), 1.0) for pk, products, took in rows}
