"""Akeneo's Event Platform: who is told when something changes in a PIM (pim-contract.md 4.2).

It has a host of its own, knows an app by its PIM's address, its client id and its token, and asks
for a box that somebody ticks in the PIM.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec

from outbound.errors import NotSent, TransientError
from outbound.retry import Retrier
from outbound.session import GuardedSession
from pim.answers import raise_for_answer
from pim.errors import (
    EventsNotAllowed,
    EventsUnavailable,
    Forbidden,
    NotFound,
    RateLimited,
    RequestRefused,
    UnexpectedAnswer,
)
from pim.urls import host_of

MAX_BYTES = 4 * 1024 * 1024

# Each has a thin event of its own in the PIM, and models one with what changed.
EVENTS = tuple(
    f"com.akeneo.pim.v1.{kind}"
    for kind in (
        *("product.created", "product.updated", "product.deleted"),
        *("product-model.created", "product-model.updated.delta", "product-model.deleted"),
    )
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Subscription:
    """One as the platform has it. `status`: active, suspended, revoked or deleted.

    `url` is where its events go; "" if the platform does not say.
    """

    id: str
    status: str
    url: str

    @property
    def is_alive(self) -> bool:
        return self.status not in ("revoked", "deleted")


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who subscribes: an app at one PIM. `status`: active or deleted."""

    id: str
    name: str
    status: str


class EventPlatform:
    """The platform's API, for one app at one PIM. Every method raises OutboundError.

    EventsNotAllowed: the box is not ticked. Unauthorized: it does not accept the app's token, which
    only the PIM can confirm. Creating is tried again only where nothing was created for certain.
    """

    def __init__(
        self,
        base_url: str,
        *,
        pim_url: str,
        client_id: str,
        token: str,
        session: GuardedSession,
        retrier: Retrier,
        before_write: Callable[[], None],
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._host = host_of(self._base_url)
        self._pim_host = host_of(pim_url)
        self._token = token
        self._headers = {
            "X-PIM-URL": pim_url,
            "X-PIM-CLIENT-ID": client_id,
            "X-PIM-TOKEN": token,
            "Accept": "application/json",
        }
        self._session = session
        self._retrier = retrier
        self._before_write = before_write

    def __repr__(self) -> str:
        return f"EventPlatform({self._base_url!r})"

    def subscribers(self) -> list[Subscriber] | None:
        """Return the app's subscribers, those that are deleted left out; None if it tells none."""
        found = self._list("/subscribers", _subscriber)
        return found and [each for each in found if each.status != "deleted"]

    def create_subscriber(
        self, name: str, *, email: str, notices_url: str, notices_secret: str
    ) -> Subscriber:
        """Subscribe the app to nothing yet; what happens to its subscriptions goes to the URL.

        Raises EventsUnavailable for a PIM that nobody can subscribe to.
        """
        body = {"name": name, "contact": _contact(email, notices_url, notices_secret)}
        try:
            return self._create("/subscribers", body, _subscriber)
        except NotFound as error:
            raise EventsUnavailable(self._pim_host, detail=error.detail) from None

    def change_contact(
        self, subscriber_id: str, *, email: str, notices_url: str, notices_secret: str
    ) -> None:
        """Let notices go to this URL, signed with this secret."""
        path = f"/subscribers/{quote(subscriber_id, safe='')}"
        body = {"contact": _contact(email, notices_url, notices_secret)}
        self._retrier.call(lambda: self._send("PATCH", path, body))

    def delete_subscriber(self, subscriber_id: str) -> None:
        """Delete it with its subscriptions. One that is gone already is deleted."""
        self._delete(f"/subscribers/{quote(subscriber_id, safe='')}")

    def subscriptions(self, subscriber_id: str) -> list[Subscription] | None:
        """Return its subscriptions, in whatever state; None if the platform does not tell."""
        return self._list(_subscriptions(subscriber_id), _subscription)

    def subscribe(
        self, subscriber_id: str, *, pim_url: str, url: str, secret: dict[str, str]
    ) -> Subscription:
        """Let EVENTS go to the URL. `secret`: primary, and secondary if there is one."""
        body = {
            "source": "pim",
            "subject": pim_url,
            "events": EVENTS,
            "type": "https",
            "config": {"url": url, "secret": secret},
        }
        return self._create(_subscriptions(subscriber_id), body, _subscription)

    def change_destination(
        self, subscriber_id: str, subscription_id: str, *, url: str, secret: dict[str, str]
    ) -> None:
        """Let its events go to this URL, signed with these secrets."""
        path = f"{_subscriptions(subscriber_id)}/{quote(subscription_id, safe='')}"
        config = {"url": url, "secret": secret}
        self._retrier.call(lambda: self._send("PATCH", path, {"config": config}))

    def delete_subscription(self, subscriber_id: str, subscription_id: str) -> None:
        """One that is gone already is deleted."""
        self._delete(f"{_subscriptions(subscriber_id)}/{quote(subscription_id, safe='')}")

    def suspend(self, subscriber_id: str, subscription_id: str) -> None:
        """Let nothing be sent; what happens meanwhile is never told."""
        self._act(subscriber_id, subscription_id, "suspend")

    def resume(self, subscriber_id: str, subscription_id: str) -> None:
        self._act(subscriber_id, subscription_id, "resume")

    def _act(self, subscriber_id: str, subscription_id: str, verb: str) -> None:
        path = f"{_subscriptions(subscriber_id)}/{quote(subscription_id, safe='')}/{verb}"
        self._retrier.call(lambda: self._send("POST", path))

    def _list(self, path: str, read: Callable[[Any], T]) -> list[T] | None:
        """What lies at a list's address; the platform's own description of it is not at hand."""
        try:
            answer = self._retrier.call(lambda: self._send("GET", path))
        except NotFound:
            return None
        except RequestRefused as error:
            if error.status == 405:  # it has no such list
                return None
            raise
        return [self._read(each, read) for each in _items(answer)]

    def _create(self, path: str, body: dict[str, Any], read: Callable[[Any], T]) -> T:
        answer = self._retrier.call(
            lambda: self._send("POST", path, body), retry_if=_certainly_did_nothing
        )
        return self._read(answer, read)

    def _delete(self, path: str) -> None:
        try:
            self._retrier.call(lambda: self._send("DELETE", path))
        except NotFound:
            return

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One try: the JSON of a 2xx, None for an empty one, or what the status means."""
        if method != "GET":
            self._before_write()
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = "application/json"
        response = self._session.request(
            method,
            f"{self._base_url}{path}",
            data=None if body is None else msgspec.json.encode(body),
            headers=headers,
        )
        try:
            raise_for_answer(response, self._host, token=self._token)
        except Forbidden as error:
            raise EventsNotAllowed(self._pim_host, detail=error.detail) from None
        if not response.content.strip():
            return None
        try:
            return msgspec.json.decode(response.content)
        except (msgspec.DecodeError, RecursionError):
            raise UnexpectedAnswer(self._host, "something that is no JSON") from None

    def _read(self, value: Any, read: Callable[[Any], T]) -> T:
        try:
            return read(value)
        except (KeyError, TypeError, AttributeError):
            raise UnexpectedAnswer(self._host, "a subscription without its id") from None


def _subscriptions(subscriber_id: str) -> str:
    return f"/subscribers/{quote(subscriber_id, safe='')}/subscriptions"


def _contact(email: str, url: str, secret: str) -> dict[str, Any]:
    return {
        "technical_email": email,
        "notification_channels": ["webhook"],
        "notification_webhook_url": url,
        "notification_webhook_secret": secret,
    }


def _certainly_did_nothing(error: TransientError) -> bool:
    return isinstance(error, (NotSent, RateLimited))


def _items(answer: Any) -> list[Any]:
    """A list, whether it comes by itself or as the only list of an object."""
    if isinstance(answer, dict):
        answer = answer.get("_embedded", answer)
        lists = [value for value in answer.values() if isinstance(value, list)]
        answer = lists[0] if len(lists) == 1 else []
    return answer if isinstance(answer, list) else []


def _subscriber(value: Any) -> Subscriber:
    name, status = value.get("name"), value.get("status")
    return Subscriber(_id(value), str(name or ""), str(status or "active"))


def _subscription(value: Any) -> Subscription:
    config = value.get("config")
    url = config.get("url") if isinstance(config, dict) else None
    return Subscription(_id(value), str(value.get("status") or "active"), str(url or ""))


def _id(value: Any) -> str:
    """Its id, which becomes a part of addresses. Raises TypeError for what is none."""
    found = value["id"]
    if not isinstance(found, str) or not 0 < len(found) <= 100:
        raise TypeError("no id")
    return found
