"""The installation watched from inside: worker and scheduler look at each other, and at the rest.

What falls silent cannot tell so itself. If all of it does, only somebody outside can tell, by
/healthz (docs/alerts.md).
"""

from datetime import datetime

from django.db.models import Max, Q
from django.utils import timezone

from connections.installation import is_paused
from sync.alerts.attention import IN_VAIN
from sync.alerts.life import SILENT_AFTER, read_life, short_disks
from sync.alerts.sending import GIVEN_UP_AFTER, send_mails
from sync.models import AlertMessage, Notice
from sync.notice_causes import Cause, Found
from sync.notices import settle

_Kind = Notice.Kind


def watch(since: datetime) -> None:
    """Notice what is wrong with the installation, or well again, and tell its staff.

    `since`: when this process began to watch. Before it watched for long it knows of no silence:
    everything was silent while all of it was switched off.
    """
    now = timezone.now()
    if is_paused() or since > now - SILENT_AFTER:
        return
    settle(Q(connection=None), Found(_causes(now)))
    send_mails(for_staff_only=True)


def _causes(now: datetime) -> list[Cause]:
    life = read_life()
    silent = {
        _Kind.WORKER_SILENT: life.is_silent(life.worker, now),
        _Kind.SCHEDULER_SILENT: life.is_silent(life.scheduler, now),
    }
    silent[_Kind.QUEUE_OLD] = not any(silent.values()) and life.is_silent(life.queue, now)
    causes = [Cause(None, None, kind) for kind, is_so in silent.items() if is_so]
    if short := short_disks(now):
        causes.append(Cause(None, None, _Kind.DISK_SHORT, len(short), " ".join(sorted(short))))
    if problem := _why_mail_is_down(now):
        # A mail of it would leave when mail does again, and be wrong.
        causes.append(Cause(None, None, _Kind.MAIL_DOWN, said=problem, is_told=False))
    return causes


def _why_mail_is_down(now: datetime) -> str:
    """Return what the mail server said, if several tries were in vain and none succeeded since."""
    mails = AlertMessage.objects.by_mail()
    if mails.filter(sent_at__gt=now - SILENT_AFTER).exists():
        return ""
    last = mails.filter(sent_at__isnull=False).aggregate(at=Max("sent_at"))["at"]
    waiting = mails.unsent().filter(tries__gte=IN_VAIN).exclude(problem="")
    if last is not None:  # else one mailbox that is full for weeks would be a server that is down
        waiting = waiting.filter(Q(due_at__gt=now - GIVEN_UP_AFTER) | Q(due_at__gt=last))
    found = waiting.order_by("-pk").values_list("problem", flat=True).first()
    return found or ""
