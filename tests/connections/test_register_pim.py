"""`register_pim`: a PIM is allowed, with the credentials of its custom app or without."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from connections.models import Connection
from tests.connections.conftest import PIM, stored
from tests.factories import make_connection
from tests.visitor import ACTIVATE, query_of

pytestmark = pytest.mark.django_db

CUSTOM = ("--client-id", "custom-app", "--client-secret", "planted-secret")


@pytest.fixture(autouse=True)
def production(settings):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    settings.PIM_ALLOW_INSECURE = False


def register_pim(*arguments):
    out = StringIO()
    call_command("register_pim", *arguments, stdout=out)
    return out.getvalue()


def refused(*arguments):
    """The one line of a failing command, which changed nothing."""
    before = stored()
    with pytest.raises(CommandError) as error:
        register_pim(*arguments)
    assert stored() == before
    assert "\n" not in str(error.value)
    assert "planted" not in str(error.value)
    return str(error.value)


def test_it_stores_the_credentials_of_a_custom_app_before_anybody_connects():
    said = register_pim(PIM, *CUSTOM)

    row = Connection.objects.get()
    assert (row.pim_url, row.client_id, row.client_secret) == (PIM, "custom-app", "planted-secret")
    assert (row.state, row.token, row.scopes) == (Connection.State.REGISTERED, "", [])
    assert said == f"{PIM} is registered for its custom app. Now click Connect in the PIM.\n"


def test_without_credentials_the_host_is_allowed_for_the_published_app(client, settings):
    settings.AKENEO_CLIENT_ID, settings.AKENEO_CLIENT_SECRET = "published", "secret"

    said = register_pim("https://pim.example.com")

    response = client.get(ACTIVATE, {"pim_url": "https://pim.example.com"})
    assert "for the published app" in said
    assert query_of(response["Location"])["client_id"] == "published"


def test_json_is_one_object_on_one_line_without_the_secret():
    said = register_pim(PIM, *CUSTOM, "--json")

    assert json.loads(said) == {
        "id": Connection.objects.get().pk,
        "pim_url": PIM,
        "client_id": "custom-app",
        "state": "registered",
    }
    assert said.count("\n") == 1


def test_again_replaces_the_credentials_and_nothing_else():
    row = make_connection(pim_url=PIM, client_id="old", client_secret="old", token="token")

    said = register_pim(PIM, *CUSTOM, "--json")

    again = Connection.objects.get()
    assert (again.pk, again.client_id, again.client_secret) == (
        row.pk,
        "custom-app",
        "planted-secret",
    )
    assert (again.token, again.state, again.scopes) == ("token", row.state, row.scopes)
    assert json.loads(said)["state"] == "connected"


def test_again_without_credentials_is_back_at_the_published_app():
    register_pim(PIM, *CUSTOM)

    register_pim(PIM)

    row = Connection.objects.get()
    assert (row.client_id, row.client_secret) == ("", "")


@pytest.mark.parametrize("spelling", [f"{PIM}/", PIM.upper(), f" {PIM}", f"{PIM}:443"])
def test_another_spelling_is_the_same_pim(spelling):
    register_pim(PIM, *CUSTOM)

    register_pim(spelling, "--client-id", "other", "--client-secret", "other")

    assert Connection.objects.get().client_id == "other"


def test_what_was_pasted_with_spaces_around_is_stored_without():
    register_pim(PIM, "--client-id", " custom-app\n", "--client-secret", "\tsecret ")

    row = Connection.objects.get()
    assert (row.client_id, row.client_secret) == ("custom-app", "secret")


@pytest.mark.parametrize(
    "options",
    [
        ("--client-id", "custom-app"),
        ("--client-secret", "planted-secret"),
        ("--client-id", "", "--client-secret", "planted-secret"),
        ("--client-id", "custom-app", "--client-secret", "  "),
        ("--client-id", "", "--client-secret", ""),
    ],
)
def test_one_without_the_other_is_an_error(options):
    register_pim(PIM, *CUSTOM)

    assert refused(PIM, *options).startswith("--client-id and --client-secret belong together")


@pytest.mark.parametrize(
    ("pim_url", "words"),
    [
        ("", "is missing"),
        ("nonsense", "must start with https://"),
        ("ftp://acme.cloud.akeneo.com", "must start with https://"),
        (f"{PIM}/#/connect", "leave out everything from"),
        ("https://user:planted@acme.cloud.akeneo.com", "user name or password"),
        ("https://acme.cloud.akeneo.com:99999", "port is not a number"),
        (f"{PIM}\nX", "spaces or characters"),
        (f"{PIM}/{'a' * 600}", "longer than 500"),
        ("http://acme.cloud.akeneo.com", "Only https addresses are allowed"),
        ("https://10.0.0.5", "not on the public internet"),
        ("https://169.254.169.254", "not on the public internet"),
    ],
)
def test_what_is_no_address_of_a_pim_is_an_error(pim_url, words):
    assert words in refused(pim_url, *CUSTOM)


@pytest.mark.parametrize("pim_url", ["http://127.0.0.1:8081", "http://localhost:8081"])
def test_a_local_pim_can_be_registered_where_local_ones_are_admitted(settings, pim_url):
    settings.PIM_ALLOW_INSECURE = True

    register_pim(pim_url, *CUSTOM)

    assert Connection.objects.get().pim_url == pim_url


@pytest.mark.parametrize("client_id", ["x" * 101, "a\x00b", "a\x1bb"])
def test_what_is_no_client_id_is_an_error(client_id):
    assert "is not a client id" in refused(PIM, "--client-id", client_id, "--client-secret", "s")


def test_without_keys_nothing_is_stored(settings):
    settings.ENCRYPTION_KEYS = []

    assert "ENCRYPTION_KEYS is not set" in refused(PIM, *CUSTOM)


def test_without_keys_a_pim_of_the_published_app_can_be_registered(settings):
    settings.ENCRYPTION_KEYS = []

    register_pim(PIM)

    assert Connection.objects.get().pim_url == PIM
