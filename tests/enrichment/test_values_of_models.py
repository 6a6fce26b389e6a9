"""Files about product models and variants: each value is offered at the level where it lives."""

import pytest

from enrichment.models import Offer
from enrichment.values import Place
from tests.enrichment.offering import counts, problems, the_problem

APPLY = ("--apply",)
CATEGORIES = Place("categories")


@pytest.fixture
def variant(enrichment):
    """A variant below two levels of models."""
    assortment = enrichment.pim.assortment
    products = map(assortment.product, enrichment.all)
    return next(one for one in products if one.parent and assortment.models[one.parent].parent)


@pytest.fixture
def models(enrichment, variant):
    """The model above the variant, and the one above that."""
    model = enrichment.pim.assortment.models[variant.parent]
    return model, enrichment.pim.assortment.models[model.parent]


def text_of(enrichment, item, attribute, locale=None):
    values = enrichment.pim.assortment.values_of(item)
    return next((one["data"] for one in values[attribute] if one["locale"] == locale), None)


def test_a_value_of_a_model_is_offered_by_its_code(enrichment, offering, models):
    model, root = models
    header = ["code", "family", "family_variant", "parent", "name-en_US", "variation_name-en_US"]
    rows = (
        [root.code, root.family, root.family_variant, "", "Shirt", ""],
        [model.code, model.family, model.family_variant, root.code, "", "Shirt, blue"],
    )

    ended = offering.table(header, *rows, options=APPLY)
    again = offering.table(header, *rows, options=APPLY)

    assert (ended.status, problems(ended)) == (0, [])
    assert counts(ended) == {"read": 7, "proposed": 2, "unchanged": 5, "written": 2}
    assert counts(again) == {"read": 7, "unchanged": 7}
    assert text_of(enrichment, root, "name", "en_US") == "Shirt"
    assert text_of(enrichment, model, "variation_name", "en_US") == "Shirt, blue"


def test_a_value_that_a_model_keeps_is_not_written_to_its_variant(
    enrichment, offering, variant, models
):
    model, root = models
    inherited = text_of(enrichment, variant, "name", "fr_FR")
    header = ["sku", "name-en_US", "name-fr_FR", "variation_name-en_US", "ean"]
    row = [variant.identifier, "Shirt", inherited, "Blue", "4006381333931"]

    ended = offering.table(header, row, options=APPLY)

    assert counts(ended) == {"read": 4, "proposed": 1, "unchanged": 1, "invalid": 2, "written": 1}
    told = {column: message for _, column, message in problems(ended)}
    assert f"kept at the product model “{root.code}”" in told["name-en_US"]
    assert f"kept at the product model “{model.code}”" in told["variation_name-en_US"]


def test_a_value_that_variants_keep_is_not_written_to_their_model(offering, models):
    model, root = models
    header = ["code", "ean", "name-en_US"]

    ended = offering.table(header, [root.code, "1", ""], [model.code, "", "Shirt"])

    told = [message for _, _, message in problems(ended)]
    assert counts(ended) == {"read": 2, "invalid": 2}
    assert f"kept below the product model “{root.code}”" in told[0]
    assert f"kept at the product model “{root.code}” above it" in told[1]


def test_what_a_model_keeps_for_ever_is_not_changed(offering, models):
    ended = offering.table(["code", "family"], [models[1].code, "mugs"])

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert "The family of a product model cannot be changed." in the_problem(ended)[2]


def test_an_attribute_of_another_family_has_no_place(offering, variant):
    ended = offering.table(["sku", "screen_size"], [variant.identifier, "27 INCH"])

    assert counts(ended) == {"read": 1, "invalid": 1}
    assert f"The family “{variant.family}” does not have “screen_size”." in the_problem(ended)[2]


def test_a_variant_keeps_the_family_of_its_model(offering, variant, models):
    ended = offering.table(["sku", "family"], [variant.identifier, "mugs"])

    assert f"It is a variant of “{models[0].code}”" in the_problem(ended)[2]


@pytest.mark.parametrize(
    ("level", "family", "says"),
    [(0, "mugs", "is of the family"), (1, None, "has product models below it")],
)
def test_a_parent_must_fit(offering, variant, models, level, family, says):
    row = ["new-1", family or variant.family, models[level].code]

    ended = offering.table(["sku", "family", "parent"], row, options=("--create",))

    assert counts(ended) == {"read": 2, "invalid": 2}
    assert says in the_problem(ended)[2]


def test_categories_of_a_model_are_no_change_of_its_variant(enrichment, offering, variant):
    inherited = set(enrichment.holds(variant.uuid, CATEGORIES))
    header = ["sku", "categories"]
    other = next(code for code in enrichment.pim.assortment.categories if code not in inherited)

    ended = offering.table(header, [variant.identifier, other], options=APPLY)
    again = offering.table(header, [variant.identifier, other], options=APPLY)

    assert counts(ended) == {"read": 1, "proposed": 1, "written": 1}
    assert counts(again) == {"read": 1, "unchanged": 1}
    assert set(enrichment.holds(variant.uuid, CATEGORIES)) == {*inherited, other}


def test_an_empty_cell_leaves_a_variant_the_categories_of_its_models(enrichment, offering, variant):
    inherited = enrichment.holds(variant.uuid, CATEGORIES)
    other = next(code for code in enrichment.pim.assortment.categories if code not in inherited)
    header, erasing = ["sku", "categories"], (*APPLY, "--empty-erases")
    offering.table(header, [variant.identifier, other], options=APPLY)

    ended = offering.table(header, [variant.identifier, ""], options=erasing)
    again = offering.table(header, [variant.identifier, ""], options=erasing)

    assert counts(ended) == {"read": 1, "proposed": 1, "written": 1}
    assert counts(again) == {"read": 1, "unchanged": 1}
    assert enrichment.holds(variant.uuid, CATEGORIES) == inherited


def test_categories_of_a_model_are_no_change_of_the_model_below(enrichment, offering, models):
    model, root = models
    before, inherited = model.categories, set(root.categories)
    header = ["code", "categories"]
    other = next(code for code in enrichment.pim.assortment.categories if code not in before)

    ended = offering.table(header, [model.code, other], options=APPLY)
    again = offering.table(header, [model.code, other], options=APPLY)
    changed = set(model.categories)
    enrichment.work(enrichment.undo(Offer.objects.get(pk=ended.answer["offer"])))

    assert inherited
    assert counts(ended) == {"read": 1, "proposed": 1, "written": 1}
    assert counts(again) == {"read": 1, "unchanged": 1}
    assert changed == {*inherited, other}
    assert model.categories == before
