"""Catalogs that people set up step by step: none syncs by itself before all of it was sent once.

`started_at` says so. What commands and admin create is started from the beginning.
"""

from django.db import transaction
from django.utils import timezone

from catalogs.models import Catalog
from catalogs.schedules import apply_schedule
from connections import audit
from connections.audit import Action


@transaction.atomic
def start(catalog: Catalog) -> bool:
    """Let it sync by itself from now on, as its schedule says. False if it does already."""
    now = timezone.now()
    waiting = Catalog.objects.filter(pk=catalog.pk, started_at=None)
    if not waiting.update(started_at=now, updated_at=now):
        return False
    # What others have set meanwhile counts: the schedule follows from all of it.
    fresh = Catalog.objects.select_related("channel__connection").get(pk=catalog.pk)
    catalog.started_at = fresh.started_at
    apply_schedule(fresh)
    audit.record(Action.CATALOG_STARTED, fresh.connection, fresh.name)
    return True
