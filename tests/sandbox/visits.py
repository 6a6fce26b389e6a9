"""A PIM and a shop with a browser in front of them."""

import hashlib
from urllib.parse import parse_qs, urlsplit

from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.shop import Shop
from sandbox.state import CLIENT_ID, CLIENT_SECRET, Pim, make_pim
from tests.sandbox_app import SandboxApp

BASE_URL = "http://localhost"
AUTHORIZE = "/connect/apps/v1/authorize"
TOKEN = "/connect/apps/v1/oauth2/token"
IDENTIFIER = "a" * 60


class Clock:
    """Stands still until it is told."""

    def __init__(self):
        self.now = 1_700_000_000.123456

    def __call__(self):
        return self.now


class Visit:
    """One browser, and what it looks at."""

    def __init__(self, pim: Pim | None = None, shop: Shop | None = None):
        self.pim = pim or make_pim(BASE_URL, products=20)
        self.shop = shop or Shop()
        self.clock = Clock()
        self.pim.clock = self.clock
        self.app = SandboxApp(self.pim, self.shop)
        self.browser: FlaskClient = self.app.test_client()

    @property
    def ferry(self):
        return self.pim.apps[CLIENT_ID]

    def log_in(self, name="julia"):
        self.browser.post("/screens/login", data={"username": name, "password": name})
        return self

    def authorize(self, **query) -> TestResponse:
        query = {"client_id": CLIENT_ID, "response_type": "code", "state": "s1"} | query
        return self.browser.get(AUTHORIZE, query_string=query)

    def consent(self, action="confirm", **fields) -> TestResponse:
        return self.browser.post(
            f"/screens/consent/{CLIENT_ID}", data={"action": action, "consent": "on"} | fields
        )

    def connect(self, scope="read_products openid") -> str:
        """Authorize by a manager, wizard and all; the code."""
        answer = self.authorize(scope=scope)
        if "/connect/apps/authorize" in answer.location:
            answer = self.consent()
        return code_in(answer)

    def exchange(self, code, /, **changes) -> TestResponse:
        form = token_form(code) | changes
        return self.browser.post(TOKEN, data={k: v for k, v in form.items() if v is not None})

    def connected(self, scope="read_products openid"):
        """As `connect`, up to the token; the token endpoint's answer."""
        return self.exchange(self.connect(scope)).json


def token_form(code, secret=CLIENT_SECRET):
    return {
        "client_id": CLIENT_ID,
        "code": code,
        "grant_type": "authorization_code",
        "code_identifier": IDENTIFIER,
        "code_challenge": hashlib.sha256(f"{IDENTIFIER}{secret}".encode()).hexdigest(),
    }


def code_in(answer: TestResponse) -> str:
    return query_of(answer)["code"]


def query_of(answer: TestResponse) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.location).query).items()}


def soup(answer: TestResponse) -> BeautifulSoup:
    return BeautifulSoup(answer.text, "html.parser")


def one(page: BeautifulSoup, selector: str) -> Tag:
    """The one element that the selector finds."""
    (found,) = page.select(selector)
    return found


def text_of(answer: TestResponse) -> str:
    return " ".join(soup(answer).get_text(" ").split())
