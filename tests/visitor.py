"""A PIM user's browser, in front of Ferry (in process) and of sandbox PIMs (on loopback)."""

from typing import Any
from urllib.parse import parse_qs, urldefrag, urlencode, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup
from django.test import Client

FERRY = "http://testserver"  # what a sandbox PIM is told as the app's address
ACTIVATE, CALLBACK = "/oauth/activate", "/oauth/callback"
_STEPS = 20  # more than the longest way has


class Visitor:
    """julia may manage apps, peter may only open connected ones."""

    def __init__(self, name: str = "julia") -> None:
        self.name = name
        self.ferry = Client()
        self._pims = requests.Session()

    def activate(self, pim_url: str, **query: str) -> str:
        """Click *Connect* or *Open app*; the address at the PIM that Ferry sends the browser to."""
        response = self.ferry.get(ACTIVATE, {"pim_url": pim_url, **query})
        assert response.status_code == 302, response.content.decode()
        return response["Location"]

    def agree(self, address: str) -> str:
        """Log in and agree to what the PIM asks; the path at Ferry that it ends at."""
        address = self._walk(address, "")
        assert address.startswith(FERRY), address
        return address.removeprefix(FERRY)

    def refuse(self, address: str) -> str:
        """Log in and refuse; the address that the PIM shows then."""
        return self._walk(address, "cancel")

    def open_app(self, pim_url: str, **query: str) -> Any:
        """The whole way in; Ferry's answer to the callback."""
        return self.ferry.get(self.agree(self.activate(pim_url, **query)))

    def _walk(self, address: str, action: str) -> str:
        """Follow redirects and fill in forms, up to Ferry or to where pressing `action` led."""
        answer, pressed = self._get(address), ""
        for _ in range(_STEPS):
            if not answer.is_redirect:
                answer, pressed = self._submit(answer, action)
                continue
            address = urljoin(answer.url, answer.headers["Location"])
            if address.startswith(FERRY) or (action and pressed == action):
                return address
            page, route = urldefrag(address)
            if route:  # where the PIM's own script goes
                address = f"{urljoin(page, '/screens/route')}?{urlencode({'to': route})}"
            answer = self._get(address)
        raise AssertionError(f"The PIM's pages do not end: {address}")

    def _get(self, address: str) -> requests.Response:
        return self._pims.get(address, allow_redirects=False, timeout=30)

    def _submit(self, answer: requests.Response, action: str) -> tuple[requests.Response, str]:
        """Send the page's form, every box ticked, by the wanted button, else by its first."""
        assert answer.status_code == 200, (answer.url, answer.status_code)
        page = BeautifulSoup(answer.text, "html.parser")
        form = next(form for form in page.select("main form") if self._is_mine(form))
        fields = {str(one["name"]): str(one.get("value", "on")) for one in form.select("input")}
        buttons = [str(button["value"]) for button in form.select("button[name=action]")]
        pressed = action if action in buttons else next(iter(buttons), "")
        target = urljoin(answer.url, str(form.get("action") or answer.url))
        data = fields | ({"action": pressed} if pressed else {})
        return self._pims.post(target, data=data, allow_redirects=False, timeout=30), pressed

    def _is_mine(self, form: Any) -> bool:
        """Whether it is no log-in, or the one of this person."""
        who = form.select_one("input[name=username]")
        return who is None or who.get("value") == self.name


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
