"""The random sequences of test_convergence.py over a catalog of models, whose variants move too."""

from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import rule, run_state_machine_as_test

from sandbox.faults import Faults
from sandbox.shop import Shop
from sync.models import Listing, ListingVariant
from tests.models_world import use_models
from tests.sandbox_app import SandboxApp
from tests.sync.test_convergence import Sequences, which

pytestmark = pytest.mark.slow

PRODUCTS = 24


class ModelSequences(Sequences):
    """As there. After a run that nothing disturbs each variant is in one model, as in the PIM."""

    def __init__(self, make_world, passing_time, monkeypatch):
        super().__init__(lambda products: make_world(PRODUCTS), passing_time)
        self.models = use_models(self.world, monkeypatch)
        self.look = SandboxApp(self.pim, Shop()).test_client()

    # What people do in the PIM

    @rule(which=which, where=st.integers(0, 3))
    def hang(self, which, where):
        """Let a product be a variant of a model, or stand alone."""
        models = self.pim.assortment.models
        above = {model.parent for model in models.values()}
        lowest = sorted(models.keys() - above)[:3]
        self.pim.hang_product(self.pick(which), [*lowest, None][min(where, len(lowest))])
        self.note()

    @rule(which=which, value=st.integers(0, 1))
    def edit_model(self, which, value):
        roots = sorted(code for code, one in self.pim.assortment.models.items() if not one.parent)
        self.pim.edit_model(roots[which % len(roots)], "name", f"Name {value}", "en_US")
        self.note()

    # What is looked at

    def documents_in_pim(self) -> dict[str, Any]:
        """What the PIM would give without any disturbance; not over the network."""
        there = self.pim.catalogs[self.world.catalog.pim_catalog_id]
        disturbed = self.pim.faults, there.enabled
        self.pim.faults, there.enabled = Faults(), True
        try:
            found = {item["uuid"]: item for item in self.items("mapped-products")}
            for model in self.items("mapped-models"):
                path = f"mapped-models/{model['code']}/variants"
                found[model["code"]] = {**model, "variants": self.items(path)}
            return found
        finally:
            self.pim.faults, there.enabled = disturbed

    def items(self, path: str) -> Any:
        root = f"/api/rest/v1/catalogs/{self.world.catalog.pim_catalog_id}"
        token = {"Authorization": f"Bearer {self.world.connection.token}"}
        page: Any = self.look.get(f"{root}/{path}", headers=token).json
        assert "next" not in page["_links"]  # fewer than a page
        return page["_embedded"]["items"]

    def note(self):
        documents = self.documents_in_pim()
        for key, document in documents.items():
            if self.documents.get(key) != document:
                self.contents[key] = self.contents.get(key, 0) + 1
        self.documents = documents
        self.unlisted |= self.contents.keys() - documents.keys()

    def everything(self):
        rows = ListingVariant.objects.order_by("pk").values_list("listing", "uuid")
        return (*super().everything(), list(rows))

    def check_in_step(self):
        assert self.shop.live_documents() == self.documents_in_pim()
        assert set(self.world.statuses()) <= {Listing.Status.LISTED, Listing.Status.GONE}
        for code in self.models.codes:
            assert self.models.known(code) == set(self.models.variants(code))
        self.known_good = {
            one.uuid: (one.edits, one.enabled) for one in self.pim.assortment.products_after()
        }


def test_a_channel_with_variants_follows_the_pim(
    make_world, passing_time, small_pages, monkeypatch
):
    class OverThisWorld(ModelSequences):
        def __init__(self):
            super().__init__(make_world, passing_time, monkeypatch)

    run_state_machine_as_test(OverThisWorld, settings=settings(max_examples=10))
