"""PIMs on loopback, people with a browser, and what an authorization left behind."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from connections import authorization
from connections.connections import register
from connections.models import Authorization, Connection, PimUser
from pim.identity import KeyCache
from sandbox import custom_apps
from sandbox.state import CLIENT_ID, CLIENT_SECRET, Pim, make_pim
from tests.pages.conftest import page_of, text_of
from tests.retries import no_time_between_tries  # noqa: F401  # for all tests here
from tests.sandbox_server import serving_sandbox
from tests.visitor import FERRY, Visitor

PIM = "https://acme.cloud.akeneo.com"  # one that no test calls, or that `responses` answers for


@pytest.fixture
def start_pim(db: None) -> Iterator[Callable[..., Pim]]:
    """Start a sandbox PIM with a custom app; Ferry knows its credentials unless told otherwise."""
    with ExitStack() as running:

        def start(
            *, client_id: str = CLIENT_ID, client_secret: str = CLIENT_SECRET, known: bool = True
        ) -> Pim:
            pim = make_pim(
                products=1, app_url=FERRY, client_id=client_id, client_secret=client_secret
            )
            running.enter_context(serving_sandbox(pim))
            if known:
                register(pim.base_url, client_id=client_id, client_secret=client_secret)
            return pim

        yield start


@pytest.fixture
def pim(start_pim: Callable[..., Pim]) -> Pim:
    return start_pim()


@pytest.fixture
def julia() -> Visitor:
    """She may manage apps, in every PIM."""
    return Visitor("julia")


@pytest.fixture
def peter() -> Visitor:
    """He may open apps that are connected, and no more."""
    return Visitor("peter")


def app_of(pim: Pim) -> Any:
    (app,) = pim.apps.values()
    return app


def create_app(pim: Pim) -> Any:
    """What an administrator does in the PIM, with what the page gave to copy."""
    addresses = {
        "activate_url": f"{FERRY}/oauth/activate",
        "callback_url": f"{FERRY}/oauth/callback",
    }
    return custom_apps.create(pim, {"name": "Ferry", **addresses})


def connection_to(pim: Pim) -> Connection:
    return Connection.objects.get(pim_url=pim.base_url)


def control(pim: Pim, action: str, **values: Any) -> None:
    """Press a button of the sandbox's control page."""
    answer = requests.post(f"{pim.base_url}/sandbox/{action}", json=values, timeout=30)
    assert answer.status_code == 200, answer.text


def stored() -> dict[str, Any]:
    """Everything that an authorization may write, but for its own row."""
    connections = Connection.objects.order_by("pk")
    return {
        "connections": [
            {**row, "token": one.token, "client_secret": one.client_secret}
            for row, one in zip(connections.values(), connections, strict=True)
        ],
        "people": list(PimUser.objects.order_by("pk").values()),
    }


def under_way() -> int:
    return Authorization.objects.count()


def refusal_in(response: Any, status: int) -> str:
    """What the page of a refusal says; it must tell the way out and nothing of our inside."""
    page = page_of(response)
    assert response.status_code == status, text_of(page)
    assert page.title.string.startswith("Ferry could not be opened")
    assert "Open app" in text_of(page.select_one("ol.steps"))
    assert "Traceback" not in text_of(page)
    return text_of(page.select_one(".problem"))


def signed_in_as(visitor: Visitor) -> str:
    """The name on Ferry's home page, "" for a visitor whom Ferry does not know."""
    who = page_of(visitor.ferry.get("/")).select_one(".who span")
    return who.string if who else ""


@pytest.fixture(autouse=True)
def no_keys_of_earlier_pims(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port may be given out again: what stands behind it now is another PIM."""
    monkeypatch.setattr(authorization, "_keys", KeyCache())
