"""Which files a feed wrote: nothing else at its place is served, read or taken for it.

A folder and a name may have belonged to another channel before, of another PIM even, whose file
still lies there. So every file is noted before it takes its place, by what tells it from all others
(channels.feeds.mark_of).
"""

import hashlib
from collections.abc import Mapping

from django.utils import timezone

from catalogs.models import Channel
from channels.registry import adapter_class
from sync.models import Feed, FeedFile


def place_of(channel: Channel) -> str:
    """Return the digest of where the channel's files lie under its present settings."""
    place = adapter_class(channel.kind).place_of(channel.settings) or ""
    return hashlib.sha256(place.encode()).hexdigest()


def move_in(feed: Feed, channel: Channel) -> None:
    """Within a transaction: forget what was written elsewhere, if the place is another one.

    What lies there already is not ours, also if we have been there before. Unsaved.
    """
    place = place_of(channel)
    if feed.place == place:
        return
    feed.place, feed.place_since = place, timezone.now()
    FeedFile.objects.filter(feed=feed).delete()


def announce(feed: Feed, name: str, mark: str) -> None:
    """Note a file that is about to take its place; the one of before stays noted beside it."""
    FeedFile.objects.get_or_create(feed=feed, name=name, mark=mark)


def confirm_files(feed: Feed, marks: Mapping[str, str]) -> None:
    """Forget the files whose place these took, by their names."""
    for name, mark in marks.items():
        FeedFile.objects.filter(feed=feed, name=name).exclude(mark=mark).delete()


def wrote(feed: Feed, name: str, mark: str) -> bool:
    return FeedFile.objects.filter(feed=feed, name=name, mark=mark).exists()
