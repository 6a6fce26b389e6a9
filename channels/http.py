"""The `http` channel: batches of documents as signed JSON, posted to an address of your choice."""

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from http.client import responses
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec
import requests

from channels.base import (
    ChannelAdapter,
    ChannelError,
    ChannelProduct,
    ConfigurationError,
    Outcome,
    PushResult,
    Setting,
    TransientError,
)
from channels.media import MEDIA_SETTING, body_with_addresses
from channels.targets import SHOP_TARGETS
from channels.wording import plain_text
from outbound.errors import FailureKind, kind_of_status
from outbound.retry import parse_retry_after
from outbound.sentences import Sentence

QUOTED = 300  # characters of a channel's answer that a message repeats
MESSAGE = 500  # characters of what the channel says about one product
EXTERNAL_ID = 255

_CHECK_SECRET = Sentence("Check the secret, on both sides.")
_CHECK_ENDPOINT = Sentence("Check the endpoint.")
ADVICE = {
    401: _CHECK_SECRET,
    403: _CHECK_SECRET,
    404: _CHECK_ENDPOINT,
    405: _CHECK_ENDPOINT,
    413: Sentence("Choose a smaller batch size."),
}
_OTHER_ADVICE = Sentence("Ask whoever runs it, or correct the channel's settings.")
_TRIED_AGAIN = Sentence("It will be tried again.")

# What a receiver may say to a check, because an empty batch is nothing it wants.
EMPTY_REFUSED = (400, 422)


class HttpAdapter(ChannelAdapter):
    """Posts every batch to one endpoint and reads what it says about each product."""

    kind = "http"
    label = "HTTP"
    description = "Any service that takes products as JSON by POST: a shop, a middleware, a script."
    settings = (
        Setting(
            "endpoint",
            "Endpoint",
            "The address that receives the products, such as https://shop.example.com/products.",
            required=True,
            kind="url",
        ),
        Setting(
            "secret",
            "Secret",
            "Shared with the receiver. Every call is signed with it, so that the receiver can "
            "tell this app from anybody else.",
            secret=True,
        ),
        Setting(
            "batch_size",
            "Batch size",
            "How many products one call carries, from 1 to 1000.",
            default="100",
            kind="integer",
            minimum=1,
            maximum=1000,
        ),
        Setting(
            "hides",
            "Can hide products",
            "Whether the receiver understands the action “hide”: the product stays, and customers "
            "do not see it. Without that, catalogs can only take products off.",
            default="no",
            kind="choice",
            choices=(("no", "No"), ("yes", "Yes")),
        ),
        MEDIA_SETTING,
    )
    targets = SHOP_TARGETS
    own_fields = "written"
    concurrency = 8

    def __init__(self, values: Mapping[str, str], **surroundings: Any) -> None:
        super().__init__(values, **surroundings)
        self.batch_size = int(self._values["batch_size"])
        self._endpoint = self._values["endpoint"]
        self._secret = self._values["secret"]

    @classmethod
    def hides(cls, values: Mapping[str, str]) -> bool:
        return values.get("hides") == "yes"

    @classmethod
    def wants_media(cls, values: Mapping[str, str]) -> bool:
        return values.get("media") == "ferry"

    def check(self) -> None:
        """Post an empty batch; a receiver that objects to its emptiness is there all the same."""
        response = self._post(_body("push", []), idempotency_key="check")
        if response.status_code not in EMPTY_REFUSED:
            self._raise_for_status(response)

    def push(self, products: Sequence[ChannelProduct], *, idempotency_key: str) -> list[PushResult]:
        items = [
            {"key": product.key, "document": msgspec.Raw(body_with_addresses(product).encode())}
            for product in products
        ]
        return self._deliver("push", items, idempotency_key)

    def withdraw(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        return self._deliver("withdraw", [{"key": key} for key in keys], idempotency_key)

    def hide(self, keys: Sequence[str], *, idempotency_key: str) -> list[PushResult]:
        return self._deliver("hide", [{"key": key} for key in keys], idempotency_key)

    def _deliver(
        self,
        action: Literal["push", "withdraw", "hide"],
        items: list[dict[str, Any]],
        idempotency_key: str,
    ) -> list[PushResult]:
        if not items:
            return []
        response = self._post(_body(action, items), idempotency_key=idempotency_key)
        self._raise_for_status(response)
        return self._results([item["key"] for item in items], response.content)

    def _post(self, body: bytes, *, idempotency_key: str) -> requests.Response:
        headers = {"Content-Type": "application/json", "Idempotency-Key": idempotency_key}
        if self._secret:
            headers["X-Signature"] = f"sha256={_signature(self._secret, body)}"
        return self._session.post(self._endpoint, data=body, headers=headers, allow_redirects=False)

    def _raise_for_status(self, response: requests.Response) -> None:
        """Raise ChannelError for anything but a 2xx, with what the channel said."""
        status = response.status_code
        if 200 <= status < 300:
            return
        if 300 <= status < 400:
            raise self._redirected(response)
        said = plain_text(_decoded(response.content), QUOTED, secret=self._secret)
        if kind_of_status(status) is FailureKind.TRANSIENT:
            wait = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise TransientError(_answered(status, said, _TRIED_AGAIN), retry_after=wait)
        raise ConfigurationError(_answered(status, said, ADVICE.get(status, _OTHER_ADVICE)))

    def _redirected(self, response: requests.Response) -> ChannelError:
        try:
            host = urlsplit(response.headers.get("Location", "")).hostname
        except ValueError:
            host = None
        host = host or urlsplit(self._endpoint).hostname or ""
        return ConfigurationError(
            Sentence(
                "The channel answered HTTP %(status)s and points elsewhere, to %(host)s. Redirects "
                "are never followed: enter the final address as the channel's endpoint.",
                status=response.status_code,
                host=plain_text(host, 253),
            )
        )

    def _results(self, keys: list[str], content: bytes) -> list[PushResult]:
        """One result a key, in their order; any body without a list `results` accepts all."""
        try:
            answer = json.loads(_decoded(content))
        except (ValueError, RecursionError):
            answer = None
        entries = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(entries, list):
            return [PushResult(key, Outcome.ACCEPTED) for key in keys]
        results: dict[str, PushResult] = {}
        for entry in entries:
            key = entry.get("key") if isinstance(entry, dict) else None
            if isinstance(key, str):
                result = self._result(key, entry)
                if key not in results or result.outcome is Outcome.REJECTED:
                    results[key] = result
        return [results.get(key) or _unanswered(key) for key in keys]

    def _result(self, key: str, entry: dict[str, Any]) -> PushResult:
        status = entry.get("status")
        external_id = self._external_id(entry.get("external_id"))
        if status == "ok":
            return PushResult(key, Outcome.ACCEPTED, external_id=external_id)
        if status == "rejected":
            message = self._plain(entry.get("message") or "")
            return PushResult(
                key,
                Outcome.REJECTED,
                message or "The channel refused this product and did not say why.",
                external_id,
            )
        said = f"the status “{self._plain(status)[:50]}”" if status else "no status"
        return PushResult(
            key,
            Outcome.REJECTED,
            f"The channel's answer about this product makes no sense: it has {said} instead of "
            "“ok” or “rejected”. Ask whoever runs the channel.",
        )

    def _external_id(self, said: object) -> str:
        """The channel's own key; none when it is no text or number, or too long to be stored."""
        if not isinstance(said, str | int) or isinstance(said, bool):
            return ""
        external_id = self._plain(said)
        return external_id if len(external_id) <= EXTERNAL_ID else ""

    def _plain(self, said: object) -> str:
        text = said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)
        return plain_text(text, MESSAGE, secret=self._secret)


def _body(action: Literal["push", "withdraw", "hide"], items: list[dict[str, Any]]) -> bytes:
    """The same bytes for the same items; documents stand in it untouched."""
    return msgspec.json.encode({"action": action, "items": items})


def _signature(secret: str, body: bytes) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _decoded(content: bytes) -> str:
    """The text of an answer; half a character or a byte order mark costs nobody their results."""
    return content.decode("utf-8-sig", "replace")


def _answered(status: int, said: str, advice: Sentence) -> Sentence:
    """Say what the channel answered, in its own words if it has any, and what to do."""
    reason = f"{status} ({responses[status]})" if status in responses else str(status)
    if said:
        return Sentence(
            "The channel answered HTTP %(status)s: “%(said)s”. %(advice)s",
            status=reason,
            said=said,
            advice=advice,
        )
    return Sentence(
        "The channel answered HTTP %(status)s. %(advice)s", status=reason, advice=advice
    )


def _unanswered(key: str) -> PushResult:
    return PushResult(
        key,
        Outcome.UNANSWERED,
        "The channel answered the call without a word about this product.",
    )
