"""Random sequences of edits, faults, runs and deaths: the channel follows the PIM all the same.

Each sequence is worked out by hypothesis, the same ones each time; `--hypothesis-profile=long`
tries more and longer ones. What is asserted after every step is in `Sequences`.
"""

import os
import signal
import time
from multiprocessing import Value
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalogs.channels import change_channel
from sandbox.faults import KINDS, Fault
from sync.foreground import run_here
from sync.models import Batch, Change, Listing, Run
from tests.sync.processes import killed, start_child
from tests.tallies import counted, tallied

PRODUCTS, MOST_PRODUCTS = 14, 20  # too few for the fuse, as long as one of them stays
FAMILIES = ("mugs", "t_shirts", "backpacks")
PLACES = (
    r"/catalogs/[^/]+$",
    r"/product-uuids$",
    r"/products$",
    r"/products/[^/]+$",
    r"/shop/ingest$",
)
FOR_GOOD = 1_000_000
# A lost connection needs more than a run: tests/sync/test_reconnection.py.
STRIKING = [kind for kind in KINDS if kind != "disconnect"]

which = st.integers(0, 5)  # few, so that what happens to a product meets what happened to it


class Sequences(RuleBasedStateMachine):
    """A PIM, a shop, and what happens to both.

    After every run: nothing was withdrawn that the PIM has listed all the time since that run
    began; no product was pushed more often than it had contents, but for once each time that a run
    was killed or did not succeed; the tally says what a count says; a dry run
    changed nothing; and a run that nothing disturbs leaves the channel equal to the PIM.
    """

    def __init__(self, make_world, passing_time):
        super().__init__()
        self.world = make_world(PRODUCTS)
        self.world.sleep = passing_time
        settings = {**self.world.channel.settings, "batch_size": "4"}
        change_channel(self.world.channel, name="Shop", values=settings, by_staff=True)
        self.pim, self.shop = self.world.pim, self.world.shop
        self.clock = passing_time
        self.interruptions = 0
        self.contents: dict[str, int] = {}
        self.documents: dict[str, object] = {}
        self.withdrawals: dict[str, int] = {}
        self.known_good: dict[str, tuple[dict[Any, Any], bool]] = {}
        self.unlisted: set[str] = set()  # at any moment since the unfinished run began
        self.moved_without_date = False  # something that only a full run finds

    @initialize()
    def first_run(self):
        self.anchor = min(self.world.listed())  # which is never touched
        self.family = self.pim.assortment.product(self.anchor).family
        self.note()
        self.run("due", None, False, False)

    # What people do in the PIM

    @rule(which=which, value=st.integers(0, 1))
    def edit(self, which, value):
        uuid = self.pick(which)
        self.pim.edit_product(uuid, "sku", f"{uuid[:8]}-{value}")
        self.note()

    @precondition(lambda self: len(self.pim.assortment) < MOST_PRODUCTS)
    @rule(family=st.sampled_from(FAMILIES))
    def add(self, family):
        self.pim.add_product(f"ADDED-{len(self.contents)}", family)
        self.note()

    @rule(which=which, silently=st.booleans())
    def switch(self, which, silently):
        product = self.pim.assortment.product(self.pick(which))
        if silently:  # as a selection that changes: no date tells of it
            product.enabled = not product.enabled
        else:
            self.pim.enable_product(product.uuid, not product.enabled)
        self.note()

    @precondition(lambda self: len(self.pim.assortment) > 3)
    @rule(which=which)
    def delete(self, which):
        """Products that linked to it link to nothing now, and no date tells of that."""
        uuid, before = self.pick(which), self.documents
        self.pim.delete_product(uuid)
        self.note()
        kept = before.keys() & self.documents.keys()
        self.moved_without_date |= any(before[key] != self.documents[key] for key in kept)

    @rule()
    def take_back(self):
        """Make products again what they were when the shop was last known to be in step."""
        for product in self.pim.assortment.products_after():
            if product.uuid in self.known_good:
                product.edits, product.enabled = self.known_good[product.uuid]
                product.updated = self.pim.clock()
        self.note()

    @rule(families=st.sets(st.sampled_from(FAMILIES)))
    def select(self, families):
        self.world.select(self.world.catalog, *({self.family, *families} if families else ()))
        self.note()

    # What goes wrong

    @rule(
        kind=st.sampled_from(STRIKING),
        place=st.sampled_from(PLACES),
        times=st.sampled_from([1, FOR_GOOD]),
        after=st.integers(0, 2),
    )
    def strike(self, kind, place, times, after):
        self.pim.faults.add(Fault(kind, place, times, after, seconds=0.01, retry_after=7))

    @rule(kind=st.sampled_from(["cut", "500"]), after=st.integers(0, 2))
    def strike_shop(self, kind, after):
        """So that nobody knows whether it took the batch; "cut" says that it did."""
        self.pim.faults.add(Fault(kind, r"/shop/ingest$", FOR_GOOD, after))

    @rule(which=which)
    def refuse(self, which):
        self.shop.reject = {self.pick(which)}

    @rule()
    def calm(self):
        self.pim.faults.clear()
        self.pim.catalogs[self.world.catalog.pim_catalog_id].enabled = True
        self.shop.reject = set()

    @rule(seconds=st.sampled_from([60, 11 * 60, 3600, 25 * 3600]))
    def pass_time(self, seconds):
        self.clock(seconds)

    @rule(seconds=st.sampled_from([-240, 0, 240]))
    def set_clock_of_pim(self, seconds):
        self.world.between.clock_offset = seconds
        self.pim.clock = lambda: time.time() + seconds

    # What we do

    @rule(
        mode=st.sampled_from(["due", "due", "full", "dry"]),
        dies_at=st.one_of(st.none(), st.integers(0, 12)),
        answered=st.booleans(),
        calm=st.booleans(),
    )
    def run(self, mode, dies_at, answered, calm):
        is_calm = self.is_calm()
        is_fresh = not self.live_runs().exists()
        before = self.everything()
        if dies_at is None:
            run = self.sync(mode)
            self.interruptions += run.status != Run.Status.SUCCEEDED
        else:
            run = None
            self.interruptions += self.killed_sync(mode, dies_at, answered)
        if mode == "dry":
            assert self.everything() == before
        assert tallied() == counted()
        self.check_withdrawals()
        self.check_pushes()
        if run is not None and is_calm and mode != "dry":
            assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
            is_full = run.mode == Run.Mode.FULL
            if is_fresh and (is_full or not self.moved_without_date):
                self.check_in_step()
            if is_fresh and is_full:
                self.moved_without_date = False
        if calm:
            self.calm()

    def teardown(self):
        if not self.contents:
            return  # it had not begun
        self.calm()
        self.run("due", None, False, False)
        self.run("full", None, False, False)
        self.check_in_step()
        said = self.shop.stats()
        self.sync("full")
        assert self.shop.stats() == said
        assert not Batch.objects.filter(
            run__catalog=self.world.catalog, state=Batch.State.OPEN
        ).exists()

    def sync(self, mode, sleep=None):
        return run_here(
            self.world.again(),
            full=mode == "full",
            dry_run=mode == "dry",
            sleep=sleep or self.clock,
        )

    def killed_sync(self, mode, number, answered):
        """Kill the run at its call of this number, if it gets so far.

        Return whether it was killed, or did not succeed.
        """
        slept = Value("d")  # by the child, whose clock is the same one

        def sleep(seconds):
            slept.value += seconds
            self.clock(seconds)

        try:
            with self.world.between.holding(".", after=number, answered=answered) as held:
                return self._kill_at(held, start_child(lambda: self.sync(mode, sleep)))
        finally:
            self.clock(slept.value)

    def _kill_at(self, held, child):
        while not held.is_reached(within=0.02):
            if os.waitpid(child, os.WNOHANG)[0]:
                last = Run.objects.filter(catalog=self.world.catalog).latest("pk")
                return last.status != Run.Status.SUCCEEDED
        os.kill(child, signal.SIGKILL)
        return killed(child)

    # What is looked at

    def pick(self, which):
        uuids = sorted(one.uuid for one in self.pim.assortment.products_after())
        uuids.remove(self.anchor)
        return uuids[which % len(uuids)]

    def is_calm(self):
        there = self.pim.catalogs[self.world.catalog.pim_catalog_id]
        return there.enabled and not self.pim.faults.waiting() and not self.shop.reject

    def live_runs(self):
        return Run.objects.live().filter(catalog=self.world.catalog, dry_run=False)

    def note(self):
        """After each change in the PIM: count contents, and remember what is not listed."""
        documents = self.world.documents_in_pim()
        for uuid, document in documents.items():
            if self.documents.get(uuid) != document:
                self.contents[uuid] = self.contents.get(uuid, 0) + 1
        self.documents = documents
        self.unlisted |= self.contents.keys() - documents.keys()

    def everything(self):
        catalog = self.world.catalog
        return (
            self.shop.live_documents(),
            self.shop.stats(),
            list(Listing.objects.filter(catalog=catalog).order_by("pk").values()),
            list(Batch.objects.filter(run__catalog=catalog).order_by("pk").values()),
            Change.objects.filter(run__catalog=catalog).count(),
            list(self.live_runs().values()),
        )

    def check_withdrawals(self):
        for key, item in self.shop.items.items():
            count = sum(event.action == "withdraw" for event in item.history)
            assert count == self.withdrawals.get(key, 0) or key in self.unlisted
            self.withdrawals[key] = count
        if not self.live_runs().exists():
            self.unlisted = self.contents.keys() - self.documents.keys()

    def check_pushes(self):
        for key, item in self.shop.items.items():
            assert item.pushes <= self.contents[key] + self.interruptions

    def check_in_step(self):
        assert self.world.documents_on_shop() == self.world.documents_in_pim()
        assert set(self.world.statuses()) <= {Listing.Status.LISTED, Listing.Status.GONE}
        self.known_good = {
            one.uuid: (one.edits, one.enabled) for one in self.pim.assortment.products_after()
        }


@pytest.mark.slow
def test_the_channel_follows_the_pim(make_world, passing_time, small_pages):
    class OverThisWorld(Sequences):
        def __init__(self):
            super().__init__(make_world, passing_time)

    run_state_machine_as_test(OverThisWorld, settings=settings())
