"""Secrets encrypted anew: with the newest key, all of them, and no other's work undone."""

import json

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection as database

from catalogs.models import Channel
from connections.key_rotation import encrypted_fields, rotate_keys
from connections.models import AuditRecord, Connection
from tests.factories import make_channel, make_connection

pytestmark = pytest.mark.django_db

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def ciphertexts():
    found = []
    for model, name in encrypted_fields():
        with database.cursor() as cursor:
            cursor.execute(f'SELECT "{name}" FROM {model._meta.db_table} ORDER BY id')  # noqa: S608  # names of ours
            found += [value for (value,) in cursor.fetchall() if value]
    return found


@pytest.fixture
def secrets(settings):
    settings.ENCRYPTION_KEYS = [OLD]
    connection = make_connection(token="token-of-the-pim", client_secret="secret-of-the-app")
    make_channel(connection, secrets={"secret": "of-the-shop"})
    settings.ENCRYPTION_KEYS = [NEW, OLD]


def test_it_knows_every_field_that_holds_a_secret():
    names = {f"{model.__name__}.{name}" for model, name in encrypted_fields()}

    assert names == {
        *("AlertWebhook.secret", "Authorization.client_secret", "Channel.secrets"),
        *("Connection.client_secret", "Connection.token", "Source.secret"),
        *("EventSubscription.primary_secret", "EventSubscription.secondary_secret"),
        "EventSubscription.notice_secret",
    }


def test_afterwards_the_old_key_is_not_needed_any_more(secrets, settings):
    assert rotate_keys().rotated == 3

    settings.ENCRYPTION_KEYS = [NEW]
    row = Connection.objects.get()
    assert (row.token, row.client_secret) == ("token-of-the-pim", "secret-of-the-app")
    assert Channel.objects.get().secrets == {"secret": "of-the-shop"}
    assert AuditRecord.objects.get().details == {"rotated": 3, "lost": 0}


def test_a_second_time_changes_nothing(secrets):
    rotate_keys()
    before = ciphertexts()

    assert rotate_keys().rotated == 0

    assert ciphertexts() == before
    assert len(before) == 3


def test_a_lost_key_is_named_and_the_others_go_on(secrets, settings, capsys):
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    lost = make_connection(token="of-a-third-key")
    settings.ENCRYPTION_KEYS = [NEW, OLD]

    with pytest.raises(CommandError, match=f"Connection {lost.pk}: token"):
        call_command("rotate_encryption_keys", "--json")

    answer = json.loads(capsys.readouterr().out)
    assert answer == {"rotated": 3, "lost": [f"Connection {lost.pk}: token"]}


def test_keys_that_are_none_are_refused(secrets, settings):
    settings.ENCRYPTION_KEYS = ["nonsense"]
    before = ciphertexts()

    with pytest.raises(CommandError, match="ENCRYPTION_KEYS"):
        call_command("rotate_encryption_keys")

    assert ciphertexts() == before
