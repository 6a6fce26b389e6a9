"""What every cell of the fault matrix has in common: before the fault, the changes, and the end.

Before: a channel in step with the PIM. Then much changes in the PIM, and a run carries it over,
in which something goes wrong. At most one further run later the channel holds exactly what the
PIM gives, and nobody was told anything twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from catalogs.tasks import take_up_catalogs
from connections.models import Connection
from sync.foreground import run_here
from sync.models import Batch, Listing, Run
from sync.reconnection import confirm_dry_run
from tests.tallies import counted, tallied
from tests.visitor import Visitor
from tests.world import World

PRODUCTS = 45
EDITED, DISABLED, DELETED, ADDED = 20, 10, 2, 4
PUSHES = EDITED + ADDED + 1  # with the one that is selected without a new date: three batches
_END = r"(\?|$)"  # of a path, with a query or without


@dataclass(frozen=True, slots=True)
class Step:
    """A call of a run: `after` such calls of the run pass before this one."""

    path: str
    after: int = 0
    full: bool = True
    raw: bool = True

    @property
    def is_at_shop(self) -> bool:
        return self.path.startswith("/shop/")

    @property
    def is_list(self) -> bool:
        return self.path.endswith(f"s{_END}")


_CATALOG = rf"/catalogs/[^/?]+{_END}"
_UUIDS = rf"/product-uuids{_END}"
_PRODUCTS, _PRODUCT = rf"/products{_END}", rf"/products/[^/?]+{_END}"
_MAPPED, _MAPPED_ONE = rf"/mapped-products{_END}", rf"/mapped-products/[^/?]+{_END}"
_INGEST = rf"/shop/ingest{_END}"

STEPS = {
    "catalog": Step(_CATALOG),
    "first-uuids": Step(_UUIDS),
    "later-uuids": Step(_UUIDS, 2),
    "first-products": Step(_PRODUCTS),
    "later-products": Step(_PRODUCTS, 2),
    "catalog-of-a-delta": Step(_CATALOG, full=False),
    "first-changes": Step(_PRODUCTS, full=False),
    "later-changes": Step(_PRODUCTS, 1, full=False),
    "one-product": Step(_PRODUCT, full=False),
    "schema": Step(rf"/mapping-schemas/product{_END}", raw=False),
    "first-mapped": Step(_MAPPED, raw=False),
    "later-mapped": Step(_MAPPED, 2, raw=False),
    "later-mapped-changes": Step(_MAPPED, 1, full=False, raw=False),
    "one-mapped": Step(_MAPPED_ONE, full=False, raw=False),
    "first-batch": Step(_INGEST),
    "later-batch": Step(_INGEST, 1, full=False, raw=False),
    "first-withdrawal": Step(_INGEST, 3),
    "later-withdrawal": Step(_INGEST, 4, full=False),
}


class Scenario:
    """A channel in step with its PIM, in which much has changed since."""

    def __init__(self, world: World, step: Step) -> None:
        self.world, self.step = world, step
        if not step.raw:
            world.catalog.delete()
            world.catalog = world.add_catalog("Mapped", raw=False)
        self._silent = sorted(world.listed())[0]
        world.pim.assortment.product(self._silent).enabled = False
        first = world.sync()
        assert (first.status, first.problem) == (Run.Status.SUCCEEDED, "")
        self.before = world.on_shop()
        self._change()
        world.pim.traffic.reset()

    def _change(self) -> None:
        pim, uuids = self.world.pim, sorted(self.before)
        self.edited = uuids[:EDITED]
        leaving = uuids[-DISABLED - DELETED :]
        for uuid in self.edited:
            pim.edit_product(uuid, "sku", f"NEW-{uuid[:8]}")
        for uuid in leaving[:DISABLED]:
            pim.disable_product(uuid)
        for uuid in leaving[DISABLED:]:
            pim.delete_product(uuid)
        self.added = [pim.add_product(f"ADDED-{number}", "mugs").uuid for number in range(ADDED)]
        # Selected without a new date of its own, so that a delta has to ask for it by itself.
        pim.assortment.product(self._silent).enabled = True

    def sync(self) -> Run:
        return self.world.sync(full=self.step.full)

    def mend(self) -> None:
        """What people do about what stopped a run, until the next run may go on."""
        world = self.world
        world.pim.faults.clear()
        if world.pim.apps[world.connection.client_id].connected:
            world.pim.catalogs[world.catalog.pim_catalog_id].enabled = True
            return
        assert Connection.objects.get().state == Connection.State.DISCONNECTED
        Visitor().open_app(world.url)
        take_up_catalogs()
        world.connection.refresh_from_db()
        world.catalog = world.again()
        there = world.pim.catalogs[world.catalog.pim_catalog_id]
        there.enabled = True
        if not world.catalog.raw:
            world.pim.auto_map(there)

    def further_run(self) -> Run:
        """The one run that has to be enough; after a reconnection, the one that was confirmed."""
        world = self.world
        if not world.again().is_unconfirmed:
            return world.sync()
        compared = run_here(world.again(), full=True, dry_run=True, sleep=world.sleep)
        confirm_dry_run(compared)
        [run] = world.work()
        return run

    def assert_nothing_was_lost(self) -> None:
        """In between: what the PIM still gives has stayed on the channel."""
        assert self.before & self._listed() <= self.world.on_shop()
        assert not self.world.withdrawn() & self._listed()

    def assert_in_step(self) -> None:
        """At the end: what the PIM gives, all of it, no more, and each of it told once."""
        world = self.world
        assert self.documents_on_shop() == self.documents_in_pim()
        assert not world.withdrawn() & self._listed()
        assert self._pushes() == dict.fromkeys(world.shop.items, 1) | dict.fromkeys(self.edited, 2)
        assert world.shop.stats()["withdrawn_items"] == DISABLED + DELETED
        assert world.statuses() == {
            Listing.Status.LISTED: len(self._listed()),
            Listing.Status.GONE: DISABLED + DELETED,
        }
        assert not Batch.objects.filter(state=Batch.State.OPEN).exists()
        assert not Run.objects.live().exists()
        assert tallied() == counted()
        assert_within_limits(world)

    def documents_on_shop(self) -> Mapping[str, Any]:
        if self.step.raw:
            return self.world.documents_on_shop()
        return self.world.shop.live_documents()

    def documents_in_pim(self) -> Mapping[str, Any]:
        if self.step.raw:
            return self.world.documents_in_pim()
        return self.world.documents(self.world.catalog)

    def _listed(self) -> set[str]:
        if self.world.catalog.pim_catalog_id not in self.world.pim.catalogs:
            return {p.uuid for p in self.world.pim.assortment.products_after() if p.enabled}
        return self.world.listed()

    def _pushes(self) -> dict[str, int]:
        """How often each product was pushed, a repeated call under its key counted once."""
        return {key: item.pushes for key, item in self.world.shop.items.items()}


def assert_within_limits(world: World) -> None:
    """What the PIM itself counted (pim-contract.md 3.7)."""
    traffic = world.pim.traffic.as_json()
    assert max(traffic["most_concurrent"]["apps"].values()) <= 4
    assert traffic["most_concurrent"]["pim"] <= 10
    assert traffic["most_in_a_second"] <= 100
