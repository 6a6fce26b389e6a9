"""Images and files: their sources, sent from the browser, and how their offers look."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.models import PimUser
from enrichment.media.kept_paths import path_for
from enrichment.media.names import DEFAULT
from enrichment.models import Offer, Source, Upload
from pages.offered_values import shown
from pages.uploads import MOST_FILES
from tests.factories import make_offer, make_pim_user, make_proposal
from tests.pages.conftest import browser_of, messages_of, page_of, text_of

pytestmark = pytest.mark.django_db

NEW = "/enrichment/sources/new-files"
SEND = "/enrichment/upload-files"
FIELDS = {
    **{"name": "Studio", "location": "", "host_key": "", "secret": "", "every": ""},
    **{"approved": "", "pattern": DEFAULT},
}


@pytest.fixture
def enriched(connection, settings, tmp_path):
    settings.STATE_FOLDER = tmp_path / "state"
    connection.enriched_since = timezone.now()
    connection.save()
    connection.scopes = sorted(wanted_scopes(connection))
    connection.save()
    return connection


def add(browser, **values):
    return browser.post(NEW, {**FIELDS, **values}, follow=True)


def send(browser, *files, **values):
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    return browser.post(SEND, {"files": sent, **values}, follow=True)


def zip_of(name):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, b"x")
    return stream.getvalue()


def test_a_source_of_files_is_added_with_how_they_are_named(browser, enriched):
    page = browser.see(NEW)
    add(browser, pattern="{attribute}-{sku}.{ext}", approved="image")

    source = Source.objects.get()
    assert page.select_one("[name=pattern]")["value"] == DEFAULT
    assert page.select_one("[name=may_create]") is None
    assert (source.kind, source.approved) == ("media", ["image"])
    assert source.settings == {"pattern": "{attribute}-{sku}.{ext}"}
    assert (source.may_create, source.empty_erases) == (False, False)


def test_a_pattern_that_names_no_value_is_refused_with_the_reason(browser, enriched):
    answer = add(browser, pattern="{sku}.{ext}")

    assert answer.status_code == 422
    assert "“{attribute}” must be in it." in text_of(page_of(answer).main)
    assert not Source.objects.exists()


def test_it_is_changed_on_its_page_and_keeps_its_kind(browser, enriched):
    add(browser)
    path = f"/enrichment/sources/{Source.objects.get().uuid}"
    before = browser.see(path).select_one("[name=pattern]")["value"]

    browser.post(path, {**FIELDS, "pattern": "{sku}-{attribute}.{ext}"})

    source = Source.objects.get()
    assert (before, source.kind) == (DEFAULT, "media")
    assert source.settings == {"pattern": "{sku}-{attribute}.{ext}"}


def test_the_list_says_what_each_source_brings_and_forms_offer_those_of_their_kind(
    browser, enriched
):
    add(browser)
    Source.objects.create(connection=enriched, kind="values", name="ERP")

    page = browser.see("/enrichment")

    rows = [text_of(row) for row in page.select("#sources tbody tr")]
    assert "ERP Values, by upload" in rows[0]
    assert "Studio Images and files, by upload" in rows[1]
    assert "Studio" not in text_of(page.select_one("#source"))
    assert "ERP" not in text_of(page.select_one("#files_source"))


def test_several_files_are_an_offer_at_once(browser, enriched):
    add(browser)
    source = Source.objects.get()

    page = page_of(send(browser, ("a.png", b"1"), ("b.png", b"2"), source=str(source.uuid)))

    offer = Offer.objects.get()
    assert (offer.name, offer.kind, offer.source) == ("a.png +1", "media", source)
    assert "Being compared with" in text_of(page)
    assert {path.read_bytes() for path in path_for(offer.uuid).iterdir()} == {b"1", b"2"}


def test_an_archive_is_an_offer_of_its_own(browser, enriched, settings):
    content = zip_of("a.png")

    send(browser, ("Shoot.ZIP", content))

    offer = Offer.objects.get()
    kept = settings.STATE_FOLDER / "uploads" / str(Upload.objects.get().uuid)
    assert (offer.name, offer.kind) == ("Shoot.ZIP", "media")
    assert kept.read_bytes() == content


def test_what_is_not_taken_is_told_and_leaves_nothing(browser, enriched, settings, monkeypatch):
    answers = [
        browser.post(SEND, follow=True),
        send(browser, ("a.png", b"")),
        send(browser, ("a.zip", b"x"), ("b.png", b"x")),
        send(browser, ("a.png", b"x"), ("a.png", b"y")),
        send(browser, *((f"{n}.png", b"x") for n in range(MOST_FILES + 1))),
    ]
    monkeypatch.setattr("pages.uploads.MOST_OF_VALUES", 1000)
    answers.append(send(browser, ("a.png", b"x" * 1001)))
    enriched.enriched_since = None
    enriched.save()
    answers.append(send(browser, ("a.png", b"x")))

    said = [messages_of(answer)[0] for answer in answers]
    assert said[:3] == [
        "Choose a file first.",
        "The file is empty.",
        "Send a ZIP archive by itself, or the files without it.",
    ]
    assert said[3].startswith("“a.png”: Two files have this name.")
    assert said[4] == "At most 100 files can be sent at once. Pack more of them into a ZIP."
    assert "so it was not read" in said[5]
    assert "Enrichment is switched off" in said[6]
    assert not Offer.objects.exists()
    folder = settings.STATE_FOLDER / "offered"
    assert not folder.exists() or not list(folder.iterdir())


def test_why_nothing_is_taken_is_said_in_french(browser, enriched):
    files = [SimpleUploadedFile("a.png", b"x"), SimpleUploadedFile("a.png", b"y")]
    french = {"Accept-Language": "fr"}

    twice = browser.post(SEND, {"files": files}, headers=french, follow=True)
    pattern = browser.post(NEW, {**FIELDS, "pattern": "{sku}{attribute}.{ext}"}, headers=french)
    enriched.enriched_since = None
    enriched.save()
    files = [SimpleUploadedFile("a.png", b"x")]
    is_off = browser.post(SEND, {"files": files}, headers=french, follow=True)

    assert "Deux fichiers portent ce nom." in messages_of(twice)[0]
    assert "il faut quelque chose qui ne soit ni une lettre" in text_of(page_of(pattern))
    assert messages_of(is_off)[0].startswith("L’enrichissement est désactivé")


def test_as_many_as_may_be_are_taken(browser, enriched):
    send(browser, *((f"{n}.png", b"x") for n in range(MOST_FILES)))

    assert Offer.objects.get().name == f"0.png +{MOST_FILES - 1}"


def test_a_source_of_values_takes_no_pictures(browser, enriched):
    erp = Source.objects.create(connection=enriched, kind="values", name="ERP")

    assert send(browser, ("a.png", b"x"), source=str(erp.uuid)).status_code == 404


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_only_managers_send_files(enriched, role):
    other = browser_of(make_pim_user(enriched, role=role))

    answers = [send(other, ("a.png", b"x")), other.get(NEW), add(other)]

    assert [answer.status_code for answer in answers] == [403] * 3
    assert not Offer.objects.exists()


def test_a_file_is_shown_by_its_name_old_and_new(connection):
    code = f"0/a/1/f/{'0a1f' * 10}_former_mug.png"
    value = {"folder": "", "name": "mug__image.png", "content": "x", "size": 2048}
    offer = make_offer(connection, kind="media")
    one = make_proposal(offer, type="pim_catalog_image", value=value, before=code)

    row = shown(one)

    assert "".join(piece.text for piece in row.before) == "former_mug.png"
    assert "".join(piece.text for piece in row.offered) == "mug__image.png (2.0\xa0KB, PNG)"
