"""Fetching: download what the products that wait need, before they are sent.

Each file of a PIM is asked for once: when it changes, so does its address. A file that the PIM does
not have is given up, and asked for again a day later; one that could not be had for a passing
reason lets its products wait for the next run, and is given up after three.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from catalogs.media.files import known_files, lost_files
from catalogs.models import MediaFile
from channels.base import ChannelAdapter
from sync import ownership
from sync.carriers import lock_channel
from sync.downloads import Ask, Downloads
from sync.media import is_ready, is_there, is_waiting_for_files, let_wait, paths_in
from sync.models import Feed, Listing, Run
from sync.models.listings import ListingQuerySet
from sync.resending import send_again_with
from sync.runs import enter

_SLICE = 100  # products

_Status = Listing.Status


def fetch_files(
    run: Run,
    adapter: ChannelAdapter,
    *,
    ask: Ask,
    go_on: Callable[[], None],
    sleep: Callable[[float], None],
) -> None:
    """Download what products that wait need; let those wait longer that are not ready after that.

    `ask` does some work with a client of the PIM, which is not called for what is known. Raises
    OutboundError when the PIM is unwell or nothing can be stored; what came until then is kept.
    """
    if not adapter.takes_media:
        return
    fetching = _Fetching(run, Downloads(run, ask, go_on, sleep), go_on)
    fetching.recover()
    for listings in (_waiting(run), _with_remarks(run)):
        for rows in _slices(listings, "wanted__body"):
            fetching.prepare(rows)
    if adapter.publishes and _has_new_settings(run):
        on_channel = Listing.objects.filter(channel=run.catalog.channel_id).on_channel()
        for rows in _slices(on_channel, "sent__body"):
            fetching.fetch(rows)


def _waiting(run: Run) -> ListingQuerySet:
    under_way = [_Status.WAITING, _Status.IN_FLIGHT]
    return Listing.objects.of_run(run).filter(status__in=under_way, wanted__isnull=False)


def _with_remarks(run: Run) -> ListingQuerySet:
    """What went without a file that may be there by now."""
    listed = Listing.objects.filter(catalog=run.catalog, status=_Status.LISTED)
    return listed.meant_by(run).filter(~Q(problem=""), wanted__isnull=False)


def _has_new_settings(run: Run) -> bool:
    """Whether a feed is to be written anew with files that its products were taken without."""
    changed_at = run.catalog.channel.updated_at
    return Feed.objects.filter(channel=run.catalog.channel_id, published_at__lt=changed_at).exists()


@dataclass(frozen=True, slots=True)
class _Row:
    """A listing, and the document whose files it needs."""

    pk: int
    status: str
    failure: str
    next_attempt_at: datetime
    sent_at: datetime | None
    body: str | None


def _slices(listings: ListingQuerySet, body: str) -> Iterator[list[_Row]]:
    fields = ("pk", "status", "failure", "next_attempt_at", "sent_at", body)
    last, is_full = 0, True
    while is_full:
        rows = listings.filter(pk__gt=last).order_by("pk").values_list(*fields)
        found = [_Row(*row) for row in rows[:_SLICE]]
        is_full = len(found) == _SLICE
        if found:
            last = found[-1].pk
            yield found


class _Fetching:
    """One run's look at what its products need."""

    def __init__(self, run: Run, downloads: Downloads, go_on: Callable[[], None]) -> None:
        self._run = run
        self._connection = run.catalog.channel.connection
        self._downloads = downloads
        self._go_on = go_on

    def recover(self) -> None:
        """Download what the store has lost; where another content comes, send who shows it.

        No statement but one while nothing is lost.
        """
        for lost in lost_files(self._connection.pk):
            due = self._downloads.due(set(lost), lost)
            if not due:
                continue
            enter(self._run, Run.Phase.FETCHING)
            self._downloads.download(due)
            files = known_files(self._connection.pk, due)
            send_again_with(
                self._run, [path for path in due if _is_another(lost[path], files.get(path))]
            )

    def prepare(self, listings: Sequence[_Row]) -> None:
        """Download what these need, and say which of them wait and which need wait no longer."""
        needed, files = self.fetch(listings)
        unready = [one.pk for one in listings if not is_ready(needed[one.pk], files)]
        waited = set(unready)
        ready = [
            one.pk
            for one in listings
            if one.pk not in waited and _is_to_be_sent_now(one, needed[one.pk], files)
        ]
        if not unready and not ready:
            return
        with transaction.atomic():
            ownership.lock(self._run)
            lock_channel(self._run.catalog.channel_id)
            for pk in unready:  # one by one: each names its own file, and they are few
                let_wait(Listing.objects.filter(pk=pk), _why(needed[pk], files))
            _let_be_sent(ready)

    def fetch(self, listings: Sequence[_Row]) -> tuple[dict[int, set[str]], dict[str, MediaFile]]:
        """Download what these need; return that for each, and what is known of it then."""
        self._go_on()
        pim_url = self._connection.pim_url
        needed = {one.pk: set(paths_in(one.body or "", pim_url).values()) for one in listings}
        paths = set().union(*needed.values())
        files = known_files(self._connection.pk, paths)
        if due := self._downloads.due(paths, files):
            enter(self._run, Run.Phase.FETCHING)
            self._downloads.download(due)
            files = known_files(self._connection.pk, paths)
        _note_needed(files)
        return needed, files


def _is_another(before: MediaFile, now: MediaFile | None) -> bool:
    return now is not None and is_there(now) and now.digest != before.digest


def _note_needed(files: Mapping[str, MediaFile]) -> None:
    """Keep what is needed from being forgotten; once a day for each is enough."""
    now = timezone.now()
    stale = [file.pk for file in files.values() if file.seen_at < now - timedelta(days=1)]
    if stale:
        MediaFile.objects.filter(pk__in=stale).update(seen_at=now)


def _is_to_be_sent_now(listing: _Row, paths: set[str], files: Mapping[str, MediaFile]) -> bool:
    """Whether it waited for files that it waits for no more, or went without one that came."""
    if listing.status != _Status.LISTED:
        return is_waiting_for_files(listing.failure, listing.next_attempt_at)
    sent_at = listing.sent_at
    return sent_at is not None and any(
        is_there(files[path]) and files[path].updated_at > sent_at for path in paths
    )


def _let_be_sent(pks: Sequence[int]) -> None:
    now = timezone.now()
    Listing.objects.filter(pk__in=pks, status__in=[_Status.WAITING, _Status.LISTED]).update(
        status=_Status.WAITING,
        failure="",
        problem="",
        attempt_count=0,
        next_attempt_at=now,
        updated_at=now,
    )


def _why(paths: set[str], files: Mapping[str, MediaFile]) -> str:
    found = (files[path] for path in sorted(paths) if path in files and not is_there(files[path]))
    file = next((one for one in found if one.failures), None)
    if file is None:
        return "A file of it is still to be downloaded."
    return f"It waits for {file}, which the next run asks for again: {file.problem}"
