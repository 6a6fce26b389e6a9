"""What arrives at our address, read from bytes that may be anything."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
from django.http import HttpRequest, UnreadablePostError
from django.utils import timezone

from sync.keys import is_uuid
from sync.models import ReceivedEvent
from sync.models.events import EVENT_ID_LENGTH

MOST = 1_000_000  # bytes; an event has less than a thousand
_THROWN_AWAY = 16_000_000
_PIECE = 65_536
_NEAR = timedelta(days=3650)
_PREFIX = "com.akeneo.pim.v1."

Entity = ReceivedEvent.Entity


class TooLarge(Exception):
    """The body has more than MOST bytes; it was not kept."""


class Unreadable(Exception):
    """The body ended early, or is not what should be sent here."""


class CloudEvent(msgspec.Struct):
    """The members of an event that we look at."""

    id: str
    type: str
    data: dict[str, Any] = {}
    time: str | None = None


class StatusNotice(msgspec.Struct):
    """What the platform says became of a subscription."""

    notification_type: str
    subscription_id: str
    reason: str = ""

    @property
    def suspends(self) -> bool:
        return self.notification_type.startswith("subscription.suspended")


def body_of(request: HttpRequest) -> bytes:
    """Return the raw body. Raises TooLarge, before anything of it is kept, and Unreadable.

    What is too large is thrown away piece by piece, up to a bound: who is still sending hears no
    answer if the connection ends under him.
    """
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return _body_without_length(request)
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Unreadable from None
    try:
        if length > MOST:
            _throw_away(request, min(length, _THROWN_AWAY))
            raise TooLarge
        body = request.body
    except (UnreadablePostError, OSError):
        raise Unreadable from None
    if len(body) < length:
        raise Unreadable
    return body


def _body_without_length(request: HttpRequest) -> bytes:
    """A body in chunks: of its length only the server knows, which ends the stream there."""
    if not request.META.get("wsgi.input_terminated"):
        raise Unreadable
    stream = request.META["wsgi.input"]
    try:
        body: bytes = stream.read(MOST + 1)
        if len(body) > MOST:
            _throw_away(request, _THROWN_AWAY)
            raise TooLarge
    except TooLarge:
        raise
    except Exception as error:  # each server has errors of its own for chunks that are none
        raise Unreadable from error
    return body


def _throw_away(request: HttpRequest, length: int) -> None:
    stream = request.META["wsgi.input"]
    while length > 0 and (piece := stream.read(min(length, _PIECE))):
        length -= len(piece)


def read_event(body: bytes, client_id: str) -> ReceivedEvent:
    """Return a row, not stored, of the event; `client_id` is by what the PIM knows this app.

    Raises Unreadable for what is none.
    """
    event = _read(body, CloudEvent)
    entity, key = _subject_of(event)
    if not 0 < len(event.id) <= EVENT_ID_LENGTH or "\x00" in f"{event.id}{event.type}{key}":
        raise Unreadable
    author = event.data.get("author")
    return ReceivedEvent(
        event_id=event.id,
        type=event.type.removeprefix(_PREFIX)[:100],
        entity=entity,
        key=key,
        is_own=isinstance(author, dict) and _is_own(author, client_id),
        happened_at=_moment(event.time),
    )


def read_notice(body: bytes) -> StatusNotice:
    """As `read_event`."""
    notice: StatusNotice = _read(body, StatusNotice)
    return notice


def _read(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unreadable from None


def _subject_of(event: CloudEvent) -> tuple[str, str]:
    """What the event is about; anything but a product or model with its name is other."""
    product, model = event.data.get("product"), event.data.get("product_model")
    uuid = product.get("uuid") if isinstance(product, dict) else None
    if isinstance(uuid, str) and is_uuid(uuid.lower()):
        return Entity.PRODUCT, uuid.lower()
    code = model.get("code") if isinstance(model, dict) else None
    if isinstance(code, str) and 0 < len(code) <= 255:
        return Entity.MODEL, code
    return Entity.OTHER, ""


def _is_own(author: dict[str, Any], client_id: str) -> bool:
    return bool(client_id) and author.get("identifier") == client_id


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    is_near = timezone.is_aware(moment) and abs(moment - timezone.now()) < _NEAR
    return moment if is_near else None  # others are of no use, and some no database takes
