"""What a page is looked at in: a world that is connected, with one mapped catalog never synced."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.utils import timezone

from catalogs.models import Catalog, Channel
from sync.models import Listing, Run
from tests.factories import make_listing, make_run
from tests.world import World


@dataclass
class Place:
    """A world, and what of it a page is about. `more` has what else an address names."""

    world: World
    channel: Channel
    catalog: Catalog
    listing: Listing | None = None
    run: Run | None = None
    more: dict[str, Any] = field(default_factory=dict)


Situation = Callable[[Place], None]


def ended(place: Place, *, ago: timedelta = timedelta(minutes=2), **values: Any) -> Run:
    """A run that ended so long ago."""
    end = timezone.now() - ago
    begin = end - timedelta(seconds=95)
    defaults = {"started_at": begin, "finished_at": end, "read_at": end, "pulled": 1482}
    place.run = make_run(place.catalog, **{**defaults, **values})
    Run.objects.filter(pk=place.run.pk).update(created_at=begin)
    place.run.refresh_from_db()
    return place.run


def listed(place: Place, **values: Any) -> Listing:
    return make_listing(place.catalog, **values)


def change_catalog(place: Place, **values: Any) -> None:
    Catalog.objects.filter(pk=place.catalog.pk).update(**values)
    place.catalog.refresh_from_db()


def moment(**span: int) -> Any:
    return timezone.now() + timedelta(**span)
