"""A connection that the PIM's side ended: noticed once, told, and healed by connecting again."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from catalogs.reconnection import confirm
from catalogs.schedules import apply_schedule
from connections.clients import client_for
from connections.connections import mark_lost, noticing_loss
from connections.models import Connection
from connections.signals import connection_lost
from outbound.errors import TransientError
from pim.errors import Unauthorized
from tests.connections.conftest import app_of, connection_to
from tests.factories import make_catalog, make_channel, make_connection

pytestmark = pytest.mark.django_db

DISCONNECTED = Unauthorized("acme.cloud.akeneo.com", disconnected=True, detail="status 401")
REPLACED = Unauthorized("acme.cloud.akeneo.com", detail="status 401")


@pytest.fixture
def told():
    """The connections that listeners were told of."""
    heard = []

    def listen(connection, **kwargs):
        heard.append(connection)

    connection_lost.connect(listen)
    yield heard
    connection_lost.disconnect(listen)


@pytest.fixture
def connection():
    return make_connection(token="token-1", connected_at=timezone.now() - timedelta(days=3))


def again(connection):
    return Connection.objects.get(pk=connection.pk)


def test_a_refused_token_ends_the_connection_in_words(connection, told):
    before = timezone.now()

    assert mark_lost(connection, DISCONNECTED, token="token-1") is True

    row = again(connection)
    assert row.state == Connection.State.DISCONNECTED
    assert row.problem == DISCONNECTED.message
    assert row.disconnected_at is not None
    assert row.disconnected_at >= before
    assert row.connected_at == connection.connected_at
    assert told == [row]


def test_what_it_was_allowed_to_do_is_kept_for_those_who_ask_why(connection):
    mark_lost(connection, DISCONNECTED, token="token-1")

    assert again(connection).scopes == connection.scopes


def test_a_token_that_was_replaced_meanwhile_is_no_loss(connection, told):
    Connection.objects.filter(pk=connection.pk).update(token="token-2")

    assert mark_lost(connection, DISCONNECTED, token="token-1") is False

    assert again(connection).state == Connection.State.CONNECTED
    assert (again(connection).problem, told) == ("", [])


def test_two_processes_that_notice_tell_it_once(connection, told):
    stale = again(connection)
    mark_lost(connection, DISCONNECTED, token="token-1")
    first = again(connection)

    assert mark_lost(stale, DISCONNECTED, token="token-1") is True

    assert Connection.objects.values().get() == {
        **Connection.objects.values().get(),
        "disconnected_at": first.disconnected_at,
        "updated_at": first.updated_at,
    }
    assert len(told) == 1


def test_a_connection_that_was_removed_meanwhile_is_lost_and_nobody_is_told(connection, told):
    stale = again(connection)
    connection.delete()

    assert mark_lost(stale, DISCONNECTED, token="token-1") is True

    assert told == []


def test_within_the_block_a_disconnection_is_marked_and_raised(connection):
    with pytest.raises(Unauthorized) as raised, noticing_loss(connection):
        raise DISCONNECTED

    assert raised.value is DISCONNECTED
    assert again(connection).state == Connection.State.DISCONNECTED


@pytest.mark.parametrize("error", [REPLACED, TransientError("later"), ValueError("ours")])
def test_within_the_block_anything_else_is_only_raised(connection, error, told):
    with pytest.raises(type(error)) as raised, noticing_loss(connection):
        raise error

    assert raised.value is error
    assert again(connection).state == Connection.State.CONNECTED
    assert told == []


def test_a_token_that_was_renewed_within_the_block_is_no_loss(connection):
    def call():
        Connection.objects.filter(pk=connection.pk).update(token="token-2")
        raise DISCONNECTED

    with pytest.raises(Unauthorized), noticing_loss(connection):
        call()

    assert again(connection).state == Connection.State.CONNECTED


def test_a_block_without_trouble_changes_nothing(connection):
    before = Connection.objects.values().get()

    with noticing_loss(connection):
        pass

    assert Connection.objects.values().get() == before


def test_schedules_stop_with_the_connection_and_return_with_it(pim, julia):
    julia.open_app(pim.base_url)
    channel = make_channel(connection_to(pim))
    catalogs = [make_catalog(channel, every=every) for every in (15, 30)]
    paused = make_catalog(channel, every=15, paused_at=timezone.now())
    elsewhere = make_catalog(every=15)
    for catalog in (*catalogs, paused, elsewhere):
        apply_schedule(catalog)

    def enabled():
        tasks = PeriodicTask.objects.filter(name__startswith="Sync catalog", enabled=True)
        return {int(task.args.strip("[]")) for task in tasks}

    running = {catalog.pk for catalog in catalogs}
    assert enabled() == running | {elsewhere.pk}

    pim.disconnect(app_of(pim).client_id)
    connection = connection_to(pim)
    with pytest.raises(Unauthorized), noticing_loss(connection):
        client_for(connection).system_information()
    assert enabled() == {elsewhere.pk}

    julia.open_app(pim.base_url)
    assert enabled() == {elsewhere.pk}  # until somebody has seen what would change
    for catalog in Catalog.objects.filter(channel=channel):
        confirm(catalog)
    assert enabled() == running | {elsewhere.pk}


def test_the_home_page_says_that_it_is_lost_and_offers_the_way_back(pim, julia):
    julia.open_app(pim.base_url)
    mark_lost(connection_to(pim), DISCONNECTED, token=app_of(pim).token)

    response = julia.ferry.get("/")

    assert b"Connect again" in response.content
    assert f"/oauth/activate?pim_url={pim.base_url.replace(':', '%3A').replace('/', '%2F')}" in (
        response.content.decode()
    )
