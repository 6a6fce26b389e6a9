"""Remove files that no row refers to any more: of a PIM that was erased, of a picture replaced."""

import logging
from itertools import islice

from django.utils import timezone

from catalogs.media.store import MediaStore, media_store, storing
from catalogs.models import MediaFile
from outbound.errors import OutboundError

logger = logging.getLogger(__name__)

_SLICE = 500
_FOLDERS = 256
_HOURS = 24


def remove_leftovers() -> int:
    """Look through this hour's share of the store, so that a day sees all of it; how many went.

    A store that does not answer is looked through tomorrow.
    """
    removed = 0
    hour = timezone.now().hour
    try:
        store = media_store()
        with storing():
            store.tidy_up()
            for number in range(hour, _FOLDERS, _HOURS):
                removed += _remove_from(store, f"{number:02x}")
    except OutboundError as error:
        logger.warning("The store of files was not tidied: %s", error.detail or error.message)
    return removed


def _remove_from(store: MediaStore, folder: str) -> int:
    removed = 0
    old = store.old_files(folder)
    while digests := list(islice(old, _SLICE)):
        used = set(MediaFile.objects.filter(digest__in=digests).values_list("digest", flat=True))
        for digest in digests:
            # Asked again: a run may have kept it anew, and be about to record that.
            if digest not in used and store.is_old(digest):
                store.remove(digest)
                removed += 1
    return removed
