"""Secrets in the database: encrypted, with keys that can be changed, seen by nobody by accident."""

import pickle

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.db import connection as database
from django.db import transaction

from catalogs.models import Channel
from connections.fields import SecretsUnusable
from connections.models import Connection
from outbound.errors import ConfigurationError
from tests.factories import make_channel, make_connection

pytestmark = pytest.mark.django_db

SECRET = "planted-secret-é-🛥"


def new_key():
    return Fernet.generate_key().decode()


@pytest.fixture
def keys(settings):
    """The installation's keys, newest first; to be changed by the test."""
    settings.ENCRYPTION_KEYS = [new_key()]
    return settings.ENCRYPTION_KEYS


@pytest.fixture
def stored(keys):
    """A connection with a token, as it was written with the first key."""
    return make_connection(token=SECRET, client_id="app", client_secret="")


def raw(row, column):
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {row._meta.db_table} WHERE id = %s", [row.pk])  # noqa: S608  # names of our own
        return cursor.fetchone()[0]


def again(row):
    return type(row).objects.get(pk=row.pk)


def test_what_is_read_is_what_was_written(stored):
    assert stored.token == again(stored).token == SECRET


def test_what_lies_there_tells_nothing(stored):
    assert "planted" not in raw(stored, "token")
    assert Connection.objects.values_list("token", flat=True).get() != SECRET


def test_the_same_secret_looks_different_each_time(keys):
    first, second = (make_connection(token=SECRET) for _ in range(2))

    assert raw(first, "token") != raw(second, "token")


@pytest.mark.parametrize("nothing", ["", None])
def test_nothing_is_stored_as_nothing_and_needs_no_key(settings, nothing):
    settings.ENCRYPTION_KEYS = []

    row = make_connection(token=nothing)

    assert raw(row, "token") == ""
    assert again(row).token == ""


def test_a_new_key_in_front_is_used_for_what_is_written_and_the_old_one_still_reads(keys, stored):
    keys.insert(0, new_key())

    assert again(stored).token == SECRET

    row = again(stored)
    row.token = "another"
    row.save()
    assert Fernet(keys[0]).decrypt(raw(row, "token").encode()) == b"another"
    del keys[1]
    assert again(stored).token == "another"


def test_saving_a_row_leaves_a_secret_that_nobody_touched_as_it_lies(keys, stored):
    before = raw(stored, "token")
    row = again(stored)
    row.problem = "Something else"
    row.save()

    assert raw(stored, "token") == before
    assert again(stored).token == SECRET


def test_a_secret_that_was_looked_at_is_saved_as_it_is(stored):
    row = again(stored)
    assert row.token == SECRET

    row.save()

    assert again(stored).token == SECRET


@pytest.mark.parametrize("left", [[], [new_key()], ["nonsense"], ["ü"], [""]])
def test_a_lost_key_is_noticed_where_the_secret_is_needed(keys, stored, left):
    keys[:] = left

    with pytest.raises(SecretsUnusable) as lost:
        again(stored).token  # noqa: B018  # reading is what fails

    assert isinstance(lost.value, ConfigurationError)  # a command or a page says it
    assert isinstance(lost.value, ImproperlyConfigured)  # and so does Django
    assert "ENCRYPTION_KEYS" in lost.value.message
    for word in (SECRET, "nonsense", raw(stored, "token")):
        assert word not in f"{lost.value.message} {lost.value.detail} {lost.value!r}"


def test_a_lost_key_does_not_hide_the_rest_of_the_row(keys, stored):
    keys[:] = [new_key()]

    row = again(stored)

    assert (row.pim_url, row.client_id, row.client_secret) == (stored.pim_url, "app", "")


def test_a_secret_whose_key_is_lost_can_be_replaced(keys, stored):
    keys[:] = [new_key()]
    row = again(stored)

    row.token = "new"
    row.save()

    assert again(stored).token == "new"


def test_a_secret_whose_key_is_lost_survives_a_save_of_the_others(keys, stored):
    first = keys[0]
    keys[:] = [new_key()]
    row = again(stored)
    row.client_secret = "new"
    row.save()

    keys.append(first)

    assert (again(stored).token, again(stored).client_secret) == (SECRET, "new")


@pytest.mark.parametrize("left", [[], ["nonsense"]])
def test_nothing_is_stored_in_the_clear_when_there_is_no_key(keys, left):
    keys[:] = left

    with pytest.raises(SecretsUnusable, match="ENCRYPTION_KEYS"), transaction.atomic():
        make_connection(token=SECRET)

    assert not Connection.objects.exists()


def test_a_value_that_was_tampered_with_is_noticed(stored):
    value = raw(stored, "token")
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_connection SET token = %s", [f"{value[:-4]}AAA="])

    with pytest.raises(SecretsUnusable):
        again(stored).token  # noqa: B018  # reading is what fails


def test_a_value_that_was_never_encrypted_is_not_believed(stored):
    with database.cursor() as cursor:
        cursor.execute("UPDATE connections_connection SET token = 'plain'")

    with pytest.raises(SecretsUnusable):
        again(stored).token  # noqa: B018  # reading is what fails


def test_a_deferred_secret_is_loaded_when_asked_for(stored, django_assert_num_queries):
    row = Connection.objects.defer("token").get(pk=stored.pk)

    with django_assert_num_queries(1):
        assert row.token == SECRET


def test_a_row_that_is_refreshed_has_the_new_secret(stored):
    row = again(stored)
    Connection.objects.filter(pk=stored.pk).update(token="newer")

    row.refresh_from_db()

    assert row.token == "newer"


def test_looking_a_row_up_by_its_secret_finds_nothing(stored):
    assert not Connection.objects.filter(token=SECRET).exists()


def test_no_repr_shows_a_secret(stored):
    row = again(stored)
    assert row.token == SECRET

    shown = f"{row!r} {row} {Connection.objects.all()!r} {Connection.objects.values()!r}"

    assert "planted" not in shown


def test_a_row_that_nobody_looked_into_carries_no_secret_along(stored):
    assert b"planted" not in pickle.dumps(again(stored))


def test_an_object_is_encrypted_as_a_whole(keys):
    channel = make_channel(secrets={"secret": SECRET, "empty": ""})

    assert again(channel).secrets == {"secret": SECRET, "empty": ""}
    assert "secret" not in raw(channel, "secrets")


@pytest.mark.parametrize("nothing", [{}, None])
def test_an_empty_object_is_stored_as_nothing(keys, nothing):
    channel = make_channel(secrets=nothing)

    assert raw(channel, "secrets") == ""
    assert again(channel).secrets == {}


def test_an_object_that_is_changed_in_place_is_saved(keys):
    make_channel(secrets={"secret": "old"})
    channel = Channel.objects.get()
    channel.secrets["secret"] = SECRET

    channel.save()

    assert Channel.objects.get().secrets == {"secret": SECRET}


def test_a_lost_key_of_an_object_is_noticed(keys):
    channel = make_channel(secrets={"secret": SECRET})
    keys[:] = [new_key()]

    with pytest.raises(SecretsUnusable):
        again(channel).secrets  # noqa: B018  # reading is what fails
