"""Translated files that people upload: read by a worker, whatever somebody sends."""

import io
import zipfile

import pytest

from enrichment.models import Offer, OfferProblem, Proposal, Upload
from enrichment.tasks import read_upload_of
from enrichment.uploads import offer_upload

_ROOT = (
    '<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<xliff '
    'xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.1" srcLang="{source}" '
    'trgLang="{target}"><file id="f">{inside}</file></xliff>'
)


def xliff(inside="", source="en-US", target="fr-FR", doctype=""):
    written = _ROOT.format(inside=inside, source=source, target=target, doctype=doctype)
    return written.encode()


def unit(id, source="Lamp", target="Lampe", state="translated"):
    return (
        f'<unit id="{id}"><segment state="{state}"><source>{source}</source>'
        f"<target>{target}</target></segment></unit>"
    )


def zipped(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("texts.xlf", content)
    return file.getvalue()


@pytest.fixture
def uploads(settings, tmp_path):
    settings.STATE_FOLDER = tmp_path / "state"
    return tmp_path / "state" / "uploads"


@pytest.fixture
def bring(enrichment, uploads, queue):
    """Upload a file and let a worker read it; the offer that became of it."""

    def bring(content):
        kind = Offer.Kind.TRANSLATIONS
        offer = offer_upload(enrichment.connection, "texts.xlf", [content], kind=kind, by="Mary")
        read_upload_of(offer.pk)
        offer.refresh_from_db()
        assert list(uploads.iterdir()) == []
        assert not Upload.objects.exists()
        return offer

    return bring


def test_what_comes_back_waits_for_approval(bring, lamp, enrichment):
    offer = bring(xliff(unit(lamp.id)))

    assert (offer.state, offer.kind, offer.read) == ("waiting", "translations", 1)
    one = Proposal.objects.get()
    assert (one.key, one.value, one.source_locale) == (lamp.key, "Lampe", "en_US")


def test_a_file_that_was_given_to_translators_is_taken_back(translating, bring, lamp):
    translating.export("--attributes", "name")
    translating.translate([lamp.id])

    offer = bring(translating.path.read_bytes())

    assert offer.state == "waiting"
    assert Proposal.objects.get(key=lamp.key).value == "Traduit: Lamp"


def test_texts_that_nobody_marked_are_told(bring, lamp):
    offer = bring(xliff(unit(lamp.id, state="initial")))

    assert (offer.state, offer.invalid) == ("done", 0)
    assert "not marked as translated" in OfferProblem.objects.get().message
    assert "left alone: 1." in OfferProblem.objects.get().message


BOMB = (
    '<!DOCTYPE xliff [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
OUTSIDE = '<!DOCTYPE xliff [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (xliff(doctype=BOMB), "has a DOCTYPE"),
        (xliff(doctype=OUTSIDE), "has a DOCTYPE"),
        (xliff(target="xx-XX"), "The languages of the file do not fit"),
        (xliff(target="en-US"), "translation from en_US into en_US"),
        (xliff(target=""), "The languages of the file do not fit"),
        (xliff()[:20], "This is no XLIFF file"),
        (zipped(xliff()), "This is an archive"),
        (b"sku;name\n1;Lamp\n", "This is no XLIFF file"),
        (b"\x00\xff\xfe" * 100, "This is no XLIFF file"),
        (b'<xliff version="1.2"/>', "This is no XLIFF 2 file"),
        (b"<html><body/></html>", "This is no XLIFF 2 file"),
        (b'<?xml version="1.0" encoding="no-such"?><xliff/>', "an encoding which cannot be read"),
    ],
)
def test_what_cannot_be_read_says_why_and_nothing_of_it_is_left(bring, content, said):
    offer = bring(content)

    assert offer.state == "stopped"
    assert said in offer.problem
    assert not Proposal.objects.exists()


def test_of_one_that_was_cut_off_what_came_is_offered_and_the_place_is_told(bring, lamp):
    whole = xliff(unit(lamp.id) + unit("product.x.name.", target="Rien"))

    offer = bring(whole[:-70])

    assert (offer.state, Proposal.objects.get().key) == ("waiting", lamp.key)
    assert "This is no whole XML from here on" in OfferProblem.objects.get().message


def test_units_of_somebody_elses_file_are_problems_alone(bring, lamp):
    offer = bring(xliff(unit("1") + unit("../../etc") + unit("product.nobody.name.")))

    assert (offer.state, offer.invalid) == ("done", 3)
    assert not Proposal.objects.exists()
