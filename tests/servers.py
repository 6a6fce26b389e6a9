"""pytest plugin: the environment of a test run, set before Django reads its settings.

TEST_DATABASE says what the tests run on: `sqlite` (the default: one machine, with a SQLite file
and no Redis) or `postgresql` (several machines, with a real PostgreSQL and a real Redis, which
are started here and stopped at the end). A missing server fails the run, unless
TEST_SKIP_SERVERS=1, which leaves the whole run out.

With xdist the controller starts the servers, and each worker takes databases of its own in them.
"""

import json
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.real_servers import Servers

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("sqlite", "postgresql")
_about_servers = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--forbid-skips", action="store_true", help="fail the run if any test was skipped"
    )
    parser.addoption(
        "--about-databases",
        action="store_true",
        help="leave out tests that ask for no database: they say the same on each",
    )


@pytest.hookimpl(wrapper=True)  # around pytest-django's, which reads the settings
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        _take_share(int(worker.removeprefix("gw")))
    elif not early_config.known_args_namespace.help:
        _prepare_run(early_config)
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "only_on(kind): run this test on `sqlite` or on `postgresql` only"
    )
    if config.pluginmanager.hasplugin("django"):
        _adapt_settings()


def pytest_report_header(config: pytest.Config) -> str:
    return "servers: " + config.stash.get(_about_servers, "SQLite and files only")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    kind = _kind()
    about_databases = config.getoption("about_databases")
    elsewhere = [
        item
        for item in items
        if ((mark := item.get_closest_marker("only_on")) and mark.args != (kind,))
        or (about_databases and not _asks_for_database(item))
    ]
    if elsewhere:
        items[:] = [item for item in items if item not in elsewhere]
        config.hook.pytest_deselected(items=elsewhere)


def _asks_for_database(item: pytest.Item) -> bool:
    """Whether its database, or the broker beside it, is this test's own matter."""
    if item.get_closest_marker("django_db") or item.get_closest_marker("only_on"):
        return True
    return not {"db", "transactional_db", "queue"}.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _forbidden_skips(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    if count := _forbidden_skips(config):
        terminalreporter.write_line(f"Skipped, which --forbid-skips forbids: {count}", red=True)


def _forbidden_skips(config: pytest.Config) -> int:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not config.getoption("forbid_skips"):
        return 0
    return len(reporter.stats.get("skipped", []))


def _kind() -> str:
    kind = os.environ.get("TEST_DATABASE") or "sqlite"
    if kind not in KINDS:
        raise pytest.UsageError(f"TEST_DATABASE is {kind!r}; it can be {' or '.join(KINDS)}.")
    return kind


def _prepare_run(config: pytest.Config) -> None:
    kind = _kind()
    folder = Path(tempfile.mkdtemp(prefix="ferry-tests-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ |= _environment(folder)
    if kind == "postgresql":
        servers, stop = _started_servers()
        config.add_cleanup(stop)
        config.stash[_about_servers] = servers.about
        os.environ["DATABASE_URL"] = servers.database_url
        os.environ["REDIS_URL"] = f"{servers.redis_url}/0"
        os.environ["CELERY_BROKER_URL"] = f"{servers.redis_url}/1"


def _environment(folder: Path) -> dict[str, str]:
    """Return a value for every variable, so that a person's own .env cannot reach the tests."""
    return {
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(50),
        "SECRET_KEY_FALLBACKS": "",
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "BASE_URL": "http://testserver",
        "TRUSTED_PROXIES": "",
        "VAR_FOLDER": str(folder / "var"),
        "MEDIA_STORE": "",
        "DATABASE_URL": f"sqlite:///{folder / 'ferry.sqlite3'}",
        "REDIS_URL": "",
        "CELERY_BROKER_URL": "filesystem://",
        "PIM_HOSTS": "127.0.0.1",
        "PIM_ALLOW_INSECURE": "1",
        "CHANNEL_HOSTS": "",
        "FILE_CHANNEL_FOLDERS": "",
        "ENRICHMENT_FOLDERS": "",
        "AKENEO_CLIENT_ID": "",
        "AKENEO_CLIENT_SECRET": "",
        "EMAIL_URL": "memorymail://",
        "DEFAULT_FROM_EMAIL": "ferry@testserver",
        "SUPPORT_URL": "",
        "METRICS_TOKEN": "",
        "EVENT_PLATFORM_URL": "https://events.invalid/api/v1",
        "DEEPL_API_KEY": "",
        "DEEPL_URL": "",
        "LOG_LEVEL": "INFO",
        "LOG_FORMAT": "text",
    }


def _take_share(number: int) -> None:
    """Give an xdist worker its own files and Redis databases; pytest-django splits the database."""
    os.environ["VAR_FOLDER"] += f"-{number}"
    if redis_url := os.environ["REDIS_URL"]:
        address = redis_url.rpartition("/")[0]
        os.environ["REDIS_URL"] = f"{address}/{2 * number + 2}"
        os.environ["CELERY_BROKER_URL"] = f"{address}/{2 * number + 3}"


def _started_servers() -> tuple[Servers, Callable[[], None]]:
    """Start PostgreSQL and Redis; return where they are and the function that stops them.

    Their keeper has a session of its own, so that Ctrl-C reaches it through us only.
    """
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.real_servers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert keeper.stdout
    answer = json.loads(keeper.stdout.readline() or '{"problem": "Starting them failed."}')

    def stop() -> None:
        keeper.communicate()  # ends its input and waits for it

    if "problem" in answer:
        stop()
        _give_up(answer["problem"])
    return Servers(**answer), stop


def _give_up(problem: str) -> None:
    if os.environ.get("TEST_SKIP_SERVERS") == "1":
        sys.stderr.write(f"Left out, because TEST_SKIP_SERVERS=1: {problem}\n")
        sys.exit(0)
    raise pytest.UsageError(f"{problem} TEST_SKIP_SERVERS=1 leaves this run out.")


def _adapt_settings() -> None:
    from django.conf import settings  # not before pytest-django has set it up

    from tests import migrated

    migrated.install()
    database = settings.DATABASES["default"]
    if database["ENGINE"] == "django.db.backends.sqlite3":
        # Django would take a database in memory, where WAL and a second process are impossible.
        path = Path(database["NAME"])
        database.setdefault("TEST", {})["NAME"] = str(path.with_name(f"test_{path.name}"))
    # The manifest of static files comes from collectstatic, which no test needs.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )
