"""A `<` that a translator types into a text: what is HTML stays whole, all else to the letter."""

import pytest

from enrichment.translations.markup import has_stray, without_stray
from enrichment.translations.places import TextPlace
from tests.enrichment.offering import counts
from tests.enrichment.translations.test_import_translations import value

TYPED = "i<j, 5 < 6, <3: "
ESCAPED = "i&lt;j, 5 &lt; 6, &lt;3: "
HTML = '<p>For <b>you</b> &amp; me<br/> <a href="/a?b=1&c=2">5 &lt; 6</a></p>'


@pytest.fixture
def description(enrichment, translating, lamp):
    """Makes the lamp's text, which the PIM edits as rich text, and gives it to the translator."""
    mine = TextPlace(lamp.subject, lamp.key, "description", "ecommerce")

    def give(text, french=None):
        for locale, one in (("en_US", text), ("fr_FR", french)):
            if one is not None:
                enrichment.pim.edit_product(lamp.key, "description", one, locale, "ecommerce")
        translating.export("--attributes", "description")
        return mine

    return give


@pytest.mark.parametrize("text", [HTML, "Plain", "Rock &amp; Roll"])
def test_in_rich_text_it_is_written_as_a_character(enrichment, translating, description, text):
    mine = description(text)
    translating.translate([mine.id], word=TYPED)

    ended = translating.bring_back("--apply")
    again = translating.bring_back("--apply")

    assert (ended.status, counts(ended)["written"]) == (0, 1)
    assert value(enrichment, mine) == ESCAPED + text
    assert "written" not in counts(again)


@pytest.mark.parametrize("text", ["5 < 6 <b>x</b>", "<my-tag>x</my-tag>", "<b", "<![CDATA[x]]>"])
def test_where_the_original_has_one_everything_comes_back_to_the_letter(
    enrichment, translating, description, text
):
    mine = description(text)
    translating.translate([mine.id], word=TYPED)

    translating.bring_back("--apply")

    assert value(enrichment, mine) == TYPED + text


def test_a_translation_that_had_one_before_and_was_not_touched_is_unchanged(
    enrichment, translating, description
):
    mine = description("<p>Small</p>", french=f"{TYPED}<p>Small</p>")
    translating.translate([mine.id], word=TYPED)

    ended = translating.bring_back("--apply")

    assert "written" not in counts(ended)
    assert value(enrichment, mine) == f"{TYPED}<p>Small</p>"


def test_in_a_plain_text_it_stays_what_it_is(enrichment, translating, lamp):
    translating.export("--attributes", "name")
    translating.translate([lamp.id], word=TYPED)

    translating.bring_back("--apply")

    assert value(enrichment, lamp).startswith(TYPED)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        (HTML, HTML),
        ("<!-- a < b --><p>x", "<!-- a < b --><p>x"),
        ("a <b>c</b> <d", "a <b>c</b> &lt;d"),
        ("<<b>x</b>", "&lt;<b>x</b>"),
        ("a > b", "a > b"),
    ],
)
def test_tags_stay_and_what_is_none_is_escaped(text, written):
    assert without_stray(text) == written
    assert has_stray(text) == (text != written)
    assert not has_stray(written)
