"""A connected app that calls a small PIM's REST API in process."""

from typing import Any

from werkzeug.test import TestResponse

from sandbox.shop import Shop
from sandbox.state import CLIENT_ID, Catalog, Pim, Source, make_pim
from tests.sandbox_app import SandboxApp

BASE_URL = "http://pim.test"
ROOT = "/api/rest/v1"
SCOPES = {
    *("read_products", "delete_catalogs", "read_catalog_structure", "read_attribute_options"),
    *("read_categories", "read_channel_localization", "read_channel_settings"),
    "read_association_types",
}
META = "https://api.akeneo.com/mapping/product/1.0.3/schema"
TEXT = {"type": "string"}


def flat_schema(**targets: dict[str, Any]) -> dict[str, Any]:
    return {"$schema": META, "type": "object", "properties": {"uuid": TEXT, **targets}}


class Api:
    """`products` are 60 unless said otherwise; the clock stands still."""

    def __init__(self, products: int = 60, scopes: set[str] | None = None):
        self.pim: Pim = make_pim(BASE_URL, products=products)
        self.pim.clock = lambda: 1_750_000_000.5
        self.shop = Shop()
        self.app = SandboxApp(self.pim, self.shop)
        self.client = self.app.test_client()
        self.token = self.connect(CLIENT_ID, scopes)

    def connect(self, client_id: str, scopes: set[str] | None = None) -> str:
        app = self.pim.apps[client_id]
        app.connected = True
        return self.pim.set_scopes(app, SCOPES if scopes is None else scopes)

    def call(self, method: str, path: str, *, token: str | None = None, **options) -> TestResponse:
        """`headers` with a value of None are left out."""
        headers = {"Authorization": f"Bearer {token or self.token}", **options.pop("headers", {})}
        given = {name: value for name, value in headers.items() if value is not None}
        return self.client.open(ROOT + path, method=method, headers=given, **options)

    def get(self, path: str, **query) -> TestResponse:
        return self.call("GET", path, query_string=query)

    def catalog(
        self, *, enabled: bool = True, schema: dict[str, Any] | None = None, **sources
    ) -> Catalog:
        """A catalog; `sources` by target."""
        made = json_of(self.call("POST", "/catalogs", json={"name": "Shop"}))
        catalog = self.pim.catalogs[made["id"]]
        catalog.enabled = enabled
        if schema is not None:
            answer = self.call(
                "PUT", f"/catalogs/{catalog.id}/mapping-schemas/product", json=schema
            )
            assert answer.status_code == 200, answer.json
        catalog.mapping |= {
            code: source if isinstance(source, Source) else Source(source)
            for code, source in sources.items()
        }
        return catalog

    def listed(self, catalog: Catalog) -> list[str]:
        """The uuids that the catalog holds."""
        return [product.uuid for product in self.pim.listed_products(catalog)]

    def all(self, path: str, **query) -> tuple[list[Any], int]:
        """The items of all pages by their next links, and the number of pages."""
        items, pages = [], 0
        answer = self.get(path, **query)
        while True:
            pages += 1
            page = json_of(answer)
            items += page["_embedded"]["items"]
            following = page["_links"].get("next")
            if following is None:
                return items, pages
            headers = {"Authorization": f"Bearer {self.token}"}
            answer = self.client.get(following["href"].removeprefix(BASE_URL), headers=headers)


def json_of(answer: TestResponse) -> Any:
    assert answer.json is not None
    return answer.json
