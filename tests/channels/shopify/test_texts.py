from channels.base import Outcome
from tests.channels.shopify.stage import axis, product, push, texts, variant


def told(shop, id_, locale="fr"):
    return {
        key: one["value"]
        for (of, in_, key), one in shop.translations.items()
        if (of, in_) == (id_, locale)
    }


def test_each_language_of_the_shop_has_its_text(adapter, shop):
    push(
        adapter,
        product(
            "a",
            title=texts(en="Mug", fr="Tasse", de="Becher"),
            description=texts(en="For tea", fr="Pour le thé"),
            seo_title=texts(en="Mug!", fr="Tasse !"),
        ),
    )

    [there] = shop.products
    assert there["title"] == "Mug"
    assert told(shop, there["id"]) == {
        "title": "Tasse",
        "body_html": "Pour le thé",
        "meta_title": "Tasse !",
    }
    assert told(shop, there["id"], "de") == {"title": "Becher"}


def test_a_language_that_is_missing_stays_and_an_empty_one_is_emptied(adapter, shop):
    push(
        adapter,
        product(
            "a",
            title=texts(en="Mug", fr="Tasse", de="Becher"),
            description=texts(en="For tea", fr="Pour le thé"),
        ),
    )
    id_ = shop.products[0]["id"]

    push(
        adapter,
        product("a", title=texts(en="Mug", fr="Tasse"), description=texts(en=None, fr=None)),
    )

    assert told(shop, id_) == {"title": "Tasse"}
    assert told(shop, id_, "de") == {"title": "Becher"}
    assert shop.products[0]["descriptionHtml"] == ""


def test_a_target_without_any_text_is_emptied_in_every_language(adapter, shop):
    push(adapter, product("a", seo_title=texts(en="Mug!", fr="Tasse !")))

    push(adapter, product("a"))

    assert shop.products[0]["seo"]["title"] is None
    assert told(shop, shop.products[0]["id"]) == {}


def test_a_text_that_changed_is_translated_anew(adapter, shop):
    push(adapter, product("a", title=texts(en="Mug", fr="Tasse")))

    push(adapter, product("a", title=texts(en="Big mug", fr="Tasse")))

    [one] = [one for one in shop.translations.values() if one["value"] == "Tasse"]
    assert shop.writes.count("Translate") == 2
    assert one["digest"] != ""


def test_what_is_translated_already_is_not_sent_again(adapter, shop):
    document = product("a", title=texts(en="Mug", fr="Tasse"))
    push(adapter, document)
    shop.writes.clear()

    push(adapter, document)

    assert shop.writes == ["ProductSet"]


def test_options_and_their_values_are_translated(adapter, shop):
    push(
        adapter,
        product(
            "shirt",
            variation_axes=[axis("color", en="Colour", fr="Couleur")],
            variants=[variant("1", {"color": {"blue": {"en": "Blue", "fr": "Bleu"}}})],
        ),
    )

    [option] = shop.products[0]["options"]
    assert told(shop, option["id"]) == {"name": "Couleur"}
    assert told(shop, option["optionValues"][0]["id"]) == {"name": "Bleu"}


def test_a_language_that_the_shop_does_not_have_is_left_out(adapter, shop):
    [result] = push(adapter, product("a", title=texts(en="Mug", it="Tazza")))

    assert result.accepted
    assert shop.translations == {}


def test_a_product_without_a_title_in_the_primary_language_has_that_of_another(adapter, shop):
    push(adapter, product("a", title=texts(fr="Tasse")))

    assert shop.products[0]["title"] == "Tasse"


def test_the_shops_own_translation_stays_where_the_target_is_set_only_when_empty(adapter, shop):
    push(adapter, product("a", title=texts(en="Mug", fr="Tasse")))
    id_ = shop.products[0]["id"]
    shop.translations[id_, "fr", "title"]["value"] = "À la main"

    push(
        adapter,
        product(
            "a",
            title=texts(en="New", fr="Nouveau", de="Neu"),
            sent={"if_empty": frozenset({"title"})},
        ),
    )

    assert shop.products[0]["title"] == "Mug"
    assert told(shop, id_) == {"title": "À la main"}
    assert told(shop, id_, "de") == {"title": "Neu"}


def test_a_translation_that_shopify_refuses_is_told(adapter, shop):
    refused, accepted = push(
        adapter,
        product("a", title=texts(en="Mug", fr="x" * 300)),
        product("b", title=texts(en="Cup", fr="Tasse")),
    )

    assert refused.outcome is Outcome.REJECTED
    assert "Shopify refused a translation: “Title is too long”" in refused.message
    assert accepted.accepted


def test_the_shops_languages_are_told_the_primary_one_first(adapter):
    assert adapter.read_languages() == ["en", "fr", "de"]
