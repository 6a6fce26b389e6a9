"""Messages that are due are claimed, sent outside of any transaction, and settled.

A process that dies between sending and settling leaves its claim: after the lease the message goes
out once more, under the same Message-ID or id. Nothing else is ever sent twice.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from connections.installation import is_paused
from connections.locks import Turn, take_turn
from connections.workers import new_owner
from sync.alerts import postbox, webhooks
from sync.alerts.receivers import HEARS, hears_of, how_told
from sync.models import AlertMessage, AlertSettings, How, Notice

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200  # messages of one look: the next look, half a minute later, goes on
GIVEN_UP_AFTER = timedelta(days=2)  # what is older and over helps nobody any more
OPEN_GIVEN_UP_AFTER = timedelta(days=30)  # what is not well yet is news, as the message says it now
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)
_WITH = ("reader__user__connection", "webhook__connection", "staff", "connection")
_ABOUT = ("notice__connection", "notice__channel", "notice__catalog__channel__connection")


def send_mails(*, for_staff_only: bool = False) -> int:
    """Send the mails that are due; return how many. Once the server fails, the rest waits."""
    sent = 0
    if is_paused() or not are_mails_due():
        return sent
    with postbox.open_postbox() as box:
        for _ in range(MOST_AT_ONCE):
            messages = _claim(Q(webhook=None, **({"reader": None} if for_staff_only else {})))
            if not messages:
                break
            wanted = [one for one in messages if _is_wanted(one)]
            _drop([one for one in messages if one not in wanted])
            if not wanted:
                continue
            outcome = box.send(wanted)
            _settle(wanted, outcome)
            sent += outcome.is_sent
            if outcome.is_down:
                break
    return sent


def are_mails_due() -> bool:
    return AlertMessage.objects.due(timezone.now()).by_mail().exists()


def send_to_webhook(webhook_id: int) -> int:
    """Post what is due to one webhook; return how much it took.

    Once it fails, the rest waits; not if it refused what was in one of them.
    """
    taken = 0
    if is_paused():
        return taken
    for _ in range(MOST_AT_ONCE):
        messages = _claim(Q(webhook=webhook_id) & _is_ready())
        # As it was when they were claimed: with another address it has other messages.
        webhook = messages[0].webhook if messages else None
        if webhook is None:
            break
        outcome = webhooks.post(webhook, messages[0])
        _settle(messages, outcome)
        webhooks.note(webhook, outcome, messages[0])
        if outcome.is_down:
            break
        taken += outcome.is_sent
    return taken


def give_up_what_is_old() -> int:
    """Stop trying what nobody took for GIVEN_UP_AFTER; return how many messages that are.

    What they tell of may still be so: then they are tried for OPEN_GIVEN_UP_AFTER.
    """
    now = timezone.now()
    unsent = AlertMessage.objects.unsent().in_nobodys_hands(now)
    old = unsent.filter(due_at__lt=now - GIVEN_UP_AFTER)
    still_so = Q(notice__in=Notice.objects.open(), due_at__gt=now - OPEN_GIVEN_UP_AFTER)
    return old.exclude(still_so).update(given_up_at=now, updated_at=now)


def due_webhooks() -> list[int]:
    """Return the webhooks that something is due for, by id."""
    due = AlertMessage.objects.due(timezone.now()).filter(_is_ready(), webhook__isnull=False)
    return list(due.order_by("webhook").values_list("webhook", flat=True).distinct())


def _is_ready() -> Q:
    """That the webhook of a message may be called now."""
    return Q(webhook__not_before=None) | Q(webhook__not_before__lte=timezone.now())


def _claim(whose: Q) -> list[AlertMessage]:
    """Make the next message that is due ours, and with it what goes into the same mail."""
    now, owner = timezone.now(), new_owner()
    due = AlertMessage.objects.due(now).filter(whose)
    with transaction.atomic():
        take_turn(Turn.CLAIMING_ALERTS)  # or two processes would share one person's daily mail
        free = due.select_for_update(skip_locked=True, of=("self",)).order_by("due_at", "pk")
        first = free.first()
        if first is None:
            return []
        together = free.filter(pk=first.pk)
        if first.in_digest:
            together = free.filter(reader=first.reader_id, in_digest=True)
        pks = [one.pk for one in together]
        rows = AlertMessage.objects.filter(pk__in=pks)
        rows.update(owner=owner, claimed_at=now, tries=F("tries") + 1, updated_at=now)
    ours = AlertMessage.objects.filter(owner=owner).select_related(*_WITH, *_ABOUT)
    return list(ours.prefetch_related("reader__choices").order_by("due_at", "pk"))


def _is_wanted(message: AlertMessage) -> bool:
    """Whether its receiver still wants it, and may hear of it.

    People change their minds, and lose their roles and accounts.
    """
    reader, staff = message.reader, message.staff
    if staff is not None:
        return bool(staff.email and staff.is_active and staff.is_staff and staff.has_perm(HEARS))
    if reader is None or not reader.address:
        return False
    if message.kind == AlertMessage.Kind.CONFIRM:
        return bool(reader.confirming) and not reader.is_confirmed
    if not reader.is_confirmed:
        return False
    if message.notice is None:
        return True
    return hears_of(reader, message.notice) and how_told(reader, message.notice) != How.NEVER


def _drop(messages: Sequence[AlertMessage]) -> None:
    AlertMessage.objects.filter(pk__in=[one.pk for one in messages]).delete()


def _settle(messages: Sequence[AlertMessage], outcome: postbox.Outcome) -> None:
    """Store how it went, where the messages are still ours."""
    now = timezone.now()
    ours = AlertMessage.objects.filter(pk__in=[one.pk for one in messages], owner=messages[0].owner)
    values: dict[str, object] = {"owner": "", "claimed_at": None, "updated_at": now}
    if outcome.is_sent:
        values |= {"sent_at": now, "problem": "", "not_before": None}
    else:
        values |= {"problem": outcome.problem, "not_before": now + wait_after(messages[0].tries)}
        if outcome.is_final:
            values["given_up_at"] = now
        logger.warning("Alert %s was not sent: %s", messages[0].pk, outcome.problem)
    with transaction.atomic():
        ours.update(**values)
        if messages[0].reader_id and not outcome.is_down:
            readers = AlertSettings.objects.filter(pk=messages[0].reader_id)
            readers.exclude(problem=outcome.problem).update(problem=outcome.problem, updated_at=now)


def wait_after(tries: int) -> timedelta:
    """Return how long to wait after so many tries in vain: a minute, then twice as long each."""
    doubled: int = 2 ** min(max(tries - 1, 0), 10)
    return min(_FIRST_WAIT * doubled, _LONGEST_WAIT)
