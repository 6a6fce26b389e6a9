"""Many changes by one bulk operation: JSON Lines uploaded, run by Shopify, results a line each.

Shopify runs few of them at a time. What an operation did cannot be told from outside when its
answer was lost, so whoever comes again waits for the end of the one that is under way and sends
everything once more: every line finds the product that it made.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from io import BytesIO

import msgspec
import requests

from channels.base import ConfigurationError, TransientError
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.documents import BULK, RUN_BULK, STAGE_UPLOADS
from channels.shopify.uploads import upload
from channels.surroundings import IdMap
from outbound.session import translated

BULK_KIND = "bulk"  # kind of ids: idempotency key of a batch to its operation

LONGEST_WAIT = 900.0  # seconds for one operation
LONGEST_PAUSE = 10.0  # seconds between two looks
BUSY_SECONDS = 30.0  # until another operation may be over
MOST_BYTES = 95_000_000  # Shopify takes 100 MB
_LINE = 2_000_000  # bytes of one result: an id, or the errors of up to 2,048 variants
_ALL_LINES = 50_000_000  # bytes of all results of one operation

_FILE_NAME = "changes.jsonl"
_encoder = msgspec.json.Encoder(decimal_format="number")
_UNDER_WAY = ("CREATED", "RUNNING", "CANCELING")


class BulkOperations:
    def __init__(self, api: ShopifyApi, ids: IdMap) -> None:
        self._api = api
        self._ids = ids

    def await_earlier(self, idempotency_key: str) -> None:
        """Wait for the operation that an earlier call for the same batch started."""
        earlier = self._ids.get(BULK_KIND, [idempotency_key])
        if earlier:
            self._wait(earlier[idempotency_key])
            self._ids.forget(BULK_KIND, [idempotency_key])

    def run(self, mutation: str, lines: Sequence[Json], idempotency_key: str) -> list[Json | None]:
        """Run the mutation with each of these variables; an answer a line, None for no word."""
        id_ = self._start(mutation, self._stage(lines))
        self._ids.put(BULK_KIND, {idempotency_key: id_})
        operation = self._wait(id_)
        found = _by_line(self._results(operation), len(lines))
        self._ids.forget(BULK_KIND, [idempotency_key])
        if operation["status"] != "COMPLETED" and not any(found):
            raise TransientError(
                f"Shopify gave up a bulk operation ({str(operation['status']).lower()}). It will "
                "be tried again."
            )
        return found

    def _stage(self, lines: Sequence[Json]) -> str:
        """Upload the variables, and return the path under which Shopify finds them."""
        content = b"\n".join(map(_encoder.encode, lines)) + b"\n"
        if len(content) > MOST_BYTES:
            raise ConfigurationError(
                "The products of one call are too much for one bulk operation. Ask the people who "
                "run this app."
            )
        staged = {
            "filename": _FILE_NAME,
            "mimeType": "text/jsonl",
            "resource": "BULK_MUTATION_VARIABLES",
            "httpMethod": "POST",
        }
        answer = self._api.call(STAGE_UPLOADS, {"input": [staged]})["stagedUploadsCreate"]
        targets = answer["stagedTargets"] or []
        if not targets:
            raise TransientError("Shopify gave no place for the upload. It will be tried again.")
        [target] = targets
        content_file = BytesIO(content)
        status = upload(self._api.session, target, _FILE_NAME, "text/jsonl", content_file)
        if status >= 300:
            raise TransientError(
                f"Shopify's store for uploads answered HTTP {status}. It will be tried again."
            )
        return next(str(one["value"]) for one in target["parameters"] if one["name"] == "key")

    def _start(self, mutation: str, path: str) -> str:
        answer = self._api.call(RUN_BULK, {"mutation": mutation, "path": path})
        started = answer["bulkOperationRunMutation"]
        if started["bulkOperation"] is not None:
            return str(started["bulkOperation"]["id"])
        errors = started["userErrors"] or [{"code": "", "message": "no reason was given"}]
        said = self._api.plain(errors[0]["message"])
        if errors[0]["code"] == "INVALID_MUTATION":
            raise ConfigurationError(
                f"Shopify refused a bulk operation: “{said}”. Ask the people who run this app."
            )
        raise TransientError(
            f"Shopify runs no bulk operation just now: “{said}”. It will be tried again.",
            retry_after=BUSY_SECONDS,
        )

    def _wait(self, id_: str) -> Json:
        clock = self._api.clock
        until = clock.now() + LONGEST_WAIT
        pause = 1.0
        while True:
            operation: Json | None = self._api.call(BULK, {"id": id_})["bulkOperation"]
            if operation is None or operation["status"] not in _UNDER_WAY:
                return operation or {"status": "EXPIRED", "url": None, "partialDataUrl": None}
            if clock.now() >= until:
                raise TransientError(
                    "Shopify still works on a bulk operation. It will be looked at again.",
                    retry_after=BUSY_SECONDS,
                )
            clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _results(self, operation: Json) -> Iterator[Json]:
        if operation.get("errorCode") == "ACCESS_DENIED":
            raise ConfigurationError(
                "The access token may not do this in bulk. Add the scopes that the documentation "
                "of this channel lists, and enter the new token."
            )
        address = operation["url"] or operation["partialDataUrl"]
        if address:
            yield from _lines(self._api.session, address)


def _by_line(answers: Iterator[Json], number: int) -> list[Json | None]:
    """The answers in the order of what was sent, whatever their own order; None for no word.

    Two that say different things of one line say nothing.
    """
    found: dict[int, Json] = {}
    contradicted: set[int] = set()
    for answer in answers:
        line = answer.get("__lineNumber")
        if type(line) is not int or not 0 <= line < number:
            continue
        if found.setdefault(line, answer) != answer:
            contradicted.add(line)
    return [None if line in contradicted else found.get(line) for line in range(number)]


def _lines(session: requests.Session, address: str) -> Iterator[Json]:
    """The results, read as they come. Raises ChannelError, also for those without an end."""
    response = session.get(address, stream=True, allow_redirects=False)
    with translated(address), closing(response):
        if response.status_code != 200:
            raise TransientError(
                f"The results of a bulk operation could not be had (HTTP {response.status_code}). "
                "It will be tried again."
            )
        for line in _split(response.iter_content(64 * 1024)):
            try:
                answer = msgspec.json.decode(line)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                continue  # a line that was cut off says nothing about its product
            if isinstance(answer, dict):
                yield answer


def _split(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    size = 0
    for piece in pieces:
        size += len(piece)
        *lines, rest = (rest + piece).split(b"\n")
        yield from filter(None, lines)
        if len(rest) > _LINE or size > _ALL_LINES:
            raise TransientError(
                "The results of a bulk operation have no end that could be waited for. It will be "
                "tried again."
            )
    if rest:
        yield rest
