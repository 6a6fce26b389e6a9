"""Texts go out as XLIFF 2.1 that others can read, and come back to the letter."""

import io
import re

import pytest
from defusedxml import ElementTree
from hypothesis import given
from hypothesis import strategies as st

from enrichment.models import Proposal
from enrichment.translations import xliff_units
from enrichment.translations.places import TextPlace, place_of
from enrichment.translations.xliff_reading import XliffError, XliffReader
from enrichment.translations.xliff_units import ReadUnit
from enrichment.translations.xliff_writing import State, Unit, write_xliff

TEXTS = (
    "Soft <b>cotton</b> shirt",
    "<p>One<br>two</p>\r\n<ul>\n\t<li class='a'>three</li></ul>  ",
    '  &nbsp;&amp; 3 < 5 > 2 ]]> "quoted" &lt;b&gt;  ',
    "<b><i>overlapping</b></i> and </p> lonely <p>",
    "a\x00b\x0bc\x1f<i title='\x02'>d</i>\ufffe\x85\u2028\r",
    "قميص <b>قطني</b> ‏ناعم 👩🏽‍🚀 𝒳",
    "<!-- hidden --> shown <!-- <b>not</b> closed",
    '<a href="https://shop.example/?a=1&b=2" data-x="1 > 0">link</a>',
    "<M> is a size, <custom-tag> no tag of HTML",
    "<div>" * 60 + "deep" + "</div>" * 60,
)


def written(*units, source="en_US", target="fr_FR", original="https://pim.example.com"):
    file = io.BytesIO()
    write_xliff(file, units, source=source, target=target, original=original)
    return file.getvalue()


def read(content):
    return list(XliffReader(io.BytesIO(content)))


def xliff(units, languages='srcLang="en-US" trgLang="fr-FR"'):
    return (
        '<?xml version="1.0"?>\n<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" '
        f'version="2.1" {languages}>\n<file id="f">\n{units}\n</file></xliff>'
    ).encode()


def unit(segments, data="", id="product.1.name."):
    return f'<unit id="{id}" xml:space="preserve">{data}{segments}</unit>'


def segment(source, target, state="translated"):
    return f'<segment state="{state}"><source>{source}</source><target>{target}</target></segment>'


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_to_the_letter(text):
    content = written(Unit("product.1.name.", text, text, State.TRANSLATED))

    [back] = read(content)

    assert (back.source, back.target, back.problem) == (text, text, "")


@given(
    st.lists(
        st.one_of(
            st.text(),
            st.sampled_from(
                [
                    "<b>",
                    "</b>",
                    "<p class='x'>",
                    "</p>",
                    "<br/>",
                    "<!--",
                    "-->",
                    "<",
                    ">",
                    "&",
                    "\r",
                ]
            ),
        )
    ).map("".join)
)
def test_whatever_text_comes_back_to_the_letter(text):
    back = read(written(Unit("product.1.name.", text, text, State.TRANSLATED)))

    assert [one.source for one in back] == [text]
    assert [one.target for one in back if text.strip()] == ([text] if text.strip() else [])


def test_the_head_says_version_and_languages():
    root = ElementTree.fromstring(written(target="sr_Latn_RS"))

    assert root.tag == "{urn:oasis:names:tc:xliff:document:2.0}xliff"
    assert (root.get("version"), root.get("srcLang"), root.get("trgLang")) == (
        "2.1",
        "en-US",
        "sr-Latn-RS",
    )


def test_a_locale_without_language_tag_is_refused_before_anything_is_written():
    file = io.BytesIO()

    with pytest.raises(ValueError, match="no locale"):
        write_xliff(file, [], source="en_US", target="fr FR", original="")

    assert file.getvalue() == b""


def test_tags_are_codes_around_the_text():
    content = written(Unit("u", "Soft <b>cotton</b><br>shirt", "<b>Coton</b> doux")).decode()

    assert (
        '<source>Soft <pc id="1" dataRefStart="d1" dataRefEnd="d2">cotton</pc>'
        '<ph id="2" dataRef="d3"/>shirt</source>' in content
    )
    assert '<target><pc id="1" dataRefStart="d1" dataRefEnd="d2">Coton</pc> doux' in content
    assert '<data id="d1">&lt;b&gt;</data>' in content


def test_ids_say_where_a_text_belongs():
    place = TextPlace(Proposal.Subject.MODEL, "Großer Hut/2.0:b", "description", "web_shop")

    assert re.fullmatch(r"[\w.:-]+", place.id, re.ASCII)
    assert place_of(place.id) == place


@pytest.mark.parametrize(
    "unit_id", ["", "a.b", "product..name.", "thing.1.name.", "product.1.name.:FF", "product.é.n."]
)
def test_ids_of_others_belong_nowhere(unit_id):
    assert place_of(unit_id) is None


@pytest.mark.parametrize("state", ["translated", "reviewed", "final"])
def test_what_is_translated_is_taken(state):
    [one] = read(xliff(unit(segment("Mug", "Tasse", state))))

    assert (one.line, one.target) == (4, "Tasse")


def test_what_is_not_translated_yet_is_not_taken():
    parts = segment("One. ", "Un. ") + segment("Two.", "Deux.", "initial")
    no_state = "<segment><source>Mug</source><target>Tasse</target></segment>"

    found = read(xliff(unit(parts) + unit(no_state, id="u2")))

    assert [(one.source, one.target, one.problem) for one in found] == [
        ("One. Two.", None, ""),
        ("Mug", None, ""),
    ]


def test_segments_are_joined_with_what_lies_between_them():
    parts = (
        segment("One.", "Un.")
        + "<ignorable><source> \n </source></ignorable>"
        + segment("Two.", "Deux.")
        + "<ignorable><source>!</source><target> !</target></ignorable>"
    )

    [one] = read(xliff(unit(parts)))

    assert (one.source, one.target) == ("One. \n Two.!", "Un. \n Deux. !")


def test_segments_stand_in_the_order_that_the_translator_gave_them():
    parts = (
        '<segment state="final"><source>One. </source><target order="2">Un.</target></segment>'
        '<segment state="final"><source>Two. </source><target order="1">Deux. </target></segment>'
    )

    [one] = read(xliff(unit(parts)))

    assert one.target == "Deux. Un."


def test_codes_and_marks_that_a_program_makes_its_own_way_are_understood():
    data = (
        '<originalData><data id="a">&lt;b&gt;</data><data id="z">&lt;/b&gt;</data></originalData>'
    )
    source = 'Soft <pc id="1" dataRefStart="a" dataRefEnd="z">cotton</pc> shirt'
    target = (
        '<mrk id="m" type="term"><pc id="1">Coton</pc></mrk> <sc id="7" dataRef="a"/>'
        '<cp hex="0002"/>doux<ec startRef="7" dataRef="z"/>'
    )

    [one] = read(xliff(unit(segment(source, target), data)))

    assert (one.source, one.target, one.problem) == (
        "Soft <b>cotton</b> shirt",
        "<b>Coton</b> <b>\x02doux</b>",
        "",
    )


def test_a_code_that_stands_for_nothing_is_a_problem():
    [one] = read(xliff(unit(segment("Mug", 'Tasse <ph id="9"/>'))))

    assert one.target is None
    assert "code “9”" in one.problem


def test_a_translation_without_text_is_a_problem():
    [one] = read(xliff(unit(segment("Mug", " "))))

    assert "no text" in one.problem


def test_a_segment_without_a_translation_does_not_cut_the_text():
    parts = segment("One. ", "Un. ") + (
        '<segment state="translated"><source>Two.</source></segment>'
    )

    [one] = read(xliff(unit(parts)))

    assert one.target is None
    assert "no text" in one.problem


def test_a_segment_whose_text_was_moved_to_another_may_be_empty():
    [one] = read(xliff(unit(segment("One. ", "Un, deux.") + segment("Two.", ""))))

    assert (one.target, one.problem) == ("Un, deux.", "")


@pytest.mark.parametrize(
    "target", ["Un<br/>deux", '<b xmlns="http://www.w3.org/1999/xhtml">Un</b> deux']
)
def test_a_tag_that_is_no_code_is_a_problem(target):
    one, other = read(xliff(unit(segment("Mug", target)) + unit(segment("Cup", "Bol"), id="u2")))

    assert one.target is None
    assert "Write it as a text" in one.problem
    assert other.target == "Bol"


DOCTYPE = b'<?xml version="1.0"?>\n<!DOCTYPE xliff [<!ENTITY a "aaa">]>\n'


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (DOCTYPE + xliff("")[21:], 2, "DOCTYPE"),
        (b'<xliff xmlns="urn:oasis:names:tc:xliff:document:1.2" version="1.2"/>', 1, "XLIFF 2"),
        (b"\n<html/>", 2, "XLIFF 2"),
        (b"sku;name-en_US", 1, "no XLIFF file"),
        (b"", 1, "no XLIFF file"),
        (b'<?xml version="1.0" encoding="martian"?><xliff/>', 1, "UTF-8"),
        (xliff("<a>" * 2000), 4, "too deep"),
        (xliff("<a b='" + "c" * 2**25 + "'/>"), 4, "too long"),
    ],
)
def test_what_is_no_such_file_is_refused_with_its_line(content, line, words):
    with pytest.raises(XliffError, match=words) as refused:
        read(content)

    assert refused.value.line == line


def test_what_was_whole_before_a_file_breaks_off_is_read():
    content = xliff(unit(segment("Mug", "Tasse"))) + b"<more/>"
    broken = content.replace(b"</file>", b"<unit id='x'><segm")
    found: list[ReadUnit] = []

    with pytest.raises(XliffError) as refused:
        found.extend(XliffReader(io.BytesIO(broken)))

    assert [one.target for one in found] == ["Tasse"]
    assert refused.value.line == 5


def test_an_endless_text_is_a_problem_and_its_neighbour_is_read(monkeypatch):
    monkeypatch.setattr(xliff_units, "MAX_CHARACTERS", 1000)

    long, other = read(
        xliff(unit(segment("Mug", "Tasse" * 9000)) + unit(segment("Cup", "Bol"), id="u2"))
    )

    assert "longer" in long.problem
    assert other.target == "Bol"
