"""The run stands on the servers that TEST_DATABASE names, so that neither pass is an empty word."""

import os

import pytest
import redis
from django.conf import settings
from django.db import connection

from tests.server_programs import OLDEST_POSTGRESQL

pytestmark = pytest.mark.django_db


@pytest.mark.only_on("postgresql")
def test_a_real_postgresql_answers():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int, current_database()")
        version, database = cursor.fetchone()

    assert connection.vendor == "postgresql"
    assert version >= OLDEST_POSTGRESQL * 10_000
    assert database.startswith("test_ferry")


@pytest.mark.only_on("postgresql")
def test_postgresql_can_pass_over_rows_that_another_transaction_holds():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM django_migrations LIMIT 1 FOR UPDATE SKIP LOCKED")

        assert connection.features.has_select_for_update_skip_locked
        assert cursor.fetchone() == (1,)


@pytest.mark.only_on("postgresql")
@pytest.mark.parametrize("name", ["REDIS_URL", "CELERY_BROKER_URL"])
def test_a_real_redis_answers(name):
    with redis.Redis.from_url(getattr(settings, name)) as client:
        assert client.ping()
        assert client.info("server")["process_id"] != os.getpid()


@pytest.mark.only_on("postgresql")
def test_limits_and_broker_have_different_databases():
    assert settings.REDIS_URL != settings.CELERY_BROKER_URL


@pytest.mark.only_on("sqlite")
def test_sqlite_is_set_up_for_several_processes():
    with connection.cursor() as cursor:
        journal_mode = cursor.execute("PRAGMA journal_mode").fetchone()
        timeout = cursor.execute("PRAGMA busy_timeout").fetchone()

    assert connection.vendor == "sqlite"
    assert journal_mode == ("wal",)
    assert timeout == (20_000,)  # milliseconds
    assert connection.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"


@pytest.mark.only_on("sqlite")
def test_one_machine_needs_no_redis():
    assert settings.REDIS_URL == ""
    assert settings.CELERY_BROKER_URL.startswith("filesystem://")


def test_the_tests_never_touch_a_persons_own_database_or_files():
    checkout = str(settings.BASE_DIR)

    assert not str(settings.DATABASES["default"]["NAME"]).startswith(checkout)
    assert not os.environ["VAR_FOLDER"].startswith(checkout)
