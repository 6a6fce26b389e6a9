"""The shop that a sandbox PIM is stocked with."""

import io
from collections import Counter

import pytest
from PIL import Image

from sandbox import media
from sandbox.data.assortment import Assortment, value_in


@pytest.fixture(scope="module")
def shop():
    return Assortment.generate(1500, 1)


@pytest.fixture(scope="module")
def some(shop):
    """Every fifth product with its values."""
    return [(p, shop.values_of(p)) for p in list(shop.products_after())[::5]]


def contents(shop):
    return [
        (p.uuid, p.identifier, p.parent, p.categories, p.enabled, p.updated, shop.values_of(p))
        for p in shop.products_after()
    ]


def test_there_are_as_many_products_as_asked_for_in_many_families(shop):
    families = Counter(product.family for product in shop.products_after())

    assert len(shop) == 1500
    assert len(families) >= 5
    assert min(families.values()) >= 20


def test_some_variants_have_one_level_some_two_and_some_products_none(shop):
    levels = Counter(len(list(shop.parents(product))) for product in shop.products_after())

    assert levels.keys() == {0, 1, 2}
    assert min(levels.values()) >= 100


def test_the_same_numbers_make_the_same_shop():
    assert contents(Assortment.generate(60, 7)) == contents(Assortment.generate(60, 7))


def test_another_seed_makes_another_shop():
    one, other = Assortment.generate(60, 1), Assortment.generate(60, 2)

    assert {row[0] for row in contents(one)}.isdisjoint(row[0] for row in contents(other))


def test_identifiers_and_names_are_not_given_twice(shop):
    identifiers = [product.identifier for product in shop.products_after()]
    names = Counter(
        (model.family, value_in(shop.values_of(model), "name", "en_US", None))
        for model in shop.models.values()
        if model.parent is None
    )

    assert len(set(identifiers)) == len(identifiers)
    assert names.most_common(1)[0][1] == 1


def test_every_value_is_as_its_attribute_says(shop, some):
    for product, values in some:
        for code, entries in values.items():
            attribute = shop.attributes[code]
            assert code in shop.families[product.family]["attributes"]
            for entry in entries:
                assert entry["attribute_type"] == attribute["type"]
                assert (entry["locale"] is not None) is attribute["localizable"]
                assert (entry["scope"] is not None) is attribute["scopable"]
                if attribute["type"] == "pim_catalog_simpleselect":
                    assert entry["data"] in shop.options[code]
                if attribute["type"] == "pim_catalog_multiselect":
                    assert set(entry["data"]) <= shop.options[code].keys()


def test_there_are_three_languages_two_channels_two_currencies_and_measurements(shop, some):
    _, values = some[0]

    assert [c for c, locale in shop.locales.items() if locale["enabled"]] == [
        *("de_DE", "en_US", "fr_FR")
    ]
    assert shop.channels.keys() == {"ecommerce", "print"}
    assert [price["currency"] for price in values["price"][0]["data"]] == ["EUR", "USD"]
    assert values["weight"][0]["data"]["unit"] in shop.measurement_families["Weight"]["units"]
    texts = {entry["locale"]: entry["data"] for entry in values["slogan"]}
    assert len(set(texts.values())) == 3


def test_the_main_tree_has_three_levels_and_products_stand_on_the_lowest(shop):
    def depth(code):
        parent = shop.categories[code]["parent"]
        return 1 if parent is None else 1 + depth(parent)

    assert max(map(depth, shop.categories)) == 3
    assert {depth(code) for p in shop.products_after() for code in p.categories} == {3}


def test_most_products_are_enabled_and_some_are_not(shop):
    enabled = sum(product.enabled for product in shop.products_after())

    assert 0.9 < enabled / len(shop) < 1


def test_pictures_differ_by_color_and_can_be_looked_at(shop):
    design = next(d for d in shop.designs.values() if len(d.colors) > 1)
    pictures = []
    for product in shop.products_after():
        if product.design is design:
            code = value_in(shop.values_of(product), "image", None, None)
            file = media.find(shop, code)
            assert file is not None
            pictures.append((product.color, file.content()))

    by_color = dict(pictures)
    assert len(set(by_color.values())) == len(by_color) > 1
    with Image.open(io.BytesIO(pictures[0][1])) as picture:
        picture.load()
        assert min(picture.size) >= 200
        assert len(picture.convert("RGB").getcolors(1_000_000) or []) > 3


def test_variants_below_a_model_are_those_whose_parents_lead_to_it(shop):
    roots = [model.code for model in shop.models.values() if model.parent is None]

    listed = {product.uuid: root for root in roots for product in shop.variants_below(root)}

    expected = {
        product.uuid: list(shop.parents(product))[-1].code
        for product in shop.products_after()
        if product.parent
    }
    assert listed == expected
