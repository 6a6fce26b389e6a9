"""Stands between the app and the sandbox: changes what both say, and holds calls in the middle."""

import io
import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from werkzeug.serving import WSGIRequestHandler
from werkzeug.wrappers import Response

PATIENCE = 300  # seconds until a test that holds a call forever fails; none comes near


@dataclass
class _Rule:
    """What happens to `times` calls whose path and query match, after `after` others."""

    path: str
    after: int
    times: int

    def strikes(self, address: str) -> bool:
        if not re.search(self.path, address):
            return False
        self.after -= 1
        return -self.times <= self.after < 0


@dataclass
class _Edit(_Rule):
    change: Callable[[bytes], bytes]


@dataclass
class _FormEdit(_Rule):
    changes: dict[str, str | None]


@dataclass
class Held(_Rule):
    """A call that stands still, on its way to the sandbox or back.

    It gets no further: whoever made it is expected to be dead by then.
    """

    answered: bool
    _reached: threading.Event = field(default_factory=threading.Event)
    _released: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Return once the call stands still."""
        assert self.is_reached(within=PATIENCE), f"No call to {self.path} came."

    def is_reached(self, *, within: float) -> bool:
        """Wait up to so many seconds for the call to stand still."""
        return self._reached.wait(within)

    def stand_still(self) -> bool:
        self._reached.set()
        return self._released.wait(PATIENCE)

    def release(self) -> None:
        self._released.set()


class Interference:
    """A WSGI application around the sandbox's, which is set before the first call."""

    sandbox: Any

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._edits: list[_Edit] = []
        self._form_edits: list[_FormEdit] = []
        self._held: list[Held] = []
        self.clock_offset = 0.0  # seconds that the PIM's clock is ahead

    def edit(
        self, path: str, change: Callable[[bytes], bytes], *, after: int = 0, times: int = 1
    ) -> None:
        """Change the body of answers."""
        self._edits.append(_Edit(path, after, times, change))

    def edit_json(
        self, path: str, change: Callable[[Any], object], *, after: int = 0, times: int = 1
    ) -> None:
        """Change the JSON of answers in place."""

        def changed(body: bytes) -> bytes:
            content = json.loads(body)
            change(content)
            return json.dumps(content).encode()

        self.edit(path, changed, after=after, times=times)

    def edit_form(self, path: str, changes: dict[str, str | None]) -> None:
        """Change fields of the form that the next call sends; None takes a field away."""
        self._form_edits.append(_FormEdit(path, 0, 1, changes))

    def meanwhile(self, path: str, happens: Callable[[], object], *, after: int = 0) -> None:
        """Let something happen between a call and its answer."""

        def unchanged(body: bytes) -> bytes:
            happens()
            return body

        self.edit(path, unchanged, after=after)

    @contextmanager
    def holding(
        self, path: str, *, after: int = 0, times: int = 1, answered: bool = False
    ) -> Iterator[Held]:
        """Hold calls until the block ends; `answered`: after the sandbox has dealt with them."""
        held = Held(path, after, times, answered)
        self._held.append(held)
        try:
            yield held
        finally:
            held.release()

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        address = f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"
        with self._lock:
            edits = [edit for edit in self._edits if edit.strikes(address)]
            held = [one for one in self._held if one.strikes(address)]
            form_edits = [edit for edit in self._form_edits if edit.strikes(address)]
        for form_edit in form_edits:
            _change_form(environ, form_edit.changes)
        response = Response(status=503)
        if not any(one.stand_still() for one in held if not one.answered):
            response = Response.from_app(self.sandbox, environ, buffered=True)
        for edit in edits:
            response.set_data(edit.change(response.get_data()))
        for one in held:
            if one.answered:
                one.stand_still()
        return response(environ, start_response)


def _change_form(environ: Any, changes: dict[str, str | None]) -> None:
    sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    form = dict(parse_qsl(sent, keep_blank_values=True, strict_parsing=True)) | changes
    body = urlencode({name: text for name, text in form.items() if text is not None}).encode()
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


class RequestHandler(WSGIRequestHandler):
    """Tells the time by the PIM's clock, and nobody about requests."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        between: Any = self.server.app
        return super().date_time_string(time.time() + between.clock_offset)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass
