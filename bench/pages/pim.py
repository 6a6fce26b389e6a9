"""The PIM that some pages ask while somebody waits: the sandbox, whose time is not measured."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.data.structure import Resource
from sandbox.records import Catalog
from sandbox.state import make_pim
from tests.sandbox_server import serving_sandbox

CATALOGS = ("Everything", "Germany", "Market", "Feed", "New")
SCOPES = (
    "delete_catalogs",  # with those that read and write them
    "read_association_types",
    "read_channel_localization",
    "read_channel_settings",
    "write_attribute_options",
    "write_catalog_structure",
    "write_categories",
    "write_products",
)
_PRODUCTS, _ATTRIBUTES, _CATEGORIES = 100, 1_000, 2_000


def catalog_id(name: str) -> str:
    """Return what the PIM calls a catalog, for which a database may have been filled long ago."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.example.com"))


@contextmanager
def serving_pim() -> Iterator[tuple[str, str]]:
    """Serve it with the structure of a large assortment; give back its address and our token."""
    pim = make_pim(products=_PRODUCTS)
    _add_copies(pim.assortment.attributes, "name", _ATTRIBUTES)
    _add_copies(pim.assortment.categories, "clothing", _CATEGORIES)
    app = next(iter(pim.apps.values()))
    app.connected = True
    for name in CATALOGS:
        catalog = Catalog(catalog_id(name), name, app.client_id, enabled=True)
        pim.catalogs[catalog.id] = catalog
    token = pim.set_scopes(app, set(SCOPES))
    with serving_sandbox(pim) as url:
        yield url, token


def _add_copies(resources: dict[str, Resource], code: str, many: int) -> None:
    """So many of them as a PIM with a large assortment has, all like one."""
    for number in range(many):
        copy = {**resources[code], "code": f"{code}_{number}"}
        resources[copy["code"]] = copy
