"""Prune history by age, in small batches that never hold a lock for long."""

from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sync.models import Batch, Change, Document, Listing, Run

KEEP = timedelta(days=90)
KEEP_RUNS = 50  # of each catalog, however old: among them is the one with the watermark
_SLICE = 1000
_SLICES = 200  # an hour's work at most; the next hour goes on


def forget_old_history() -> int:
    """Delete changes, batches, runs and documents that are older than KEEP; return how many."""
    before = timezone.now() - KEEP
    forgotten = _delete(Change.objects.filter(created_at__lt=before))
    forgotten += _delete(Batch.objects.filter(created_at__lt=before).exclude(state="open"))
    forgotten += _delete(_old_runs())
    forgotten += _delete(_unused_documents())
    return forgotten


def _old_runs() -> QuerySet[Run]:
    later = Run.objects.filter(catalog=OuterRef("catalog"), pk__gt=OuterRef("pk"))
    kept = later.order_by("pk")[KEEP_RUNS:]
    return Run.objects.filter(
        Exists(kept),
        ~Exists(Change.objects.filter(run=OuterRef("pk"))),
        created_at__lt=timezone.now() - KEEP,
    ).exclude(status__in=Run.LIVE)


def _unused_documents() -> QuerySet[Document]:
    """A day old at least: a page that is being recorded may be about to use a younger one."""
    listings = Listing.objects.filter(Q(wanted=OuterRef("pk")) | Q(sent=OuterRef("pk")))
    changes = Change.objects.filter(Q(before=OuterRef("pk")) | Q(after=OuterRef("pk")))
    return Document.objects.filter(
        ~Exists(listings), ~Exists(changes), created_at__lt=timezone.now() - timedelta(days=1)
    ).exclude(digest=Document.UNKNOWN)  # used at any time


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    for _ in range(_SLICES):
        pks = list(rows.order_by("pk").values_list("pk", flat=True)[:_SLICE])
        if not pks:
            break
        deleted += rows.model.objects.filter(pk__in=pks).delete()[0]
    return deleted
