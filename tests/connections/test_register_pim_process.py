"""`register_pim` as a process: its status, what it prints where, and nothing beside."""

import json

import pytest

from akeneo_app.environment import database
from akeneo_app.local_state import folder_for
from tests.connections.conftest import PIM
from tests.installation import SECRETS

# it has a database of its own
pytestmark = [pytest.mark.only_on("sqlite"), pytest.mark.slow]

CUSTOM = ("--client-id", "custom-app", "--client-secret", "planted-secret")
NOWHERE = "postgresql://ferry:planted-password@127.0.0.1:1/ferry"


def at(installation, var_folder):
    return {"VAR_FOLDER": str(var_folder), "DATABASE_URL": installation.database_url}


def logs_of(installation, var_folder):
    return folder_for(var_folder, database(installation.database_url)) / "logs"


def test_a_success_is_one_line_on_standard_output(installation):
    done = installation.manage("register_pim", PIM, *CUSTOM, "--json", **SECRETS)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 1
    assert json.loads(done.stdout)["pim_url"] == PIM


FAILURES = {
    "one without the other": (
        ("register_pim", PIM, "--client-id", "custom-app"),
        {},
        "belong together",
    ),
    "nothing to encrypt with": (
        ("register_pim", PIM, *CUSTOM),
        {"ENCRYPTION_KEYS": "", "SECRET_KEY": ""},
        "ENCRYPTION_KEYS is not set",
    ),
    "no database there": (("register_pim", PIM), {"DATABASE_URL": NOWHERE}, "Connection refused"),
    "a port that is none": (
        ("register_pim", PIM),
        {"DATABASE_URL": NOWHERE.replace(":1/", ":planted/")},
        "DATABASE_URL cannot be used",
    ),
    "a database that is not migrated": (
        ("register_pim", PIM),
        {"DATABASE_URL": "sqlite:///var/new.sqlite3"},
        "`python manage.py migrate` has run",
    ),
    "a folder that cannot be made": (
        ("register_pim", PIM),
        {"VAR_FOLDER": "manage.py/var", "DATABASE_URL": "sqlite:///var/ferry.sqlite3"},
        "VAR_FOLDER cannot be used (Not a directory)",
    ),
}


@pytest.mark.parametrize(("command", "changes", "words"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_one_line_on_standard_error(installation, command, changes, words):
    done = installation.manage(*command, **{**SECRETS, **changes})

    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert words in done.stderr
    assert "planted" not in done.stderr


def test_arguments_that_are_none_are_argparses_to_explain(installation):
    done = installation.manage("register_pim", **SECRETS)

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].endswith("the following arguments are required: PIM_URL")
    assert "Traceback" not in done.stderr


def test_log_lines_go_to_the_log_and_hold_no_secret(installation, tmp_path):
    done = installation.manage(
        "register_pim", PIM, *CUSTOM, **SECRETS, **at(installation, tmp_path), LOG_LEVEL="debug"
    )

    log = logs_of(installation, tmp_path) / "commands.log"
    assert (done.returncode, done.stderr) == (0, "")
    assert "planted" not in log.read_text()


def test_a_log_that_cannot_be_written_is_said(installation, tmp_path):
    logs = logs_of(installation, tmp_path)
    logs.parent.mkdir()
    logs.write_text("in the way")

    done = installation.manage("register_pim", PIM, **SECRETS, **at(installation, tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("The log cannot be written")
    assert done.stderr.count("\n") == 1
