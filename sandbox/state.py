"""The PIM itself: everything that its screens and its API show and change."""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Literal

from sandbox import mapping
from sandbox.data import assets, bicycles
from sandbox.data.associations import Link, links_of
from sandbox.data.assortment import IDENTIFIER, Assortment, Product
from sandbox.editing import checked
from sandbox.events.platform import EventPlatform
from sandbox.faults import Faults
from sandbox.pace import Pace
from sandbox.recording import Recorder
from sandbox.records import App, Catalog, Code, Criterion, Person, Source
from sandbox.signing import SigningKeys
from sandbox.traffic import Traffic

__all__ = ["App", "Catalog", "Code", "Criterion", "Person", "Pim", "Source", "make_pim"]

CLIENT_ID = "11111111-2222-4333-8444-555555555555"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105  # nosec B105  # no secret: it is printed at the start
BASE_URL = "http://127.0.0.1:8081"
APP_URL = "http://127.0.0.1:8000"

DisabledAnswer = Literal["error", "quoted", "message"]
AxisValuesName = Literal["variation_axes_values", "variant_axes_values"]
AXIS_VALUES_NAMES: tuple[AxisValuesName, ...] = ("variation_axes_values", "variant_axes_values")

# Where a refused line has its status: by the documentation, and of products by the PIM's source.
LineStatusName = Literal["status_code", "code"]
LINE_STATUS_NAMES: tuple[LineStatusName, ...] = ("status_code", "code")

# What becomes of a value at a level of models where its attribute does not live. The source has
# both: a check that refuses it, and a filter before that which drops it without a word.
WrongLevel = Literal["refused", "ignored"]
WRONG_LEVELS: tuple[WrongLevel, ...] = ("refused", "ignored")

OPTION_WRITES_PER_SECOND = 3

# How a disabled catalog says so -> what that is called on the control page.
DISABLED_ANSWERS: dict[DisabledAnswer, str] = {
    "error": "Under error",
    "quoted": "Under error, the id in quotes",
    "message": "Under message",
}


class Pim:
    """One PIM. Whoever changes something holds `lock`; `clock` gives Unix time."""

    def __init__(self, base_url: str, assortment: Assortment, *, edition: str = "Serenity") -> None:
        self.base_url = base_url.rstrip("/")
        self.assortment = assortment
        self.edition = edition
        self.lock = threading.RLock()
        self.clock: Callable[[], float] = time.time
        self.people: dict[str, Person] = {person.username: person for person in _people()}
        self.apps: dict[str, App] = {}
        self.codes: dict[str, Code] = {}
        self.signing_keys = SigningKeys()
        self.catalogs: dict[str, Catalog] = {}
        self.revoked_tokens: set[str] = set()
        self.catalog_limit = 200
        # What PIMs of different versions answer differently (pim-contract.md 2.3 to 2.6).
        self.disabled_answer: DisabledAnswer = "error"
        self.put_schema_status = 200
        self.schema_versions: frozenset[str] = frozenset()  # of mapping schemas; none: all
        self.relative_links = False
        self.inline_variants = False
        self.small_pictures = False  # some hundred bytes each: for those who fetch thousands
        self.axis_values_name: AxisValuesName = "variation_axes_values"
        self.unknown_scopes: frozenset[str] = frozenset()
        self.has_assets = False  # the Asset Manager, which not every edition has
        self.line_status_name: LineStatusName = "status_code"
        self.wrong_level: WrongLevel = "refused"
        self.option_pace = Pace(OPTION_WRITES_PER_SECOND)
        self.events = EventPlatform(lambda: self.clock())
        self.faults = Faults()
        self.traffic = Traffic()
        self.recorder: Recorder | None = None
        self.latency = 0.0  # seconds before every answer of the API

    def app_for_token(self, token: str) -> App | None:
        """The connected app that holds the token."""
        with self.lock:
            for app in self.apps.values():
                if app.token is not None and secrets.compare_digest(
                    app.token.encode(), token.encode()
                ):
                    return app
        return None

    def grant(self, app: App, scopes: set[str]) -> None:
        """Give the app exactly these scopes; its token has them at once."""
        with self.lock:
            app.scopes = set(scopes)

    def issue_token(self, app: App) -> str:
        """The app's token; a new one, and the end of the old one, if its scopes have changed.

        So it is when a code is exchanged, not before (pim-contract.md 1.5).
        """
        with self.lock:
            if app.token is None or app.scopes != app.scopes_of_token:
                app.token = secrets.token_urlsafe(40)
                app.scopes_of_token = set(app.scopes)
            return app.token

    def set_scopes(self, app: App, scopes: set[str]) -> str:
        """Give the app exactly these scopes and return its token, as a whole authorization does."""
        with self.lock:
            self.grant(app, scopes)
            return self.issue_token(app)

    def disconnect(self, client_id: str) -> None:
        """Forget the connection with everything that hangs on it (pim-contract.md 1.9)."""
        with self.lock:
            app = self.apps[client_id]
            if app.token is not None:
                self.revoked_tokens.add(app.token)
            app.connected = False
            app.token = None
            app.scopes = set()
            app.scopes_of_token = set()
            app.outdated_scopes = False
            app.subs = {}
            self.codes = {
                value: code for value, code in self.codes.items() if code.client_id != client_id
            }
            for catalog in self.catalogs_of(client_id):
                del self.catalogs[catalog.id]
            self.events.revoke(client_id)

    def catalogs_of(self, client_id: str) -> list[Catalog]:
        """The catalogs of one app, oldest first."""
        with self.lock:
            return [c for c in self.catalogs.values() if c.client_id == client_id]

    def auto_map(self, catalog: Catalog) -> None:
        """Map every target of the schema to what fits it by name and type."""
        with self.lock:
            catalog.mapping = mapping.auto_map(catalog.schema or {}, self.assortment)

    def listed_products(self, catalog: Catalog, after: str = "") -> Iterator[Product]:
        """The products that the catalog's selection holds, by uuid, from behind `after` on.

        Raises mapping.InvalidSelection if a criterion names what does not exist.
        """
        selects = mapping.selection(catalog.criteria, self.assortment)
        return filter(selects, self.assortment.products_after(after))

    def edit_product(
        self,
        uuid: str,
        attribute: str,
        data: Any,
        locale: str | None = None,
        scope: str | None = None,
    ) -> None:
        """Set one value, or erase it with None, as a user would in the PIM.

        Raises KeyError for an unknown product or attribute, InvalidEdit for data that do not fit.
        """
        with self.lock:
            product = self.assortment.product(uuid)
            stored = checked(self.assortment, attribute, data, locale, scope)
            product.edits = {**product.edits, (attribute, locale, scope): stored}
            if attribute == IDENTIFIER:
                self.assortment.rename(product, stored or "")
            product.updated = self.clock()
            self.events.tell_product("updated", product, values=[attribute])

    def associate(self, uuid: str, code: str, *links: Link) -> None:
        """Set the product's associations of one type, as a user would in the PIM.

        Raises KeyError for an unknown product or type.
        """
        with self.lock:
            product = self.assortment.product(uuid)
            self.assortment.association_types[code]
            product.links = {**links_of(self.assortment, product), code: links}
            product.updated = self.clock()
            self.events.tell_product("updated", product, associations=[code])

    def edit_model(
        self,
        code: str,
        attribute: str,
        data: Any,
        locale: str | None = None,
        scope: str | None = None,
    ) -> None:
        """As edit_product, for a model: its variants change, the dates of the variants do not."""
        with self.lock:
            model = self.assortment.models[code]
            stored = checked(self.assortment, attribute, data, locale, scope)
            model.edits = {**model.edits, (attribute, locale, scope): stored}
            model.updated = self.clock()
            self.events.tell_model("updated", model, values=[attribute])

    def enable_product(self, uuid: str, enabled: bool = True) -> None:
        """Enable or disable a product."""
        with self.lock:
            product = self.assortment.product(uuid)
            product.enabled = enabled
            product.updated = self.clock()
            self.events.tell_product("updated", product, enabled={"new": enabled})

    def disable_product(self, uuid: str) -> None:
        """Disable a product."""
        self.enable_product(uuid, enabled=False)

    def delete_product(self, uuid: str) -> None:
        """Remove a product; nothing in the API says later that it was there."""
        with self.lock:
            product = self.assortment.product(uuid)
            self.assortment.remove(uuid)
            self.events.tell_product("deleted", product)

    def add_bicycles(self) -> list[str]:
        """Add models with five axes of all types over two levels; return their codes."""
        with self.lock:
            return bicycles.add(self.assortment, self.clock())

    def add_assets(self) -> None:
        """Let the edition have assets: a family of them, and an attribute of products for them."""
        with self.lock:
            assets.add(self.assortment)
            self.has_assets = True

    def hang_product(self, uuid: str, parent: str | None) -> None:
        """Let a product be a variant of this model, or with None a simple one; its date moves."""
        with self.lock:
            self.assortment.hang(uuid, parent)
            product = self.assortment.product(uuid)
            product.updated = self.clock()
            self.events.tell_product("updated", product, parent={"new": parent})

    def add_product(
        self,
        identifier: str,
        family: str | None,
        values: dict[tuple[str, str | None, str | None], Any] | None = None,
        categories: tuple[str, ...] = (),
    ) -> Product:
        """Add a simple product; `values` by (attribute, locale, scope)."""
        with self.lock:
            product = self.assortment.new_product(identifier, family, categories, self.clock())
            product.edits = dict(values or {}) | {(IDENTIFIER, None, None): identifier}
            self.events.tell_product("created", product)
            return product


def make_pim(
    base_url: str = BASE_URL,
    *,
    products: int = 1500,
    seed: int = 1,
    app_url: str = APP_URL,
    client_id: str = CLIENT_ID,
    client_secret: str = CLIENT_SECRET,
) -> Pim:
    """A PIM with a generated shop and one app, which is registered but not connected."""
    pim = Pim(base_url, Assortment.generate(products, seed))
    app_url = app_url.rstrip("/")
    pim.apps[client_id] = App(
        client_id=client_id,
        client_secret=client_secret,
        name="Ferry",
        activate_url=f"{app_url}/oauth/activate",
        callback_url=f"{app_url}/oauth/callback",
    )
    return pim


def _people() -> list[Person]:
    return [
        Person(
            username="julia",
            password="julia",  # noqa: S106  # nosec B106  # shown on the log-in page
            firstname="Julia",
            lastname="Stark",
            email="julia@example.com",
            may_manage_apps=True,
            may_open_apps=True,
        ),
        Person(
            username="peter",
            password="peter",  # noqa: S106  # nosec B106  # shown on the log-in page
            firstname="Peter",
            lastname="Quill",
            email="peter@example.com",
            may_manage_apps=False,
            may_open_apps=True,
        ),
    ]
