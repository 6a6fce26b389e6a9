"""Akeneo's Event Platform: who is told what of the PIM's changes (pim-contract.md 4.2)."""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterable
from typing import Any, Literal

from sandbox.data.assortment import Model, Product
from sandbox.events.records import (
    FASTEST,
    SLOWEST,
    SOMEBODY,
    Author,
    Delivery,
    Subscriber,
    Subscription,
    new_id,
)

PREFIX = "com.akeneo.pim.v1."

Verb = Literal["created", "updated", "deleted"]

_RETRIES = (300.0, 600.0, 1200.0)  # seconds after the try before
_NOTICE_RETRIES = (1.0, 2.0)
_HOUR = 3600.0
_LEAST_RATE = 0.9
# The documentation gives a rate without saying of how many: a single failure is no rate.
_LEAST_OUTCOMES = 10


class EventPlatform:
    """Subscriptions of one PIM's apps. Safe for threads; `clock` gives Unix time.

    Nothing is sent from here: `take_due` gives what is to be sent now, and `judge` is told what
    came of it. `time_scale` makes all waiting shorter, the rolling hour included.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.lock = threading.RLock()
        self.woken = threading.Event()  # something became due
        self.allowed: set[str] = set()  # client ids whose checkbox is ticked in the PIM
        self.time_scale = 1.0
        self.activation_seconds = 0.0  # "several minutes" in truth
        self.subscribers: dict[str, Subscriber] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.waiting: list[Delivery] = []
        self.mails: list[dict[str, Any]] = []  # notices that went by e-mail
        self.delivered = self.dropped = self.lost = 0

    def allow(self, client_id: str, allowed: bool) -> None:
        """Tick the app's checkbox, or untick it, which suspends its subscriptions."""
        with self.lock:
            if allowed:
                self.allowed.add(client_id)
                return
            self.allowed.discard(client_id)
            for each in self.subscriptions_of(client_id):
                self.suspend(each, by="system", reason="Insufficient rights")

    def subscriptions_of(self, client_id: str) -> list[Subscription]:
        with self.lock:
            return [
                each
                for each in self.subscriptions.values()
                if each.subscriber.client_id == client_id
            ]

    def tell_product(
        self, verb: Verb, product: Product, author: Author = SOMEBODY, **changes: Any
    ) -> None:
        """A product was changed; `changes` is what deltas say of it."""
        about = {"uuid": product.uuid}
        named = about | {"identifier": product.identifier}
        self._emit("product", verb, "product", about, named, author, changes)

    def tell_model(
        self, verb: Verb, model: Model, author: Author = SOMEBODY, **changes: Any
    ) -> None:
        about = {"code": model.code}
        self._emit("product-model", verb, "product_model", about, about, author, changes)

    def suspend(
        self, subscription: Subscription, *, by: Literal["system", "user"], reason: str = ""
    ) -> None:
        """Send nothing more to it: what waits for it is lost, and so is what happens meanwhile."""
        with self.lock:
            if subscription.status != "active":
                return
            subscription.status = "suspended"
            self._forget_waiting(subscription)
            self._changed(subscription, f"subscription.suspended.{by}", reason)

    def resume(self, subscription: Subscription) -> None:
        with self.lock:
            if subscription.status != "suspended":
                return
            subscription.status = "active"
            subscription.outcomes.clear()
            subscription.rate = FASTEST
            self._changed(subscription, "subscription.resumed")

    def revoke(self, client_id: str) -> None:
        """The app was removed from the PIM."""
        with self.lock:
            self.allowed.discard(client_id)
            for each in self.subscriptions_of(client_id):
                if each.status in ("active", "suspended"):
                    each.status = "revoked"
                    self._forget_waiting(each)
                    self._changed(each, "subscription.revoked", "The app was removed")

    def delete(self, subscription: Subscription) -> None:
        with self.lock:
            subscription.status = "deleted"
            subscription.updated_at = self.clock()
            self._forget_waiting(subscription)

    def take_due(self, most: int = 100) -> list[Delivery]:
        """What is to be sent now; whoever takes it sends it, and tells `judge`."""
        now = self.clock()
        taken: list[Delivery] = []
        left: list[Delivery] = []
        with self.lock:
            for each in self.waiting:
                if len(taken) < most and each.due_at <= now and _has_turn(each, now):
                    taken.append(each)
                else:
                    left.append(each)
            self.waiting = left
        return taken

    def next_due(self) -> float | None:
        """When something is due next."""
        with self.lock:
            return min((each.due_at for each in self.waiting), default=None)

    def judge(self, delivery: Delivery, status: int) -> None:
        """What follows from the receiver's answer; 0 for none within five seconds."""
        with self.lock:
            delivery.tries += 1
            if delivery.is_notice:
                self._judge_notice(delivery, status)
            elif delivery.subscription.status == "active":
                self._judge_event(delivery, status)

    def _judge_event(self, delivery: Delivery, status: int) -> None:
        subscription = delivery.subscription
        now = self.clock()
        if 200 <= status < 300:
            self.delivered += 1
            subscription.rate = min(FASTEST, subscription.rate * 1.1)
            subscription.outcomes.append((now, True))
        elif status == 404 or 300 <= status < 400:
            self.suspend(subscription, by="system", reason=f"The endpoint answered {status}")
        elif status == 429:
            subscription.rate = max(SLOWEST, subscription.rate / 2)
            if now - delivery.begun_at > _HOUR * self.time_scale:
                self._failed(subscription, now)
                self.dropped += 1
            else:
                delivery.tries -= 1  # it is put off, which is no failure
                self._again(delivery, 1.0)
        else:
            if delivery.tries <= len(_RETRIES):
                self._again(delivery, _RETRIES[delivery.tries - 1])
            else:
                self.dropped += 1
            self._failed(subscription, now)

    def _judge_notice(self, delivery: Delivery, status: int) -> None:
        if 200 <= status < 300:
            return
        worth_it = status in (0, 429) or status >= 500
        if worth_it and delivery.tries <= len(_NOTICE_RETRIES):
            self._again(delivery, _NOTICE_RETRIES[delivery.tries - 1])
        elif "email" not in delivery.subscription.subscriber.channels:
            self.mails.append(json.loads(delivery.body))

    def _failed(self, subscription: Subscription, now: float) -> None:
        outcomes = subscription.outcomes
        outcomes.append((now, False))
        while outcomes and outcomes[0][0] < now - _HOUR * self.time_scale:
            outcomes.popleft()
        good = sum(was_good for _, was_good in outcomes)
        if len(outcomes) >= _LEAST_OUTCOMES and good < _LEAST_RATE * len(outcomes):
            self.suspend(subscription, by="system", reason="Success rate dropped below 90%")

    def _again(self, delivery: Delivery, seconds: float) -> None:
        delivery.due_at = self.clock() + seconds * self.time_scale
        self._queue(delivery)

    def _emit(
        self,
        entity: str,
        verb: Verb,
        member: str,
        about: dict[str, Any],
        named: dict[str, Any],
        author: Author,
        changes: dict[str, Any],
    ) -> None:
        """Tell whoever subscribed; `named` instead of `about` to whoever wants identifiers.

        A model has no thin event of its changes, a product has both (pim-contract.md 4.2).
        """
        kinds = [f"{entity}.{verb}"]
        if verb == "updated":
            kinds = [f"{entity}.updated.delta", *kinds[: entity == "product"]]
        for kind in kinds:
            detail = {"changes": changes} if kind.endswith(".delta") else {}
            with self.lock:
                for each in self._listening(PREFIX + kind):
                    wants_names = each.settings.get("send_product_identifier")
                    data = {
                        member: (named if wants_names else about) | detail,
                        "author": {"identifier": author.identifier, "type": author.type},
                    }
                    self._send(each, PREFIX + kind, data)

    def _listening(self, kind: str) -> Iterable[Subscription]:
        return [each for each in self.subscriptions.values() if kind in each.events]

    def _send(self, subscription: Subscription, kind: str, data: dict[str, Any]) -> None:
        now = self.clock()
        if subscription.status == "suspended":
            self.lost += 1
        if subscription.status != "active" or now < subscription.begins_at:
            return
        event = {
            "specversion": "1.0",
            "id": new_id(),
            "source": "akeneo-event-platform",
            "type": kind,
            "subject": subscription.id,
            "datacontenttype": "application/json",
            "dataschema": f"https://event.prd.sdk.akeneo.cloud/spec/{kind}.schema.json",
            "time": time_text(now),
            "data": data,
        }
        self._queue(Delivery(subscription, _encoded(event), now, now))

    def _changed(self, subscription: Subscription, kind: str, reason: str = "") -> None:
        """Tell the subscriber, by the ways that it chose."""
        now = subscription.updated_at = self.clock()
        subscriber = subscription.subscriber
        notice = {
            "notification_type": kind,
            "timestamp": time_text(now),
            "subscription_id": subscription.id,
            "subscriber_id": subscriber.id,
            "destination": subscription.url,
            "events": subscription.events,
            "subject": subscription.settings["subject"],
        }
        if reason:
            notice["reason"] = reason
        if "webhook" in subscriber.channels:
            self._queue(Delivery(subscription, _encoded(notice), now, now, is_notice=True))
        if "email" in subscriber.channels:
            self.mails.append(notice)

    def _queue(self, delivery: Delivery) -> None:
        self.waiting.append(delivery)
        self.woken.set()

    def _forget_waiting(self, subscription: Subscription) -> None:
        kept = [
            each for each in self.waiting if each.is_notice or each.subscription is not subscription
        ]
        self.lost += len(self.waiting) - len(kept)
        self.waiting = kept


def time_text(now: float) -> str:
    return dt.datetime.fromtimestamp(now, dt.UTC).isoformat().replace("+00:00", "Z")


def _encoded(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _has_turn(delivery: Delivery, now: float) -> bool:
    """Whether its subscription may be sent one more in this second of the clock."""
    subscription = delivery.subscription
    if delivery.is_notice:
        return True
    if subscription.second != int(now):
        subscription.second, subscription.in_second = int(now), 0
    if subscription.in_second >= subscription.rate:
        return False
    subscription.in_second += 1
    return True
