"""The adapter on the stand-in, as the tests of the channel use it."""

import io
import json
from contextlib import contextmanager
from hashlib import sha256

from channels.base import ChannelProduct
from channels.shopify import ShopifyAdapter
from channels.surroundings import MediaFile
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.shopify.server import TOKEN, Fault, StandIn


def adapter_for(stand_in: StandIn, kind=ShopifyAdapter, ids=None, session=None, **values):
    cleaned = kind.clean({"shop": stand_in.shop.url, "access_token": TOKEN, **values})
    session = session or GuardedSession(AddressPolicy(hosts=None, insecure=True))
    adapter = kind(cleaned, session=session, ids=ids)
    adapter.clock = stand_in.shop.clock
    return adapter


class Picture(MediaFile):
    """A file of the PIM."""

    def __init__(self, content: bytes = b"a picture", name: str = "front.png") -> None:
        self.content = content
        self.digest = sha256(content).hexdigest()
        self.name = name
        self.mime_type = "image/png"
        self.size = len(content)
        self.address = ""

    def open(self):
        return io.BytesIO(self.content)


PIM = "https://acme.cloud.akeneo.com/api/rest/v1/media-files/"


def product(key, media=None, *, sent=None, **document) -> ChannelProduct:
    """A product that stands alone, or with `variants` a model. `media`: files by their name.

    `sent` has what else the channel is told of it.
    """
    own = {"code": key} if "variants" in document else {"uuid": key}
    body = {**own, "title": f"Product {key}", **document}
    files = {f"{PIM}{name}/download": one for name, one in (media or {}).items()}
    return ChannelProduct(key, json.dumps(body), media=files, **(sent or {}))


def address(name: str) -> str:
    return f"{PIM}{name}/download"


def texts(**languages) -> list[dict[str, object]]:
    return [{"locale": locale, "value": value} for locale, value in languages.items()]


def variant(uuid, axes=None, **fields) -> dict[str, object]:
    """One variant; `axes` has its value, or its labels by language, by the axis."""
    values = [
        {
            "code": axis,
            "value": value if isinstance(value, str) else next(iter(value)),
            "label": [] if isinstance(value, str) else texts(**next(iter(value.values()))),
        }
        for axis, value in (axes or {}).items()
    ]
    return {"uuid": uuid, "variation_axes_values": values, **fields}


def axis(code, **labels) -> dict[str, object]:
    return {"code": code, "label": texts(**labels)}


def push(adapter, *products, key="batch-1"):
    return adapter.push(list(products), idempotency_key=key)


@contextmanager
def every_call(stand_in: StandIn, fault: Fault):
    stand_in.always = fault
    try:
        yield
    finally:
        stand_in.always = None
