"""What is missing in the environment is said by `check`, with the way out."""

import pytest
from cryptography.fernet import Fernet
from django.core.checks import Error, run_checks

from connections.models import Installation

pytestmark = pytest.mark.django_db

GOOD_KEY = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def production(settings):
    settings.BASE_URL = "https://app.example.com"
    settings.HTTPS = True
    settings.PIM_ALLOW_INSECURE = False


def found(*, deploy=False):
    """Our own messages, by id."""
    messages = run_checks(include_deployment_checks=deploy)
    return {message.id: message for message in messages if str(message.id).startswith("ferry.")}


def test_an_installation_that_is_set_up_has_nothing_to_say():
    assert found(deploy=True) == {}


ERRORS = {
    "no key of Django's": ({"SECRET_KEY": ""}, "ferry.E001", "SECRET_KEY is not set"),
    "no key": ({"ENCRYPTION_KEYS": []}, "ferry.E002", "could not be stored"),
    "a bad key": ({"ENCRYPTION_KEYS": ["planted"]}, "ferry.E003", "key number 1"),
    "a bad second key": (
        {"ENCRYPTION_KEYS": [GOOD_KEY, "planted"]},
        "ferry.E003",
        "key number 2",
    ),
    "a key that is cut": ({"ENCRYPTION_KEYS": [GOOD_KEY[:-2]]}, "ferry.E003", "key number 1"),
    "no scheme": ({"BASE_URL": "app.example.com"}, "ferry.E004", "not the address of a site"),
    "nothing": ({"BASE_URL": ""}, "ferry.E004", "not the address of a site"),
    "a path": ({"BASE_URL": "https://app.example.com/ferry"}, "ferry.E004", "not the address"),
    "a query": ({"BASE_URL": "https://app.example.com?a=b"}, "ferry.E004", "not the address"),
    "a fragment": ({"BASE_URL": "https://app.example.com#a"}, "ferry.E004", "not the address"),
    "a user": ({"BASE_URL": "https://a@app.example.com"}, "ferry.E004", "not the address"),
    "a bad port": ({"BASE_URL": "https://app.example.com:x"}, "ferry.E004", "not the address"),
    "another scheme": ({"BASE_URL": "ftp://app.example.com"}, "ferry.E004", "not the address"),
    "a PIM's address": ({"PIM_HOSTS": ["https://a.b"]}, "ferry.E005", "PIM_HOSTS"),
    "a bad pattern": ({"PIM_HOSTS": ["*.a.b", "a.*.b"]}, "ferry.E005", "PIM_HOSTS: “a.*.b”"),
    "a bad port of a host": ({"CHANNEL_HOSTS": ["shop:x"]}, "ferry.E005", "CHANNEL_HOSTS"),
    "a proxy's name": ({"TRUSTED_PROXIES": ["proxy"]}, "ferry.E006", "'proxy' is neither"),
    "half of the published app": (
        {"AKENEO_CLIENT_ID": "app", "AKENEO_CLIENT_SECRET": ""},
        "ferry.E007",
        "one is missing",
    ),
    "the other half": (
        {"AKENEO_CLIENT_ID": "", "AKENEO_CLIENT_SECRET": "planted"},
        "ferry.E007",
        "one is missing",
    ),
    "a short token": ({"METRICS_TOKEN": "planted-1234567"}, "ferry.E009", "METRICS_TOKEN is too"),
    "a token with spaces": (
        {"METRICS_TOKEN": "planted and never sent"},
        "ferry.E009",
        "no program can send it",
    ),
    "no Redis": ({"REDIS_URL": "http://planted"}, "ferry.E008", "REDIS_URL is not the address"),
    "a Redis with a bad port": ({"REDIS_URL": "redis://h:planted"}, "ferry.E008", "REDIS_URL"),
}


@pytest.mark.parametrize(("changes", "code", "words"), ERRORS.values(), ids=ERRORS)
def test_an_error_says_what_and_how_to_mend_it(settings, changes, code, words):
    for name, value in changes.items():
        setattr(settings, name, value)

    (message,) = found().values()

    assert isinstance(message, Error)
    assert message.id == code
    assert words in message.msg
    assert message.hint
    assert "planted" not in f"{message.msg} {message.hint}"


@pytest.mark.parametrize(
    "changes",
    [
        {"BASE_URL": "http://127.0.0.1:8000"},
        {"BASE_URL": "https://[::1]:8000"},
        {"ENCRYPTION_KEYS": [GOOD_KEY, Fernet.generate_key().decode()]},
        {"PIM_HOSTS": ["*", "pim.example.com:8443", "10.0.0.1", "[::1]:8081"]},
        {"PIM_HOSTS": [], "CHANNEL_HOSTS": [], "TRUSTED_PROXIES": []},
        {"METRICS_TOKEN": "0123456789abcdef"},
        {"TRUSTED_PROXIES": ["10.0.0.5", "10.0.0.5/8", "2001:db8::/32"]},
        {"AKENEO_CLIENT_ID": "app", "AKENEO_CLIENT_SECRET": "secret"},
        {"REDIS_URL": ""},
        {"REDIS_URL": "rediss://:secret@redis.example.com:6379/1"},
    ],
)
def test_what_is_allowed_is_no_error(settings, changes):
    for name, value in changes.items():
        setattr(settings, name, value)

    assert found() == {}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"PIM_ALLOW_INSECURE": True}, "ferry.W001"), ({"HTTPS": False}, "ferry.W002")],
)
def test_a_deployment_is_warned_of_what_is_for_a_desk(settings, changes, code):
    for name, value in changes.items():
        setattr(settings, name, value)

    assert found() == {}
    assert found(deploy=True).keys() == {code}


def test_a_wrong_copy_is_told_with_the_way_out():
    Installation.objects.create(base_url="https://app.example.com")
    assert "ferry.W003" not in found(deploy=True)
    Installation.objects.update(base_url="https://elsewhere.example.com")

    message = found(deploy=True)["ferry.W003"]

    assert "https://elsewhere.example.com" in message.msg
    assert "adopt_installation" in message.hint


def test_a_declared_copy_is_not_told_again():
    Installation.objects.create(base_url="https://elsewhere.example.com", decision="copy")

    assert "ferry.W003" not in found(deploy=True)
