"""Erase everything of one PIM. What stands on its channels is not touched, files of feeds included:
whoever they were written for has them."""

import logging
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from catalogs.channels import shares_its_place
from catalogs.media.files import remove_unused
from catalogs.models import Channel, MediaFile
from channels.registry import adapter_class
from connections import audit
from connections.audit import Action
from connections.installation import is_paused
from connections.models import AuditRecord, Connection
from enrichment.kept_files import remove_files
from enrichment.media.keeping import remove_kept
from enrichment.models import Offer, TranslationOrder, Upload
from outbound.errors import OutboundError
from sync.leaving import leave
from sync.models import Change, Document, FeedEntry, Listing, Run
from sync.privacy.belongings import belongings_of
from sync.tidying import without_references

logger = logging.getLogger(__name__)

_SLICE = 1000
_DOCUMENTS = {
    Listing: ("wanted_id", "sent_id"),
    Change: ("before_id", "after_id"),
    FeedEntry: ("document_id", "staged_id"),
}
_KEPT_FILES = {Upload: "uuid", TranslationOrder: "file"}


def erase_pim(connection: Connection) -> dict[str, int]:
    """Delete it all, in slices; return how many rows of each table went.

    The token goes first, so that nothing new begins, and runs under way are ended: their next
    write finds that they are not theirs any more. Whatever dies in between, doing it again goes on.
    """
    leave(connection)
    _end_runs(connection)
    _remove_unfinished_feeds(connection)
    counts: dict[str, int] = {}
    for name, rows in belongings_of(connection).items():
        if name != "connection":
            counts[name] = _delete(rows)
    with transaction.atomic():
        # In the order of what points to what: a run that had not noticed may have left a row.
        for name, rows in belongings_of(connection).items():
            counts[name] = counts.get(name, 0) + _delete_slice(rows, None)
        AuditRecord.objects.erase(connection.pim_url)
        audit.record(Action.ERASED, None, connection.host)
    logger.info("Erased everything of connection %s", connection.pk)
    return counts


def count_belongings(connection: Connection) -> dict[str, int]:
    return {name: rows.count() for name, rows in belongings_of(connection).items()}


def feeds_of(connection: Connection) -> list[str]:
    """Where the feeds of this PIM were written: nobody knows that any more once it is erased."""
    channels = Channel.objects.filter(connection=connection).order_by("pk")
    files = (adapter_class(one.kind).file_of(one.settings) for one in channels)
    return [file.strip() for file in files if file]


def _remove_unfinished_feeds(connection: Connection) -> None:
    """What killed writers left belongs to nobody. Before the rows, which say where it lies.

    Not where somebody else may be writing: another channel, or the installation that this is a
    copy of. A folder that cannot be reached keeps nobody's data from being erased.
    """
    if is_paused():
        return
    for channel in Channel.objects.filter(connection=connection):
        try:
            if not shares_its_place(channel):
                adapter_class(channel.kind).remove_unfinished(channel.settings)
        except OutboundError as error:
            logger.warning("Channel %s: %s", channel.pk, error.detail or error)


def _end_runs(connection: Connection) -> None:
    now = timezone.now()
    live = Run.objects.live().filter(catalog__channel__connection=connection)
    live.update(
        status=Run.Status.STOPPED,
        problem="Everything of this PIM is being erased.",
        owner="",
        finished_at=now,
        updated_at=now,
    )


def _delete(rows: QuerySet[Any]) -> int:
    deleted = 0
    while True:
        with transaction.atomic():
            number = _delete_slice(rows, _SLICE)
        if not number:
            return deleted
        deleted += number


def _delete_slice(rows: QuerySet[Any], size: int | None) -> int:
    """Delete some rows, and the documents and files that only they referred to."""
    pks = list(rows.order_by("pk").values_list("pk", flat=True)[:size])
    if not pks:
        return 0
    chosen = rows.model._default_manager.filter(pk__in=pks)
    documents: set[int] = set()
    for name in _DOCUMENTS.get(rows.model, ()):
        documents.update(filter(None, chosen.values_list(name, flat=True)))
    if rows.model is MediaFile:
        # Beyond the transaction, for the store may be a network away; what fails there is tidied.
        digests = list(chosen.values_list("digest", flat=True))
        transaction.on_commit(partial(remove_unused, digests), robust=True)
    name_of_file = _KEPT_FILES.get(rows.model)
    if name_of_file:
        uuids = list(filter(None, chosen.values_list(name_of_file, flat=True)))
        transaction.on_commit(partial(remove_files, uuids), robust=True)
    if rows.model is Offer:
        uuids = list(chosen.values_list("uuid", flat=True))
        transaction.on_commit(partial(remove_kept, uuids), robust=True)
    chosen.delete()
    without_references(Document.objects.filter(pk__in=documents)).delete()
    return len(pks)
