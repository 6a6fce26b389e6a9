"""A sandbox PIM with its shop, answering on loopback."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from werkzeug.serving import make_server

from sandbox.shop import Shop
from sandbox.state import Pim
from tests.interference import Interference, RequestHandler
from tests.sandbox_app import SandboxApp


@contextlib.contextmanager
def serving_sandbox(
    pim: Pim, shop: Shop | None = None, between: Interference | None = None
) -> Iterator[str]:
    """Serve both; the PIM takes the address, which is given back, for its own."""
    # The port comes first: the sandbox names its session cookie by it.
    server: Any = make_server(
        "127.0.0.1", 0, _not_yet, threaded=True, request_handler=RequestHandler
    )
    pim.base_url = f"http://127.0.0.1:{server.server_port}"
    server.app = between or Interference()
    server.app.sandbox = SandboxApp(pim, shop or Shop())
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield pim.base_url
    finally:
        server.shutdown()
        server.server_close()


def _not_yet(environ: Any, start_response: Any) -> list[bytes]:
    raise AssertionError("The sandbox is asked before it serves.")
