"""Writing into a PIM is off until somebody switches it on, and asked for only then."""

import json

import pytest
from django.core.management import CommandError, call_command

from connections.abilities import wanted_scopes
from connections.enriching import may_write, refuse_unless_on, switch_off, switch_on
from connections.models import AuditRecord, Connection
from outbound.errors import ConfigurationError
from tests.connections.conftest import app_of, connection_to
from tests.factories import make_connection, make_enriched_connection
from tests.visitor import query_of

pytestmark = pytest.mark.django_db

WRITING = {"write_products", "write_attribute_options", "write_assets"}


def enable(capsys, connection, *options):
    call_command("enable_enrichment", "--pim", connection.pim_url, "--json", *options)
    return json.loads(capsys.readouterr().out)


def asked_for(visitor, pim):
    return set(query_of(visitor.activate(pim.base_url))["scope"].split())


def test_once_it_is_on_activation_asks_for_writing_and_gets_it(pim, julia, capsys):
    julia.open_app(pim.base_url)
    before = asked_for(julia, pim)

    answer = enable(capsys, connection_to(pim))
    julia.open_app(pim.base_url)

    assert not WRITING & before
    assert (answer["enabled"], answer["may_write"]) == (True, False)
    assert set(app_of(pim).scopes) >= WRITING
    assert "write_catalog_structure" not in app_of(pim).scopes
    assert may_write(connection_to(pim))


def test_once_it_is_off_the_pim_takes_the_rights_back(pim, julia, capsys):
    julia.open_app(pim.base_url)
    enable(capsys, connection_to(pim), "--create-attributes")
    julia.open_app(pim.base_url)
    held = set(app_of(pim).scopes)

    answer = enable(capsys, connection_to(pim), "--off")
    julia.open_app(pim.base_url)

    assert held >= WRITING | {"write_catalog_structure"}
    assert (answer["enabled"], answer["may_write"]) == (False, False)
    assert not (WRITING | {"write_catalog_structure"}) & set(app_of(pim).scopes)
    assert connection_to(pim).scopes == sorted(wanted_scopes())


def test_it_can_be_switched_on_before_the_pim_is_connected(capsys):
    connection = make_connection(state=Connection.State.REGISTERED, token="", scopes=[])

    answer = enable(capsys, connection)

    assert (answer["enabled"], answer["may_write"]) == (True, False)
    assert set(answer["scopes"]) >= WRITING


def test_a_pim_that_cannot_be_told_is_said_and_it_is_switched_all_the_same(pim, julia, capsys):
    julia.open_app(pim.base_url)
    pim.disconnect(app_of(pim).client_id)

    with pytest.raises(CommandError, match="was not told"):
        call_command("enable_enrichment", "--pim", pim.base_url, "--json")

    answer = json.loads(capsys.readouterr().out)
    assert (answer["enabled"], "disconnected" in answer["problem"]) == (True, True)


def test_it_is_recorded_once_who_switched_it():
    connection = make_connection()

    switch_on(connection)
    switch_on(connection)
    since = connection.enriched_since
    switch_on(connection, may_create_attributes=True)
    switch_off(connection)
    switch_off(connection)

    acts = AuditRecord.objects.order_by("pk").values_list("action", "details")
    assert list(acts) == [
        ("enrichment_on", {"may_create_attributes": False}),
        ("enrichment_on", {"may_create_attributes": True}),
        ("enrichment_off", {}),
    ]
    assert since is not None
    assert (connection.enriched_since, connection.may_create_attributes) == (None, False)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"enriched_since": None}, "on the page Enrichment"),
        ({"scopes": ["read_products"]}, "approve what it asks for"),
    ],
)
def test_writing_is_refused_with_the_way_out(values, said):
    connection = make_enriched_connection()
    for name, value in values.items():
        setattr(connection, name, value)

    with pytest.raises(ConfigurationError, match=said):
        refuse_unless_on(connection)


def test_where_it_is_on_and_granted_it_may_write():
    refuse_unless_on(make_enriched_connection())
