"""The sandbox for many tests: its routes are made once in a process, as that takes a tenth second.

Each request is answered for the PIM and the shop of the application that it came through.
"""

from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from typing import Any, cast
from urllib.parse import urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask.testing import FlaskClient
from werkzeug.local import LocalProxy
from werkzeug.wrappers import Response

from sandbox.app import create_app
from sandbox.shop import Shop
from sandbox.state import Pim

_pim: ContextVar[Pim] = ContextVar("pim")
_shop: ContextVar[Shop] = ContextVar("shop")


class SandboxApp:
    """What `create_app(pim, shop)` returns, as far as tests use it."""

    def __init__(self, pim: Pim, shop: Shop) -> None:
        self._pim, self._shop = pim, shop
        self._host = urlsplit(pim.base_url).hostname

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        set_pim, set_shop = _pim.set(self._pim), _shop.set(self._shop)
        try:
            answer = Response.from_app(self._flask, environ, buffered=True)
        finally:
            _pim.reset(set_pim)
            _shop.reset(set_shop)
        return answer(environ, start_response)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._flask, name)

    def test_client(self) -> FlaskClient:
        return FlaskClient(cast("Flask", self), self._flask.response_class)

    @property
    def _flask(self) -> Flask:
        set_pim = _pim.set(self._pim)
        try:
            return _application(self._host)
        finally:
            _pim.reset(set_pim)


class _Sessions(SecureCookieSessionInterface):
    """Names the cookie by the PIM's port, as the sandbox does."""

    def get_cookie_name(self, app: Flask) -> str:
        return f"sandbox_{urlsplit(_pim.get().base_url).port or 0}"


@cache
def _application(host: str | None) -> Flask:
    """For PIMs of this host: the routes know it."""
    app = create_app(cast("Pim", LocalProxy(_pim)), cast("Shop", LocalProxy(_shop)))
    app.session_interface = _Sessions()
    return app
