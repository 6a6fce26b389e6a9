"""Only when complete, where the PIM says nothing, or half of it, about completeness."""

import pytest

from sync.models import Run
from tests.sync.content.able_world import setting

pytestmark = pytest.mark.whole_runs


@pytest.mark.parametrize("said", [None, "soon", [7], [{"scope": "print"}]])
def test_what_is_said_by_halves_takes_nothing_off_the_shop(world, shop, said):
    setting(world, complete_for="print")
    world.sync()
    before = dict(shop.products)
    spoilt = sorted(before)[0]

    def spoil(page):
        for one in page["_embedded"]["items"]:
            if one["uuid"] == spoilt:
                one["completenesses"] = said

    world.between.edit_json(r"/products-uuid\?", spoil, times=999)

    run = world.sync(full=True)

    assert run.status == Run.Status.SUCCEEDED
    assert shop.products == before


def test_a_pim_that_tells_no_completeness_at_all_changes_nothing(world, shop):
    setting(world, complete_for="print")
    world.sync()
    before = dict(shop.products)

    def spoil(page):
        for one in page["_embedded"]["items"]:
            del one["completenesses"]

    world.between.edit_json(r"/products-uuid\?", spoil, times=999)

    run = world.sync(full=True)

    assert (run.status, run.withdrawn) == (Run.Status.FAILED, 0)
    assert shop.products == before
