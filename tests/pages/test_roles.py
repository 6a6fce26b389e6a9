"""What viewers, editors and managers may do, and what they are shown of it."""

from typing import Any

import pytest
from django.urls import reverse

from connections.models import AuditRecord, PimUser
from sync.models import Listing, Run
from tests.factories import make_document, make_listing, make_pim_user, make_run
from tests.pages.conftest import browser_of, messages_of, page_of, target_of, text_of

Role = PimUser.Role

VIEWER_MAY_NOT = [
    *("sync", "retry_all", "retry", "trial", "sync_product", "check_channel", "compare"),
    *("pause", "resume", "send_now"),
]
EDITOR_MAY_NOT = [
    *("pause_channel", "resume_channel", "timetable", "remove_from_timetable"),
    *("change_time_zone", "archive", "restore", "move_catalog", "confirm", "change_role"),
    *("held", "delete_catalog", "delete_channel", "edit_channel", "new_catalog", "disconnect"),
    *("catalog_settings", "new_channel", "undo", "take_pims_version"),
]


@pytest.fixture
def address(channel, catalog, manager):
    listing = make_listing(catalog, status=Listing.Status.PARKED)
    run = make_run(catalog)

    def address(name):
        arguments: dict[str, list[Any]] = {
            "new_channel": ["http"],
            "retry": [listing.uuid],
            "sync_product": [listing.key],
            "take_pims_version": [listing.uuid],
            "undo": [run.uuid],
            "send_now": [listing.uuid],
            "remove_from_timetable": [channel.uuid, "window", 1],
            "change_time_zone": [],
            "change_role": [manager.uuid],
            "disconnect": [],
        }
        of_channel = ("check_channel", "move_catalog", "delete_channel", "edit_channel")
        timing = ("pause_channel", "resume_channel", "timetable")
        about = channel if name in (*of_channel, *timing, "new_catalog") else catalog
        return reverse(f"pages:{name}", args=arguments.get(name, [about.uuid]))

    return address


def someone(connection, role):
    return make_pim_user(connection, firstname=role.capitalize(), lastname="", role=role)


@pytest.mark.parametrize(
    ("role", "name"),
    [(Role.VIEWER, name) for name in (*VIEWER_MAY_NOT, *EDITOR_MAY_NOT)]
    + [(Role.EDITOR, name) for name in EDITOR_MAY_NOT],
)
def test_whoever_may_not_is_told_who_may_and_nothing_happens(role, name, connection, address):
    browser = browser_of(someone(connection, role))
    before = (Run.objects.count(), list(Listing.objects.values()))

    response = browser.post(address(name), {"name": "Other", "role": "viewer"})

    said = text_of(page_of(response))
    assert response.status_code == 403
    assert "Nothing was changed" in said
    assert "Mary Smith" in said
    assert (Run.objects.count(), list(Listing.objects.values())) == before


@pytest.mark.parametrize("name", VIEWER_MAY_NOT[:5])
def test_an_editor_may_sync_and_try_again(name, connection, address):
    response = browser_of(someone(connection, Role.EDITOR)).post(address(name))

    assert response.status_code == 302
    assert Run.objects.live().get().started_by == "Editor"


def test_a_viewer_is_shown_no_button_that_does_nothing(connection, channel, catalog):
    make_listing(catalog, status=Listing.Status.PARKED, problem="No price.")
    make_listing(catalog, status=Listing.Status.HELD, sent=make_document())
    browser = browser_of(someone(connection, Role.VIEWER))
    paths = ["/", channel.get_absolute_url(), catalog.get_absolute_url()]

    for path in [*paths, reverse("pages:held", args=[catalog.uuid])]:
        page = browser.see(path)
        forms = [form.get("action") for form in page.select("main form")]
        assert forms in ([], [reverse("pages:look", args=[catalog.uuid])]), path
        assert "No price." in text_of(page) or path != catalog.get_absolute_url()


def test_managers_change_roles(connection, manager, browser):
    editor = someone(connection, Role.EDITOR)
    path = reverse("pages:change_role", args=[editor.uuid])

    response = browser.post(path, {"role": "manager"}, follow=True)

    editor.refresh_from_db()
    assert editor.role == Role.MANAGER
    assert messages_of(response) == ["Editor is now manager here."]
    record = AuditRecord.objects.get()
    assert (record.action, record.actor, record.actor_key, record.subject, record.details) == (
        *("role_changed", "Mary Smith", str(manager.uuid), "Editor"),
        {"before": "editor", "role": "manager"},
    )


def test_the_last_manager_stays_one(manager, browser):
    path = reverse("pages:change_role", args=[manager.uuid])

    response = browser.post(path, {"role": "viewer"}, follow=True)

    manager.refresh_from_db()
    assert manager.role == Role.MANAGER
    assert "the only manager" in messages_of(response)[0]
    assert not AuditRecord.objects.exists()


@pytest.mark.parametrize("role", ["", "owner", "MANAGER"])
def test_there_are_no_other_roles(role, connection, browser):
    editor = someone(connection, Role.EDITOR)

    browser.post(reverse("pages:change_role", args=[editor.uuid]), {"role": role})

    editor.refresh_from_db()
    assert editor.role == Role.EDITOR


def test_nobody_changes_roles_in_another_pim(browser, outsider):
    path = reverse("pages:change_role", args=[outsider.uuid])

    assert browser.post(path, {"role": "viewer"}).status_code == 404


def test_a_missing_scope_is_asked_for_once_by_each_person(connection, manager, browser):
    connection.scopes = ["openid", "read_products", "write_catalogs"]
    connection.save()
    editor = someone(connection, Role.EDITOR)
    assert browser.see("/connection").find("button", string="Ask again")

    target = target_of(browser.post(reverse("pages:ask_again")))

    assert target.startswith("/oauth/activate?pim_url=")
    assert target.endswith("next=%2Fconnection")
    for path in ("/", "/connection"):
        page = browser.see(path)
        assert not page.find("button", string="Ask again")
        assert "Manage apps" in text_of(page)
    assert browser_of(editor).see("/").find("button", string="Ask again")


def test_something_else_that_is_missing_is_asked_for_once_more(connection, browser):
    connection.scopes = ["openid", "read_products", "write_catalogs"]
    connection.save()
    browser.post(reverse("pages:ask_again"))

    connection.scopes = ["openid", "read_products", "read_catalogs"]
    connection.save()

    assert browser.see("/").find("button", string="Ask again")
