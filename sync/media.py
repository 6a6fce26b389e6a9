"""Files in documents: which ones a product needs, and what is known of them.

A product that needs a file is *ready* once every file it needs is there, or was given up. One that
is not ready waits: a hiccup of the PIM costs no product its picture.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import islice

from django.utils import timezone

from catalogs.media.files import StoredFile, known_files
from catalogs.models import MediaFile
from catalogs.wording import counted
from channels.base import ChannelProduct, PushResult
from channels.media import texts_in
from connections.models import Connection
from outbound.errors import FailureKind
from pim.media import media_path
from sync.models import Listing, Run
from sync.models.listings import ListingQuerySet

TRIES = 3  # runs that may fail for a passing reason before a product goes without the file
LATER = timedelta(days=1)  # that a product which is not ready waits, unless a run finds it ready
NEXT_RUN = timedelta(hours=1)  # who waits for longer waits for another run

_IN_EVERY_ADDRESS = "media-files"
_LONGEST = 700
_CHUNK = 500
_NAMED = 3  # files that a remark names


def paths_in(body: str, pim_url: str) -> dict[str, str]:
    """The addresses of files in a document, each as it stands there and as it is stored."""
    found: dict[str, str] = {}
    for text in texts_in(body, _IN_EVERY_ADDRESS):
        path = media_path(pim_url, text)
        if path is not None and len(path) <= _LONGEST:
            found[text] = path
    return found


def is_given_up(row: MediaFile) -> bool:
    """Whether the product goes without it; it is asked for again now and then."""
    was_asked_for = bool(row.problem) or not row.is_lost
    return was_asked_for and not is_there(row) and not 0 < row.failures < TRIES


def is_there(row: MediaFile) -> bool:
    """Whether its content can be had from the store, as far as is known."""
    return bool(row.digest) and not row.is_lost


def is_ready(paths: Iterable[str], rows: Mapping[str, MediaFile]) -> bool:
    return all(
        (row := rows.get(path)) is not None and (is_there(row) or is_given_up(row))
        for path in paths
    )


def with_files(
    products: Sequence[ChannelProduct], connection: Connection
) -> tuple[list[ChannelProduct], list[str]]:
    """Return the products with what is known of their files, and the keys of those not ready.

    One query, but for many thousand files.
    """
    needed = {one.key: paths_in(one.body, connection.pim_url) for one in products}
    rows = known_files(
        connection.pk, {path for paths in needed.values() for path in paths.values()}
    )
    filled = [_with_files(one, needed[one.key], rows) for one in products]
    return filled, [key for key, found in needed.items() if not is_ready(found.values(), rows)]


def all_with_files(
    products: Iterable[ChannelProduct], connection: Connection
) -> Iterator[ChannelProduct]:
    """Yield the products with what is known of their files; flat memory."""
    iterator = iter(products)
    while chunk := list(islice(iterator, _CHUNK)):
        yield from with_files(chunk, connection)[0]


def _with_files(
    product: ChannelProduct, paths: Mapping[str, str], rows: Mapping[str, MediaFile]
) -> ChannelProduct:
    if not paths:
        return product
    known = {text: rows[path] for text, path in paths.items() if path in rows}
    media = {text: StoredFile(row) for text, row in known.items() if is_there(row)}
    return replace(
        product,
        media=media,
        lacking=frozenset(text for text, row in known.items() if is_given_up(row)),
    )


def remark_on(product: ChannelProduct) -> str:
    """What to tell people about a product that went without some of its files; "" without."""
    names = [_name(address) for address in sorted(product.lacking)]
    if not names:
        return ""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"Sent without {', '.join(names[:_NAMED])}{more}: the PIM does not give it to this app. "
        "Look at the product's pictures and files in the PIM."
    )


def remarked(result: PushResult, remark: str) -> PushResult:
    if not remark or not result.accepted:
        return result
    return replace(result, message=" ".join(filter(None, [result.message, remark])))


def let_wait(listings: ListingQuerySet, problem: str) -> None:
    """Keep these from being sent until a run finds them ready."""
    now = timezone.now()
    listings.filter(status=Listing.Status.WAITING).update(
        next_attempt_at=now + LATER,
        failure=FailureKind.TRANSIENT,
        problem=problem,
        updated_at=now,
    )


def is_waiting_for_files(failure: str, next_attempt_at: datetime) -> bool:
    is_far = next_attempt_at > timezone.now() + NEXT_RUN
    return failure == FailureKind.TRANSIENT and is_far


def note_on_files(run: Run) -> str:
    """Say how many products of the run wait for a later one."""
    waiting = Listing.objects.of_run(run).filter(status=Listing.Status.WAITING)
    number = waiting.filter(next_attempt_at__gt=timezone.now() + NEXT_RUN).count()
    if not number:
        return ""
    wait = counted(number, "product waits", "products wait")
    return f"{wait} for files that the PIM could not give now. The next run asks for them again."


def _name(address: str) -> str:
    last = address.removesuffix("/download").rpartition("/")[2]
    return last.partition("_")[2] or last
