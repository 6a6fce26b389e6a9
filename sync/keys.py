"""Keys, packed: a run keeps the uuids of what it read in 16 bytes each, and codes of models.

They are compared in the database, so that a process's memory does not grow with the catalog.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from sync import model_keys
from sync.models import Checkpoint, KeyPage, Listing, ReadKey, Run
from sync.models.listings import ListingQuerySet

_CREATE = """
    CREATE TEMPORARY TABLE sync_read_key (key varchar(255) NOT NULL, part varchar(8) NOT NULL)
"""
_UNPACK = """
    INSERT INTO sync_read_key (key, part)
    SELECT encode(substr(packed, number * 16 + 1, 16), 'hex')::uuid::text, part
    FROM sync_keypage, generate_series(0, length(packed) / 16 - 1) AS number
    WHERE run_id = %s AND part <> 'models'
"""
_SPLIT = """
    INSERT INTO sync_read_key (key, part)
    SELECT code, part
    FROM sync_keypage, unnest(string_to_array(convert_from(packed, 'UTF8'), chr(31))) AS code
    WHERE run_id = %s AND part = 'models'
"""
_INDEX = "CREATE INDEX sync_read_key_index ON sync_read_key (key, part)"
_ROWS = 5000
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BETWEEN_CODES = "\x1f"


def pack(keys: Iterable[str]) -> bytes:
    """Return the uuids' bytes one after the other. Raises ValueError for what is no uuid."""
    return b"".join(UUID(key).bytes for key in keys)


def is_uuid(key: str) -> bool:
    """Whether a listing's key is a product's uuid, and not a model's code."""
    return _UUID.fullmatch(key) is not None


def pack_codes(codes: Iterable[str]) -> bytes:
    """Return codes of models as one text; none of them has a control character in it."""
    return _BETWEEN_CODES.join(codes).encode()


def unpack(packed: bytes) -> list[str]:
    return [unpacked(packed[start : start + 16]) for start in range(0, len(packed), 16)]


def packed(key: str) -> bytes:
    return UUID(key).bytes


def unpacked(key: bytes) -> str:
    return str(UUID(bytes=key))


@contextmanager
def gathered(run: Run) -> Iterator[None]:
    """Within this, the keys that the run has read can be compared. A transaction."""
    with transaction.atomic():
        _gather(run)
        yield
        _forget()


def unread_keys(run: Run, *, most: int) -> list[str]:
    """Return keys that are listed and were not read; of a delta, those that are new to us.

    No more than `most` of them. Within `gathered`.
    """
    if run.catalog.has_models:
        return list(model_keys.unread(run).values_list("key", flat=True).distinct()[:most])
    listed = ReadKey.objects.filter(part=Checkpoint.Part.LISTING)
    if run.mode == Run.Mode.DELTA and not run.dry_run:
        of_catalog = Listing.objects.filter(catalog=run.catalog, key=OuterRef("key"))
        known = of_catalog.in_care() | of_catalog.incomplete()
        unread = listed.filter(~Exists(known))
    else:
        read = ReadKey.objects.filter(part=Checkpoint.Part.PRODUCTS, key=OuterRef("key"))
        unread = listed.filter(~Exists(read))
    return list(unread.values_list("key", flat=True).distinct()[:most])


def listed_among(run: Run, uuids: Collection[str]) -> set[str]:
    """Return which of these few uuids the run has in its listing. A query for each page of it."""
    wanted, found = {packed(uuid) for uuid in uuids}, set[bytes]()
    if wanted:
        for _, page in _pages(run, Checkpoint.Part.LISTING):
            found |= wanted & {page[start : start + 16] for start in range(0, len(page), 16)}
    return set(map(unpacked, found))


def not_among_read(run: Run, listings: ListingQuerySet) -> Iterator[list[int]]:
    """Yield the row ids of these listings that were neither listed nor read, in slices.

    Within `gathered`.
    """
    if run.catalog.has_models:
        left = model_keys.left(listings).order_by("pk")
    else:
        left = listings.filter(~Exists(ReadKey.objects.filter(key=OuterRef("key")))).order_by("pk")
    pks = left.values_list("pk", flat=True).iterator(chunk_size=_ROWS)
    while slice_ := list(islice(pks, _ROWS)):
        yield slice_


def _gather(run: Run) -> None:
    """Unpack the keys that the run has read into a temporary table, in a transaction."""
    _forget()
    with connection.cursor() as cursor:
        cursor.execute(_CREATE)
        if connection.vendor == "postgresql":
            cursor.execute(_UNPACK, [run.pk])
            cursor.execute(_SPLIT, [run.pk])
        else:
            for part, page in _pages(run):
                rows = [(key, part) for key in _keys_in(part, page)]
                cursor.executemany("INSERT INTO sync_read_key (key, part) VALUES (%s, %s)", rows)
        cursor.execute(_INDEX)
        cursor.execute("ANALYZE sync_read_key")


def _pages(run: Run, *parts: str) -> Iterator[tuple[str, bytes]]:
    rows = KeyPage.objects.filter(run=run)
    rows = rows.filter(part__in=parts) if parts else rows
    pages: Sequence[int] = list(rows.values_list("pk", flat=True))
    for pk in pages:
        part, page = KeyPage.objects.values_list("part", "packed").get(pk=pk)
        yield part, bytes(page)


def _keys_in(part: str, page: bytes) -> list[str]:
    if part == Checkpoint.Part.MODELS:
        return page.decode().split(_BETWEEN_CODES)
    return unpack(page)


def _forget() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS sync_read_key")
