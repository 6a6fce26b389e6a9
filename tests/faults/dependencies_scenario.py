"""As scenario.py, of what products refer to: what a look calls, and what is read because of it."""

from collections.abc import Mapping
from typing import Any

from sandbox.structure_edits import rename_category, rename_option
from sync.models import Run, ToRead
from tests.faults.scenario import Scenario, Step, assert_within_limits

PRODUCTS = 40
_END = r"(\?|$)"
_MODELS, _SEARCH = rf"/product-models{_END}", rf"/products-uuid{_END}"


def _step(path: str, after: int = 0) -> Step:
    return Step(path, after, full=False, raw=False)


STEPS = {
    "changed-categories": _step(rf"/categories{_END}"),
    "products-of-a-category": _step(_SEARCH),
    "changed-links": _step(_SEARCH, 1),
    "attributes": _step(rf"/attributes{_END}"),
    "first-options": _step(rf"/options{_END}"),
    "later-options": _step(rf"/options{_END}", 9),
    "products-of-an-option": _step(_SEARCH, 2),
    "changed-models": _step(_MODELS),
    "lower-models": _step(_MODELS, 1),
    "variants": _step(_SEARCH, 3),
    "one-noted-product": _step(rf"/mapped-products/[^/?]+{_END}", 2),
}


class DependenciesScenario(Scenario):
    """A channel in step, and then an option, a category and a model change in the PIM."""

    def _change(self) -> None:
        pim = self.world.pim
        products = [pim.assortment.product(uuid) for uuid in self.before]
        mug = next(one for one in products if "mugs" in one.categories)
        model = next(one for one in pim.assortment.models.values() if one.family == "t_shirts")
        black = [one for one in products if self._color(one) == "black"]
        rename_category(pim, "mugs", "en_US", "Cups")
        rename_option(pim, "color", "black", "en_US", "Jet black")
        pim.edit_model(model.code, "name", "Renamed", "en_US")
        below = [one for one in products if model in pim.assortment.parents(one)]
        mugs = [one for one in products if mug.categories[0] in one.categories]
        self.edited = sorted({one.uuid for one in (*mugs, *black, *below)})
        # Selected without a new date of its own, as in every scenario.
        pim.assortment.product(self._silent).enabled = True

    def _color(self, product: Any) -> Any:
        return self.world.pim.assortment.value(product, "color", None, None)

    def documents_on_shop(self) -> Mapping[str, Any]:
        return self.world.shop.live_documents()

    def assert_in_step(self) -> None:
        world = self.world
        assert self.documents_on_shop() == self.documents_in_pim()
        assert not world.withdrawn()
        assert self._pushes() == dict.fromkeys(world.shop.items, 1) | dict.fromkeys(self.edited, 2)
        assert not ToRead.objects.exists()
        assert not Run.objects.live().exists()
        assert_within_limits(world)
