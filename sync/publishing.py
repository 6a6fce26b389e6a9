"""Publish feeds: channels that are written as a whole, after a run changed what they hold."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalogs.models import Channel
from channels.base import ChannelAdapter, ChannelProduct, Edition, Published
from outbound.errors import TransientError
from sync.feed_entries import changed, confirm, forget_editions, removed, stage
from sync.feed_files import announce, confirm_files, move_in, place_of, wrote
from sync.feed_times import note_written
from sync.giving_way import retrier_for
from sync.media import all_with_files
from sync.models import Feed, Listing, Run
from sync.refusals import park_misfits
from sync.runs import note

logger = logging.getLogger(__name__)

_PATIENCE = 120  # half-second waits for another run that writes the same feed


def publish_feed(
    run: Run, adapter: ChannelAdapter, *, go_on: Callable[[], None], wait: Callable[[float], None]
) -> None:
    """Write the feed if something was settled since it was last written, or it is not there.

    Also after the channel's settings changed: another format has a file of its own, which may lie
    there from an earlier time. One run at a time writes a channel's feed; the others wait, and
    find it written. Tried again under the table of failures. Raises OutboundError.
    """
    if not adapter.publishes:
        return
    feed, _ = Feed.objects.get_or_create(channel_id=run.catalog.channel_id)

    def say(seconds: float, error: TransientError) -> None:
        logger.info("The feed of run %s waits %.1f s: %s", run.pk, seconds, error.detail)
        note(run, f"{error.message} Next try in {max(1, round(seconds))} s.")

    retrier_for(wait).call(lambda: _publish_in_turn(feed, run, adapter, go_on, wait), say)


def _publish_in_turn(
    feed: Feed,
    run: Run,
    adapter: ChannelAdapter,
    go_on: Callable[[], None],
    wait: Callable[[float], None],
) -> None:
    for _ in range(_PATIENCE):
        go_on()
        feed.refresh_from_db()
        is_out = _is_out(feed, run.catalog.channel)
        if is_out and not adapter.needs_publishing(partial(wrote, feed)):
            return
        if _take(feed, run):
            _publish(feed, run, adapter)
            return
        wait(0.5)
    raise TransientError("Another run has been writing this feed for a minute.")


def _is_out(feed: Feed, channel: Channel) -> bool:
    """Return whether what was settled is out, under the settings that this run knows."""
    if feed.published_at is None or feed.published_at < channel.updated_at:
        return False
    return feed.published_version >= feed.version and feed.place == place_of(channel)


def is_out(channel: Channel) -> bool:
    """Return whether everything that was settled on a channel is in its feed."""
    feed = Feed.objects.filter(channel=channel).first()
    return feed is not None and _is_out(feed, channel)


def documents_on(feed: Feed) -> Iterator[ChannelProduct]:
    """Yield everything the channel holds, in the order of the keys; flat memory."""
    rows = (
        Listing.objects.filter(channel=feed.channel_id)
        .on_channel()
        .order_by("key")
        .values_list("key", "sent__body")
    )
    for key, body in rows.iterator(chunk_size=500):
        yield ChannelProduct(key=key, body=body)


def _take(feed: Feed, run: Run) -> bool:
    """Become the publisher, unless a live run is: a dead one's place is free."""
    alive = Run.objects.live().exclude(pk__in=Run.objects.unfinished_and_silent().values("pk"))
    free = Feed.objects.filter(pk=feed.pk).filter(
        Q(publisher=None) | Q(publisher=run) | ~Q(publisher__in=alive.values("pk"))
    )
    return bool(free.update(publisher=run, updated_at=timezone.now()))


def _publish(feed: Feed, run: Run, adapter: ChannelAdapter) -> None:
    feed.refresh_from_db()
    version = feed.version
    try:
        published = _write(feed, run, adapter)
        now = timezone.now()
        # Not if the settings were changed since this run read them: the next run writes it then.
        same = Channel.objects.filter(updated_at=run.catalog.channel.updated_at)
        mine = Feed.objects.filter(pk=feed.pk, publisher=run, channel__in=same)
        mine.update(published_version=version, published_at=now, updated_at=now)
        logger.info("Run %s published the feed of channel %s", run.pk, feed.channel_id)
        if published is not None and published.refused:
            park_misfits(run, published.refused, version=version)
    finally:
        Feed.objects.filter(pk=feed.pk, publisher=run).update(publisher=None)


def _write(feed: Feed, run: Run, adapter: ChannelAdapter) -> Published | None:
    """Write the next edition; None if there is nothing that it would say."""
    channel = run.catalog.channel
    is_of_changes = adapter.publishes_changes(channel.settings)
    with _hold(feed, run):
        is_first = feed.edition != adapter.edition
        begun = timezone.now()
        if is_first:
            forget_editions(feed)
        move_in(feed, channel)
        feed.number += 1
        feed.save(update_fields=["number", "place", "place_since", "updated_at"])
        # The first one is written without any product too: another's manifest may lie there.
        has_changes = (stage(feed) or is_first) if is_of_changes else True
    if not has_changes:
        return None
    marks: dict[str, str] = {}

    def announce_file(name: str, mark: str) -> None:
        # Who was taken for dead puts no older state in the place of a newer one.
        with _hold(feed, run, number=feed.number):
            if mark:
                announce(feed, name, mark)
                marks[name] = mark

    def with_files(products: Iterator[ChannelProduct]) -> Iterator[ChannelProduct]:
        if not adapter.takes_media:
            return products
        return all_with_files(products, run.catalog.connection)

    if is_of_changes:
        edition = Edition(feed.number, removed=lambda: removed(feed), announce=announce_file)
        published = adapter.publish(lambda: with_files(changed(feed)), edition)
    else:
        edition = Edition(feed.number, announce=announce_file)
        published = adapter.publish(lambda: with_files(documents_on(feed)), edition)
    with _hold(feed, run, number=feed.number):
        if is_of_changes:
            confirm(feed, published.refused)
        confirm_files(feed, marks)
        feed.edition, feed.file_name = adapter.edition, published.name
        feed.products, feed.size = published.products, published.size
        note_written(feed, begun=begun, ended=timezone.now())
        written = ["edition", "file_name", "products", "size", "written", "updated_at"]
        feed.save(update_fields=written)
    return published


@contextmanager
def _hold(feed: Feed, run: Run, *, number: int | None = None) -> Iterator[None]:
    """A transaction in which the feed is this run's to write, and the edition the newest.

    Raises TransientError for a run that was taken for dead and is not.
    """
    with transaction.atomic():
        there = Feed.objects.select_for_update(no_key=True).get(pk=feed.pk)
        if there.publisher_id != run.pk or number not in (None, there.number):
            raise TransientError("Another run has begun to write this feed.")
        feed.number, feed.edition, feed.place = there.number, there.edition, there.place
        yield
