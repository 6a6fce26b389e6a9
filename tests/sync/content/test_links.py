"""Links between products, of which one is not there yet."""

import pytest

from sandbox.data.associations import Link
from sync.models import AwaitedLink, Listing, Run
from tests.sync.content.able_world import setting

pytestmark = pytest.mark.whole_runs

Status = Listing.Status


@pytest.fixture
def pair(world):
    """A product that is listed, and one that is not yet and that it links to."""
    first, second = sorted(world.listed())[:2]
    for key in world.listed():
        world.pim.assortment.product(key).links = {}
    world.pim.associate(first, "UPSELL", Link(second))
    world.pim.assortment.product(second).enabled = False
    return first, second


def test_it_is_sent_again_when_the_awaited_product_arrives(world, shop, pair):
    first, second = pair
    setting(world, relations={"UPSELL": "related"})
    world.sync()
    waiting = list(AwaitedLink.objects.values_list("key", "awaited", "has_arrived"))
    before = len([one for one in shop.given if one.key == first])
    world.pim.assortment.product(second).enabled = True

    run = world.sync()

    assert waiting == [(first, second, False)]
    assert run.status == Run.Status.SUCCEEDED
    assert [one.key for one in shop.given][-2:] == [second, first]
    assert len([one for one in shop.given if one.key == first]) == before + 1
    assert not AwaitedLink.objects.exists()
    assert Listing.objects.get(key=first).status == Status.LISTED
    assert world.sync().pushed == 0


def test_what_arrives_in_the_same_call_is_linked_too(world, shop, pair):
    first, second = pair
    world.pim.assortment.product(second).enabled = True
    setting(world, relations={"UPSELL": "related"})

    world.sync()

    assert not AwaitedLink.objects.exists()
    assert len([one for one in shop.given if one.key == first]) == 2


def test_a_run_that_died_before_it_sent_it_again_leaves_that_to_the_next(world, shop, pair):
    first, second = pair
    setting(world, relations={"UPSELL": "related"})
    world.sync()
    AwaitedLink.objects.update(has_arrived=True)  # and then it died
    before = len(shop.given)

    world.sync()

    assert [one.key for one in shop.given[before:]] == [first]


def test_it_is_forgotten_when_the_link_or_the_product_is_gone(world, shop, pair):
    first, second = pair
    setting(world, relations={"UPSELL": "related"})
    world.sync()
    assert AwaitedLink.objects.count() == 1

    world.pim.associate(first, "UPSELL")
    world.sync()
    assert not AwaitedLink.objects.exists()

    world.pim.associate(first, "UPSELL", Link(second))
    world.sync()
    assert AwaitedLink.objects.count() == 1
    world.pim.assortment.product(first).enabled = False
    world.sync()

    assert first not in shop.products
    assert not AwaitedLink.objects.exists()


def test_a_shop_that_awaits_for_ever_is_not_called_for_ever(world, shop, pair):
    first, second = pair
    world.pim.assortment.product(second).enabled = True
    world.pim.associate(second, "UPSELL", Link(first))
    setting(world, relations={"UPSELL": "related"})
    shop.awaits_for_ever = {first: (second,), second: (first,)}

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert len([one for one in shop.given if one.key == first]) == 2
