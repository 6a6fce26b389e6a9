"""What becomes of a mapped product before it is recorded: pure functions, as tables."""

import json

import pytest

from catalogs.models import Catalog, Channel
from channels.registry import KINDS
from pim.values import ProductFacts, RawProduct
from sync.assembly import PLAIN, Incomplete, assembly_of, needs_assembly, uuids_of
from tests.channels.able import AbleAdapter
from tests.channels.memory import MemoryAdapter

KEY = "3f2b8c6e-5d4a-4c3b-9a1f-0e7d6c5b4a39"
OTHER = "7d1e0b2a-9c8f-4e6d-8b5a-1f2e3d4c5b6a"


@pytest.fixture(autouse=True)
def kinds(monkeypatch):
    monkeypatch.setitem(KINDS, "able", AbleAdapter)
    monkeypatch.setitem(KINDS, "memory", MemoryAdapter)


def catalog(kind="able", **settings):
    return Catalog(channel=Channel(kind=kind), **settings)


def assembled(body, *, tree=(), facts=None, **settings):
    assembly = assembly_of(catalog(**settings), tree=tree)
    beside = assembly.beside_of(facts) if facts else b""
    return assembly.body_of(RawProduct(KEY, body, beside=beside))


def texts(**by_locale):
    return [{"locale": locale, "value": text} for locale, text in by_locale.items()]


LOCALES = {"en_US": "en", "de_DE": "de", "fr_FR": "fr"}


@pytest.mark.parametrize(
    ("when_missing", "french"),
    [
        ({}, {"locale": "fr", "value": "Shirt"}),
        ({"fr": "default"}, {"locale": "fr", "value": "Shirt"}),
        ({"fr": "empty"}, {"locale": "fr", "value": None}),
        ({"fr": "keep"}, None),
    ],
)
def test_a_missing_text_is_filled_in_emptied_or_left_to_the_shop(when_missing, french):
    body = json.dumps({"uuid": KEY, "name": texts(en_US="Shirt", de_DE="Hemd")}).encode()

    found = json.loads(assembled(body, locale="en_US", locales=LOCALES, when_missing=when_missing))

    english, german = {"locale": "en", "value": "Shirt"}, {"locale": "de", "value": "Hemd"}
    assert found == {"uuid": KEY, "name": [english, german, *([french] if french else [])]}


def test_without_a_default_locale_what_is_missing_stays_as_the_shop_has_it():
    body = json.dumps({"uuid": KEY, "name": texts(de_DE="Hemd")}).encode()

    assert json.loads(assembled(body, locales=LOCALES))["name"] == texts(de="Hemd")


def test_a_locale_that_is_not_mapped_is_left_out():
    body = json.dumps({"uuid": KEY, "name": texts(en_US="Shirt", es_ES="Camisa")}).encode()

    found = json.loads(assembled(body, locales={"en_US": "en"}))

    assert found["name"] == texts(en="Shirt")


def test_a_target_that_is_absent_stays_absent():
    body = json.dumps({"uuid": KEY, "sku": "A-1"}).encode()

    assert assembled(body, locale="en_US", locales=LOCALES) is body


def test_everything_else_stays_to_the_letter():
    odd = '"weight":1.10,"price":1e400,"sku":"\\u00e9","n":12345678901234567890.50'
    body = f'{{"uuid":"{KEY}",{odd},"name":[{{"locale":"en_US","value":"a\\u0020b"}}]}}'.encode()

    found = assembled(body, locales={"en_US": "en"}).decode()

    assert odd in found
    assert '{"locale":"en","value":"a\\u0020b"}' in found


def test_the_labels_and_texts_of_a_model_and_its_variants_are_put_in_the_shops_languages():
    axis = {"code": "color", "label": texts(en_US="Colour", de_DE="Farbe", es_ES="Color")}
    value = {"code": "color", "value": "red", "label": texts(de_DE="Rot")}
    variant = {"uuid": OTHER, "name": texts(en_US="Red"), "variation_axes_values": [value]}
    body = json.dumps({"code": "m", "variation_axes": [axis], "variants": [variant]}).encode()

    found = json.loads(assembled(body, locales={"en_US": "en", "de_DE": "de"}))

    assert found == {
        "code": "m",
        "variation_axes": [{"code": "color", "label": texts(de="Farbe", en="Colour")}],
        "variants": [
            {
                "uuid": OTHER,
                "name": texts(en="Red"),
                "variation_axes_values": [{**value, "label": texts(de="Rot")}],
            }
        ],
    }


def test_associations_become_the_shops_relations_and_others_are_left_out():
    def association(code):
        objects = [{"type": "product", "uuid": OTHER, "quantity": 2}]
        return {"code": code, "label": texts(en_US=code), "associated_objects": objects}

    body = json.dumps({"pim_associations": [association("UPSELL"), association("PACK")]}).encode()

    found = json.loads(assembled(body, relations={"UPSELL": "related", "X_SELL": "accessory"}))

    assert found == {"pim_associations": [{**association("UPSELL"), "relation": "related"}]}


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"relations": {"UPSELL": "related"}}, {"pim_associations": []}),
        ({"shops": {"main": "1"}}, {"shops": []}),
        ({"shops": {"met": ""}}, {}),
    ],
)
@pytest.mark.parametrize(
    "document", [{"uuid": KEY}, {"code": "m", "variants": [{"uuid": OTHER}]}], ids=["one", "model"]
)
def test_a_product_with_no_link_or_shop_left_says_so_where_the_catalog_carries_them(
    settings, told, document
):
    """The PIM leaves out what is empty; an adapter leaves alone what it is not told of."""
    body = json.dumps(document).encode()

    assert json.loads(assembled(body, **settings)) == document | told


def test_values_become_shops_and_unknown_ones_are_left_out_and_told():
    body = json.dumps({"uuid": KEY, "shops": ["main", "new", "old", "main"]}).encode()
    assembly = assembly_of(catalog(shops={"main": "1", "old": "1", "met": ""}))

    assert json.loads(assembly.body_of(RawProduct(KEY, body))) == {"uuid": KEY, "shops": ["1"]}
    assert assembly.unknown_shops(body) == {"new"}


def test_categories_are_those_below_the_root():
    facts = {KEY: ProductFacts(("b", "elsewhere", "a"), {})}

    found = json.loads(
        assembled(b'{"uuid":"%s"}' % KEY.encode(), category_root="r", tree="abc", facts=facts)
    )

    assert found == {"uuid": KEY, "pim_categories": ["a", "b"]}


NO_FAMILY = "the PIM tells no completeness, as of products without a family"


def complete(**percents):
    scoped = {("shop", locale): percent for locale, percent in percents.items()}
    return ProductFacts((), {**scoped, ("print", "en_US"): 10})


@pytest.mark.parametrize(
    ("facts", "locales", "lacks"),
    [
        (complete(en_US=100, fr_FR=100), {}, None),
        (complete(en_US=100, fr_FR=80), {}, "fr_FR 80 %"),
        (complete(en_US=100, fr_FR=80), {"en_US": "en"}, None),
        (complete(en_US=100), {"en_US": "en", "de_DE": "de"}, "de_DE not in this channel"),
        (
            ProductFacts((), {}),
            {},
            "the PIM tells no completeness, as of products without a family",
        ),
    ],
)
def test_a_product_is_complete_in_every_locale_that_it_carries(facts, locales, lacks):
    settings = {"complete_for": "shop", "locales": locales, "facts": {KEY: facts}}

    if lacks is None:
        assert assembled(b"{}", **settings) == b"{}"
    else:
        with pytest.raises(Incomplete) as caught:
            assembled(b"{}", **settings)
        assert caught.value.in_words == lacks


def test_a_model_goes_out_with_those_of_its_variants_that_are_complete():
    variants = [{"uuid": KEY, "price": 1.50}, {"uuid": OTHER, "price": 2}]
    body = json.dumps({"code": "m", "variants": variants}).encode()
    half = {KEY: complete(en_US=99), OTHER: complete(en_US=100)}
    none = {KEY: complete(en_US=99), OTHER: complete(en_US=98)}

    found = json.loads(assembled(body, complete_for="shop", facts=half))
    with pytest.raises(Incomplete) as caught:
        assembled(body, complete_for="shop", facts=none)

    assert found == {"code": "m", "variants": [variants[1]]}
    assert caught.value.in_words == "none of its 2 variants: en_US 99 %; 1 more"


def test_the_pim_is_asked_about_a_models_variants():
    body = json.dumps({"code": "m", "variants": [{"uuid": KEY}, {"uuid": OTHER}]}).encode()

    assert uuids_of(RawProduct("m", body, (KEY, OTHER))) == (KEY, OTHER)
    assert uuids_of(RawProduct(KEY, b'{"uuid":1}')) == (KEY,)


@pytest.mark.parametrize(
    "settings", [{"locales": LOCALES}, {"category_root": "r"}, {"complete_for": "shop"}]
)
def test_what_was_seen_depends_on_the_settings_and_on_what_was_said_beside(settings):
    product = RawProduct(KEY, b"{}", beside=b'{"a":1}')
    assembly = assembly_of(catalog(**settings))

    others = [
        assembly.seen_digest(RawProduct(KEY, b"{}", beside=b'{"a":2}')),
        assembly.seen_digest(RawProduct(KEY, b"{ }", beside=b'{"a":1}')),
        assembly_of(catalog(**settings, locale="x")).seen_digest(product),
        PLAIN.seen_digest(product),
    ]

    assert assembly_of(catalog(**settings)).seen_digest(product) == assembly.seen_digest(product)
    assert assembly.seen_digest(product) not in others


def test_a_catalog_without_such_settings_and_a_raw_one_need_none_of_it():
    assert not needs_assembly(catalog("memory", currencies=["EUR"], set_when={"name": "new"}))
    assert not needs_assembly(catalog(raw=True, locales=LOCALES))
    assert needs_assembly(catalog("memory", locales=LOCALES))
    assert assembly_of(catalog("memory")) is PLAIN


@pytest.mark.parametrize("body", [b"[]", b'"x"', b'{"name":5}', b'{"name":[1]}', b"{" * 9])
def test_what_is_no_document_of_a_pim_is_carried_as_it_is(body):
    assert assembled(body, locales=LOCALES) == body
