"""From *Connect* or *Open app* in the PIM to the PIM's authorization."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.connections import register
from connections.models import Authorization, Connection
from tests.connections.conftest import PIM, refusal_in, stored, under_way
from tests.pages.conftest import page_of
from tests.visitor import ACTIVATE, query_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def production(settings):
    """As an installation for a published app has it."""
    settings.PIM_HOSTS = ["*.cloud.akeneo.com"]
    settings.PIM_ALLOW_INSECURE = False
    settings.AKENEO_CLIENT_ID = "published-app"
    settings.AKENEO_CLIENT_SECRET = "published-secret"


def activate(pim_url, browser=None, **query):
    return (browser or Client()).get(ACTIVATE, {"pim_url": pim_url, **query})


def test_it_sends_the_browser_to_the_pim_with_all_it_will_ever_ask():
    response = activate(PIM)

    address, _, _ = response["Location"].partition("?")
    query = query_of(response["Location"])
    assert response.status_code == 302
    assert address == f"{PIM}/connect/apps/v1/authorize"
    assert query.keys() == {"response_type", "client_id", "scope", "state"}
    assert query["response_type"] == "code"
    assert query["client_id"] == "published-app"
    assert set(query["scope"].split(" ")) == wanted_scopes()
    assert len(query["state"]) >= 43  # 256 bits
    assert "no-store" in response["Cache-Control"]


def test_it_asks_for_nothing_that_it_has_no_use_for():
    query = query_of(activate(PIM)["Location"])

    assert query["scope"] == (
        "delete_catalogs email openid profile read_assets read_association_types "
        "read_attribute_options read_catalog_structure read_catalogs read_categories "
        "read_channel_localization read_channel_settings read_products "
        "read_reference_entity_records write_catalogs"
    )


def test_it_remembers_the_authorization_by_digests_only():
    browser = Client()

    response = activate(PIM, browser, next="/help?page=2")

    row = Authorization.objects.values().get()
    written = " ".join(map(str, row.values()))
    assert (row["pim_url"], row["next_path"], row["used_at"]) == (PIM, "/help?page=2", None)
    assert timedelta(minutes=9) < row["expires_at"] - timezone.now() <= timedelta(minutes=10)
    assert query_of(response["Location"])["state"] not in written
    assert browser.session["browser"] not in written
    assert stored() == {"connections": [], "people": []}


def test_each_authorization_has_a_state_of_its_own():
    browser = Client()

    states = {query_of(activate(PIM, browser)["Location"])["state"] for _ in range(3)}

    assert len(states) == 3
    assert under_way() == 3


def test_the_custom_app_of_a_pim_wins_over_the_published_app():
    register(PIM, client_id="custom-app", client_secret="custom-secret")

    assert query_of(activate(PIM)["Location"])["client_id"] == "custom-app"
    assert query_of(activate("https://other.cloud.akeneo.com")["Location"])["client_id"] == (
        "published-app"
    )


def test_a_registered_pim_is_allowed_beside_the_patterns():
    assert activate("https://pim.example.com").status_code == 400
    register("https://pim.example.com")

    response = activate("https://pim.example.com")

    assert response["Location"].startswith("https://pim.example.com/connect/")


@pytest.mark.parametrize(
    "pim_url",
    ["https://pim.example.com:8443", "https://pim.example.com/other", "http://pim.example.com"],
)
def test_registering_a_pim_allows_no_other_address_of_its_host(pim_url):
    register("https://pim.example.com")

    refusal_in(activate(pim_url), 400)

    assert under_way() == 0


def test_a_registered_pim_may_have_a_port_and_a_path():
    register("https://pim.example.com:8443/akeneo")

    response = activate("https://pim.example.com:8443/akeneo/")

    assert response["Location"].startswith("https://pim.example.com:8443/akeneo/connect/apps/")


@pytest.mark.parametrize(
    ("pim_url", "spelling"),
    [
        ("HTTPS://ACME.Cloud.Akeneo.com", PIM),
        (f"{PIM}/", PIM),
        (f"{PIM}:443", PIM),
        (f" {PIM} ", PIM),
        (f"{PIM}.", PIM),
        ("https://bücher.cloud.akeneo.com", "https://xn--bcher-kva.cloud.akeneo.com"),
    ],
)
def test_one_pim_has_one_spelling(pim_url, spelling):
    response = activate(pim_url)

    assert response["Location"].startswith(f"{spelling}/connect/apps/v1/authorize?")
    assert Authorization.objects.get().pim_url == spelling


@pytest.mark.parametrize("query", ["", "pim_url", "pim_url=%ff%fe", "pim_url=%ed%a0%80", "pim=x"])
def test_a_broken_query_is_refused(query):
    refusal_in(Client().get(f"{ACTIVATE}?{query}"), 400)


@pytest.mark.parametrize(
    "pim_url", ["http://127.0.0.1:9", "http://localhost:9/pim", "http://[::1]:9"]
)
def test_a_local_pim_needs_the_switch(settings, pim_url):
    settings.PIM_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
    assert activate(pim_url).status_code == 400
    settings.PIM_ALLOW_INSECURE = True

    response = activate(pim_url)

    assert response["Location"].startswith(f"{pim_url}/connect/apps/v1/authorize?")


def test_no_switch_admits_the_clouds_metadata(settings):
    settings.PIM_HOSTS = ["*", "169.254.169.254"]
    settings.PIM_ALLOW_INSECURE = True

    refusal_in(activate("http://169.254.169.254"), 400)


def test_whether_the_pim_can_be_reached_is_not_asked_here(settings):
    settings.PIM_HOSTS = ["*.invalid"]

    assert activate("https://pim.invalid").status_code == 302


def test_a_pim_without_credentials_is_told_how_to_get_them(settings):
    settings.AKENEO_CLIENT_SECRET = ""
    register(PIM)

    said = refusal_in(activate(PIM), 403)

    assert "Ask whoever runs the app for an invitation link" in said
    assert under_way() == 0
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/", "/help", "/products/0?pim_url=https://x&a=%20b", "/ü"])
def test_a_local_path_is_where_the_way_ends(path):
    activate(PIM, next=path)

    assert Authorization.objects.get().next_path == path


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example/",
        "///evil.example/",
        "/\\evil.example/",
        "\\\\evil.example/",
        "javascript:alert(1)",
        "help",
        "connections:sign_out",
        "./help",
        " /help",
        "/help\x00",
        "/help\r\nX-Evil: 1",
        f"/{'a' * 500}",
    ],
)
def test_any_other_place_to_go_is_forgotten(path):
    response = activate(PIM, next=path)

    assert response.status_code == 302
    assert Authorization.objects.get().next_path == ""


@pytest.mark.parametrize("method", ["post", "put", "delete", "head"])
def test_only_a_visit_starts_an_authorization(method):
    response = getattr(Client(), method)(f"{ACTIVATE}?{urlencode({'pim_url': PIM})}")

    assert response.status_code == 405
    assert under_way() == 0


def test_a_lost_connection_starts_in_the_same_way():
    connection = register(PIM, client_id="custom-app", client_secret="custom-secret")
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.DISCONNECTED)

    assert query_of(activate(PIM)["Location"])["client_id"] == "custom-app"


def test_the_page_of_a_refusal_loads_nothing_from_elsewhere():
    page = page_of(activate("https://shop.example.com"))

    loaded = [one.get("src") or one.get("href") for one in page.select("[src], link[href]")]
    assert loaded
    assert all(address.startswith("/") for address in loaded)
