"""Apps that a developer makes in the PIM, on its screen or by its API (pim-contract.md 1.10)."""

import secrets
import uuid
from collections.abc import Mapping
from urllib.parse import urlsplit

from sandbox.state import App, Pim

FIELDS = ("name", "activate_url", "callback_url")

_MAX_APPS = 20
_MAX_LENGTH = 255
_MIN_NAME_LENGTH = 3


class NotCreated(ValueError):
    """No app was made; `problems` by field, "" for what concerns no field."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


def create(pim: Pim, fields: Mapping[str, object]) -> App:
    """Make an app with a client id and a secret. Raises NotCreated."""
    texts = {name: text for name in FIELDS if isinstance(text := fields.get(name), str)}
    with pim.lock:
        problems = _problems(texts)
        if len(pim.apps) >= _MAX_APPS:
            problems[""] = f"A PIM has at most {_MAX_APPS} custom apps."
        if problems:
            raise NotCreated(problems)
        app = App(
            client_id=str(uuid.uuid4()),
            client_secret=_new_secret(),
            name=texts["name"],
            activate_url=texts["activate_url"],
            callback_url=texts["callback_url"],
        )
        pim.apps[app.client_id] = app
    return app


def renew_secret(pim: Pim, app: App) -> None:
    """Give the app another secret; the old one stops working at once, its token does not."""
    with pim.lock:
        app.client_secret = _new_secret()


def _new_secret() -> str:
    return secrets.token_urlsafe(32)


def _problems(texts: Mapping[str, str]) -> dict[str, str]:
    problems = {}
    if not _MIN_NAME_LENGTH <= len(texts.get("name", "")) <= _MAX_LENGTH:
        problems["name"] = "The name needs 3 to 255 characters."
    for field in ("activate_url", "callback_url"):
        address = texts.get(field, "")
        if not _is_web_address(address):
            problems[field] = "This is not a web address."
        elif len(address) > _MAX_LENGTH:
            problems[field] = "The address is longer than 255 characters."
    return problems


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:  # as for http://[
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and text.isprintable()
