"""Settings that come from the environment, from a bare one to a deployment's."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured

from akeneo_app import logs
from akeneo_app.environment import database, usable
from tests.installation import SECRETS

own_database = pytest.mark.only_on("sqlite")
PRODUCTION = {**SECRETS, "BASE_URL": "https://app.example.com"}
ASK = """
import django, json
django.setup()
from django.conf import settings
print(json.dumps({name: getattr(settings, name) for name in %s}))
"""


def settings_of(installation, *names, **environment):
    done = installation.python(
        *("-c", ASK % json.dumps(names)),
        **{"DJANGO_SETTINGS_MODULE": "akeneo_app.settings", **environment},
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout).values())


@own_database
def test_a_bare_environment_is_told_what_is_missing(installation):
    done = installation.manage("check")

    assert done.returncode == 1
    assert done.stdout == ""
    assert "SECRET_KEY is not set" in done.stderr
    assert "ENCRYPTION_KEYS is not set" in done.stderr
    assert "set DEBUG=1 to have one generated" in done.stderr
    assert "Traceback" not in done.stderr


@own_database
def test_development_needs_no_more_than_a_switch_and_keeps_its_secrets(installation):
    first, again = (
        settings_of(installation, "SECRET_KEY", "ENCRYPTION_KEYS", DEBUG="1") for _ in range(2)
    )

    assert first == again
    assert len(first[0]) >= 50


@own_database
def test_a_deployment_has_nothing_to_complain_about(installation):
    done = installation.manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "System check identified no issues (0 silenced).\n"


@own_database
@pytest.mark.parametrize(
    ("base_url", "https"),
    [("http://app.example.com:8120", False), ("https://app.example.com", True)],
)
def test_only_an_https_site_redirects_and_marks_its_cookies(installation, base_url, https):
    names = ["SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"]

    *values, hsts, hosts, origins = settings_of(
        *(installation, *names, "SECURE_HSTS_SECONDS", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"),
        **{**SECRETS, "BASE_URL": base_url},
    )

    assert values == [https] * 3
    assert bool(hsts) is https
    assert "app.example.com" in hosts
    assert origins == [base_url]


@own_database
def test_lists_may_have_spaces_after_their_commas(installation):
    proxies, hosts, pims = settings_of(
        *(installation, "TRUSTED_PROXIES", "ALLOWED_HOSTS", "PIM_HOSTS"),
        **PRODUCTION,
        TRUSTED_PROXIES="10.0.0.5, 10.1.0.0/16",
    )

    assert proxies == ["10.0.0.5", "10.1.0.0/16"]
    assert hosts == ["app.example.com", "localhost", "127.0.0.1", "[::1]"]
    assert pims == ["*.cloud.akeneo.com", "*.akeneo.cloud"]


@own_database
@pytest.mark.parametrize(("query", "seconds"), [("", 5), ("?connect_timeout=9", 9)])
def test_a_database_that_swallows_packets_holds_nothing_up_for_long(installation, query, seconds):
    url = f"postgresql://u:p@db.example.com/ferry{query}"

    (databases,) = settings_of(installation, "DATABASES", **PRODUCTION, DATABASE_URL=url)

    assert databases["default"]["OPTIONS"] == {"connect_timeout": seconds}


@own_database
def test_a_variable_that_cannot_be_used_is_named_in_one_line(installation):
    done = installation.manage("check", **SECRETS, EMAIL_URL="rubbish://user:planted@mail")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("EMAIL_URL cannot be used.")
    assert done.stderr.count("\n") == 1
    assert "planted" not in done.stderr


@pytest.mark.parametrize(
    ("url", "engine", "name"),
    [
        ("sqlite:////srv/ferry.sqlite3", "sqlite3", "/srv/ferry.sqlite3"),
        ("sqlite://:memory:", "sqlite3", ":memory:"),
        ("postgresql://u:p@db.example.com:5432/ferry", "postgresql", "ferry"),
        ("postgres://u:p@db.example.com/ferry", "postgresql", "ferry"),
        ("postgresql://u@/ferry?host=/var/run/postgresql", "postgresql", "ferry"),
        ("postgresql://u:p%23%2F%40@db/ferry", "postgresql", "ferry"),
    ],
)
def test_a_database_is_sqlite_or_postgresql(url, engine, name):
    config = database(url)

    assert config["ENGINE"] == f"django.db.backends.{engine}"
    assert config["NAME"] == name


@pytest.mark.parametrize(
    "url",
    [
        *("", "nonsense", "://", "planted", "postgresql", "/srv/ferry.sqlite3"),
        "mysql://u:planted@db/ferry",
        "nonsense://u:planted@db/ferry",
        "postgresql://u:p@db:planted/ferry",
    ],
)
def test_any_other_database_is_refused_without_repeating_its_address(url, recwarn):
    with pytest.raises(ImproperlyConfigured) as no, usable("DATABASE_URL", "Write it so."):
        database(url)

    assert str(no.value) == "DATABASE_URL cannot be used. Write it so."
    assert no.value.__suppress_context__  # the first error may hold a password
    assert not recwarn.list


def test_what_the_disk_says_is_passed_on():
    with pytest.raises(ImproperlyConfigured) as no, usable("VAR_FOLDER", "Give another."):
        raise PermissionError(13, "Permission denied", "/srv/planted")

    assert str(no.value) == "VAR_FOLDER cannot be used (Permission denied). Give another."


@pytest.mark.parametrize("level", ["DEBUG", "info", "Warning", "ERROR"])
def test_a_level_may_be_written_small(level):
    assert logs.configuration(level)["root"]["level"] == level.upper()


@pytest.mark.parametrize("level", ["", "LOUD", "10"])
def test_what_is_no_level_is_refused(level):
    with pytest.raises(ValueError, match="no level"):
        logs.configuration(level)
