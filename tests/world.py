"""A sandbox PIM and shop on loopback, a connection to it, and what a run leaves there.

A conftest.py that imports `make_world` and `world` offers them as fixtures.
"""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.conf import settings

from catalogs.catalogs import create_catalog
from catalogs.channels import change_channel, create_channel
from catalogs.models import Catalog, Channel
from connections import clients
from connections.abilities import wanted_scopes
from connections.clients import client_for
from connections.models import Connection
from outbound import redis_governor
from outbound.governor import Governor
from outbound.redis_governor import RedisGovernor
from pim.calls import gate_of_pim
from pim.models import CatalogModels
from sandbox.rest.documents import product as product_document
from sandbox.shop import Shop
from sandbox.state import Criterion, Pim, make_pim
from sync import ownership
from sync.execution import execute_run
from sync.foreground import run_here
from sync.models import Listing, Run
from sync.pull import mark_read, pull_run
from sync.reconcile import reconcile
from sync.runs import create_run, finish
from tests.channels.receiver import Receiver, running_receiver
from tests.interference import Interference
from tests.sandbox_server import serving_sandbox
from tests.visitor import FERRY

SECRET = "between-us-3b1f"


@dataclass
class World:
    """A PIM with a shop, and our side of both."""

    pim: Pim
    shop: Shop
    url: str
    between: Interference
    connection: Connection = field(init=False)
    channel: Channel = field(init=False)
    catalog: Catalog = field(init=False)
    sleep: Callable[[float], None] = lambda seconds: None

    def connect(self) -> None:
        """Connect the app, with the shop as its channel."""
        app = next(iter(self.pim.apps.values()))
        app.connected = True
        self.connection = Connection.objects.create(
            pim_url=self.url,
            state=Connection.State.CONNECTED,
            client_id=app.client_id,
            client_secret=app.client_secret,
            token=self.pim.set_scopes(app, set(wanted_scopes())),
            scopes=sorted(wanted_scopes()),
        )
        self.channel = create_channel(
            self.connection,
            name="Shop",
            kind="http",
            values={"endpoint": f"{self.url}/shop/ingest", "batch_size": "10"},
            by_staff=True,
        )

    def add_catalog(
        self,
        name: str = "Web shop",
        *,
        raw: bool = True,
        channel: Channel | None = None,
        shape: Catalog.Shape = Catalog.Shape.FLAT,
    ) -> Catalog:
        catalog = create_catalog(channel or self.channel, name=name, every=30, raw=raw, shape=shape)
        there = self.pim.catalogs[catalog.pim_catalog_id]
        there.enabled = True
        if not raw:
            self.pim.auto_map(there)
        return catalog

    def sync(self, catalog: Catalog | None = None, *, full: bool = False) -> Run:
        """One run in the foreground that does not really wait, neither for others nor to retry."""
        return run_here(self.again(catalog), full=full, dry_run=False, sleep=self.sleep)

    def again(self, catalog: Catalog | None = None) -> Catalog:
        """The catalog as a worker loads it for a run."""
        rows = Catalog.objects.select_related("channel__connection")
        return rows.get(pk=(catalog or self.catalog).pk)

    def read(self, catalog: Catalog) -> Run:
        """A run that only reads, and sends nothing."""
        run = create_run(self.again(catalog), Run.Trigger.SCHEDULE)
        assert ownership.claim(run)
        client = client_for(self.connection)
        pull_run(run, client, go_on=lambda: None)
        reconcile(run, client, go_on=lambda: None, wait=self.sleep)
        mark_read(run)
        finish(run, Run.Status.SUCCEEDED)
        return run

    def work(self) -> list[Run]:
        """What a worker does with the runs that are queued, and not another process's already."""
        runs = list(Run.objects.live().select_related("catalog__channel__connection"))
        claimed = [run for run in runs if ownership.claim(run)]
        return [execute_run(run, sleep=self.sleep) for run in claimed]

    def select(self, catalog: Catalog, *families: str, **criteria: list[str]) -> None:
        """Let the catalog hold the enabled products of these families, or by other criteria."""
        wanted = {"family": list(families), **criteria} if families else criteria
        operators = {"family": "IN", "category": "IN CHILDREN"}
        self.pim.catalogs[catalog.pim_catalog_id].criteria = [
            Criterion("enabled", "=", True),
            *(Criterion(name, operators[name], codes) for name, codes in wanted.items()),
        ]

    def documents(self, *catalogs: Catalog) -> dict[str, Any]:
        """What the PIM gives now; of several catalogs that hold a product the first wins."""
        documents: dict[str, Any] = {}
        client = client_for(self.connection)
        for catalog in reversed(catalogs):
            for page in client.product_pages(catalog.pim_catalog_id, mapped=not catalog.raw):
                documents |= {one.key: json.loads(one.body) for one in page.products}
            if catalog.has_models:
                documents |= self._models(client.models(catalog.pim_catalog_id))
        return documents

    def _models(self, reader: CatalogModels) -> dict[str, Any]:
        models = [json.loads(model.body) for page in reader.pages() for model in page.models]
        for model in models:
            variants = [json.loads(one.body) for one in reader.variants(model["code"])]
            model["variants"] = variants
        return {model["code"]: model for model in models}

    def withdrawn(self) -> set[str]:
        """Every product that was ever withdrawn from the shop."""
        return {
            key
            for key, item in self.shop.items.items()
            if any(event.action == "withdraw" for event in item.history)
        }

    def listed(self, catalog: Catalog | None = None) -> set[str]:
        """The uuids the PIM gives for the catalog."""
        there = self.pim.catalogs[(catalog or self.catalog).pim_catalog_id]
        return {product.uuid for product in self.pim.listed_products(there)}

    def on_shop(self) -> set[str]:
        return set(self.shop.live_documents())

    def documents_in_pim(self) -> dict[str, Any]:
        """The products of the (raw) catalog; the date of the last touch is no content."""
        products = self.pim.listed_products(self.pim.catalogs[self.catalog.pim_catalog_id])
        documents = (product_document(self.pim.assortment, product) for product in products)
        return _without_dates(json.loads(json.dumps(list(documents))))

    def documents_on_shop(self) -> dict[str, Any]:
        return _without_dates(self.shop.live_documents().values())

    def statuses(self, catalog: Catalog | None = None) -> dict[str, int]:
        rows = Listing.objects.filter(catalog=catalog or self.catalog)
        counts: dict[str, int] = {}
        for status in rows.values_list("status", flat=True):
            counts[status] = counts.get(status, 0) + 1
        return counts


def _without_dates(documents: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {
        document["uuid"]: {name: document[name] for name in document if name != "updated"}
        for document in documents
    }


@pytest.fixture
def app_url() -> str:
    """What a sandbox PIM is told as the app's address."""
    return FERRY


@pytest.fixture
def make_world(transactional_db: None, app_url: str) -> Iterator[Callable[[int], World]]:
    servers = ExitStack()

    def make(products: int) -> World:
        pim, shop = make_pim(products=products, app_url=app_url), Shop()
        between = Interference()
        url = servers.enter_context(serving_sandbox(pim, shop, between))
        _forget_pauses(url)
        world = World(pim, shop, url, between)
        world.connect()
        world.catalog = world.add_catalog()
        return world

    with servers:
        yield make


def _forget_pauses(url: str) -> None:
    """Another test's PIM may have had this port, and have asked to be left alone for a while.

    In Redis or in files: a test may go over to those later, whose clock can be moved.
    """
    gate = gate_of_pim(url).key
    in_files = Governor(settings.STATE_FOLDER / "locks")
    shutil.rmtree(in_files._folder_of(gate), ignore_errors=True)
    in_redis = clients.governor()
    if isinstance(in_redis, RedisGovernor):
        in_redis._redis.delete(redis_governor._key(gate, "paused"))


@pytest.fixture
def waited(world: World, settings: Any) -> Iterator[list[float]]:
    """What runs waited for, in seconds, while the clock is moved on instead of waiting."""
    settings.REDIS_URL = ""  # whose clock nobody moves
    seconds: list[float] = []
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:

        def sleep(step: float) -> None:
            seconds.append(step)
            traveller.shift(step)

        world.sleep = sleep
        yield seconds


@pytest.fixture
def receiver(world: World) -> Iterator[Receiver]:
    """The other side of the channel, in place of the sandbox shop."""
    with running_receiver(secret=SECRET) as receiver:
        values = {"endpoint": f"{receiver.url}/in", "secret": SECRET, "batch_size": "10"}
        change_channel(world.channel, name="Shop", values=values, by_staff=True)
        yield receiver


@pytest.fixture
def world(make_world: Callable[[int], World]) -> World:
    return make_world(45)
