"""Writing to a PIM, many resources a call, each with an answer of its own (pim-contract.md 3.5).

The PIM answers 200 to the call whatever became of its lines. So nothing counts as written but a
line that was answered by name: the rest is unknown, and never a success.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from urllib.parse import quote

import msgspec

from outbound.errors import NotSent, OutboundError, TransientError
from outbound.redaction import redact
from pim.calls import COLLECTION, JSON, PimCalls
from pim.errors import OutcomeUnknown, PayloadTooLarge, RateLimited, UnexpectedAnswer
from pim.links import api_url

MAX_LINES = 100  # of one call
_PASSING = (408, 425, 429)  # of a line: as of a whole call, worth another try


class Outcome(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # no answer came for it: it may be written or not


@dataclass(frozen=True, slots=True)
class LineError:
    """One thing that the PIM says against a line; the last three only for what is about a value."""

    property: str
    message: str
    attribute: str | None = None
    locale: str | None = None
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class LineAnswer:
    """What became of one resource.

    `line` counts from 1 in the order of what was given; `key` is its uuid or code as given.
    `status` is the PIM's for this line, 0 where none came. `message` is the PIM's own words, or why
    there is no answer.
    """

    line: int
    key: str
    outcome: Outcome
    status: int = 0
    message: str = ""
    errors: tuple[LineError, ...] = ()

    @property
    def is_written(self) -> bool:
        return self.outcome in (Outcome.CREATED, Outcome.UPDATED)

    @property
    def words(self) -> str:
        """All that the PIM said against it, in its own words; "" for what was written."""
        return " ".join(dict.fromkeys(error.message for error in self.errors)) or self.message


class Writing:
    """Writes to one PIM; threads may share it.

    Every method takes up to 100 resources, as JSON objects, and returns their answers in the same
    order. What fails for a time is sent again, but only the lines that were not answered: a PATCH
    says what shall be, so that repeating it changes nothing, unless somebody edited the same value
    within those seconds. A line that was created by a try whose answer was lost is `updated` then.
    A body that is too large is sent in halves.

    Raises what every call of the client may raise as long as nothing was answered: NotSent or
    RateLimited if certainly nothing was written, OutcomeUnknown if anything may have been. Once a
    line is answered nothing is raised: the lines without an answer are `unknown`, and say why.
    Raises ValueError for more than 100 resources, KeyError for one without its key.
    """

    def __init__(self, calls: PimCalls) -> None:
        self._calls = calls

    def update_products(self, products: Sequence[Mapping[str, Any]]) -> list[LineAnswer]:
        """Create or update products; each has its `uuid`, and beside it only what changes.

        `values` is attribute -> list of {locale, scope, data}: each such place is set, `data` None
        erases it, other places stay. `categories` and lists in `data` (prices, options) are
        replaced as a whole. A product whose uuid the PIM does not have is created.
        """
        return self._patch(api_url(self._calls.pim_url, "products-uuid"), "uuid", products)

    def update_models(self, models: Sequence[Mapping[str, Any]]) -> list[LineAnswer]:
        """As `update_products`, for product models, by `code`. A new one needs `family_variant`."""
        return self._patch(api_url(self._calls.pim_url, "product-models"), "code", models)

    def save_options(
        self, attribute: str, options: Sequence[Mapping[str, Any]]
    ) -> list[LineAnswer]:
        """Create or update options of a select attribute: `code`, `labels` by locale, `sort_order`.

        The PIM takes three such calls a second from everybody together; the call waits its turn.
        """
        path = f"attributes/{quote(attribute, safe='')}/options"
        return self._patch(api_url(self._calls.pim_url, path), "code", options)

    def save_attributes(self, attributes: Sequence[Mapping[str, Any]]) -> list[LineAnswer]:
        """Create or update attributes: `code`, and of a new one `type` and `group`."""
        return self._patch(api_url(self._calls.pim_url, "attributes"), "code", attributes)

    def save_attribute_groups(self, groups: Sequence[Mapping[str, Any]]) -> list[LineAnswer]:
        """Create or update attribute groups: `code`, `labels` by locale."""
        return self._patch(api_url(self._calls.pim_url, "attribute-groups"), "code", groups)

    def _patch(
        self, url: str, key: str, resources: Sequence[Mapping[str, Any]]
    ) -> list[LineAnswer]:
        return write_each(self._calls, url, key, resources, Collection(key))


class Collection:
    """How the PIM takes and answers most resources: one JSON object a line."""

    content_type = COLLECTION

    def __init__(self, key: str) -> None:
        self._key = key

    def body(self, encoded: Sequence[bytes]) -> bytes:
        return b"\n".join(encoded)

    def answers(self, body: bytes, sent: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        """Each answer with the place of its line, from 0; a line that broke off is none."""
        for text in body.splitlines():
            answer = _object(text)
            line = answer.get("line")
            if not isinstance(line, int) or not 0 < line <= len(sent):
                continue
            own = answer.get(self._key)
            # Of answers about a code, `code` may as well be the status (pim-contract.md 3.5).
            if isinstance(own, str) and own.lower() != sent[line - 1].lower():
                continue
            yield line - 1, answer


class Array:
    """How the PIM takes and answers assets and records: one JSON array, answers by code."""

    content_type = JSON

    def body(self, encoded: Sequence[bytes]) -> bytes:
        return b"[" + b",".join(encoded) + b"]"

    def answers(self, body: bytes, sent: Sequence[str]) -> Iterator[tuple[int, dict[str, Any]]]:
        places = {code: place for place, code in enumerate(sent)}
        try:
            found = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return
        for answer in found if isinstance(found, list) else ():
            if isinstance(answer, dict) and answer.get("code") in places:
                yield places[answer["code"]], answer


def write_each(
    calls: PimCalls,
    url: str,
    key: str,
    resources: Sequence[Mapping[str, Any]],
    form: Collection | Array,
) -> list[LineAnswer]:
    """Write up to 100 resources in this form; the rules are those of `Writing`."""
    if len(resources) > MAX_LINES:
        raise ValueError(f"at most {MAX_LINES} resources are written at once")
    keys = [str(each[key]) for each in resources]
    batch = _Batch(calls, url, keys, [msgspec.json.encode(each) for each in resources], form)
    try:
        batch.write(list(range(len(keys))))
    except OutboundError as error:
        batch.fail(error)
    return batch.in_order()


class _Batch:
    """The lines of one call of ours, and what is known of them; it may take several to the PIM."""

    def __init__(
        self,
        calls: PimCalls,
        url: str,
        keys: list[str],
        encoded: list[bytes],
        form: Collection | Array,
    ) -> None:
        self._calls = calls
        self._url = url
        self._keys = keys
        self._encoded = encoded
        self._form = form
        self._answers: dict[int, LineAnswer] = {}
        self._said: dict[int, LineAnswer] = {}  # of lines that failed for a time
        self._may_have_arrived = False
        self._why = ""

    def write(self, places: list[int]) -> None:
        """Send these lines until all are answered, or raise why they are not."""
        if not places:
            return
        try:
            self._calls.write(
                "PATCH",
                self._url,
                lambda: self._form.body([self._encoded[at] for at in self._open(places)]),
                lambda body: self._read(self._open(places), body),
                content_type=self._form.content_type,
                retry_if=self._note,
            )
        except PayloadTooLarge as error:
            left = self._open(places)
            if len(left) == 1:
                self._answers[left[0]] = LineAnswer(
                    left[0] + 1, self._keys[left[0]], Outcome.REFUSED, 413, error.message
                )
                return
            middle = len(left) // 2
            self.write(left[:middle])
            self.write(left[middle:])

    def fail(self, error: OutboundError) -> None:
        """Note why no more answers come; raise it if there is none at all."""
        if isinstance(error, TransientError):
            self._note(error)
        if not self._answers:
            if self._may_have_arrived and isinstance(error, TransientError):
                raise OutcomeUnknown(
                    self._calls.host, "the values were written", detail=error.detail
                ) from error
            raise error
        self._why = error.message

    def in_order(self) -> list[LineAnswer]:
        return [
            self._answers.get(at)
            or self._said.get(at)
            or LineAnswer(at + 1, key, Outcome.UNKNOWN, 0, self._why)
            for at, key in enumerate(self._keys)
        ]

    def _open(self, places: list[int]) -> list[int]:
        return [at for at in places if at not in self._answers]

    def _note(self, error: TransientError) -> bool:
        """Remember whether a try may have reached the PIM; each is worth another one."""
        if not isinstance(error, (NotSent, RateLimited)):
            self._may_have_arrived = True
        return True

    def _read(self, places: list[int], body: bytes) -> None:
        """Take the answers in; UnexpectedAnswer, to try again, unless each line has one."""
        keys = [self._keys[at] for at in places]
        for number, answer in self._form.answers(body, keys):
            at = places[number]
            status = _status(answer)
            if status in _PASSING or status >= 500:
                self._said[at] = replace(self._answer(at, status, answer), outcome=Outcome.UNKNOWN)
            elif status and at not in self._answers:
                self._answers[at] = self._answer(at, status, answer)
        left = self._open(places)
        if left:
            raise UnexpectedAnswer(
                self._calls.host,
                "no answer to a part of what was written",
                detail=f"{len(left)} of {len(places)} lines: {body[-200:]!r}",
            )

    def _answer(self, at: int, status: int, answer: Mapping[str, Any]) -> LineAnswer:
        outcome = {201: Outcome.CREATED}.get(status, Outcome.UPDATED)
        if not 200 <= status < 300:
            outcome = Outcome.REFUSED
        errors = answer.get("errors")
        return LineAnswer(
            at + 1,
            self._keys[at],
            outcome,
            status,
            self._clean(answer.get("message")),
            tuple(self._error(each) for each in errors if isinstance(each, dict))
            if isinstance(errors, list)
            else (),
        )

    def _error(self, error: Mapping[str, Any]) -> LineError:
        about = error.get("property")
        return LineError(
            about if isinstance(about, str) else "",
            self._clean(error.get("message")),
            *(_text_or_none(error.get(name)) for name in ("attribute", "locale", "scope")),
        )

    def _clean(self, text: Any) -> str:
        return redact(text, self._calls.secrets) if isinstance(text, str) else ""


def _status(answer: Mapping[str, Any]) -> int:
    """The line's status; older PIMs have it under `code` (pim-contract.md 3.5). 0: none."""
    for status in (answer.get("status_code"), answer.get("code")):
        if isinstance(status, int) and not isinstance(status, bool) and 100 <= status < 600:
            return status
    return 0


def _object(text: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _text_or_none(value: Any) -> str | None:
    return value if isinstance(value, str) else None
