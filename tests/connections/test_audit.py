"""The audit trail: who did what, never changed, and exported as it is."""

import csv
import io
import json

import pytest
from django.core.management import call_command

from connections.audit import Action, Actor, acting_as, record
from connections.models import AuditRecord
from tests.connections.conftest import connection_to
from tests.factories import make_connection, make_pim_user
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/connections/auditrecord/"
PERSON = "/admin/connections/pimuser/"


def recorded():
    rows = AuditRecord.objects.order_by("pk")
    return [(row.action, row.actor_kind, row.actor, row.subject) for row in rows]


def test_connecting_and_signing_in_are_recorded_with_who_and_what(pim, julia, peter):
    julia.open_app(pim.base_url)
    peter.open_app(pim.base_url)

    assert recorded()[1:] == [
        ("connected", "pim_user", "Julia Stark", ""),
        ("signed_in", "pim_user", "Julia Stark", ""),
        ("signed_in", "pim_user", "Peter Quill", ""),
    ]
    connected = AuditRecord.objects.get(action="connected")
    assert connected.pim_url == pim.base_url
    assert connected.details == {"scopes": connection_to(pim).scopes}


def test_other_scopes_are_recorded_with_those_before(pim, julia):
    julia.open_app(pim.base_url)
    connection = connection_to(pim)
    connection.scopes = ["read_products"]
    connection.save()

    julia.open_app(pim.base_url)

    granted = AuditRecord.objects.get(action="granted")
    assert granted.details["before"] == ["read_products"]
    assert granted.details["scopes"] == connection_to(pim).scopes


def test_a_command_is_named_and_what_nobody_asked_for_is_ferrys(settings):
    call_command("register_pim", "https://acme.cloud.akeneo.com")
    record(Action.LOST, make_connection())

    assert [row[:3] for row in recorded()] == [
        ("pim_registered", "command", "register_pim"),
        ("lost", "ferry", "Ferry"),
    ]


def test_a_record_is_never_changed_nor_deleted():
    row = record(Action.LOST, make_connection())

    for act in (
        row.save,
        row.delete,
        AuditRecord.objects.all().delete,
        lambda: AuditRecord.objects.update(actor="Somebody else"),
    ):
        with pytest.raises(TypeError):
            act()

    assert recorded() == [("lost", "ferry", "Ferry", "")]


def test_what_somebody_recorded_outlives_them():
    person = make_pim_user()
    with acting_as(lambda: Actor.pim_user(person)):
        record(Action.DISCONNECTED, person.connection)

    person.connection.delete()

    assert recorded() == [("disconnected", "pim_user", "Mary Smith", "")]


def test_not_even_a_superuser_adds_changes_or_deletes_one():
    row = record(Action.LOST, make_connection())
    browser = browser_of_superuser()

    assert browser.get(f"{LIST}add/").status_code == 403
    assert browser.post(f"{LIST}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    assert browser.post(f"{LIST}{row.pk}/change/", {"actor": "me"}).status_code == 403
    actions = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    browser.post(LIST, actions)
    assert recorded() == [("lost", "ferry", "Ferry", "")]


def test_it_is_exported_for_programs_and_for_spreadsheets():
    connection = make_connection()
    with acting_as(lambda: Actor.staff("mallory", "=cmd|' /C calc'!A0")):
        rows = [record(Action.CHANNEL_CHANGED, connection, "Shop", settings=["endpoint"])]
    rows.append(record(Action.LOST, connection))
    browser = browser_of_superuser()
    chosen = {"_selected_action": [row.pk for row in rows]}

    lines = browser.post(LIST, {"action": "export_json_lines", **chosen}).getvalue().decode()
    sheet = browser.post(LIST, {"action": "export_csv", **chosen}).getvalue().decode()

    assert [json.loads(line)["action"] for line in lines.splitlines()] == [
        "channel_changed",
        "lost",
    ]
    table = list(csv.DictReader(io.StringIO(sheet)))
    assert [one["pim_url"] for one in table] == [connection.pim_url] * 2
    assert table[0]["actor"] == "'=cmd|' /C calc'!A0"
    assert json.loads(table[0]["details"]) == {"settings": ["endpoint"]}


def test_staff_appoint_a_manager_and_end_sessions():
    person = make_pim_user(role="viewer")
    staff = make_staff("connections.view_pimuser", "connections.change_pimuser")
    browser = browser_of_staff(staff)

    browser.post(f"{PERSON}{person.pk}/act/make_manager/")
    browser.post(f"{PERSON}{person.pk}/act/sign_out_everywhere/")

    person.refresh_from_db()
    assert person.role == "manager"
    assert person.sessions_ended_at is not None
    assert recorded() == [
        ("role_changed", "staff", staff.username, "Mary Smith"),
        ("sessions_ended", "staff", staff.username, "Mary Smith"),
    ]


def test_staff_who_may_only_look_change_no_role():
    person = make_pim_user(role="viewer")
    browser = browser_of_staff(make_staff("connections.view_pimuser"))

    assert browser.post(f"{PERSON}{person.pk}/act/make_manager/").status_code == 403

    person.refresh_from_db()
    assert person.role == "viewer"
