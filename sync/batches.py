"""Batches: claim what is due, say what is sent, give back what cannot be settled."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from catalogs.models import Catalog
from channels.base import ChannelProduct
from sync import ownership
from sync.carriers import lock_channel, settle_carriers
from sync.documents import unknown_on
from sync.last_known import held, keep
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.models.listings import ListingQuerySet
from sync.owning import as_set, owned_by_channel

_LATER_BATCHES = 100  # that are looked at before a batch is sent again under its key

_Status = Listing.Status


@dataclass(frozen=True, slots=True)
class _Claimed:
    """A listing in a batch, with all that says what is sent for it."""

    pk: int
    key: str
    document_id: int | None
    external_id: str
    sent_at: datetime | None
    held_id: int | None  # what the channel is known to hold
    set_when: Mapping[str, str]

    def line(self, action: str) -> str:
        """Return what tells a call from another one, as far as it is about this listing."""
        if action != Action.PUSH:
            return json.dumps([self.key])
        # Of one that the channel does not have, everything goes out whatever it held once.
        held_id = None if self.sent_at is None else self.held_id
        is_known = self.sent_at is not None
        said = [self.key, self.document_id, self.external_id, is_known, held_id, self.set_when]
        return json.dumps(said, sort_keys=True)


_CLAIMED = ("pk", "key", "wanted_id", "external_id", "sent_at", "held", "catalog__set_when")


@transaction.atomic
def claim_batches(
    run: Run,
    action: Action,
    size: int,
    number: int,
    *,
    hides: bool = False,
    only: Collection[str] | None = None,
) -> list[Batch]:
    """Take what is due into up to `number` new batches of up to `size` listings each.

    `hides`: whether the channel can hide; one that cannot has withdrawn what is to be hidden.
    `only`: of these keys.

    Committed before the channel is called, so that a crash leaves something to take up. The
    channel is locked: a sibling's run that records, decides or claims in this very moment might
    put the same product under way twice. Raises RunLost.
    """
    ownership.lock(run)
    lock_channel(run.catalog.channel_id)
    mine = Listing.objects.meant_by(run)
    if only is not None:
        mine = mine.filter(key__in=only)
    if hides and action != Action.PUSH:
        mine = mine.to_hide() if action == Action.HIDE else mine.not_to_hide()
    most = size * number
    claimed = _due(mine.filter(catalog=run.catalog), action, most)
    if len(claimed) < most:  # asked for by itself: one query for both would find no index
        claimed += _due(mine.handed_over_by(run.catalog), action, most - len(claimed))
    if not claimed:
        return []
    slices = [claimed[start : start + size] for start in range(0, len(claimed), size)]
    batches = _batches(run, action, slices)
    Listing.objects.filter(pk__in=[one.pk for one in claimed]).update(
        status=_Status.IN_FLIGHT, updated_at=timezone.now()
    )
    return batches


def _batches(run: Run, action: Action, slices: Sequence[Sequence[_Claimed]]) -> list[Batch]:
    """Store a batch of each, or take up the one that was given up with the same content."""
    batches = [
        Batch(
            run=run,
            channel_id=run.catalog.channel_id,
            action=action,
            items=[[one.pk, one.document_id] for one in claimed],
            digest=_digest(action, claimed),
        )
        for claimed in slices
    ]
    known = _given_up(run).filter(digest__in=[batch.digest for batch in batches])
    given_up = set(known.values_list("digest", flat=True))
    for number, batch in enumerate(batches):
        before = _given_up_before(run, batch) if batch.digest in given_up else None
        if before is not None:
            before.run, before.state, before.tries, before.problem = run, Batch.State.OPEN, 0, ""
            before.save()
            batches[number] = before
    Batch.objects.bulk_create([batch for batch in batches if batch.pk is None])
    return batches


def _due(listings: ListingQuerySet, action: Action, size: int) -> list[_Claimed]:
    """Lock up to `size` of these that are due; return what they send."""
    due = listings.due()
    due = due.to_push() if action == Action.PUSH else due.to_withdraw()
    skip_locked = connection.features.has_select_for_update_skip_locked
    locked = due.select_for_update(skip_locked=skip_locked, no_key=True, of=("self",))
    rows = locked.order_by("next_attempt_at", "pk").annotate(held=held())
    return [_Claimed(*row) for row in rows.values_list(*_CLAIMED)[:size]]


def open_batches(run: Run) -> list[Batch]:
    """Return what an earlier process of this run left under way."""
    return list(Batch.objects.filter(run=run, state=Batch.State.OPEN).order_by("pk"))


def contents_of_all(batches: Sequence[Batch]) -> list[list[ChannelProduct] | None]:
    """Return what each batch sends, in its order, or None when that is not wanted any more.

    A listing has changed meanwhile, or when its targets are set, or a sibling catalog wants what
    was to be withdrawn. One query for those that push.
    """
    rows = Listing.objects.filter(pk__in=[pk for batch in batches for pk, _ in batch.items])
    claimed: dict[int, _Claimed] = {}
    bodies: dict[int, str] = {}
    for *row, body in rows.annotate(held=held()).values_list(*_CLAIMED, "wanted__body"):
        one = _Claimed(*row)
        claimed[one.pk], bodies[one.pk] = one, body or ""
    contents = [_still_wanted(batch, claimed) for batch in batches]
    pushed = [
        one
        for batch, found in zip(batches, contents, strict=True)
        for one in found or ()
        if batch.action == Action.PUSH
    ]
    held_bodies = _held_bodies(pushed)
    return [
        None
        if found is None
        else [_product(batch, one, bodies[one.pk], held_bodies.get(one.pk)) for one in found]
        for batch, found in zip(batches, contents, strict=True)
    ]


def count_tries(batches: Sequence[Batch]) -> None:
    """Remember that each of these is called once more. Before the call, or a crash hides it."""
    for batch in batches:
        batch.tries += 1
    pks = [batch.pk for batch in batches]
    Batch.objects.filter(pk__in=pks).update(tries=F("tries") + 1, updated_at=timezone.now())


def _still_wanted(batch: Batch, claimed: Mapping[int, _Claimed]) -> list[_Claimed] | None:
    """Return what the batch is about, in its order, or None if the call would differ now."""
    found = []
    for pk, document_id in batch.items:
        one = claimed.get(pk)
        if one is None or one.document_id != document_id:
            return None
        found.append(one)
    if batch.action == Action.PUSH:
        return found if batch.digest == _digest(batch.action, found) else None
    return None if _is_wanted(batch, [one.key for one in found]) else found


def _product(batch: Batch, one: _Claimed, body: str, held_body: str | None) -> ChannelProduct:
    product = ChannelProduct(one.key, body, one.external_id, is_known=one.sent_at is not None)
    if batch.action != Action.PUSH or not one.set_when:
        return product
    return as_set(product, one.set_when, held_body)


def _held_bodies(claimed: Sequence[_Claimed]) -> dict[int, str | None]:
    """Return what the channel holds, of those whose catalog says when their targets are set."""
    owning = [one.pk for one in claimed if owned_by_channel(one.set_when)]
    if not owning:
        return {}
    rows = Listing.objects.filter(pk__in=owning).annotate(body=held("body"))
    return dict(rows.values_list("pk", "body"))


@transaction.atomic
def dissolve(run: Run, batch: Batch, problem: str = "", *, in_doubt: bool | None = None) -> None:
    """Give the batch's listings back: what they want is sent by another batch, at once or later.

    `in_doubt`: whether the channel may have carried it out; once it was called it may, unless the
    caller knows better. Raises RunLost.
    """
    ownership.lock(run)
    if not Batch.objects.filter(pk=batch.pk, state=Batch.State.OPEN).exists():
        return  # a sibling's run gave it back, taking us for dead
    doubt = batch.tries > 0 if in_doubt is None else in_doubt
    _give_back(batch, problem, in_doubt=doubt, by=run.catalog)


def free_abandoned(run: Run) -> None:
    """Give back what dead processes of sibling catalogs' runs have under way.

    Their runs are taken up sooner or later and send it anew; this run need not wait for that.
    """
    siblings = Batch.objects.filter(channel=run.catalog.channel_id, state=Batch.State.OPEN)
    for batch in siblings.exclude(run=run).select_related("run"):
        if not ownership.is_free(batch.run):
            continue
        with transaction.atomic():
            theirs = Run.objects.select_for_update(no_key=True).filter(pk=batch.run_id).first()
            still_open = Batch.objects.filter(pk=batch.pk, state=Batch.State.OPEN).exists()
            if theirs is not None and ownership.is_free(theirs) and still_open:
                problem = "The process that sent it was gone."
                _give_back(batch, problem, in_doubt=batch.tries > 0, by=run.catalog)


def _give_back(batch: Batch, problem: str, *, in_doubt: bool, by: Catalog) -> None:
    """In a transaction that holds the batch's run. `by` goes on to send what is handed over.

    The listings keep their place in the queue, so that the next claim finds the same batch again;
    once it was given up by two runs they go to the end, or it would keep all others waiting.
    """
    channel = lock_channel(batch.channel_id)
    pks = [pk for pk, _ in batch.items]
    listings = Listing.objects.filter(pk__in=pks, status=_Status.IN_FLIGHT)
    keys = list(listings.values_list("key", flat=True))
    now = timezone.now()
    if in_doubt and (unknown := unknown_on(channel)):
        keep(listings)
        listings.update(sent=unknown)
        if batch.action == Action.WITHDRAW:  # it may be gone, and new when it comes back
            listings.update(sent_at=None)
    listings.filter(wanted=None, sent=None).update(status=_Status.GONE, updated_at=now)
    listings.filter(wanted=F("sent")).update(status=_Status.LISTED, updated_at=now)
    if batch.created_at < batch.run.created_at:
        listings.update(next_attempt_at=now)
    listings.update(status=_Status.WAITING, updated_at=now)
    settle_carriers(channel, keys, handed_over_by=by)
    batch.state, batch.problem = Batch.State.DISSOLVED, problem
    batch.save(update_fields=["state", "problem", "updated_at"])


def _given_up(run: Run) -> QuerySet[Batch]:
    return Batch.objects.filter(channel=run.catalog.channel_id, state=Batch.State.DISSOLVED)


def _given_up_before(run: Run, batch: Batch) -> Batch | None:
    """Return the batch that had exactly this content and was given up, if it may be sent again.

    The channel may have carried it out, so the same call goes out under the same key. Not if
    another batch carried one of its products since: a channel that remembers keys would answer
    this one with what it did before.
    """
    given_up = _given_up(run).filter(digest=batch.digest).order_by("-pk").first()
    if given_up is None or given_up.items != batch.items:
        return None
    pks = {pk for pk, _ in batch.items if pk is not None}
    keys = Listing.objects.filter(pk__in=pks).values_list("key", flat=True)
    siblings = Listing.objects.filter(channel=run.catalog.channel_id, key__in=list(keys))
    pks |= set(siblings.values_list("pk", flat=True))
    of_channel = Batch.objects.filter(channel=run.catalog.channel_id)
    later = of_channel.filter(pk__gt=given_up.pk).values_list("items", flat=True)
    later_items = list(later[: _LATER_BATCHES + 1])
    if len(later_items) > _LATER_BATCHES:
        return None
    return None if any(pk in pks for items in later_items for pk, _ in items) else given_up


def _is_wanted(batch: Batch, keys: Sequence[str]) -> bool:
    """Return whether an active catalog of the channel wants one of these there."""
    wanted = Listing.objects.filter(channel=batch.channel_id, key__in=keys, wanted__isnull=False)
    active = Catalog.objects.active().filter(channel=batch.channel_id)
    return wanted.filter(catalog__in=active).exists()


def _digest(action: str, claimed: Iterable[_Claimed]) -> str:
    lines = [action, *(one.line(action) for one in claimed)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
