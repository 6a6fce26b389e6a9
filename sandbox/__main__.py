"""python -m sandbox: a PIM and a shop on this machine, to try, demonstrate and test against."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.app import create_app
from sandbox.events.api import PREFIX as EVENTS
from sandbox.events.sending import Postman
from sandbox.recording import Recorder
from sandbox.shop import Shop
from sandbox.state import APP_URL, CLIENT_ID, CLIENT_SECRET, Pim, make_pim

HOST = "127.0.0.1"


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; 1 with one line on standard error if that cannot begin."""
    options = _options(arguments)
    pim = make_pim(
        f"http://{HOST}:{options.port}",
        products=options.products,
        seed=options.seed,
        app_url=options.app_url,
        client_id=options.client_id,
        client_secret=options.client_secret,
    )
    pim.latency = options.latency_ms / 1000
    if options.bicycles:
        pim.add_bicycles()
    if options.assets:
        pim.add_assets()
    if options.record is not None:
        try:
            pim.recorder = Recorder(options.record)
        except OSError as error:
            sys.stderr.write(f"Nothing can be recorded in {options.record}: {error.strerror}.\n")
            return 1
    try:
        server = make_server(
            HOST,
            options.port,
            create_app(pim, Shop()),
            threaded=True,
            request_handler=_QuietHandler,
        )
    except OSError as error:
        sys.stderr.write(f"The sandbox cannot start: {error.strerror or error}.\n")
        return 1
    except SystemExit:  # werkzeug's own way of saying that the port is taken, on standard error
        return 1
    sys.stdout.write(_welcome(pim, options.client_secret))
    sys.stdout.flush()
    Postman(pim.events).start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
        if pim.recorder is not None:
            pim.recorder.close()
    return 0


class _QuietHandler(WSGIRequestHandler):
    """Says nothing about requests; what breaks is told by its traceback."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        pass


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument(
        "--port",
        type=_number(1, 65_535),
        default=os.environ.get("SANDBOX_PORT", "8081"),
        metavar="N",
        help="default $SANDBOX_PORT or 8081",
    )
    parser.add_argument(
        "--products", type=_number(0), default=1500, metavar="N", help="default 1500"
    )
    parser.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another number, another shop; default 1"
    )
    parser.add_argument(
        "--app-url", default=APP_URL, metavar="URL", help=f"where the app is; default {APP_URL}"
    )
    parser.add_argument("--client-id", default=CLIENT_ID, metavar="ID", help="of the app")
    parser.add_argument("--client-secret", default=CLIENT_SECRET, metavar="TEXT", help="of the app")
    parser.add_argument(
        "--record", type=Path, metavar="FILE", help="append every exchange with an app to this file"
    )
    parser.add_argument(
        "--latency-ms", type=_number(0), default=0, metavar="MS", help="wait before API answers"
    )
    parser.add_argument(
        "--bicycles",
        action="store_true",
        help="add models with five axes of every type over two levels",
    )
    parser.add_argument("--assets", action="store_true", help="be an edition that has assets")
    return parser.parse_args(arguments)


def _number(least: int, most: int = 10_000_000) -> Callable[[str], int]:
    def number(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
        return value

    return number


def _welcome(pim: Pim, secret: str) -> str:
    app = next(iter(pim.apps.values()))
    models = len(pim.assortment.models)
    return f"""\
The PIM          {pim.base_url}/   ({len(pim.assortment)} products, {models} product models)
  log in as      julia / julia (manages apps) or peter / peter (only opens them)
The shop         {pim.base_url}/shop/
The controls     {pim.base_url}/sandbox/
The events       {pim.base_url}{EVENTS}   (EVENT_PLATFORM_URL)
The app          {app.activate_url}
  client id      {app.client_id}
  client secret  {secret}
Ctrl-C stops it.
"""


if __name__ == "__main__":
    sys.exit(main())
