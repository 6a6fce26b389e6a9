"""Sources of values: what managers may set, and where Ferry must not look."""

import pytest

from connections.models import AuditRecord, PimUser
from enrichment.models import Offer, Source
from tests.factories import make_offer, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of

pytestmark = pytest.mark.django_db

NEW = "/enrichment/sources/new/values"
KEY = "SHA256:" + "A" * 43
FIELDS = {"name": "ERP", "location": "", "host_key": "", "secret": "", "every": "", "approved": ""}


@pytest.fixture
def source(connection):
    return Source.objects.create(
        connection=connection, kind="values", name="ERP", secret="planted", approved=["price"]
    )


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
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert Source.objects.get().is_paused is False


def test_there_is_no_form_for_kinds_that_are_no_files(browser):
    assert browser.get("/enrichment/sources/new/feedback").status_code == 404
