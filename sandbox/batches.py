"""Reading a batch of the `http` channel, and checking who sent it."""

import hashlib
import hmac
from typing import Any

from sandbox.json_text import read_json


class UnusableBatch(ValueError):
    """The body is not a batch; the text says why."""


def read_batch(raw: bytes) -> tuple[str, list[dict[str, Any]]]:
    """The action and the items, each with a key. Raises UnusableBatch."""
    try:
        body = read_json(raw)
    except ValueError:
        raise UnusableBatch("The body is not JSON.") from None
    if not isinstance(body, dict) or body.get("action") not in ("push", "withdraw"):
        raise UnusableBatch("The action must be push or withdraw.")
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise UnusableBatch("The items are missing.")
    keys = [item.get("key") if isinstance(item, dict) else None for item in items]
    if not all(isinstance(key, str) and key for key in keys):
        raise UnusableBatch("Every item needs a key.")
    if len(set(keys)) < len(keys):
        raise UnusableBatch("Two items have the same key.")
    return body["action"], items


def signature_fits(raw: bytes, signature: str, secret: str) -> bool:
    """Whether the header X-Signature is the one that the secret gives for this body."""
    expected = "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected.encode(), signature.encode())
