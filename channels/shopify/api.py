"""Calls to the Admin API: what they cost, what failed, and whose fault it was."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import responses
from typing import Any

import msgspec
import requests

from channels.base import ChannelError, ConfigurationError, TransientError
from channels.shopify.clock import Clock
from channels.shopify.shop_address import endpoint
from channels.wording import plain_text
from outbound.errors import FailureKind, kind_of_status
from outbound.retry import parse_retry_after
from outbound.sentences import Sentence

QUOTED = 300  # characters of Shopify's answer that a message repeats
FIRST_GUESS = 100.0  # points that a document costs as far as nobody told yet
LONGEST_PAUSE = 60.0  # seconds; a shop's budget fills up in 20
THROTTLED_TRIES = 3  # waits of one call for the throttle before the batch is put off

_REVOKED = Sentence("Check the access token: it may be revoked, or belong to another shop.")
_ADVICE = {
    401: _REVOKED,
    402: Sentence("The shop is frozen until its owner pays Shopify."),
    403: _REVOKED,
    404: Sentence("There is no shop at this address. Check the shop's name."),
    423: Sentence("Shopify locked the shop. Its owner must ask Shopify why."),
}
_OTHER_ADVICE = Sentence("Ask whoever runs the shop, or correct the settings.")
_TRIED_AGAIN = Sentence("It will be tried again.")

_encoder = msgspec.json.Encoder(decimal_format="number")

Json = dict[str, Any]


class CallRefused(ConfigurationError):
    """Shopify does not understand the call; when it carries one product, that is at fault."""


class ShopifyApi:
    """One shop's Admin API. `session` is also the way to the hosts that hold files."""

    def __init__(self, session: requests.Session, shop: str, token: str, clock: Clock) -> None:
        self.session = session
        self.clock = clock
        self._endpoint = endpoint(shop)
        self._token = token
        self._costs: dict[str, float] = {}
        self._bucket = _Bucket(clock)

    def call(self, document: str, variables: Mapping[str, Any] | None = None) -> Json:
        """The data of the answer. Waits while the shop's budget of points is used up.

        Raises ChannelError; CallRefused for a document or variables that Shopify refuses.
        """
        for attempt in range(THROTTLED_TRIES + 1):
            self._bucket.wait_for(self._costs.get(document, FIRST_GUESS))
            answer = self._post(document, variables or {})
            self._learn_costs(document, answer)
            errors = _errors(answer)
            if not errors:
                return self._data(answer)
            if _code(errors[0]) != "THROTTLED":
                raise self._refused(errors)
            if attempt < THROTTLED_TRIES:
                self._bucket.wait_for(self._costs.get(document, FIRST_GUESS))
        raise TransientError(
            Sentence(
                "Shopify has too many calls for this shop at the moment. It will be tried again."
            ),
            retry_after=self._bucket.seconds_until(self._costs.get(document, FIRST_GUESS)) or 1.0,
        )

    def plain(self, said: object, limit: int = QUOTED) -> str:
        """What Shopify said, safe to show."""
        return plain_text(str(said), limit, secret=self._token)

    def _post(self, document: str, variables: Mapping[str, Any]) -> Json:
        response = self.session.post(
            self._endpoint,
            data=_encoder.encode({"query": document, "variables": variables}),
            headers={
                "Content-Type": "application/json",
                "Accept": "application/json",
                "X-Shopify-Access-Token": self._token,
            },
            allow_redirects=False,
        )
        self._raise_for_status(response)
        try:
            answer = msgspec.json.decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise TransientError(
                Sentence("Shopify's answer cannot be read. It will be tried again.")
            )
        return answer

    def _raise_for_status(self, response: requests.Response) -> None:
        status = response.status_code
        if 200 <= status < 300:
            return
        answered = f"{status} ({responses[status]})" if status in responses else str(status)
        if 300 <= status < 400:
            raise ConfigurationError(
                Sentence(
                    "Shopify answered HTTP %(status)s and points elsewhere. Enter the shop's own "
                    "address at Shopify, such as acme.myshopify.com.",
                    status=answered,
                )
            )
        if kind_of_status(status) is FailureKind.TRANSIENT:
            wait = parse_retry_after(response.headers.get("Retry-After"), datetime.now(UTC))
            raise TransientError(_answered(answered, _TRIED_AGAIN), retry_after=wait)
        raise ConfigurationError(_answered(answered, _ADVICE.get(status, _OTHER_ADVICE)))

    def _learn_costs(self, document: str, answer: Json) -> None:
        extensions = answer.get("extensions")
        cost = extensions.get("cost") if isinstance(extensions, dict) else None
        if not isinstance(cost, dict):
            return
        requested = cost.get("requestedQueryCost")
        if isinstance(requested, int | float) and requested > 0:
            self._costs[document] = float(requested)
        self._bucket.learn(cost.get("throttleStatus"))

    def _data(self, answer: Json) -> Json:
        data = answer.get("data")
        if not isinstance(data, dict):
            raise TransientError(
                Sentence("Shopify's answer holds no data. It will be tried again.")
            )
        return data

    def _refused(self, errors: list[Json]) -> ChannelError:
        said = self.plain(errors[0].get("message", ""))
        quoted = Sentence(": “%(said)s”.", said=said) if said else "."
        match _code(errors[0]):
            case "ACCESS_DENIED":
                return ConfigurationError(
                    Sentence(
                        "The access token lacks a permission%(quoted)s Add the scopes that the "
                        "documentation of this channel lists, and enter the new token.",
                        quoted=quoted,
                    )
                )
            case "SHOP_INACTIVE":
                return ConfigurationError(
                    Sentence("The shop is not active%(quoted)s Ask its owner.", quoted=quoted)
                )
            case "INTERNAL_SERVER_ERROR" | "TIMEOUT":
                return TransientError(
                    Sentence("Shopify failed%(quoted)s It will be tried again.", quoted=quoted)
                )
        return CallRefused(
            Sentence(
                "Shopify refused a call%(quoted)s Ask the people who run this app.", quoted=quoted
            ),
            detail=said,
        )


class _Bucket:
    """The shop's budget of points: it holds so many, and fills up by so many a second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._available: float | None = None
        self._maximum = 0.0
        self._rate = 0.0
        self._seen = 0.0

    def learn(self, status: object) -> None:
        if not isinstance(status, dict):
            return
        told = [
            status.get(name) for name in ("currentlyAvailable", "maximumAvailable", "restoreRate")
        ]
        numbers = [float(one) for one in told if isinstance(one, int | float)]
        if len(numbers) == len(told) and numbers[2] > 0:
            self._available, self._maximum, self._rate = numbers
            self._seen = self._clock.now()

    def seconds_until(self, cost: float) -> float:
        """Return how long it takes until a call of this cost may pass."""
        if self._available is None:
            return 0.0
        passed = self._clock.now() - self._seen
        available = min(self._maximum, self._available + passed * self._rate)
        seconds = (min(cost, self._maximum) - available) / self._rate
        return min(max(0.0, seconds), LONGEST_PAUSE)

    def wait_for(self, cost: float) -> None:
        seconds = self.seconds_until(cost)
        if seconds > 0:
            self._clock.sleep(seconds)


def _answered(status: str, advice: Sentence) -> Sentence:
    return Sentence("Shopify answered HTTP %(status)s. %(advice)s", status=status, advice=advice)


def _errors(answer: Json) -> list[Json]:
    """The errors of the whole call; some early failures are told as one text."""
    errors = answer.get("errors")
    if isinstance(errors, list):
        return [one if isinstance(one, dict) else {"message": str(one)} for one in errors]
    return [{"message": str(errors)}] if errors else []


def _code(error: Json) -> str:
    extensions = error.get("extensions")
    return str(extensions.get("code", "")) if isinstance(extensions, dict) else ""
