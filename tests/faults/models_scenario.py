"""As scenario.py, of a catalog of models: what a run over it calls, and all that may change."""

from collections.abc import Mapping
from typing import Any

from sync.models import Batch, ListingVariant, Run
from tests.faults.scenario import Scenario, Step, assert_within_limits
from tests.models_world import Models

PRODUCTS = 70
_END = r"(\?|$)"
_MODELS, _VARIANTS = rf"/mapped-models{_END}", rf"/variants{_END}"
_SIMPLE = rf"/mapped-products{_END}"

STEPS = {
    "later-models": Step(_MODELS, 1, raw=False),
    "later-variants": Step(_VARIANTS, 11, raw=False),
    "simple-products": Step(_SIMPLE, raw=False),
    "uuids-of-a-delta": Step(rf"/product-uuids{_END}", 3, full=False, raw=False),
    "models-of-a-delta": Step(_MODELS, full=False, raw=False),
    "variants-of-a-delta": Step(_VARIANTS, 2, full=False, raw=False),
    "variants-of-a-model-that-lost-one": Step(_VARIANTS, 4, full=False, raw=False),
    "one-model": Step(_MODELS, 1, full=False, raw=False),
    # After the question for what has links that changed.
    "parents": Step(rf"/products-uuid{_END}", 1, full=False, raw=False),
    "parent-model": Step(rf"/product-models/[^/]+{_END}", full=False, raw=False),
}


class ModelsScenario(Scenario):
    """A channel with variants in step with its PIM, in which much has changed since."""

    def __init__(self, models: Models, step: Step) -> None:
        self.world, self.step, self.models = models.world, step, models
        self._silent = models.codes[-1]
        self._hidden = [self._product(uuid) for uuid in models.variants(self._silent)]
        for product in self._hidden:
            product.enabled = False
        first = self.world.sync()
        assert (first.status, first.problem) == (Run.Status.SUCCEEDED, "")
        self.before = self.world.on_shop()
        self._change()
        self.world.pim.traffic.reset()

    def _change(self) -> None:
        pim, models = self.world.pim, self.models
        edited, renamed, shorter, cut, emptied, giver, taker = models.codes[:7]
        simple, joining = models.simple[:2]
        pim.edit_product(models.variants(edited)[0], "ean", "2000000000008")
        pim.edit_model(renamed, "name", "Renamed", "en_US")
        pim.disable_product(models.variants(shorter)[0])
        pim.delete_product(models.variants(cut)[0])
        for uuid in models.variants(emptied):
            pim.disable_product(uuid)
        parent = self._product(models.variants(taker)[0]).parent
        pim.hang_product(models.variants(giver)[0], parent)
        pim.hang_product(joining, parent)
        pim.edit_product(simple, "sku", "NEW")
        for product in self._hidden:  # selected without a new date of their own
            product.enabled = True
        self.edited = [edited, renamed, shorter, cut, giver, taker, simple]
        self.left = {emptied, joining}

    def _product(self, uuid: str) -> Any:
        return self.world.pim.assortment.product(uuid)

    def documents_on_shop(self) -> Mapping[str, Any]:
        return self.models.on_shop()

    def _listed(self) -> set[str]:
        """The keys of what the PIM gives, whether the catalog is there at present or not."""
        enabled = [one for one in self.world.pim.assortment.products_after() if one.enabled]
        return {self.models.root_of(product) or product.uuid for product in enabled}

    def assert_in_step(self) -> None:
        world = self.world
        assert self.documents_on_shop() == self.documents_in_pim()
        assert world.withdrawn() == self.left
        assert self._pushes() == dict.fromkeys(world.shop.items, 1) | dict.fromkeys(self.edited, 2)
        assert world.statuses() == {"listed": len(self._listed()), "gone": len(self.left)}
        for code in self.models.codes:
            assert self.models.known(code) == set(self.models.variants(code))
        shared = ListingVariant.objects.filter(listing__wanted__isnull=False)
        uuids = list(shared.values_list("uuid", flat=True))
        assert len(uuids) == len(set(uuids))
        assert not Batch.objects.filter(state=Batch.State.OPEN).exists()
        assert not Run.objects.live().exists()
        assert_within_limits(world)
