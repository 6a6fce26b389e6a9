"""Models with five axes of every type over two levels, from the PIM to the shop and on."""

import json

import pytest

from catalogs.content import set_content
from channels.base import ChannelProduct
from channels.shop_products import shop_product
from sandbox.data.bicycles import AXES, MAKERS
from sync.models import Run
from tests.models_world import use_models
from tests.sync.test_models import in_step, pushes

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@pytest.fixture
def models(make_world, passing_time, monkeypatch):
    """Bicycles alone, in step with the shop for long enough that nothing counts as changed."""
    world = make_world(12)
    world.sleep = passing_time
    codes = world.pim.add_bicycles()
    models = use_models(world, monkeypatch)
    world.select(world.catalog, "bicycles")
    assert in_step(models, world.sync())
    assert models.codes == codes
    passing_time(3 * 3600)
    world.sync()
    return models


def axis_values(models, code):
    """Of each variant on the shop its axes: code to value."""
    return {
        one["uuid"]: {axis["code"]: axis["value"] for axis in one["variation_axes_values"]}
        for one in models.on_shop()[code]["variants"]
    }


def labels(models, code, axis):
    """The labels of this axis on the shop, by value and locale."""
    return {
        (value["value"], label["locale"]): label["value"]
        for one in models.on_shop()[code]["variants"]
        for value in one["variation_axes_values"]
        for label in value["label"]
        if value["code"] == axis
    }


def sent_by(models, run_it):
    before = pushes(models)
    run = run_it()
    assert in_step(models, run)
    return {key for key, count in pushes(models).items() if count != before.get(key, 0)}


def test_five_axes_of_every_type_arrive(models):
    code = models.codes[0]
    document = models.on_shop()[code]

    assert [one["code"] for one in document["variation_axes"]] == [
        axis for level in AXES for axis in level
    ]
    assert len(document["variants"]) == 16
    assert {
        type(value) for one in axis_values(models, code).values() for value in one.values()
    } == {
        str,
        bool,
        dict,
    }
    assert labels(models, code, "frame_maker")["rahmenbau_ulm", "de_DE"] == "Rahmenbau Ulm"


def test_an_axis_that_is_yes_or_no_or_measured_changes_with_its_variant(models):
    code = models.codes[0]
    variant = models.variants(code)[0]
    models.world.pim.edit_product(variant, "wheel_size", {"amount": "26", "unit": "INCH"})
    assert sent_by(models, models.world.sync) == {code}
    assert axis_values(models, code)[variant]["wheel_size"] == {"amount": 26, "unit": "INCH"}

    was_electric = axis_values(models, code)[variant]["electric"]
    models.world.pim.edit_product(variant, "electric", not was_electric)

    assert sent_by(models, models.world.sync) == {code}
    assert axis_values(models, code)[variant]["electric"] is not was_electric


def test_a_renamed_record_comes_with_the_full_run(models):
    """It moves no date, so a delta does not see it."""
    makers = models.world.pim.assortment.reference_entities[MAKERS]
    makers.rename("atelier_lyon", "en_US", "Lyon Works")
    assert models.world.sync().mode == Run.Mode.DELTA

    sent = sent_by(models, lambda: models.world.sync(full=True))

    assert sent == set(models.codes)
    for code in models.codes:
        assert labels(models, code, "frame_maker")["atelier_lyon", "en_US"] == "Lyon Works"


def test_labels_of_records_come_in_the_languages_of_the_shop(models):
    set_content(models.world.again(), locales={"en_US": "en", "de_DE": "de"}, locale="en_US")

    assert models.world.sync().status == Run.Status.SUCCEEDED

    found = labels(models, models.codes[0], "frame_maker")
    assert {language for _, language in found} == {"en", "de"}
    assert found["atelier_lyon", "de"] == "Werkstatt Lyon"


def test_axes_that_a_shop_has_no_room_for_are_joined_without_losing_a_variant(models):
    code = models.codes[0]
    product = ChannelProduct(code, json.dumps(models.on_shop()[code]))

    three, one = shop_product(product, max_axes=3), shop_product(product, max_axes=1)

    assert [len(three.axes), len(one.axes)] == [3, 1]
    for shown in (three, one):
        places = {tuple(v.value for v in variant.axis_values) for variant in shown.variants}
        assert len(places) == len(shown.variants) == 16


def test_a_variant_that_moves_to_the_other_colour_stays_in_its_model(models):
    """Its model of the upper level is another one; the uppermost one is the same."""
    code = models.codes[0]
    variant = models.variants(code)[0]
    others = {models.world.pim.assortment.product(uuid).parent for uuid in models.variants(code)}
    [other] = others - {models.world.pim.assortment.product(variant).parent}
    models.world.pim.hang_product(variant, other)

    assert sent_by(models, models.world.sync) == {code}
    assert models.known(code) == set(models.variants(code))


def test_a_model_whose_family_variant_changed_has_the_axes_of_the_new_one(models):
    """The PIM keeps its products; what they differ in is another thing from then on."""
    code = models.codes[0]
    assortment = models.world.pim.assortment
    fewer = assortment.family_variants["bicycles"]["bicycles_by_five_axes"] | {
        "code": "bicycles_by_three_axes"
    }
    fewer["variant_attribute_sets"] = [
        level | {"axes": axes}
        for level, axes in zip(
            fewer["variant_attribute_sets"], (["color"], ["electric", "size"]), strict=True
        )
    ]
    assortment.family_variants["bicycles"]["bicycles_by_three_axes"] = fewer
    for model in assortment.models.values():
        if model.code.startswith(code):
            model.family_variant = "bicycles_by_three_axes"
            model.updated = models.world.pim.clock()

    assert sent_by(models, models.world.sync) == {code}
    assert {tuple(one) for one in axis_values(models, code).values()} == {
        ("color", "electric", "size")
    }
