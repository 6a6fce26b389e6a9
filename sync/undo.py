"""Undo a run: what stood on the channel before it is wanted again.

The history (Change) knows it. Only products are put back for which nothing newer was sent or read
since. What the PIM says of them is set aside: reading it again does not bring it back, until the
PIM says something else or a person takes the PIM's version again.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext

from catalogs.models import Catalog
from connections import audit
from connections.audit import Action
from outbound.errors import ConfigurationError
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.models import Change, Document, Listing, Run
from sync.models.listings import LISTING_STATE
from sync.runs import start_run
from sync.single import sync_products

logger = logging.getLogger(__name__)

_SLICE = 500
_EXACTLY, _LOOKED_AT = 10_000, 1_000  # products of a run whose outlook is worked out
_NAMED = 100  # of the products of a decision, in its audit record


@dataclass(frozen=True, slots=True)
class Outlook:
    """What undoing a run would do, in products."""

    replaced: int  # get their earlier document
    withdrawn: int  # were first sent by the run: are taken off
    pushed_again: int  # were withdrawn by the run: come back
    left: int  # stay: something newer was sent or read, or it is not known what was there
    is_about: bool = False  # worked out from some of very many

    @property
    def going_back(self) -> int:
        return self.replaced + self.withdrawn + self.pushed_again


def outlook(run: Run) -> Outlook:
    """Return what undoing this run would do now. Two queries.

    Of a run that changed more than _EXACTLY, from _LOOKED_AT of them: with two more queries.
    """
    changed = run.pushed + run.withdrawn
    if changed <= _EXACTLY:
        accepted = _accepted(run).count()
        return Outlook(*_sums(accepted, _undoable(run)))
    touched = Change.objects.filter(run=run, outcome=Change.Outcome.ACCEPTED)
    pks: set[int] = set()
    for order in ("listing_id", "-listing_id"):
        ordered = touched.order_by(order).values_list("listing_id", flat=True)
        pks.update(ordered[: _LOOKED_AT // 2])
    sums = _sums(len(pks), _undoable(run).filter(pk__in=pks))
    replaced, withdrawn, pushed_again, left = (round(one * changed / len(pks)) for one in sums)
    return Outlook(replaced, withdrawn, pushed_again, left, is_about=True)


def _sums(accepted: int, undoable: Any) -> tuple[int, int, int, int]:
    """Return how many are replaced, withdrawn, pushed again, and left, of what was accepted."""
    sums = undoable.aggregate(
        all=Count("pk"),
        withdrawn=Count("pk", filter=Q(before__isnull=True)),
        pushed_again=Count("pk", filter=Q(after__isnull=True)),
    )
    withdrawn, pushed_again = sums["withdrawn"], sums["pushed_again"]
    replaced = sums["all"] - withdrawn - pushed_again
    return replaced, withdrawn, pushed_again, accepted - sums["all"]


def may_be_undone(run: Run) -> bool:
    """Return whether the run changed anything on the channel, and has ended."""
    return not (run.is_live or run.dry_run) and bool(run.pushed or run.withdrawn)


def undo_run(run: Run, *, by: str = "") -> Run:
    """Start a run that undoes this one; a person has confirmed it. Raises AlreadyRunning.

    Raises ConfigurationError if there is nothing to undo, or nothing goes out at present.
    """
    catalog = run.catalog
    if not may_be_undone(run):
        raise ConfigurationError(
            gettext("Only a run that has ended and changed something on the channel can be undone.")
        )
    if not catalog.is_active or catalog.is_unconfirmed:
        raise ConfigurationError(
            gettext(
                "Nothing is sent for this catalog at present. Its page says why; undo the run when "
                "it syncs again."
            )
        )
    expected = outlook(run)
    if not expected.going_back:
        raise ConfigurationError(
            gettext(
                "Nothing can be put back any more: something newer was sent, or read in the PIM, "
                "for every product of this run."
            )
        )
    with transaction.atomic():
        undoing = start_run(
            catalog, Run.Trigger.MANUAL, mode=Run.Mode.UNDO, undoes=run, started_by=by
        )
        audit.record(
            Action.RUN_UNDONE,
            catalog.connection,
            catalog.name,
            run=run.pk,
            number=expected.going_back,
        )
    return undoing


def put_back(run: Run, *, go_on: Callable[[], None]) -> None:
    """Want what stood on the channel before the run that this one undoes. Raises RunLost.

    In slices; what is put back is not as the run left it any more, so that a crash repeats nothing.
    """
    if run.undoes is None:
        raise ConfigurationError("The run that was to be undone is forgotten by now.")
    accepted = Change.objects.filter(run=run.undoes, outcome=Change.Outcome.ACCEPTED)
    touched = accepted.order_by("listing_id").values_list("listing_id", flat=True).distinct()
    last = 0
    while True:
        go_on()
        pks = list(touched.filter(listing_id__gt=last)[:_SLICE])
        if not pks:
            return
        _put_back(run, run.undoes, pks)
        last = pks[-1]


def take_pims_version(catalog: Catalog, keys: Sequence[str], *, by: str = "") -> Run:
    """Let the PIM's version of these products count again, and start the run that brings it.

    Raises AlreadyRunning, and ConfigurationError for too many; then nothing is changed.
    """
    with transaction.atomic():
        run = sync_products(catalog, keys, by=by)
        lock_channel(catalog.channel_id)
        listings = Listing.objects.filter(catalog=catalog, key__in=keys).set_aside_by_person()
        named = [str(one) for one in listings.order_by("identifier", "pk")[:_NAMED]]
        # Without the digest of what was seen it is compared, equal bytes or not.
        number = listings.update(set_aside="", seen_digest="", updated_at=timezone.now())
        if number:
            audit.record(
                Action.PIM_VERSION_TAKEN,
                catalog.connection,
                catalog.name,
                number=number,
                products=named,
            )
    return run


@transaction.atomic
def _put_back(run: Run, undone: Run, pks: Sequence[int]) -> None:
    ownership.lock(run)
    channel = lock_channel(run.catalog.channel_id)
    rows = _undoable(undone).filter(pk__in=pks).select_related("wanted").order_by("pk")
    listings: list[Any] = list(rows.select_for_update(no_key=True, of=("self",)))
    before = {one.before for one in listings}
    digests = dict(Document.objects.filter(pk__in=before - {None}).values_list("pk", "digest"))
    now = timezone.now()
    for listing in listings:
        wanted = listing.wanted.digest if listing.wanted else Listing.ABSENT
        said = listing.set_aside or wanted  # by the PIM, last
        listing.set_aside = "" if said == digests.get(listing.before, Listing.ABSENT) else said
        listing.wanted_id = listing.before
        listing.be_waiting(now)
        listing.let_through = True  # a person saw what undoing does
        listing.updated_at = now
        if listing.catalog_id != run.catalog_id:
            listing.handed_over_by = run.catalog  # or no run of ours would send it
    fields = ["wanted", "set_aside", "let_through", "handed_over_by", *LISTING_STATE]
    Listing.objects.bulk_update(listings, fields, batch_size=_SLICE)
    settle_carriers(channel, [one.key for one in listings], handed_over_by=run.catalog)
    ownership.update(run, changed=run.changed + len(listings))


def _accepted(run: Run) -> QuerySet[Listing]:
    """Return what the run changed on the channel."""
    accepted = Change.objects.filter(run=run, outcome=Change.Outcome.ACCEPTED)
    return Listing.objects.filter(pk__in=accepted.values("listing"), channel=run.catalog.channel_id)


def _undoable(run: Run) -> Any:
    """Return of it what is still as the run left it, each with what was there `before`.

    A product may have several changes in one run: before the first, after the last accepted one.
    """
    changes = Change.objects.filter(run=run, listing=OuterRef("pk"))
    accepted = changes.filter(outcome=Change.Outcome.ACCEPTED)
    carried_elsewhere = Listing.objects.filter(
        channel=OuterRef("channel"), key=OuterRef("key"), sent__isnull=False
    ).exclude(pk=OuterRef("pk"))
    markers = list(
        Document.objects.filter(digest__in=Document.MARKERS).values_list("pk", flat=True)
    )
    listings = (
        _accepted(run)
        .annotate(
            before=Subquery(changes.order_by("pk").values("before")[:1]),
            after=Subquery(accepted.order_by("-pk").values("after")[:1]),
        )
        .filter(_is_after("wanted"), _is_after("sent"), ~Exists(carried_elsewhere))
        .filter(
            Q(before__isnull=True, after__isnull=False)
            | Q(before__isnull=False, after__isnull=True)
            | Q(before__lt=F("after"))
            | Q(before__gt=F("after"))
        )
        .exclude(status=Listing.Status.IN_FLIGHT)
    )
    if markers:
        listings = listings.filter(Q(before__isnull=True) | ~Q(before__in=markers))
    return listings


def _is_after(name: str) -> Q:
    return Q(**{name: F("after")}) | Q(**{f"{name}__isnull": True, "after__isnull": True})
