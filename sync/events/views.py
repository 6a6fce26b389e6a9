"""Where Akeneo's Event Platform sends events, and notices about the subscription itself.

It suspends who answers 404 or with a redirection, and whoever refuses one event in ten: so what is
not for us is refused with 401, and what cannot be taken now is put off with 429.
"""

from collections.abc import Callable
from functools import wraps

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from connections.fields import SecretsUnusable
from sync.events.bodies import TooLarge, Unreadable, body_of, read_event, read_notice
from sync.events.calling import call_for_events, call_for_notice
from sync.events.listeners import Listener, listener_at
from sync.events.signatures import is_signed
from sync.events.storing import Busy, NobodyListens, note_reason, store


class Refused(Exception):
    """The request is answered with this status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


Secrets = Callable[[Listener], tuple[str, ...]]
View = Callable[[HttpRequest, str], None]


def _answering(take: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """Answer 204 for what was taken, and why not for what was not."""

    @csrf_exempt
    @wraps(take)
    def view(request: HttpRequest, key: str) -> HttpResponse:
        try:
            take(request, key)
        except Refused as refusal:
            answer = HttpResponse(f"{refusal}\n", status=refusal.status, content_type="text/plain")
            if refusal.status == 405:
                answer["Allow"] = "POST"
            return answer
        return HttpResponse(status=204)

    return view


@_answering
def receive(request: HttpRequest, key: str) -> None:
    """Store an event, if it did not come before. Nothing is worked on here."""
    body, listener = _signed(request, key, lambda listener: listener.secrets)
    try:
        event = read_event(body, listener.client_id)
    except Unreadable:
        raise Refused(400, "This is no event.") from None
    if listener.is_full:
        raise _later()
    event.subscription_id = listener.pk
    try:
        store(event)
    except Busy:
        raise _later() from None
    except NobodyListens:
        raise _nobody() from None
    call_for_events(listener, event)


@_answering
def receive_notice(request: HttpRequest, key: str) -> None:
    """Have somebody look how the subscription stands; what the notice says is not believed.

    Only the reason that it gives is kept: who asks the platform is told none.
    """
    body, listener = _signed(request, key, lambda listener: (listener.notice_secret,))
    try:
        notice = read_notice(body)
    except Unreadable:
        raise Refused(400, "This is no notice.") from None
    if notice.suspends:
        try:
            note_reason(listener.pk, notice.reason)
        except DatabaseError:
            raise _later() from None
    call_for_notice(listener)


@_answering
def receive_nothing(request: HttpRequest, key: str) -> None:
    """Whatever else is asked for here: anything but 404, which would end the subscription."""
    raise _nobody()


def _signed(request: HttpRequest, key: str, secrets: Secrets) -> tuple[bytes, Listener]:
    """Return the body, which who listens at this address has a secret for. Raises Refused."""
    if request.method != "POST":
        raise Refused(405, "Events are sent here by POST.")
    try:
        body = body_of(request)
    except TooLarge:
        raise Refused(413, "This is too large to be an event.") from None
    except Unreadable:
        raise Refused(400, "The body is not complete.") from None
    try:
        for fresh in (False, True):  # secrets may have been changed a moment ago
            listener = listener_at(key, fresh=fresh)
            if listener is None:
                break
            if is_signed(body, request.headers, secrets(listener)):
                return body, listener
    except (DatabaseError, SecretsUnusable):
        raise _later() from None
    raise _nobody()


def _nobody() -> Refused:
    """The same for an unknown address and for a wrong signature: nobody learns which it was."""
    return Refused(401, "This is not signed as events for this address are.")


def _later() -> Refused:
    return Refused(429, "Not now. Send it again later.")
