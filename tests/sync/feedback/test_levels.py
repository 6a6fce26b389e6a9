"""Models and variants: what is said stands at the level at which the attribute lives."""

import pytest

from catalogs.channels import create_channel
from channels.settings import InvalidSettings
from sync.feedback.settings import set_feedback
from tests.enrichment.conftest import Enrichment
from tests.models_world import use_models
from tests.sync.feedback.conftest import Back, add_attributes, written


@pytest.fixture
def make_back(make_world, queue, monkeypatch):
    def make(level, *, of_models):
        world = make_world(45)
        add_attributes(world.pim, level)
        back = Back(Enrichment(world, queue))
        if of_models:
            use_models(world, monkeypatch)
            back.catalog = world.catalog
        back.say("status")
        world.sync()
        return back

    return make


def in_two_levels(back):
    """A variant below two levels of models, and those, the upper one last."""
    assortment = back.world.pim.assortment
    products = map(assortment.product, back.enrichment.all)
    variant = next(one for one in products if one.parent and assortment.models[one.parent].parent)
    return [variant, *assortment.parents(variant)]


@pytest.mark.parametrize(("level", "where"), [(None, 2), (0, 1), (-1, 0)])
def test_a_models_status_stands_where_the_attribute_lives(make_back, level, where):
    back = make_back(level, of_models=True)

    back.tell()

    holder = in_two_levels(back)[where]
    assert back.held(holder) == {"status": "live"}
    assert back.tell() is None


def test_of_a_catalog_of_products_side_by_side_variants_have_their_own(make_back):
    back = make_back(-1, of_models=False)

    offer = back.tell()

    assert written(offer) == len(back.enrichment.all)
    assert back.held(in_two_levels(back)[0]) == {"status": "live"}


def test_variants_whose_models_hold_the_attribute_have_no_place_for_it(make_back):
    back = make_back(None, of_models=False)

    offer = back.tell()

    simple = set(back.enrichment.uuids)
    assert set(offer.proposals.values_list("key", flat=True)) == simple
    assert back.row.without_place == {"shop_status": len(back.enrichment.all) - len(simple)}
    assert back.held(in_two_levels(back)[-1]) == {}


@pytest.mark.parametrize(
    ("chosen", "wrong", "words"),
    [
        ({"status": "nonsense"}, "status", "no attribute “nonsense”"),
        ({"status": "price"}, "status", "text or a simple select"),
        ({"status": "brand"}, "status", "lacks options in the PIM: create live, waiting, refused"),
        ({"address": "shop_date"}, "address", "text or a text area"),
        ({"date": "shop_problem", "status": "shop_status"}, "date", "a date or a text"),
        ({"problem": "short_description"}, "problem", "for each language"),
        ({"date": "shop_date"}, "date", "since when the status holds"),
        ({"address": "shop_address", "status": "shop_address"}, "address", "of its own"),
    ],
)
def test_an_attribute_that_does_not_fit_is_named(back, chosen, wrong, words):
    with pytest.raises(InvalidSettings) as refused:
        set_feedback(back.catalog, chosen)

    assert words in refused.value.errors[wrong]


def test_another_channel_has_attributes_of_its_own_and_a_sibling_may_share(back):
    back.say("status")
    sibling = back.world.add_catalog("Beside")
    other = back.world.add_catalog("Elsewhere", channel=another_channel(back.world))

    set_feedback(sibling, {"status": "shop_status"})
    with pytest.raises(InvalidSettings, match="Another catalog writes into"):
        set_feedback(sibling, {"problem": "shop_status"})
    with pytest.raises(InvalidSettings, match="Another catalog writes into"):
        set_feedback(other, {"status": "shop_status"})


def another_channel(world):
    return create_channel(
        world.connection,
        name="Other shop",
        kind="http",
        values={"endpoint": f"{world.url}/shop/other"},
        by_staff=True,
    )
