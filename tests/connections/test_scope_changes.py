"""Telling PIMs that this version of the app wants other scopes."""

import json

import pytest
from django.core.management import CommandError, call_command

from connections.abilities import wanted_scopes
from connections.models import AuditRecord, Connection
from tests.connections.conftest import app_of
from tests.factories import make_connection

pytestmark = pytest.mark.django_db


def told(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_connected_pim_is_told_and_asks_its_app_managers(pim, julia, capsys):
    julia.open_app(pim.base_url)
    app = app_of(pim)
    Connection.objects.update(token=pim.set_scopes(app, {"read_products"}))
    make_connection(pim_url="https://other.cloud.akeneo.com", state="registered", token="")

    call_command("notify_scopes", "--json")

    assert told(capsys) == [{"pim": pim.base_url, "notified": True}]
    record = AuditRecord.objects.filter(action="scopes_announced").get()
    assert (record.actor_kind, record.actor) == ("command", "notify_scopes")
    assert record.details == {"scopes": sorted(wanted_scopes())}


def test_one_that_is_gone_keeps_no_other_from_being_told(pim, julia, start_pim, capsys):
    julia.open_app(pim.base_url)
    gone = start_pim()
    julia.open_app(gone.base_url)
    gone.disconnect(app_of(gone).client_id)

    with pytest.raises(CommandError, match="1 of 2 PIMs were not told"):
        call_command("notify_scopes", "--json")

    assert sorted(one["notified"] for one in told(capsys)) == [False, True]


def test_an_empty_address_is_not_that_of_all_pims(db, capsys):
    make_connection()

    with pytest.raises(CommandError, match="address of the PIM is missing"):
        call_command("notify_scopes", "--pim", "")

    assert not capsys.readouterr().out


def test_it_says_so_when_no_pim_is_connected(db, capsys):
    call_command("notify_scopes")

    assert "No PIM is connected" in capsys.readouterr().out


def test_a_pim_that_is_not_connected_is_refused_in_words(db, capsys):
    make_connection(pim_url="https://acme.cloud.akeneo.com", state="registered", token="")

    with pytest.raises(CommandError):
        call_command("notify_scopes", "--pim", "https://acme.cloud.akeneo.com")

    assert "not connected yet" in capsys.readouterr().out
