"""The address under which anybody who has it can fetch the latest feed. Only a digest is kept."""

import hashlib
import secrets

from django.db import transaction
from django.utils import timezone

from catalogs.channels import refuse_while_removing
from catalogs.models import Channel
from connections import audit
from connections.audit import Action
from sync.models import Feed, FeedFile


def make_address(channel: Channel) -> str:
    """Give the feed an address, or another one, and return the key in it.

    An earlier one leads nowhere from then on. Raises ConfigurationError for a channel that is
    being removed.
    """
    key = secrets.token_urlsafe(32)
    with transaction.atomic():
        refuse_while_removing(channel)
        feed, _ = Feed.objects.get_or_create(channel=channel)
        feed.address_digest = _digest(key)
        feed.save(update_fields=["address_digest", "updated_at"])
        audit.record(Action.FEED_ADDRESS_MADE, channel.connection, channel.name)
    return key


def remove_address(channel: Channel) -> None:
    with transaction.atomic():
        feeds = Feed.objects.filter(channel=channel).exclude(address_digest="")
        if feeds.update(address_digest="", updated_at=timezone.now()):
            audit.record(Action.FEED_ADDRESS_REMOVED, channel.connection, channel.name)


def written_at(key: str, name: str) -> list[FeedFile]:
    """Return what the feed that this key opens wrote under that name.

    One query by an index, for a wrong key too.
    """
    if "\0" in name:  # no file has such a name, and PostgreSQL takes none for a text
        return []
    files = FeedFile.objects.filter(feed__address_digest=_digest(key), name=name)
    return list(files.select_related("feed__channel").defer("feed__channel__secrets"))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
