"""An app that subscribes at the sandbox's Event Platform, and what reaches it there."""

import hashlib
import hmac
import json

from sandbox.events.sending import deliver_due
from sandbox.state import CLIENT_ID
from tests.sandbox.api import BASE_URL, SCOPES, Api

ROOT = "/event-platform/api/v1"
URL = "http://127.0.0.1:9/events"
NOTICES = "http://127.0.0.1:9/notices"
NOTICE_SECRET = "a-secret-of-notices"
ALL = [
    f"com.akeneo.pim.v1.{kind}"
    for kind in (
        *("product.created", "product.updated", "product.updated.delta", "product.deleted"),
        *("product-model.created", "product-model.updated.delta"),
    )
]


class Platform:
    """The platform as a ticked app calls it, with a receiver in the place of the network."""

    def __init__(self):
        self.api = Api(scopes=SCOPES | {"write_products"})
        self.pim = self.api.pim
        self.events = self.pim.events
        self.now = 1_750_000_000.0
        self.pim.clock = lambda: self.now
        self.events.allow(CLIENT_ID, True)
        self.status = 200  # of every answer
        self.received = []

    def call(self, method, path, json=None, **headers):
        given = {
            "X-PIM-URL": BASE_URL,
            "X-PIM-TOKEN": self.api.token,
            "X-PIM-CLIENT-ID": CLIENT_ID,
            **headers,
        }
        given = {name: value for name, value in given.items() if value is not None}
        return self.api.client.open(ROOT + path, method=method, headers=given, json=json)

    def subscribe(self, events=ALL, **more):
        """Return the path of a new subscription of a new subscriber, who hears by webhook."""
        subscriber = self.call("POST", "/subscribers", subscriber_body()).json
        body = subscription_body(events=events, **more)
        path = f"/subscribers/{subscriber['id']}/subscriptions"
        made = self.call("POST", path, body)
        assert made.status_code == 201, made.json
        return f"{path}/{made.json['id']}"

    def status_of(self, path):
        return self.call("GET", path).json["status"]

    def pass_seconds(self, seconds=0.0):
        """Move the clock and deliver what is due, until nothing more is at that time."""
        self.now += seconds
        while deliver_due(self.events, self.take):
            pass

    def take(self, url, body, headers):
        self.received.append((url, body, headers))
        return self.status

    @property
    def kinds(self):
        kinds = (json.loads(body).get("type") for url, body, _ in self.received if url == URL)
        return [kind.removeprefix("com.akeneo.pim.v1.") for kind in kinds]

    @property
    def notices(self):
        return [json.loads(body) for url, body, _ in self.received if url == NOTICES]

    @property
    def product(self):
        return next(self.pim.assortment.products_after())


def subscriber_body(**contact):
    return {
        "name": "Ferry",
        "contact": {
            "technical_email": "ops@example.com",
            "notification_channels": ["webhook"],
            "notification_webhook_url": NOTICES,
            "notification_webhook_secret": NOTICE_SECRET,
            **contact,
        },
    }


def subscription_body(**more):
    return {
        "source": "pim",
        "subject": BASE_URL,
        "events": ALL,
        "type": "https",
        "config": {"url": URL, "secret": {"primary": "first", "secondary": "second"}},
        **more,
    }


def signed(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
