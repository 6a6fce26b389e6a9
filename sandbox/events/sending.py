"""Sending what is due: signed, without following redirects, within five seconds."""

import hashlib
import hmac
import http.client
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from sandbox.events.platform import EventPlatform
from sandbox.events.records import Delivery

TIMEOUT = 5.0  # seconds
_AT_ONCE = 8

# Sends a body with headers to an address; the status of the answer, 0 for none in time.
Send = Callable[[str, bytes, Mapping[str, str]], int]


def deliver_due(platform: EventPlatform, send: Send, most: int = 100) -> int:
    """Send what is due now, one after the other; return how many there were."""
    taken = platform.take_due(most)
    for delivery in taken:
        _deliver(platform, delivery, send)
    return len(taken)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """As `Send`, over the network."""
    parts = urlsplit(url)
    made = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = made(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request("POST", parts.path or "/", body, dict(headers))
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()


class Postman(threading.Thread):
    """Delivers from the background, some at once, for as long as the process lives."""

    def __init__(self, platform: EventPlatform, send: Send = post) -> None:
        super().__init__(name="event platform", daemon=True)
        self._platform = platform
        self._send = send
        self._ended = threading.Event()

    def run(self) -> None:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while not self._ended.is_set():
                self._platform.woken.clear()
                taken = self._platform.take_due()
                for each in taken:
                    pool.submit(_deliver, self._platform, each, self._send)
                self._platform.woken.wait(0.01 if taken else self._seconds_to_next())

    def stop(self) -> None:
        """End, once what is under way has been answered."""
        self._ended.set()
        self._platform.woken.set()
        self.join()

    def _seconds_to_next(self) -> float:
        due = self._platform.next_due()
        return 1.0 if due is None else min(1.0, max(0.01, due - self._platform.clock()))


def _deliver(platform: EventPlatform, delivery: Delivery, send: Send) -> None:
    begun = time.monotonic()
    status = send(*_request(delivery))
    # By parts: an answer may come in drops, each of them in time.
    platform.judge(delivery, status if time.monotonic() - begun <= TIMEOUT else 0)


def _request(delivery: Delivery) -> tuple[str, bytes, dict[str, str]]:
    """Address, body and headers, signed over exactly these bytes."""
    subscription = delivery.subscription
    contact = subscription.subscriber.contact
    headers = {"User-Agent": "akeneo/event-platform", "X-AKENEO-SIGNATURE-ALGORITHM": "HmacSHA256"}
    if delivery.is_notice:
        headers["Content-Type"] = "application/json"
        secret = str(contact.get("notification_webhook_secret", ""))
        headers["X-AKENEO-SIGNATURE-PRIMARY"] = signature(secret, delivery.body)
        return str(contact["notification_webhook_url"]), delivery.body, headers
    headers["Content-Type"] = "application/cloudevents+json"
    primary, secondary = subscription.secrets
    headers["X-AKENEO-SIGNATURE-PRIMARY"] = signature(primary, delivery.body)
    if secondary:
        headers["X-AKENEO-SIGNATURE-SECONDARY"] = signature(secondary, delivery.body)
    return subscription.url, delivery.body, headers | subscription.config.get("headers", {})


def signature(secret: str, body: bytes) -> str:
    """The signature as hexadecimal digits."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
