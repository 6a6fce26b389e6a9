"""Texts that go out to translators, by the command `export_translations`."""

import pytest

from enrichment.models import Offer, Proposal
from enrichment.translations.places import TextPlace
from tests.enrichment.translations.translating import place

NAMES = ("--attributes", "name")


def test_every_text_goes_out_once_where_it_lives(enrichment, translating):
    assortment = enrichment.pim.assortment

    ended = translating.export()

    assert ended.status == 0
    units = translating.units()
    places = translating.places()
    products = [assortment.product(one.key) for one in places if one.subject == "product"]
    assert {one.subject for one in places} == {"model", "product"}
    assert not [one for one in products if one.parent and "name" in _of(places, one.uuid)]
    roots = {code for code, one in assortment.models.items() if one.parent is None}
    named = {one.key for one in places if one.subject == "model" and one.attribute == "name"}
    assert named == roots
    assert ended.answer["read"] == ended.answer["proposed"] == len(units)
    assert {name: ended.answer[name] for name in ("invalid", "written", "problems")} == {
        "invalid": 0,
        "written": 0,
        "problems": [],
    }
    assert not Offer.objects.exists()


def _of(places, key):
    return {one.attribute for one in places if one.key == key}


def test_a_text_for_each_channel_is_a_unit_of_its_own(enrichment, translating, lamp):
    for scope, text in (("ecommerce", "<p>For you</p>"), ("print", "In print")):
        enrichment.pim.edit_product(lamp.key, "description", text, "en_US", scope)

    translating.export("--attributes", "description", target="de_DE")

    mine = {
        place(id).scope: unit.source
        for id, unit in translating.units().items()
        if place(id).key == lamp.key
    }
    assert mine == {"ecommerce": "<p>For you</p>", "print": "In print"}


def test_one_channel_may_be_chosen(translating):
    translating.export("--attributes", "description", "--scope", "ecommerce")

    assert {one.scope for one in translating.places()} == {"ecommerce"}


def test_a_translation_that_is_there_goes_along(enrichment, translating, lamp):
    translating.export(*NAMES)

    states = translating.states()
    assert states[lamp.id] == ("initial", "")
    other = TextPlace(Proposal.Subject.PRODUCT, enrichment.uuids[1], "name")
    french = enrichment.pim.assortment.value(
        enrichment.pim.assortment.product(other.key), "name", "fr_FR", None
    )
    assert states[other.id] == ("translated", french)


def test_only_what_is_missing_may_be_asked_for(translating, lamp):
    ended = translating.export(*NAMES, "--only", "missing")

    assert list(translating.units()) == [lamp.id]
    assert ended.answer["missing"] == ended.answer["proposed"] == 1
    assert ended.answer["unchanged"] == ended.answer["read"] - 1


def test_a_catalog_may_be_chosen(enrichment, translating, lamp):
    catalog = enrichment.world.add_catalog("Few")
    family = enrichment.pim.assortment.product(lamp.key).family
    enrichment.world.select(catalog, family)

    ended = translating.export(*NAMES, "--catalog", catalog.pk)

    assert ended.status == 0
    assert lamp.id in translating.units()
    assert _families(enrichment, translating) == {family}


def test_a_search_of_the_pim_may_be_chosen(enrichment, translating, lamp):
    family = enrichment.pim.assortment.product(lamp.key).family
    search = f'{{"family": [{{"operator": "IN", "value": ["{family}"]}}]}}'

    translating.export(*NAMES, "--search", search)

    assert lamp.id in translating.units()
    assert _families(enrichment, translating) == {family}


def _families(enrichment, translating):
    assortment = enrichment.pim.assortment
    return {
        (
            assortment.models[one.key] if one.subject == "model" else assortment.product(one.key)
        ).family
        for one in translating.places()
    }


def test_a_translator_is_told_what_and_how_long_it_is(enrichment, translating, lamp):
    enrichment.pim.assortment.attributes["name"]["max_characters"] = 40

    translating.export(*NAMES)

    sku = enrichment.pim.assortment.product(lamp.key).identifier
    text = translating.path.read_text()
    assert f'<note category="place">{sku} · Name</note>' in text
    assert '<note category="length">At most 40 characters.</note>' in text


@pytest.mark.parametrize(
    ("options", "languages", "says"),
    [
        ((), {"target": "es_ES"}, "“es_ES” is no active language of the PIM."),
        ((), {"target": "en_US"}, "en_US cannot be translated into itself"),
        (("--attributes", "nmae"), {}, "no attribute “nmae”. Did you mean “name”?"),
        (("--attributes", "name,ean"), {}, "“ean” cannot be translated: it has one value for all"),
        (("--attributes", "price"), {}, "“price” cannot be translated: it holds no texts."),
        (("--scope", "prnt"), {}, "“prnt” is no channel of the PIM. Did you mean “print”?"),
        (("--scope", "print"), {}, "“print” does not have both en_US and fr_FR"),
        (("--catalog", 99), {}, "There is no catalog 99"),
        (("--search", "{family"), {}, "--search takes a search as the PIM's API does"),
        (("--search", '{"nothing": [{"operator": "="}]}'), {}, ""),
    ],
)
def test_what_the_pim_does_not_have_is_refused_and_no_file_is_left(
    translating, options, languages, says
):
    translating.path.write_text("of yesterday")

    ended = translating.export(*options, **languages)

    assert ended.status == 1
    assert says in ended.problem
    assert [each.name for each in translating.path.parent.iterdir()] == ["texts.xlf"]
    assert translating.path.read_text() == "of yesterday"


def test_a_language_may_be_called_by_its_tag(translating, lamp):
    assert translating.export(*NAMES, source="en-US", target="fr-fr").status == 0
    assert lamp.id in translating.units()
