"""Sending again what is in step: products whose files have other addresses on the channel now."""

from collections.abc import Callable, Sequence

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.utils import timezone
from django.utils.translation import ngettext

from catalogs.models import Channel
from sync import ownership
from sync.carriers import lock_channel
from sync.media import paths_in
from sync.models import Listing, Run
from sync.models.listings import ListingQuerySet

_SLICE = 200
_IN_EVERY_ADDRESS = "media-files"  # of a file of the PIM


def carrying_files(channel: Channel) -> ListingQuerySet:
    """What stands on the channel and has pictures or other files, or looks so from afar."""
    listed = Listing.objects.filter(channel=channel, status=Listing.Status.LISTED)
    return listed.filter(sent__body__contains=_IN_EVERY_ADDRESS)


def moved_in_words(channel: Channel) -> str:
    """What people are told while products are to be sent again, "" otherwise. One query at most."""
    if channel.files_moved_at is None:
        return ""
    number = carrying_files(channel).filter(sent_at__lt=channel.files_moved_at).count()
    if not number:
        return ""
    return ngettext(
        "Pictures and other files have other addresses now. %(number)s product is sent again for "
        "that, with the next runs.",
        "Pictures and other files have other addresses now. %(number)s products are sent again "
        "for that, with the next runs.",
        number,
    ) % {"number": intcomma(number)}


def send_moved_files(run: Run, go_on: Callable[[], None]) -> None:
    """Let products with files be sent again if these have other addresses since they were sent.

    All of the channel, whichever catalog carries them. Who dies on the way begins anew, and what
    was sent meanwhile is not sent twice. No statement where nothing moved.
    """
    channel = run.catalog.channel
    moved_at = channel.files_moved_at
    if moved_at is None:
        return
    pim_url = channel.connection.pim_url
    before = carrying_files(channel).filter(sent_at__lt=moved_at)
    last, is_full = 0, True
    while is_full:
        go_on()
        rows = before.filter(pk__gt=last).order_by("pk").values_list("pk", "sent__body")
        found = list(rows[:_SLICE])
        is_full = len(found) == _SLICE
        last = found[-1][0] if found else last
        _let_be_sent(run, [pk for pk, body in found if paths_in(body, pim_url)])
    # Not if it was changed once more since this run read it.
    done = Channel.objects.filter(pk=channel.pk, files_moved_at=moved_at)
    done.update(files_moved_at=None)


def send_again_with(run: Run, paths: Sequence[str]) -> None:
    """Let products with one of these files be sent again, on this run's channel."""
    channel = run.catalog.channel
    pim_url = channel.connection.pim_url
    for path in paths:
        # A slash may be escaped in JSON: so by the last part first, and then by all of it.
        code = path.removesuffix("/download").rpartition("/")[2]
        rows = carrying_files(channel).filter(sent__body__contains=code)
        found = rows.values_list("pk", "sent__body").iterator(chunk_size=_SLICE)
        _let_be_sent(run, [pk for pk, body in found if path in paths_in(body, pim_url).values()])


@transaction.atomic
def _let_be_sent(run: Run, pks: Sequence[int]) -> None:
    if not pks:
        return
    ownership.lock(run)
    lock_channel(run.catalog.channel_id)
    now = timezone.now()
    Listing.objects.filter(pk__in=pks, status=Listing.Status.LISTED).update(
        status=Listing.Status.WAITING,
        failure="",
        problem="",
        attempt_count=0,
        next_attempt_at=now,
        updated_at=now,
    )
