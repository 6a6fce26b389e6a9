"""Messages about notices: made, or taken back, in the transaction of the notice."""

from collections.abc import Collection, Iterable, Set
from datetime import datetime

from django.db.models import Q

from connections.installation import is_paused
from sync.alerts.receivers import Receiver, how_told, next_digest, receivers_of
from sync.models import AlertMessage, AlertSettings, AlertWebhook, How, Notice

_Kind = AlertMessage.Kind
_TELLS = (_Kind.OPENED, _Kind.REPEATED)


def hold_notices(scope: Q) -> list[Notice]:
    """Within a transaction: keep the open notices in the scope, always in the same order.

    Before the messages about them are touched, so that two processes never wait for each other.
    """
    notices = Notice.objects.open().filter(scope)
    return list(notices.select_for_update(of=("self",)).order_by("pk"))


def tell_opened(notices: Collection[Notice], now: datetime) -> None:
    """Tell of each for the first time. Within a transaction that holds the notices."""
    _tell(notices, _Kind.OPENED, now)


def tell_again(notices: Collection[Notice], now: datetime) -> None:
    """Tell of each once more, once for this day.

    Not by a second message while the first one waits: that says how it stands when it leaves.
    """
    made = AlertMessage.objects.filter(notice__in=[one.pk for one in notices], kind__in=_TELLS)
    waiting = set(made.unsent().values_list("notice", "reader", "webhook", "staff"))
    day = now.date().isoformat()
    _tell(notices, _Kind.REPEATED, now, day=day, but={(pk, tuple(to)) for pk, *to in waiting})


def tell_reader(reader: AlertSettings, now: datetime) -> None:
    """Tell whoever can be told from now on of all that others heard of already, in one mail."""
    if is_paused():
        return
    notices = Notice.objects.visible_to(reader.user).open().filter(told_at__isnull=False)
    # What another address never took is told to this one.
    theirs = AlertMessage.objects.filter(reader=reader, notice__in=notices, sent_at=None)
    theirs.filter(kind__in=_TELLS, given_up_at__isnull=False).delete()
    made = []
    for notice in notices.order_by("pk"):
        how = how_told(reader, notice)
        if how != How.NEVER:
            due_at = now if how == How.NOW else next_digest(reader, now)
            made.append(
                _message(notice, Receiver(due_at, in_digest=True, reader=reader.pk), _Kind.OPENED)
            )
    _make(made)


def tell_webhook(webhook: AlertWebhook, now: datetime) -> None:
    """Tell a new address of all that is open and was told already; once each.

    Within a transaction. What the address before was told of that, or was still to be told of
    anything, is forgotten: this one hears nothing of it.
    """
    # Locked, so that none ends now and is told all the same; and before messages, as everywhere.
    notices = hold_notices(Q(connection=webhook.connection))
    theirs = AlertMessage.objects.filter(webhook=webhook, notice__isnull=False)
    theirs.filter(Q(notice__ended_at=None) | Q(sent_at=None)).delete()
    if is_paused():
        return
    told = [one for one in notices if one.told_at]
    receivers = receivers_of(told, now)
    _make(
        _message(notice, one, _Kind.OPENED)
        for notice in told
        for one in receivers[notice.pk]
        if one.webhook == webhook.pk
    )


def tell_over(notices: Collection[Notice], now: datetime) -> None:
    """Tell whoever heard of these that all is well again.

    Whoever did not hear yet hears of neither.
    """
    if not notices:
        return
    heard = forget_unsent(notices, now)
    if not heard or is_paused():
        return
    receivers = receivers_of(notices, now)
    _make(
        _message(notice, one, _Kind.OVER)
        for notice in notices
        for one in receivers[notice.pk]
        if (notice.pk, one.key) in heard
    )


def forget_unsent(
    notices: Collection[Notice], now: datetime
) -> set[tuple[int, tuple[int | None, int | None, int | None]]]:
    """Take back what was not sent of these; return who heard of which, by notice and receiver.

    What a process has in its hands counts as heard, also if that died: nobody knows.
    """
    if not notices:
        return set()
    rows = AlertMessage.objects.filter(notice__in=[one.pk for one in notices], kind__in=_TELLS)
    # Locked, so that nobody begins to send one of them now.
    made = list(rows.select_for_update(of=("self",)).order_by("pk"))
    unsent = rows.unsent().in_nobodys_hands(now)
    unsent.filter(pk__in=[one.pk for one in made]).delete()
    return {
        (one.notice_id, (one.reader_id, one.webhook_id, one.staff_id))
        for one in made
        if one.notice_id is not None and (one.sent_at or (one.owner and not one.given_up_at))
    }


def _tell(
    notices: Collection[Notice],
    kind: _Kind,
    now: datetime,
    *,
    day: str = "",
    but: Set[tuple[int | None, tuple[int | None, ...]]] = frozenset(),
) -> None:
    """On a wrong copy nobody is told; if it turns out to be production, they are then.

    `but`: not of this notice to this receiver.
    """
    if not notices or is_paused():
        return
    receivers = receivers_of(notices, now)
    for notice in notices:
        notice.told_at, notice.told_number = now, notice.number
    Notice.objects.bulk_update(notices, ["told_at", "told_number"])
    _make(
        _message(notice, one, kind, day)
        for notice in notices
        for one in receivers[notice.pk]
        if (notice.pk, one.key) not in but
    )


def _message(notice: Notice, to: Receiver, kind: _Kind, day: str = "") -> AlertMessage:
    return AlertMessage(
        connection_id=notice.connection_id,
        notice=notice,
        kind=kind,
        day=day,
        reader_id=to.reader,
        webhook_id=to.webhook,
        staff_id=to.staff,
        due_at=to.due_at,
        in_digest=to.in_digest,
    )


def _make(made: Iterable[AlertMessage]) -> None:
    """The constraints keep one for each receiver, kind and day, however often it is tried."""
    AlertMessage.objects.bulk_create(list(made), ignore_conflicts=True)
