"""A shop that takes products over the `http` channel: what it holds, and its pages.

It is the receiving side as the channel's documentation describes it: signed, idempotent by key,
with one result an item.
"""

import datetime as dt
import hashlib
import json
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, abort, jsonify, render_template, request

from sandbox.batches import UnusableBatch, read_batch, signature_fits
from sandbox.showcase import Face, face_of

PAGE_SIZE = 48

_KEPT_EVENTS = 20  # an item
_KEPT_BATCHES = 500
_KEPT_ANSWERS = 20_000  # 2 million products in batches of 100
_FIRST_ID = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to an item: `at` is Unix time, `batch` an Idempotency-Key."""

    at: float
    action: str
    batch: str
    status: str
    message: str = ""


@dataclass(slots=True)
class Item:
    """A product of the shop. It stays, with its external id, after it was withdrawn."""

    key: str
    external_id: str
    document: dict[str, Any]
    face: Face
    first_pushed: float
    last_pushed: float
    is_live: bool = True
    pushes: int = 1
    history: deque[Event] = field(default_factory=lambda: deque(maxlen=_KEPT_EVENTS))


@dataclass(frozen=True, slots=True)
class BatchEntry:
    """One call to the ingest endpoint, as the log shows it."""

    at: float
    key: str
    action: str
    size: int
    rejected: int
    is_signed: bool
    is_duplicate: bool
    status: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: `body` is JSON."""

    status: int
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Stored:
    digest: str
    answer: Answer


class Shop:
    """What the shop holds. Safe for threads: every method is one step.

    `secret` empty: signatures are not asked for. `reject`: keys of products that it refuses.
    """

    def __init__(self, secret: str = "", clock: Callable[[], float] = time.time) -> None:  # nosec B107  # empty: there is none
        self.secret = secret
        self.reject: set[str] = set()
        self.clock = clock
        self.lock = threading.RLock()
        self.reset()

    def reset(self) -> None:
        """Forget every product and batch; the settings stay."""
        with self.lock:
            self.items: dict[str, Item] = {}
            self.batches: deque[BatchEntry] = deque(maxlen=_KEPT_BATCHES)
            self._counts = {"batches": 0, "pushed_items": 0, "withdrawn_items": 0, "duplicates": 0}
            self._answers: OrderedDict[str, _Stored] = OrderedDict()
            self._live = 0
            self._next_id = _FIRST_ID

    def stats(self) -> dict[str, int]:
        """Counters since the start; `batches` leaves out those that were sent again."""
        with self.lock:
            return {"live": self._live, "withdrawn": len(self.items) - self._live} | self._counts

    def live_documents(self) -> dict[str, dict[str, Any]]:
        """What is on sale, by key."""
        with self.lock:
            return {key: item.document for key, item in self.items.items() if item.is_live}

    def ingest(self, raw: bytes, key: str, signature: str) -> Answer:
        """Take one batch; the arguments are the body and the two headers, "" where missing."""
        with self.lock:
            is_signed = bool(self.secret) and signature_fits(raw, signature, self.secret)
            if self.secret and not is_signed:
                problem = (
                    "The signature is missing." if not signature else "The signature is wrong."
                )
                return self._refuse(401, problem, key, is_signed=False)
            if not key:
                return self._refuse(400, "The header Idempotency-Key is missing.", key, is_signed)
            digest = hashlib.sha256(raw).hexdigest()
            stored = self._answers.get(key)
            if stored is not None and stored.digest != digest:
                problem = "This Idempotency-Key was used with another body."
                return self._refuse(409, problem, key, is_signed)
            try:
                action, entries = read_batch(raw)
            except UnusableBatch as error:
                return self._refuse(400, str(error), key, is_signed)
            if stored is not None:
                answer = stored.answer
                self._counts["duplicates"] += 1
            else:
                take = self._push if action == "push" else self._withdraw
                answer = Answer(200, {"results": [take(entry, key) for entry in entries]})
                self._counts["batches"] += 1
                self._answers[key] = _Stored(digest, answer)
                if len(self._answers) > _KEPT_ANSWERS:
                    self._answers.popitem(last=False)
            rejected = sum(result["status"] == "rejected" for result in answer.body["results"])
            self.batches.appendleft(
                BatchEntry(
                    self.clock(),
                    key,
                    action,
                    len(entries),
                    rejected,
                    is_signed,
                    is_duplicate=stored is not None,
                    status=answer.status,
                )
            )
            return answer

    def _refuse(self, status: int, message: str, key: str, is_signed: bool) -> Answer:
        self.batches.appendleft(
            BatchEntry(self.clock(), key, "", 0, 0, is_signed, False, status, message)
        )
        return Answer(status, {"error": message})

    def _push(self, entry: dict[str, Any], batch: str) -> dict[str, Any]:
        key, document = entry["key"], entry.get("document")
        item = self.items.get(key)
        problem = self._problem_with(key, document)
        if problem:
            if item is not None:
                item.history.appendleft(Event(self.clock(), "push", batch, "rejected", problem))
            return {"key": key, "status": "rejected", "message": problem}
        assert isinstance(document, dict)  # noqa: S101  # nosec B101  # tells mypy what _problem_with checked
        now = self.clock()
        if item is None:
            external_id = f"P-{self._next_id}"
            self._next_id += 1
            item = Item(key, external_id, document, face_of(document), now, now)
            self.items[key] = item
            self._live += 1
        else:
            self._live += not item.is_live
            item.document, item.face = document, face_of(document)
            item.last_pushed, item.is_live = now, True
            item.pushes += 1
        item.history.appendleft(Event(now, "push", batch, "ok"))
        self._counts["pushed_items"] += 1
        return {"key": key, "status": "ok", "external_id": item.external_id}

    def _withdraw(self, entry: dict[str, Any], batch: str) -> dict[str, Any]:
        """Take a product off sale; one that was never there is a success as well."""
        key = entry["key"]
        item = self.items.get(key)
        self._counts["withdrawn_items"] += 1
        if item is None:
            return {"key": key, "status": "ok"}
        self._live -= item.is_live
        item.is_live = False
        item.history.appendleft(Event(self.clock(), "withdraw", batch, "ok"))
        return {"key": key, "status": "ok", "external_id": item.external_id}

    def _problem_with(self, key: str, document: object) -> str:
        if not isinstance(document, dict):
            return "The document is missing."
        if not (document.get("uuid") or document.get("code") and document.get("variants")):
            return "The document has no uuid."  # nor is it a model with variants
        if key in self.reject:
            return "The shop was told to refuse this product."
        return ""


def blueprint(shop: Shop) -> Blueprint:
    """Everything under /shop."""
    pages = Blueprint("shop", __name__, url_prefix="/shop")
    pages.add_app_template_filter(moment)

    @pages.post("/ingest")
    def ingest() -> tuple[Response, int]:
        answer = shop.ingest(
            request.get_data(),
            request.headers.get("Idempotency-Key", ""),
            request.headers.get("X-Signature", ""),
        )
        return jsonify(answer.body), answer.status

    @pages.get("/")
    def products() -> str:
        query = request.args.get("q", "").strip()
        state = request.args.get("state", "live")
        number = max(request.args.get("page", 1, type=int), 1)
        with shop.lock:
            items = [item for item in shop.items.values() if item.is_live == (state == "live")]
        found = [item for item in items if item.face.matches(query)] if query else items
        pages_in_all = max(-(-len(found) // PAGE_SIZE), 1)
        number = min(number, pages_in_all)
        return render_template(
            "shop/products.html",
            items=found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE],
            found=len(found),
            query=query,
            state=state,
            number=number,
            pages_in_all=pages_in_all,
            stats=shop.stats(),
        )

    @pages.get("/products/<key>")
    def product(key: str) -> str:
        item = shop.items.get(key)
        if item is None:
            abort(404, "The shop has no product with this key.")
        body = json.dumps(item.document, indent=2, ensure_ascii=False)
        return render_template("shop/product.html", item=item, body=body)

    @pages.get("/batches")
    def batches() -> str:
        with shop.lock:
            entries = list(shop.batches)
        return render_template("shop/batches.html", batches=entries, stats=shop.stats())

    @pages.get("/api/products")
    def live_documents() -> Response:
        return jsonify(shop.live_documents())

    @pages.get("/api/stats")
    def stats() -> Response:
        return jsonify(shop.stats())

    return pages


def moment(at: float) -> str:
    """Unix time as people read it."""
    return dt.datetime.fromtimestamp(at, dt.UTC).strftime("%d %b %Y, %H:%M:%S UTC")
