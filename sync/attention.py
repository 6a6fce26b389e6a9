"""What needs a person: sets of rows for the first page of admin and for its lists."""

from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from catalogs.models import Catalog
from connections.models import Connection
from sync.models import Listing, Run, Tally


def lost_connections() -> QuerySet[Connection]:
    return Connection.objects.filter(state=Connection.State.DISCONNECTED)


def with_last_run(catalogs: QuerySet[Catalog]) -> QuerySet[Any]:
    """Annotate each catalog with its last run's key and status."""
    newest = Run.objects.filter(catalog=OuterRef("pk"), dry_run=False)
    return catalogs.annotate(
        last_run_id=Subquery(newest.values("pk")[:1]),
        last_run_status=Subquery(newest.values("status")[:1]),
    )


def with_waiting_for_people(catalogs: QuerySet[Catalog]) -> QuerySet[Any]:
    """Annotate each catalog with how many of its products are parked and held."""
    return catalogs.annotate(
        parked=_number_of(Listing.Status.PARKED), held=_number_of(Listing.Status.HELD)
    )


def stuck(catalogs: QuerySet[Any]) -> QuerySet[Any]:
    """Keep those whose last run stopped or failed. Annotated by `with_last_run`."""
    return catalogs.filter(archived_at=None, last_run_status__in=Run.ENDED_BADLY)


def not_in_pim(catalogs: QuerySet[Catalog]) -> QuerySet[Catalog]:
    """Keep those that wait for somebody to enable them in the PIM, or were deleted there.

    Not those that are still being set up: nobody has enabled them yet.
    """
    waiting = [Catalog.PimState.DISABLED, Catalog.PimState.GONE]
    return catalogs.filter(
        archived_at=None, removing_since=None, started_at__isnull=False, pim_state__in=waiting
    )


def _number_of(status: Listing.Status) -> Coalesce:
    of_catalog = Tally.objects.filter(catalog=OuterRef("pk"), status=status).order_by()
    number = of_catalog.values("catalog").annotate(total=Sum("number")).values("total")
    return Coalesce(Subquery(number), 0, output_field=IntegerField())
