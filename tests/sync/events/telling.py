"""A PIM whose events come to us: the sandbox sends them to Ferry in this process."""

import hashlib
import hmac
import json
import time
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from sandbox.events.records import Subscription
from sandbox.events.sending import deliver_due
from sync.events.switching import switch_on
from sync.models import EventSubscription, ReceivedEvent
from tests.world import World


class Told:
    """A world with the Event Platform beside its PIM; `statuses` are Ferry's answers so far."""

    def __init__(self, world: World) -> None:
        self.world, self.pim = world, world.pim
        self.now = time.time()
        self.pim.clock = lambda: self.now
        self.statuses: list[int] = []
        self.browser = Client()

    def switch_on(self) -> EventSubscription:
        return switch_on(self.world.connection)

    @property
    def there(self) -> list[Subscription]:
        """The subscriptions that the platform has, those that are deleted left out."""
        known = self.pim.events.subscriptions.values()
        return [each for each in known if each.status != "deleted"]

    def deliver(self, seconds: float = 0.0) -> None:
        """Move the platform's clock, and let what is due then come to Ferry."""
        self.now += seconds
        while deliver_due(self.pim.events, self.send):
            pass

    def send(self, url: str, body: bytes, headers: Any) -> int:
        path = urlsplit(url).path
        answer = self.browser.post(
            path, body, content_type=headers["Content-Type"], headers=dict(headers)
        )
        self.statuses.append(answer.status_code)
        return answer.status_code

    def received(self) -> list[tuple[str, str]]:
        return list(ReceivedEvent.objects.order_by("pk").values_list("type", "key"))


def event_body(**values: Any) -> bytes:
    """An event as the platform sends one."""
    event = {
        "specversion": "1.0",
        "id": "018e197c-dfe2-70f8-9346-1a8e016f5fbb",
        "source": "akeneo-event-platform",
        "type": "com.akeneo.pim.v1.product.updated",
        "subject": "0190fe8a-6213-76ce-8a9f-ba36a5ef555a",
        "datacontenttype": "application/json",
        "time": "2026-03-07T15:16:37Z",
        "data": {
            "product": {"uuid": "3444ec1b-058e-4208-9b6c-284f47a7aa17"},
            "author": {"identifier": "julia", "type": "user"},
        },
        **values,
    }
    return json.dumps(event).encode()


def notice_body(kind: str, events: EventSubscription, **values: Any) -> bytes:
    """A notice about this subscription."""
    notice = {
        "notification_type": kind,
        "timestamp": "2026-04-29T12:34:56Z",
        "subscription_id": events.subscription_id,
        "subscriber_id": events.subscriber_id,
        "destination": events.url,
        "events": [],
        "subject": events.connection.pim_url,
        **values,
    }
    return json.dumps(notice).encode()


def signed(secret: str, body: bytes, name: str = "Primary") -> dict[str, str]:
    """The headers of a body that is signed with this secret."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {f"X-AKENEO-SIGNATURE-{name.upper()}": digest}
