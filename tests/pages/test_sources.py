"""Sources of values: what managers may set, and where Ferry must not look."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory
from django.urls import resolve
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.models import AuditRecord, Connection, PimUser
from enrichment.models import Offer, Source
from pages.uploads import MOST_BYTES, was_too_large
from tests.factories import make_connection, make_offer, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.queued import waiting

pytestmark = pytest.mark.django_db

NEW = "/enrichment/sources/new"
UPLOAD = "/enrichment/upload"
KEY = "SHA256:" + "A" * 43
FIELDS = {"name": "ERP", "location": "", "host_key": "", "secret": "", "every": "", "approved": ""}


@pytest.fixture
def source(connection):
    return Source.objects.create(
        connection=connection, kind="values", name="ERP", secret="planted", approved=["price"]
    )


@pytest.fixture
def enriched(connection):
    connection.enriched_since = timezone.now()
    connection.save()
    connection.scopes = sorted(wanted_scopes(connection))
    connection.save()
    return connection


@pytest.fixture
def kept(settings, tmp_path):
    """The folder of uploads."""
    settings.STATE_FOLDER = tmp_path / "state"
    return tmp_path / "state" / "uploads"


def row_of(browser):
    return text_of(browser.see("/enrichment").select_one("#sources tbody tr"))


def add(browser, **values):
    return browser.post(NEW, {**FIELDS, **values}, follow=True)


def wrong(answer):
    return text_of(page_of(answer).main)


def path_of(source, action=""):
    return f"/enrichment/sources/{source.uuid}{action}"


def test_a_source_is_added_with_what_it_may_do(browser, connection):
    answer = add(browser, approved="price, stock price", may_create="on", empty_erases="on")

    source = Source.objects.get()
    assert messages_of(answer) == ["The source “ERP” was added."]
    assert (source.connection, source.kind, source.location) == (connection, "values", "")
    assert (source.approved, source.may_create) == (["price", "stock"], True)
    assert (source.may_create_options, source.empty_erases) == (False, True)
    assert AuditRecord.objects.get(action="source_created").subject == "ERP"


def test_a_star_approves_everything(browser):
    add(browser, approved="price, *")

    assert Source.objects.get().approved == ["*"]


def test_a_folder_is_read_only_below_those_that_were_allowed(browser, settings, tmp_path):
    allowed = tmp_path / "erp"
    allowed.mkdir()
    (allowed / "way-out").symlink_to(tmp_path)
    none_allowed = add(browser, location=str(allowed))
    settings.ENRICHMENT_FOLDERS = [str(allowed)]

    elsewhere = add(browser, location=str(tmp_path))
    climbing = add(browser, location=f"{allowed}/../other")
    by_link = add(browser, location=str(allowed / "way-out"))
    add(browser, location=str(allowed / "in"), every="60")

    assert "ENRICHMENT_FOLDERS" in wrong(none_allowed)
    for answer in (elsewhere, climbing, by_link):
        assert answer.status_code == 422
        assert f"Choose a folder below {allowed}" in wrong(answer)
    source = Source.objects.get()
    assert (source.location, source.every) == (str(allowed / "in"), 60)


def test_an_sftp_server_needs_its_host_key_and_an_address_that_is_allowed(browser, settings):
    settings.PIM_ALLOW_INSECURE = False

    without = add(browser, location="sftp://erp@files.example.com/out")
    private = add(browser, location="sftp://erp@10.0.0.8/out", host_key=KEY)
    password = add(browser, location="sftp://erp:pw@files.example.com/out", host_key=KEY)
    bucket = add(browser, location="s3://bucket/out")
    add(
        browser,
        location="sftp://erp@files.example.com/out",
        host_key=KEY,
        secret="planted",
        every="15",
    )

    assert "Enter the key of the server" in wrong(without)
    assert [one.status_code for one in (without, private, password, bucket)] == [422] * 4
    assert "must not contain a password" in wrong(password)
    source = Source.objects.get()
    assert (source.location, source.secret) == ("sftp://erp@files.example.com/out", "planted")
    assert source.settings == {"host_key": KEY}


def test_what_people_upload_is_not_looked_for(browser):
    assert "only where the source has a location" in wrong(add(browser, every="60"))


def test_two_sources_have_two_names(browser, source):
    assert "of this name already" in wrong(add(browser))


def test_it_is_changed_and_an_empty_password_leaves_the_stored_one(browser, source):
    page = browser.see(path_of(source))
    browser.post(path_of(source), {**FIELDS, "name": "New ERP", "approved": "*"})

    source.refresh_from_db()
    assert page.select_one("[name=approved]")["value"] == "price"
    assert "planted" not in str(page)
    assert (source.name, source.approved, source.secret) == ("New ERP", ["*"], "planted")
    assert AuditRecord.objects.get(action="source_changed").details == {
        "changed": ["name", "approved"]
    }


@pytest.mark.parametrize(
    ("location", "stays"),
    [
        ("sftp://erp@files.example.com/elsewhere", True),
        ("sftp://erp@FILES.example.com:22/out", True),
        ("sftp://erp@evil.example.com/out", False),
        ("sftp://erp@files.example.com:2222/out", False),
        ("", False),
    ],
)
def test_a_stored_password_goes_to_no_other_server(browser, source, location, stays):
    Source.objects.update(location="sftp://erp@files.example.com/out", settings={"host_key": KEY})
    sent = {**FIELDS, "location": location, "host_key": KEY}

    answer = browser.post(path_of(source), sent)

    source.refresh_from_db()
    if stays:
        assert (answer.status_code, source.secret) == (302, "planted")
    elif location:
        assert "has to be entered once more" in wrong(answer)
        assert source.location == "sftp://erp@files.example.com/out"
        browser.post(path_of(source), {**sent, "secret": "another"})
        source.refresh_from_db()
        assert (source.location, source.secret) == (location, "another")
    else:  # nor by a detour
        assert (source.location, source.secret) == ("", "")


def test_it_is_paused_and_resumed(browser, source):
    browser.post(path_of(source, "/pause"), {"to": "paused"})
    source.refresh_from_db()
    paused = source.is_paused
    browser.post(path_of(source, "/pause"), {"to": "resumed"})
    source.refresh_from_db()

    assert (paused, source.is_paused) == (True, False)


def test_it_is_removed_after_asking_and_its_offers_stay(browser, source):
    make_offer(source.connection, source=source)

    asked = text_of(browser.see(path_of(source, "/remove")))
    browser.post(path_of(source, "/remove"))

    assert "What it offered stays" in asked
    assert not Source.objects.exists()
    assert Offer.objects.get().source is None


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_only_managers_touch_sources(connection, source, role):
    other = browser_of(make_pim_user(connection, role=role))

    answers = [
        other.post(NEW, FIELDS),
        other.post(path_of(source), FIELDS),
        other.post(path_of(source, "/pause"), {"to": "paused"}),
        other.post(path_of(source, "/remove")),
        other.post(path_of(source, "/look")),
        other.post(UPLOAD, {"file": SimpleUploadedFile("a.csv", b"sku")}),
    ]

    assert [answer.status_code for answer in answers] == [403] * 6
    assert Source.objects.get().is_paused is False


def test_the_page_says_when_each_is_looked_at_and_what_was_wrong(browser, enriched, source):
    by_upload = row_of(browser)
    Source.objects.update(location="/srv/erp", problem="1.csv: The file is empty.")
    asked = row_of(browser)
    Source.objects.update(next_look_at=timezone.now())
    due = row_of(browser)
    Source.objects.update(is_paused=True)
    paused = row_of(browser)
    Source.objects.update(is_paused=False)
    Connection.objects.update(enriched_since=None)
    off = row_of(browser)

    assert "When a file is uploaded" in by_upload
    assert "When somebody asks" in asked
    assert "1.csv: The file is empty." in asked
    assert "In a moment" in due
    assert "Paused" in paused
    assert "Not as long as nothing may be written into" in off
    assert ("Look now" in due, "Look now" in paused, "Look now" in off) == (True, False, False)


def test_it_is_looked_at_now(browser, enriched, source, queue, django_capture_on_commit_callbacks):
    Source.objects.update(location="/srv/erp")

    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.post(path_of(source, "/look"), follow=True)

    source.refresh_from_db()
    assert messages_of(answer) == ["“ERP” is looked at in a moment."]
    assert source.next_look_at <= timezone.now()
    [(task, [pk, _by])] = waiting(queue)
    assert (task, pk) == ("enrichment.tasks.look_at_source", source.pk)


def test_a_paused_one_is_not_looked_at_and_says_so(browser, enriched, source):
    Source.objects.update(location="/srv/erp", is_paused=True)

    answer = browser.post(path_of(source, "/look"), follow=True)

    assert messages_of(answer) == ["It is paused."]


def send(browser, content=b"sku\nmug\n", **values):
    file = SimpleUploadedFile("prices.csv", content)
    return browser.post(UPLOAD, {"file": file, **values}, follow=True)


def test_an_uploaded_file_is_an_offer_at_once(browser, enriched, source, kept):
    page = page_of(send(browser, source=str(source.uuid)))

    offer = Offer.objects.get()
    assert (offer.name, offer.state, offer.source) == ("prices.csv", "reading", source)
    assert "Being compared with" in text_of(page)
    assert [path.read_bytes() for path in kept.iterdir()] == [b"sku\nmug\n"]


def test_what_is_not_taken_is_told_and_leaves_nothing(browser, enriched, kept, monkeypatch):
    answers = [browser.post(UPLOAD, follow=True), send(browser, b"")]
    monkeypatch.setattr("pages.uploads.MOST_OF_VALUES", 1000)
    answers.append(send(browser, b"x" * 1001))
    Connection.objects.update(enriched_since=None)
    answers.append(send(browser))

    said = [messages_of(answer)[0] for answer in answers]
    assert said[:2] == ["Choose a file first.", "The file is empty."]
    assert "so it was not read" in said[2]
    assert "Enrichment is switched off" in said[3]
    assert not Offer.objects.exists()
    assert not kept.exists()


def test_more_than_a_report_may_be_uploaded_but_only_by_who_is_signed_in(browser, enriched, kept):
    content = b"x" * (MOST_BYTES + 1)
    nobodys: Any = RequestFactory().post(UPLOAD, {"file": SimpleUploadedFile("a.csv", content)})
    nobodys.resolver_match, nobodys.pim_user = resolve(UPLOAD), None

    send(browser, content)

    assert not nobodys.FILES
    assert was_too_large(nobodys)
    assert Offer.objects.count() == 1


def test_another_pims_source_is_none(browser, enriched, kept):
    other = Source.objects.create(connection=make_connection(), kind="values", name="Theirs")

    assert send(browser, source=str(other.uuid)).status_code == 404
    assert not Offer.objects.exists()
