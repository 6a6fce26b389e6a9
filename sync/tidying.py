"""Prune history by age, in small batches that never hold a lock for long."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from enrichment.models import (
    Offer,
    OfferProblem,
    Proposal,
    RequestedTranslation,
    ServiceTranslation,
)
from enrichment.translations.orders import forget_old_orders
from sync.models import (
    AlertMessage,
    Batch,
    Change,
    Difference,
    Document,
    FeedEntry,
    FeedFile,
    Listing,
    Notice,
    ReceivedEvent,
    Run,
)

KEEP = timedelta(days=90)
KEEP_EVENTS = timedelta(days=2)  # an event comes again within an hour, if it does
KEEP_IDLE_RUNS = timedelta(days=2)  # of single products, which an event began for nothing
KEEP_DIFFERENCES = timedelta(days=14)  # of dry runs: whoever asked for one has read it by then
KEEP_EDITIONS = timedelta(days=365)  # for whoever fetches them by an address; the files stay
KEEP_ANSWERS = timedelta(days=365)  # of services that translate: longer than any offer waits
KEEP_RUNS = 50  # of each catalog, however old
_SLICE = 1000
_SLICES = 200  # an hour's work at most; the next hour goes on


def forget_old_history() -> int:
    """Delete changes, batches, runs, offers, documents that are older than KEEP; return how many.

    And differences of dry runs that are older than KEEP_DIFFERENCES.
    """
    before = timezone.now() - KEEP
    forgotten = _delete(Difference.objects.filter(created_at__lt=timezone.now() - KEEP_DIFFERENCES))
    forgotten += _delete(ReceivedEvent.objects.old(KEEP_EVENTS))
    forgotten += _delete(_old_editions())
    forgotten += _forget_old_offers(before)
    forgotten += _delete(_old_answers())
    forgotten += _delete(_old_requests(before))
    forgotten += forget_old_orders()
    forgotten += _delete(Change.objects.filter(created_at__lt=before))
    forgotten += _delete(Batch.objects.filter(created_at__lt=before).exclude(state="open"))
    forgotten += _delete(_old_messages(before))
    forgotten += _delete(Notice.objects.filter(ended_at__lt=before))
    forgotten += _delete(_idle_runs())
    forgotten += _delete(_old_runs())
    forgotten += _delete(_unused_documents())
    return forgotten


def _forget_old_offers(before: datetime) -> int:
    """What was written last at each place is kept: an edit after it has to be respected."""
    open_ones = Proposal.objects.filter(offer=OuterRef("pk")).open()
    old = Offer.objects.filter(~Exists(open_ones), created_at__lt=before)
    old = old.exclude(state__in=Offer.UNDER_WAY)
    forgotten = _delete(Proposal.objects.filter(offer__in=old))
    forgotten += _delete(OfferProblem.objects.filter(offer__in=old))
    empty = old.filter(~Exists(Proposal.objects.filter(offer=OuterRef("pk"))))
    return forgotten + _delete(empty)


def _old_messages(before: datetime) -> QuerySet[AlertMessage]:
    """Of what still is: whoever heard of it is to hear when it is well again."""
    over = Notice.objects.filter(ended_at__lt=before).order_by()
    is_over = Q(notice=None) | Q(notice__in=over.values("pk"))
    return AlertMessage.objects.filter(is_over, created_at__lt=before)


def _old_answers() -> QuerySet[ServiceTranslation]:
    """What was written of them is known to be translated all the same."""
    return ServiceTranslation.objects.filter(created_at__lt=timezone.now() - KEEP_ANSWERS)


def _old_requests(before: datetime) -> QuerySet[RequestedTranslation]:
    """Those that came to an end; the PIM itself holds what became of them."""
    ended = RequestedTranslation.objects.exclude(state=RequestedTranslation.State.IN_PROGRESS)
    return ended.filter(checked_at__lt=before)


def _old_editions() -> QuerySet[FeedFile]:
    """Files of feeds of changes; what is replaced under the same name stays, however old."""
    old = FeedFile.objects.filter(created_at__lt=timezone.now() - KEEP_EDITIONS)
    return old.exclude(name=F("feed__file_name")).exclude(name__endswith=".manifest.json")


def _old_runs() -> QuerySet[Run]:
    """But never the last that read everything, or what changed: the next delta starts from them."""
    later = Run.objects.filter(catalog=OuterRef("catalog"), pk__gt=OuterRef("pk"))
    read_later = later.filter(mode=OuterRef("mode"), read_at__isnull=False)
    return Run.objects.filter(
        Exists(later.order_by("pk")[KEEP_RUNS - 1 :]),
        Q(read_at=None) | Exists(read_later),
        ~Exists(Change.objects.filter(run=OuterRef("pk"))),
        created_at__lt=timezone.now() - KEEP,
    ).exclude(status__in=Run.LIVE)


def _idle_runs() -> QuerySet[Run]:
    """Runs that an event began, and that found its products as they stood on the channel."""
    idle = {"pushed": 0, "withdrawn": 0, "failed": 0, "held": 0, "changed": 0}
    return Run.objects.filter(
        ~Exists(Change.objects.filter(run=OuterRef("pk"))),
        mode=Run.Mode.PRODUCT,
        trigger=Run.Trigger.EVENT,
        status=Run.Status.SUCCEEDED,
        finished_at__lt=timezone.now() - KEEP_IDLE_RUNS,
        **idle,
    )


def _unused_documents() -> QuerySet[Document]:
    """Not read for a day: a page that is being recorded may be about to use a younger one.

    What a batch under way carries is in use, though a listing may want something newer by now.
    """
    under_way = Batch.objects.filter(state=Batch.State.OPEN).values_list("items", flat=True)
    old = Document.objects.filter(updated_at__lt=timezone.now() - timedelta(days=1))
    carried = [pk for items in under_way for _, pk in items if pk is not None]
    return without_references(old).exclude(pk__in=carried)


def without_references(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Keep those that no listing, change or feed refers to; the unknown one is used at any time."""
    here = OuterRef("pk")
    listings = Listing.objects.filter(Q(wanted=here) | Q(sent=here) | Q(last_known=here))
    changes = Change.objects.filter(Q(before=OuterRef("pk")) | Q(after=OuterRef("pk")))
    entries = FeedEntry.objects.filter(Q(document=OuterRef("pk")) | Q(staged=OuterRef("pk")))
    unused = documents.filter(~Exists(listings), ~Exists(changes), ~Exists(entries))
    return unused.exclude(digest__in=Document.MARKERS)


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    for _ in range(_SLICES):
        with transaction.atomic():
            # Locked, so that nobody begins to use one of them now.
            unused = rows.select_for_update(skip_locked=True).order_by("pk")
            pks = list(unused.values_list("pk", flat=True)[:_SLICE])
            deleted += rows.model.objects.filter(pk__in=pks).delete()[0]
        if not pks:
            break
    return deleted
