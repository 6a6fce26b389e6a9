"""Models and variants: a request stands where its attributes live, and is about all below it."""

import pytest

from enrichment.deciding import approve
from enrichment.models import RequestedTranslation
from enrichment.translations.by_attributes.creating import create_missing
from tests.enrichment.conftest import Enrichment
from tests.enrichment.translations.by_attributes.conftest import (
    STATUS,
    STEERING,
    Asking,
    add_to_families,
    texts,
)

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def make_asking(make_world, queue, stand_in):
    def make(level):
        enrichment = Enrichment(make_world(45), queue)
        assert create_missing(enrichment.connection, STEERING) == []
        add_to_families(enrichment.pim, level)
        asking = Asking(enrichment)
        asking.set_up()
        return asking

    return make


def in_two_levels(asking):
    """A variant below two levels of models, and those, the upper one last; all without French."""
    assortment = asking.pim.assortment
    products = map(assortment.product, asking.enrichment.all)
    variant = next(one for one in products if one.parent and assortment.models[one.parent].parent)
    return [variant, *assortment.parents(variant)]


def without_french(asking, root):
    """Take the French texts away from a model and all that is below; return where texts stand."""
    assortment = asking.pim.assortment
    below = [model for model in assortment.models.values() if model.parent == root.code]
    models = [root, *below]
    variants = [
        one for one in assortment.products_after() if one.parent in {model.code for model in models}
    ]
    for model in models:
        _empty(asking, model, lambda *place, code=model.code: asking.pim.edit_model(code, *place))
    for one in variants:
        _empty(asking, one, lambda *place, key=one.uuid: asking.pim.edit_product(key, *place))
    return models, variants


def _empty(asking, item, edit):
    for attribute, values in list(asking.pim.assortment.values_of(item).items()):
        for one in values:
            if one["locale"] == "fr_FR":
                edit(attribute, None, "fr_FR", one["scope"])


def test_a_models_request_is_about_all_that_is_below(make_asking):
    asking = make_asking(None)
    root = in_two_levels(asking)[-1]
    models, variants = without_french(asking, root)
    asking.ask_of_model(root.code, "fr_FR")

    asking.look()
    asking.write()

    assert asking.states() == {(root.code, "fr_FR"): "in_progress"}
    assert asking.held(root) == {"flag": [False], "fr_FR": "INPROGRESS"}
    keys = set(texts().values_list("key", flat=True))
    assert keys <= {*(one.code for one in models), *(one.uuid for one in variants)}
    assert root.code in keys
    assert len(keys) > 1


def test_it_ends_with_the_last_text_below(make_asking):
    asking = make_asking(None)
    root = in_two_levels(asking)[-1]
    without_french(asking, root)
    asking.ask_of_model(root.code, "fr_FR")
    asking.look()
    asking.write()
    last = texts().order_by("pk").last()
    approve(texts().exclude(pk=last.pk), by="Mary")
    asking.write()
    asking.look()
    asking.write()
    between = asking.held(root)["fr_FR"]
    approve(texts(), by="Mary")
    asking.write()

    asking.look()
    asking.write()

    assert (between, asking.held(root)["fr_FR"]) == ("INPROGRESS", "TRANSLATED")


def test_a_variants_request_is_about_it_and_the_models_above(make_asking):
    asking = make_asking(-1)
    variant, *above = in_two_levels(asking)
    without_french(asking, above[-1])
    asking.ask(variant.uuid, "fr_FR")

    asking.look()
    asking.write()

    assert asking.states() == {(variant.uuid, "fr_FR"): "in_progress"}
    assert asking.of(variant.uuid) == {"flag": [False], "fr_FR": "INPROGRESS"}
    keys = set(texts().values_list("key", flat=True))
    assert above[-1].code in keys
    assert keys <= {variant.uuid, *(one.code for one in above)}


def test_a_model_in_between_may_be_asked_for(make_asking):
    asking = make_asking(0)
    _, between, root = in_two_levels(asking)
    without_french(asking, root)
    asking.ask_of_model(between.code, "fr_FR")

    asking.look()
    asking.write()

    assert asking.states() == {(between.code, "fr_FR"): "in_progress"}
    assert asking.held(between) == {"flag": [False], "fr_FR": "INPROGRESS"}


def test_a_status_at_another_level_is_told_and_the_rest_goes_on(make_asking):
    asking = make_asking(None)
    root = in_two_levels(asking)[-1]
    without_french(asking, root)
    variants = asking.pim.assortment.family_variants[root.family].values()
    for one in variants:
        one["common_attributes"] = [name for name in one["common_attributes"] if name != STATUS]
        last = one["variant_attribute_sets"][-1]
        last["attributes"] = [*last["attributes"], STATUS]
    asking.ask_of_model(root.code, "fr_FR")

    asking.look()
    asking.write()

    assert asking.held(root) == {"flag": [False]}
    assert "Its status is not written" in RequestedTranslation.objects.get().problem
