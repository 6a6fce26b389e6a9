"""What the Event Platform remembers: who subscribed to what, and what is on its way to them."""

import uuid
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Literal

SubscriptionStatus = Literal["active", "suspended", "revoked", "deleted"]

FASTEST, SLOWEST = 100.0, 1.0  # events a second to one address


def new_id() -> str:
    return str(uuid.uuid4())


@dataclass(slots=True)
class Subscriber:
    """An app's link to the platform; `contact` is as it was sent, its secret included.

    Times here and below are Unix time.
    """

    client_id: str
    name: str
    contact: dict[str, Any] = field(repr=False)
    created_at: float
    updated_at: float
    id: str = field(default_factory=new_id)
    status: Literal["active", "deleted"] = "active"

    @property
    def channels(self) -> list[str]:
        """How it wants to be told about its subscriptions."""
        return self.contact.get("notification_channels") or ["email"]


@dataclass(slots=True)
class Subscription:
    """Which events go to which address; `settings` is the rest of what was sent.

    `outcomes` are time and success of the deliveries of the last hour. Of a second of the clock,
    `second`, `in_second` events were sent.
    """

    subscriber: Subscriber
    events: list[str]
    config: dict[str, Any] = field(repr=False)
    settings: dict[str, Any]
    created_at: float
    updated_at: float
    begins_at: float
    id: str = field(default_factory=new_id)
    status: SubscriptionStatus = "active"
    rate: float = FASTEST
    second: int = 0
    in_second: int = 0
    outcomes: deque[tuple[float, bool]] = field(default_factory=deque)

    @property
    def url(self) -> str:
        return str(self.config["url"])

    @property
    def secrets(self) -> tuple[str, str]:
        """The primary one, and the secondary one or ""."""
        secret = self.config["secret"]
        return secret["primary"], secret.get("secondary") or ""


@dataclass(slots=True)
class Delivery:
    """One request that is to arrive: an event, or a notice about the subscription itself."""

    subscription: Subscription
    body: bytes
    due_at: float
    begun_at: float
    is_notice: bool = False
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Author:
    """Who changed something in the PIM: an app by its client id, or a person."""

    identifier: str
    type: Literal["user", "api"]


SOMEBODY = Author("julia", "user")
