"""Webhooks that take no alerts, and a person has to do something about it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q

from sync.models import AlertMessage, AlertWebhook, Notice

IN_VAIN = 3  # tries of a message


@dataclass(frozen=True, slots=True)
class WebhooksAttention:
    """`failing`: why the last call failed, by connection. `working`: whose last call was taken."""

    failing: dict[int, str]
    working: frozenset[int]


def attention_to_webhooks(connection_ids: Iterable[int]) -> WebhooksAttention:
    """Look where several tries were in vain and none was taken since. Two queries.

    Once it is known, a webhook fails until it takes something: that nothing waits for it any more
    is no sign that it works.
    """
    tried = AlertMessage.objects.filter(webhook=OuterRef("pk"), sent_at=None, tries__gte=IN_VAIN)
    known = Notice.objects.open().filter(
        connection=OuterRef("connection"), kind=Notice.Kind.WEBHOOK_FAILING
    )
    in_vain = ~Q(problem="") & (Exists(tried) | Exists(known))
    rows = AlertWebhook.objects.filter(connection__in=list(connection_ids))
    failing = dict(rows.filter(in_vain).values_list("connection", "problem"))
    working = rows.filter(problem="", answered_at__isnull=False)
    return WebhooksAttention(failing, frozenset(working.values_list("connection", flat=True)))
