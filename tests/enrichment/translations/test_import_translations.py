"""Translations that come back, by the command `import_translations`."""

import pytest

from enrichment.models import Offer, Proposal, TranslatedText
from enrichment.translations.places import TextPlace
from tests.enrichment.offering import counts, problems, the_problem
from tests.enrichment.translations.translating import place

APPLY = ("--apply",)
NAMES = ("--attributes", "name")
HTML = '<p>For <b>you</b> &amp; me<br>\r\n  <a href="/a?b=1&c=2">here</a>\t</p> \r\n'


def value(enrichment, at, locale="fr_FR"):
    assortment = enrichment.pim.assortment
    item = assortment.models[at.key] if at.subject == "model" else assortment.product(at.key)
    return assortment.value(item, at.attribute, locale, at.scope or None)


@pytest.fixture
def away(translating, lamp):
    """A file with the name of the lamp and of all others, at the translator's."""
    translating.export(*NAMES)
    return translating


def test_a_dry_run_says_what_would_change_and_remembers_nothing(enrichment, away, lamp):
    away.translate([lamp.id])

    ended = away.bring_back()

    assert ended.status == 0
    assert counts(ended) == {
        "read": len(away.units()),
        "proposed": 1,
        "unchanged": len(away.units()) - 1,
    }
    assert value(enrichment, lamp) is None
    assert not Offer.objects.exists()
    assert not TranslatedText.objects.exists()


def test_translations_reach_the_pim_at_the_level_where_they_live(enrichment, away):
    ids = away.translate()

    ended = away.bring_back(*APPLY)
    again = away.bring_back(*APPLY)

    assert (ended.status, problems(ended)) == (0, [])
    number = len(ids)
    assert counts(ended) == {"read": number, "proposed": number, "written": number}
    assert counts(again) == {"read": number, "unchanged": number}
    for at in map(place, ids):
        assert value(enrichment, at) == "Traduit: " + value(enrichment, at, "en_US")
    offer = Offer.objects.latest("pk")
    assert (offer.kind, offer.name) == ("translations", "texts.xlf")


def test_html_and_white_space_come_back_to_the_letter(enrichment, translating, lamp):
    enrichment.pim.edit_product(lamp.key, "description", HTML, "en_US", "ecommerce")
    translating.export("--attributes", "description")
    mine = TextPlace(lamp.subject, lamp.key, "description", "ecommerce")
    translating.translate([mine.id], word="  ")

    ended = translating.bring_back(*APPLY)

    assert ended.status == 0
    assert value(enrichment, mine) == "  " + HTML


def test_a_tag_that_a_translator_left_out_is_told_and_left_to_people(enrichment, translating, lamp):
    enrichment.pim.edit_product(lamp.key, "description", HTML, "en_US", "ecommerce")
    translating.export("--attributes", "description")
    mine = TextPlace(lamp.subject, lamp.key, "description", "ecommerce")
    translating.translate([mine.id])
    translating.leave_out_codes(mine.id)

    dry, ended, again = (translating.bring_back(*options) for options in ((), APPLY, APPLY))

    for each in (dry, ended):
        line, column, message = the_problem(each)
        assert column == "description-fr_FR-ecommerce"
        assert "The tag “<br>” of the original is not" in message
        assert f'id="{mine.id}"' in translating.path.read_text().splitlines()[line - 1]
        assert (each.status, counts(each)["proposed"]) == (0, 1)
    assert value(enrichment, mine) == "Traduit: " + HTML.replace("<br>", "")
    assert problems(again) == []


def test_what_is_not_translated_yet_is_counted_and_left(enrichment, translating, lamp):
    translating.export(*NAMES, "--only", "missing")

    ended = translating.bring_back(*APPLY)

    assert (ended.status, counts(ended)) == (0, {})
    assert ended.answer["untranslated"] == 1


def test_a_translation_of_a_text_that_has_changed_is_outdated(enrichment, away, lamp):
    away.translate([lamp.id])
    enrichment.pim.edit_product(lamp.key, "name", "Desk lamp", "en_US")

    dry, ended = away.bring_back(), away.bring_back(*APPLY)

    for each in (dry, ended):
        assert each.status == 1
        assert counts(each)["outdated"] == 1
        assert "written" not in counts(each)
        line, column, message = the_problem(each)
        assert (column, message[:36]) == ("name-fr_FR", "The original has changed in the PIM ")
        assert f'id="{lamp.id}"' in away.path.read_text().splitlines()[line - 1]
    assert value(enrichment, lamp) is None


def test_another_white_space_makes_no_translation_outdated(enrichment, away, lamp):
    away.translate([lamp.id])
    enrichment.pim.edit_product(lamp.key, "name", " Lamp\u00a0", "en_US")

    assert away.bring_back(*APPLY).status == 0
    assert value(enrichment, lamp) == "Traduit: Lamp"


def test_what_somebody_translated_meanwhile_is_kept(enrichment, away, lamp):
    away.translate([lamp.id])
    enrichment.pim.edit_product(lamp.key, "name", "Lampe", "fr_FR")

    ended = away.bring_back(*APPLY)

    assert counts(ended)["outdated"] == 1
    assert "while the file was away" in the_problem(ended)[2]
    assert value(enrichment, lamp) == "Lampe"


def test_a_translator_may_correct_what_came_back_before(enrichment, away, lamp):
    away.translate([lamp.id], word="Tradiut: ")
    away.bring_back(*APPLY)
    away.translate([lamp.id])

    ended = away.bring_back(*APPLY)

    assert (ended.status, counts(ended)["written"]) == (0, 1)
    assert value(enrichment, lamp) == "Traduit: Lamp"


def test_a_source_text_that_changes_before_it_is_written_makes_it_outdated(enrichment, away, lamp):
    """A person approves what a file offered days before."""
    away.translate([lamp.id])
    away.bring_back(*APPLY)
    proposal = Proposal.objects.get(state="written")
    enrichment.pim.edit_product(lamp.key, "name", None, "fr_FR")
    Proposal.objects.update(state="approved", sent_at=None, written_at=None)
    Offer.objects.update(state="writing")
    enrichment.pim.edit_product(lamp.key, "name", "Desk lamp", "en_US")

    enrichment.write(Offer.objects.get())

    proposal.refresh_from_db()
    assert (proposal.state, proposal.source_text) == ("earlier", "Lamp")
    assert value(enrichment, lamp) is None


def test_a_translation_is_shown_when_its_text_changes_later(enrichment, away, lamp):
    away.translate([lamp.id])
    away.bring_back(*APPLY)
    assert away.export(*NAMES, "--only", "changed").answer["proposed"] == 0
    enrichment.pim.edit_product(lamp.key, "name", "Desk lamp", "en_US")

    ended = away.export(*NAMES, "--only", "changed")

    assert (ended.answer["changed"], ended.answer["proposed"]) == (1, 1)
    assert away.states() == {lamp.id: ("initial", "Traduit: Lamp")}
    assert '<note category="changed">' in away.path.read_text()
    away.translate()
    assert away.bring_back(*APPLY).status == 0
    assert value(enrichment, lamp) == "Traduit: Desk lamp"
    assert away.export(*NAMES, "--only", "changed").answer["proposed"] == 0


def test_a_translation_that_the_pim_had_is_known_once_it_came_back(enrichment, away):
    other = TextPlace(Proposal.Subject.PRODUCT, enrichment.uuids[1], "name")
    away.bring_back(*APPLY)
    enrichment.pim.edit_product(other.key, "name", "Another", "en_US")

    away.export(*NAMES, "--only", "changed")

    assert list(away.units()) == [other.id]


def test_one_bad_unit_does_not_keep_the_others(enrichment, away):
    *bad, good = away.translate(list(away.units())[:5])
    gone = "product.00000000-0000-4000-8000-000000000000.name."
    text = away.path.read_text()
    for old, new in zip(bad, (gone, "product.no-uuid.name.", "of.another", good), strict=True):
        text = text.replace(f'id="{old}"', f'id="{new}"', 1)
    others = _unit("product.x.price.", "Cheap") + _unit("product.x.nmae.", "Lamp")
    away.path.write_text(text.replace("</ns0:file>", others + "</ns0:file>"))

    ended = away.bring_back(*APPLY)

    assert ended.status == 1
    assert (counts(ended)["invalid"], counts(ended)["written"]) == (6, 1)
    told = [(column, message[:40]) for _, column, message in problems(ended)]
    lines = away.path.read_text().splitlines()
    _, last = (n for n, each in enumerate(lines, 1) if f'id="{good}"' in each)
    assert told == [
        ("", "The PIM has no product “00000000-0000-40"),
        ("name-fr_FR", "“no-uuid” is no uuid of a product."),
        ("of.another", "This unit is none of an exported file: i"),
        ("name-fr_FR", f"Line {last} has another value for it, and the last"[:40]),
        ("price-fr_FR", "It holds no texts, so it is not translat"),
        ("nmae-fr_FR", "The PIM has no attribute “nmae”. Did you"),
    ]
    assert value(enrichment, place(good)) == "Traduit: " + value(enrichment, place(good), "en_US")


def _unit(id, target):
    return (
        f'<ns0:unit id="{id}"><ns0:segment state="translated"><ns0:source>{target}</ns0:source>'
        f"<ns0:target>{target}</ns0:target></ns0:segment></ns0:unit>"
    )


def test_a_text_that_is_too_long_is_told_with_its_limit(enrichment, translating, lamp):
    enrichment.pim.assortment.attributes["name"]["max_characters"] = 8
    translating.export(*NAMES, "--only", "missing")
    translating.translate()

    ended = translating.bring_back()

    assert counts(ended)["invalid"] == 1
    assert "13 characters; 8 are possible" in the_problem(ended)[2]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("<ns0:xliff ", "<!DOCTYPE x [<!ENTITY a SYSTEM '/x'>]><ns0:xliff ", "has a DOCTYPE"),
        ('trgLang="fr-FR"', 'trgLang="es-ES"', "“es-ES” is no active language"),
        ('trgLang="fr-FR"', "", "“” is no active language"),
        ('trgLang="fr-FR"', 'trgLang="en-US"', "from en_US into en_US"),
        ('version="2.1"', 'version="1.2"', "This is no XLIFF 2 file"),
    ],
)
def test_nothing_of_a_wrong_file_is_taken(enrichment, away, lamp, old, new, says):
    away.translate([lamp.id])
    text = away.path.read_text()
    assert old in text
    away.path.write_text(text.replace(old, new, 1))

    ended = away.bring_back(*APPLY)

    assert ended.status == 1
    assert counts(ended) == {"invalid": 1}
    assert says in the_problem(ended)[2]
    assert value(enrichment, lamp) is None


def test_what_stands_before_a_break_goes_through(enrichment, away):
    first, *_ = away.translate()
    text = away.path.read_text()
    away.path.write_text(text[: text.index("</ns0:unit>") + 30])

    ended = away.bring_back(*APPLY)

    assert counts(ended) == {"read": 2, "proposed": 1, "written": 1, "invalid": 1}
    assert "no whole XML from here on" in the_problem(ended)[2]
    assert value(enrichment, place(first)).startswith("Traduit: ")
