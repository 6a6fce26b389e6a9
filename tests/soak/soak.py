"""What happens during a soak, second by second, and what is measured of it."""

import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.models import F, Sum

from catalogs.channels import create_channel
from sandbox.faults import KINDS, Fault, Faults
from sandbox.shop import Shop
from sandbox.state import make_pim
from sync.listings import confirm_held
from sync.models import Batch, Listing, Run
from sync.runs import AlreadyRunning, start_run
from tests.interference import Interference
from tests.sandbox_server import serving_sandbox
from tests.soak.processes import Service
from tests.visitor import FERRY
from tests.world import World

PRODUCTS, MOST_PRODUCTS = 300, 360
FAMILIES = ("mugs", "t_shirts", "backpacks")
QUIET_WITHIN = 600  # seconds after the last fault
# A lost connection needs a person who connects again: tests/faults has that.
STRIKING = [kind for kind in KINDS if kind != "disconnect"]
# A shop that answers 2xx has accepted the batch, whatever else it says (docs/channels/http.md).
STRIKING_SHOP = [kind for kind in STRIKING if kind != "error-200"]
SHOP = r"/shop/ingest$"
PLACES = (
    r"/catalogs/[^/]+$",
    r"/product-uuids$",
    r"/(mapped-)?products$",
    r"/(mapped-)?products/[^/]+$",
    SHOP,
)
_SECOND = 1.0

# How often each of these happens in a second, on average.
_FAULTS, _FAULTS_END, _ENABLED_AGAIN = 0.1, 0.02, 0.1
_KILLS, _SCHEDULER_KILLS, _CUTS = 0.04, 0.005, 0.01
_SELECTIONS, _REFUSALS, _CONFIRMATIONS = 0.01, 0.02, 0.2
_RUNS, _FULL_RUNS = 0.5, 0.1


class CountedFaults(Faults):
    """Knows how often each kind has struck."""

    def __init__(self) -> None:
        super().__init__()
        self.struck: Counter[str] = Counter()

    def next_for(self, path: str) -> Fault | None:
        fault = super().next_for(path)
        if fault is not None:
            self.struck[fault.kind] += 1
        return fault


class Soak:
    """A PIM, a shop that takes its products, a feed of them, and everything that befalls them."""

    def __init__(self, seed: int, workers: int, folder: Path) -> None:
        self.random = random.Random(seed)  # noqa: S311  # no secret here
        self.pim, self.shop = make_pim(products=PRODUCTS, app_url=FERRY), Shop()
        self.pim.faults = self.faults = CountedFaults()
        self.counts: Counter[str] = Counter()
        self.workers = [
            Service(
                f"worker-{number}",
                *("worker", "--concurrency=2", "--without-mingle", f"--hostname=soak-{number}@%h"),
                folder=folder,
            )
            for number in range(1, workers + 1)
        ]
        self.scheduler = Service("scheduler", "beat", folder=folder)
        self._feed_folder = folder / "feeds"
        self._known: set[str] = set()
        self._unlisted: set[str] = set()  # at any moment
        self._out_of_step: dict[str, float] = {}  # since when, by product
        self._longest = self._most_parked = 0.0

    def run(self, seconds: float) -> dict[str, Any]:
        """Let it all happen for so long, wait until everything is quiet, and return the figures."""
        with serving_sandbox(self.pim, self.shop, between := Interference()) as url:
            self.world = World(self.pim, self.shop, url, between)
            self._set_up()
            try:
                for service in self._services():
                    service.start()
                started = time.monotonic()
                while time.monotonic() < started + seconds:
                    began = time.monotonic()
                    self._second()
                    time.sleep(max(0.0, _SECOND - (time.monotonic() - began)))
                quiet_after = self._calm_down()
                return self._figures(time.monotonic() - started, quiet_after)
            finally:
                for service in self._services():
                    service.stop()

    def _services(self) -> list[Service]:
        return [*self.workers, self.scheduler]

    def _set_up(self) -> None:
        world = self.world
        world.connect()
        world.catalog = world.add_catalog("Shop")
        feed = create_channel(
            world.connection,
            name="Feed",
            kind="file",
            values={"destination": str(self._feed_folder)},
            by_staff=True,
        )
        self.feed = world.add_catalog("Feed", raw=False, channel=feed)
        self.catalogs = [world.catalog, self.feed]

    def _second(self) -> None:
        self._edit()
        self._break()
        self._kill()
        self._be_the_people()
        self._queue_runs()
        self._measure()

    def _happens(self, chance: float) -> bool:
        return self.random.random() < chance

    # What people do in the PIM

    def _edit(self) -> None:
        for _ in range(self.random.randint(0, 4)):
            products = list(self.pim.assortment.products_after())
            product = self.random.choice(products)
            what = self.random.choices(
                ["edit", "add", "disable", "enable", "delete"], [12, 2, 2, 3, 1]
            )[0]
            if what == "edit":
                sku = f"{product.uuid[:8]}-{self.random.randint(0, 9)}"
                self.pim.edit_product(product.uuid, "sku", sku)
            elif what == "add" and len(products) < MOST_PRODUCTS:
                family = self.random.choice(FAMILIES)
                self.pim.add_product(f"ADDED-{self.counts['edits']}", family)
            elif what == "disable":
                self.pim.disable_product(product.uuid)
            elif what == "delete" and len(products) > PRODUCTS // 2:
                self.pim.delete_product(product.uuid)
            else:  # of those that are disabled one, or nothing changes
                off = [one for one in products if not one.enabled]
                self.pim.enable_product(self.random.choice(off or [product]).uuid)
            self.counts["edits"] += 1
        if self._happens(_SELECTIONS):
            families = self.random.sample(FAMILIES, self.random.randint(0, 2))
            self.world.select(self.random.choice(self.catalogs), *families)
            self.counts["selections"] += 1

    # What goes wrong

    def _break(self) -> None:
        draw = self.random
        if self._happens(_FAULTS):
            place = draw.choice(PLACES)
            fault = Fault(
                draw.choice(STRIKING if place != SHOP else STRIKING_SHOP),
                place,
                times=draw.choice([1, 1, 1, 2, 4, 10]),
                after=draw.randint(0, 3),
                seconds=draw.uniform(0.1, 3),
                retry_after=draw.randint(1, 3),
            )
            self.faults.add(fault)
        if self._happens(_FAULTS_END):
            self.faults.clear()
        if self._happens(_REFUSALS):
            uuids = sorted(self.world.listed())
            refused = set(draw.sample(uuids, min(3, len(uuids))))
            self.shop.reject = refused if not self.shop.reject else set()
        if connection.vendor == "postgresql" and self._happens(_CUTS):
            self._cut_connections()

    def _cut_connections(self) -> None:
        """As a restart of the server does, for everybody but us."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        self.counts["cuts"] += 1

    def _kill(self) -> None:
        for service, chance in [
            *((worker, _KILLS / len(self.workers)) for worker in self.workers),
            (self.scheduler, _SCHEDULER_KILLS),
        ]:
            if service.is_up and self._happens(chance):
                service.kill(down_for=self.random.uniform(0, 5))
                self.counts["kills"] += 1
            service.start_if_due()

    # What people do in the app

    def _be_the_people(self) -> None:
        for catalog in self.catalogs:
            there = self.pim.catalogs[catalog.pim_catalog_id]
            if not there.enabled and self._happens(_ENABLED_AGAIN):
                there.enabled = True
            if self._happens(_CONFIRMATIONS):
                held = Listing.objects.filter(catalog=catalog).held()
                self.counts["confirmed"] += confirm_held(
                    self.world.again(catalog), list(held.values_list("pk", flat=True))
                )

    def _queue_runs(self) -> None:
        for catalog in self.catalogs:
            if self._happens(_RUNS):
                self._queue_run(catalog, full=self._happens(_FULL_RUNS))

    def _queue_run(self, catalog: Any, *, full: bool) -> bool:
        try:
            start_run(
                self.world.again(catalog),
                self.random.choice([Run.Trigger.MANUAL, Run.Trigger.SCHEDULE]),
                mode=Run.Mode.FULL if full else None,
            )
        except AlreadyRunning:
            return False
        return True

    # What is measured

    def _measure(self) -> None:
        now = time.monotonic()
        in_pim, on_shop = self.world.documents_in_pim(), self.world.documents_on_shop()
        self._known |= {one.uuid for one in self.pim.assortment.products_after()}
        self._unlisted |= self._known - in_pim.keys()
        differing = {key for key in in_pim.keys() | on_shop if in_pim.get(key) != on_shop.get(key)}
        self._out_of_step = {key: self._out_of_step.get(key, now) for key in differing}
        if self._out_of_step:
            self._longest = max(self._longest, now - min(self._out_of_step.values()))
        parked = Listing.objects.filter(status=Listing.Status.PARKED).count()
        self._most_parked = max(self._most_parked, parked)
        for worker in self.workers:
            worker.measure()

    def _calm_down(self) -> float:
        """End all faults, and wait for one whole run of each catalog; return the seconds of it."""
        started = time.monotonic()
        self.faults.clear()
        self.shop.reject = set()
        for catalog in self.catalogs:
            self.world.select(catalog)
            self.pim.catalogs[catalog.pim_catalog_id].enabled = True
        waiting = list(self.catalogs)
        while time.monotonic() < started + QUIET_WITHIN:
            for service in self._services():
                service.start_if_due()
            waiting = [one for one in waiting if not self._queue_last_run(one)]
            self._measure()
            if not waiting and not Run.objects.live().exists():
                break
            time.sleep(_SECOND / 2)
        return time.monotonic() - started

    def _queue_last_run(self, catalog: Any) -> bool:
        held = Listing.objects.filter(catalog=catalog).held().values_list("pk", flat=True)
        confirm_held(self.world.again(catalog), list(held))
        try:
            start_run(self.world.again(catalog), Run.Trigger.MANUAL, mode=Run.Mode.FULL)
        except AlreadyRunning:
            return False
        return True

    def _figures(self, seconds: float, quiet_after: float) -> dict[str, Any]:
        world, traffic = self.world, self.pim.traffic.as_json()
        runs = Counter(Run.objects.values_list("status", flat=True))
        stats = self.shop.stats()
        again = Batch.objects.filter(tries__gt=1).aggregate(n=Sum(F("tries") - 1))["n"]
        withdrawn = world.withdrawn()
        return {
            "seconds": round(seconds),
            "runs": dict(sorted(runs.items())),
            "edits": self.counts["edits"],
            "selections": self.counts["selections"],
            "kills": self.counts["kills"],
            "database_cuts": self.counts["cuts"],
            "faults": dict(sorted(self.faults.struck.items())),
            "pushes": stats["pushed_items"],
            "withdrawals": stats["withdrawn_items"],
            "withdrawals_confirmed": self.counts["confirmed"],
            "calls_tried_again": again or 0,
            "calls_answered_from_memory": stats["duplicates"],
            "batches_given_back": Batch.objects.filter(state=Batch.State.DISSOLVED).count(),
            "parked_at_most": int(self._most_parked),
            "parked_at_the_end": Listing.objects.filter(status=Listing.Status.PARKED).count(),
            "longest_out_of_step_seconds": round(self._longest),
            "quiet_after_seconds": round(quiet_after),
            "worker_memory_mb": round(max(worker.peak_mb for worker in self.workers)),
            "calls_at_once": max(traffic["most_concurrent"]["apps"].values(), default=0),
            "calls_a_second": traffic["most_in_a_second"],
            "products": len(world.listed()),
            "withdrawn_though_always_listed": len(withdrawn - self._unlisted),
            "difference_on_shop": _difference(world.documents_in_pim(), world.documents_on_shop()),
            "difference_in_feed": _difference(world.documents(self.feed), self._feed_documents()),
        }

    def _feed_documents(self) -> dict[str, Any]:
        lines = (self._feed_folder / "products.jsonl").read_text("utf-8").splitlines()
        return {document["uuid"]: document for document in map(json.loads, lines)}


def _difference(wanted: dict[str, Any], there: dict[str, Any]) -> int:
    return sum(wanted.get(key) != there.get(key) for key in wanted.keys() | there)
