"""Pictures of thousands of products, to addresses and into a Shopify shop: `make bench-media`.

The PIM is the sandbox, with pictures of some hundred bytes, most of them different; the shop is the
stand-in of the tests. Both run in this process, and each sync is a command in one of its own.
"""

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from bench.__main__ import new_database, say, servers
from bench.installation import Installation, Measured
from channels.registry import adapter_class
from sandbox.records import Catalog, Source
from sandbox.shop import Shop
from sandbox.state import Pim, make_pim
from tests.channels.shopify.server import TOKEN, StandIn, running_shop
from tests.sandbox_server import serving_sandbox

SCOPES = ("read_products", "read_catalogs", "write_catalogs")
_HTTP = {"uuid": "uuid", "name": "supplier_reference", "image": "image"}
_SHOPIFY = {"uuid": "uuid", "title": "name", "images": "image"}
BULK_FILE = "changes.jsonl"

# Run by `manage.py shell`: the channel and its catalog.
_CONNECT = """
from catalogs.models import Catalog, Channel
from connections.models import Connection

connection = Connection.objects.create(
    pim_url={pim_url!r}, state="connected", token={token!r}, scopes={scopes!r},
)
for name, kind, values, secrets, pim_id in {channels!r}:
    channel = Channel.objects.create(
        connection=connection, name=name, kind=kind, settings=values, secrets=secrets,
    )
    catalog = Catalog.objects.create(
        channel=channel, name=name, every=None, pim_state="enabled", pim_catalog_id=pim_id,
    )
    print(catalog.pk)
"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-media", description=__doc__)
    parser.add_argument("--products", type=int, default=10_700)
    options = parser.parse_args()
    with servers() as found:
        for number, products in enumerate((options.products // 10, options.products)):
            with ExitStack() as stack:
                _measure(stack, new_database(found["database_url"], f"media{number}"), products)


def _measure(stack: ExitStack, database_url: str, products: int) -> None:
    pim = make_pim(products=products)
    pim.small_pictures = True
    url = stack.enter_context(serving_sandbox(pim, Shop()))
    stand_in = stack.enter_context(_shop())
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    installation = Installation(database_url, folder)
    catalogs = _connect(installation, pim, url, stand_in)
    listed = sum(1 for _ in pim.listed_products(next(iter(pim.catalogs.values()))))
    say(f"== {listed:,} products with a picture each")
    for name, number in catalogs.items():
        for which in ("first", "again"):
            pim.traffic.reset()
            stand_in.shop.uploads.clear()
            measured = installation.sync(number, "--full")
            _say(f"{name}, {which}", measured, _downloads(pim), _uploads(stand_in))


def _say(what: str, measured: Measured, downloads: int, uploads: int) -> None:
    result = measured.result
    say(
        f"  {what:<20}{result['status']}, {result['pushed']:>7,} sent, {downloads:>6,} downloaded, "
        f"{uploads:>6,} uploaded, {measured.seconds:>7.1f} s, {measured.cpu_seconds:>6.1f} s of "
        f"CPU, {measured.peak_mb:>5.0f} MB"
    )


def _connect(installation: Installation, pim: Pim, url: str, stand_in: StandIn) -> dict[str, int]:
    app = next(iter(pim.apps.values()))
    app.connected = True
    addresses = {"endpoint": f"{url}/shop/ingest", "media": "ferry"}
    channels = [
        ("addresses", "http", addresses, {}, _catalog(pim, app.client_id, "http", _HTTP)),
        (
            "Shopify",
            "shopify",
            {"shop": stand_in.shop.url, "publish": "nowhere"},
            {"access_token": TOKEN},
            _catalog(pim, app.client_id, "shopify", _SHOPIFY),
        ),
    ]
    code = _CONNECT.format(
        pim_url=url,
        token=pim.set_scopes(app, set(SCOPES)),
        scopes=list(SCOPES),
        channels=channels,
    )
    printed = installation.manage("shell", "--no-imports", "-c", code).split()
    return {one[0]: int(pk) for one, pk in zip(channels, printed, strict=True)}


def _catalog(pim: Pim, client_id: str, kind: str, mapping: dict[str, str]) -> str:
    """A catalog of the PIM that is mapped already; return its id."""
    catalog = Catalog(
        id=str(uuid4()),
        name=kind,
        client_id=client_id,
        enabled=True,
        schema=adapter_class(kind).mapping_schema(),
        mapping={target: Source(source) for target, source in mapping.items()},
    )
    pim.catalogs[catalog.id] = catalog
    return catalog.id


@contextmanager
def _shop() -> Iterator[StandIn]:
    with running_shop(locales=[{"locale": "en_US", "primary": True}]) as stand_in:
        shop = stand_in.shop
        shop.bucket.maximum = shop.bucket.left = 1e9  # or the budget of points would be measured
        shop.file_seconds = shop.bulk_seconds = 0.0
        yield stand_in


def _downloads(pim: Pim) -> int:
    requests = pim.traffic.as_json()["requests"]
    return sum(number for name, number in requests.items() if name.endswith("/download"))


def _uploads(stand_in: StandIn) -> int:
    return sum(name != BULK_FILE for name, _ in stand_in.shop.uploads)


if __name__ == "__main__":
    main()
