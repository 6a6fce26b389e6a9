"""What the app keeps on its own disk, one folder for each database."""

import json
import multiprocessing
import stat
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

import pytest
from cryptography.fernet import Fernet

from akeneo_app.environment import database
from akeneo_app.local_state import filesystem_broker, folder_for, generated_secrets


def folder(tmp_path, url):
    return folder_for(tmp_path, database(url))


SAME = [
    ("postgresql://a:b@db/ferry", "postgresql://c:d@db/ferry"),
    ("postgresql://a:b@db/ferry", "postgres://a:b@db/ferry"),
    ("postgresql://a:b@db/ferry", "postgresql://a:b@db/ferry?connect_timeout=3"),
    ("postgresql://a@/ferry?host=/run/pg", "postgresql://b@/ferry?host=/run/pg"),
    ("sqlite:////srv/ferry.sqlite3", "sqlite:////srv/ferry.sqlite3?timeout=5"),
]
DIFFERENT = [
    ("postgresql://a:b@db/ferry", "postgresql://a:b@db/other"),
    ("postgresql://a:b@db/ferry", "postgresql://a:b@db2/ferry"),
    ("postgresql://a:b@db:5432/ferry", "postgresql://a:b@db:5433/ferry"),
    ("postgresql://a@/ferry?host=/run/pg", "postgresql://a@/ferry?host=/run/pg2"),
    ("sqlite:////srv/ferry.sqlite3", "sqlite:////srv/other.sqlite3"),
    ("sqlite:////srv/ferry.sqlite3", "postgresql://a:b@db/ferry"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_database_is_one_installation_whatever_its_password(tmp_path, one, other):
    assert folder(tmp_path, one) == folder(tmp_path, other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_another_database_is_another_installation(tmp_path, one, other):
    assert folder(tmp_path, one) != folder(tmp_path, other)


def test_the_folders_name_tells_nothing_of_the_database(tmp_path):
    name = folder(tmp_path, "postgresql://julia:planted@secret-host/ferry").name

    assert len(name) == 12
    assert set(name) <= set("0123456789abcdef")


def test_two_installations_that_share_the_folder_have_their_own_secrets(tmp_path):
    one, other = (
        generated_secrets(folder(tmp_path, f"sqlite:////srv/{name}")) for name in ("a", "b")
    )

    assert one.secret_key != other.secret_key
    assert one.encryption_key != other.encryption_key


def test_secrets_are_made_once_and_are_good_ones(tmp_path):
    made = generated_secrets(tmp_path / "new")

    assert generated_secrets(tmp_path / "new") == made
    assert len(made.secret_key) >= 50
    Fernet(made.encryption_key)


def test_secrets_are_for_the_owner_only_and_nothing_else_is_left(tmp_path):
    generated_secrets(tmp_path)

    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_secrets_are_not_shown(tmp_path):
    made = generated_secrets(tmp_path)

    assert made.secret_key not in repr(made)
    assert made.encryption_key not in repr(made)


def test_processes_that_start_together_agree(tmp_path):
    with ProcessPoolExecutor(4, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = set(pool.map(generated_secrets, repeat(tmp_path / "new", 12)))

    assert len(made) == 1
    (file,) = (tmp_path / "new").iterdir()
    assert json.loads(file.read_text()) == {
        "secret_key": made.pop().secret_key,
        "encryption_key": generated_secrets(tmp_path / "new").encryption_key,
    }


def test_the_brokers_folders_are_made_and_may_be_there(tmp_path):
    options = filesystem_broker(tmp_path / "a" / "broker")

    assert filesystem_broker(tmp_path / "a" / "broker") == options
    assert options["data_folder_in"] == options["data_folder_out"]
    assert {path.name for path in (tmp_path / "a" / "broker").iterdir()} == {"messages", "control"}
