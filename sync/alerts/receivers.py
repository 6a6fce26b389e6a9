"""Who is to hear of a notice, and when: people by their choices, webhooks, staff."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.contrib.auth.models import User
from django.db.models import Prefetch, QuerySet

from catalogs.timing import moment_of
from sync.models import AlertChoice, AlertSettings, AlertWebhook, How, Notice

HEARS = "sync.hear_alertmessage"


@dataclass(frozen=True, slots=True)
class Receiver:
    """One of `reader`, `webhook` and `staff` is set, to an id."""

    due_at: datetime
    in_digest: bool = False
    reader: int | None = None
    webhook: int | None = None
    staff: int | None = None

    @property
    def key(self) -> tuple[int | None, int | None, int | None]:
        return self.reader, self.webhook, self.staff


def receivers_of(notices: Collection[Notice], now: datetime) -> dict[int, list[Receiver]]:
    """Return who is to hear of each, by the notice's id. Up to four queries."""
    found: dict[int, list[Receiver]] = defaultdict(list)
    connections = {one.connection_id for one in notices} - {None}
    readers, webhooks = defaultdict(list), defaultdict(list)
    if connections:
        for reader in _confirmed().filter(user__connection__in=connections):
            readers[reader.user.connection_id].append(reader)
        for webhook in AlertWebhook.objects.filter(connection__in=connections):
            webhooks[webhook.connection_id].append(webhook)
    staff = staff_to_tell() if any(one.connection_id is None for one in notices) else []
    for notice in notices:
        if notice.connection_id is None:
            found[notice.pk] += [Receiver(now, staff=one.pk) for one in staff]
            continue
        for reader in readers[notice.connection_id]:
            if not hears_of(reader, notice):
                continue
            how = how_told(reader, notice)
            if how == How.NOW:
                found[notice.pk].append(Receiver(now, reader=reader.pk))
            elif how == How.DAILY:
                due_at = next_digest(reader, now)
                found[notice.pk].append(Receiver(due_at, in_digest=True, reader=reader.pk))
        if notice.kind != Notice.Kind.WEBHOOK_FAILING:  # it would take that last of all
            found[notice.pk] += [
                Receiver(now, webhook=one.pk) for one in webhooks[notice.connection_id]
            ]
    return found


def hears_of(reader: AlertSettings, notice: Notice) -> bool:
    """Whether it is this person's business, by their role."""
    return notice.kind not in Notice.FOR_MANAGERS or reader.user.may_manage


def how_told(reader: AlertSettings, notice: Notice) -> str:
    """Return how this person wants to hear of it; the reader comes with its choices."""
    for choice in reader.choices.all():
        if choice.catalog_id == notice.catalog_id:
            return choice.how
    return reader.how


def next_digest(reader: AlertSettings, now: datetime) -> datetime:
    """Return when the next daily mail of this person goes out, by the clock that they see."""
    zone = reader.user.zone
    today = now.astimezone(zone).date()
    for day in (today, today + timedelta(days=1)):
        moment = moment_of(day, time(reader.hour), zone)
        if moment > now:
            return moment
    return moment_of(today + timedelta(days=2), time(reader.hour), zone)


def staff_to_tell() -> list[User]:
    """Return the members of staff who are told when the installation is not well.

    Whoever has an e-mail address in admin and may hear of it: superusers, and the role operator.
    """
    staff = User.objects.filter(is_active=True, is_staff=True).exclude(email="").order_by("pk")
    return [one for one in staff if one.has_perm(HEARS)]


def _confirmed() -> QuerySet[AlertSettings]:
    choices = Prefetch("choices", AlertChoice.objects.order_by("pk"))
    readers = AlertSettings.objects.filter(confirmed_at__isnull=False).exclude(address="")
    return readers.select_related("user__connection").prefetch_related(choices).order_by("pk")
