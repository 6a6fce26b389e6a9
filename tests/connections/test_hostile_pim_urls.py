"""A `pim_url` is what anybody may write into an address: not one packet goes where it should not.

The settings are those of an installation from which nothing was changed.
"""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.test import Client

from connections.clients import client_for
from connections.connections import register
from connections.models import Connection
from outbound.errors import AddressRefused
from tests.connections.conftest import PIM, refusal_in, signed_in_as, stored, under_way
from tests.factories import make_connection
from tests.hostile import ACME, HOSTILE, NO_PIMS, NOT_PUBLIC, REDIRECTS, STRANGERS
from tests.network import NONE, PUBLIC
from tests.outbound.servers import answer
from tests.visitor import ACTIVATE, CALLBACK, query_of

pytestmark = pytest.mark.django_db

NOTHING: dict[str, Any] = {"connections": [], "people": []}
TOKEN = {
    "access_token": "planted-token",
    "scope": "openid read_products",
    "id_token": "eyJhbGciOiJSUzI1NiJ9.e30.AAAA",  # the shape of one: its key is asked for
}


@pytest.fixture(autouse=True)
def from_the_start(settings):
    settings.PIM_HOSTS = ["*.cloud.akeneo.com", "*.akeneo.cloud"]
    settings.PIM_ALLOW_INSECURE = False
    settings.AKENEO_CLIENT_ID = "published-app"
    settings.AKENEO_CLIENT_SECRET = "published-secret"


def assert_activation_is_refused(pim_url):
    browser = Client()

    response = browser.get(ACTIVATE, {"pim_url": pim_url})

    refusal_in(response, 400)
    assert "<script>alert" not in response.content.decode()
    assert not browser.cookies.get("sessionid")
    assert not Session.objects.exists()
    assert under_way() == 0
    assert stored() == NOTHING


@pytest.mark.parametrize(
    "pim_url", [*HOSTILE.values(), *NO_PIMS.values()], ids=[*HOSTILE, *NO_PIMS]
)
def test_it_is_refused_to_visitors_and_to_staff_without_one_packet(network, pim_url):
    pim_url = network.at(pim_url)

    assert_activation_is_refused(pim_url)
    with pytest.raises(CommandError):
        call_command("register_pim", pim_url, stdout=StringIO())

    assert stored() == NOTHING
    assert network.traces == NONE


@pytest.mark.parametrize("pim_url", STRANGERS.values(), ids=STRANGERS)
def test_a_strange_host_is_refused_until_staff_register_it(network, pim_url):
    pim_url = network.at(pim_url)
    assert_activation_is_refused(pim_url)

    out = StringIO()
    call_command("register_pim", pim_url, "--json", stdout=out)
    response = Client().get(ACTIVATE, {"pim_url": pim_url})

    address = json.loads(out.getvalue())["pim_url"]
    assert response["Location"].startswith(f"{address}/connect/apps/v1/authorize?")
    assert network.traces == NONE


@pytest.mark.parametrize(
    "pim_url",
    ["HtTpS://Acme.Cloud.AKENEO.com", f"{ACME}:443/", "https://xn--bcher-kva.akeneo.cloud"],
)
def test_an_odd_spelling_of_an_allowed_host_is_no_harm(network, pim_url):
    response = Client().get(ACTIVATE, {"pim_url": pim_url})

    assert response.status_code == 302
    assert network.traces == NONE


def test_no_switch_admits_a_hostile_address(network, settings):
    """Local PIMs may be admitted; the cloud's metadata and their like never are."""
    settings.PIM_HOSTS, settings.PIM_ALLOW_INSECURE = ["*"], True
    never = [url for url in HOSTILE.values() if "169.254" in url or "0.0.0.0" in url]  # noqa: S104

    for pim_url in never:
        assert_activation_is_refused(network.at(pim_url))

    assert len(never) >= 3
    assert network.traces == NONE


class TestWhileConnecting:
    """What the text of an address does not show: what its host resolves to, and what it answers."""

    @pytest.fixture
    def begin(self, julia):
        """Begin an authorization at this address; the path of a callback."""

        def begin(pim_url):
            register(pim_url, client_id="app", client_secret="planted-secret")
            state = query_of(julia.activate(pim_url))["state"]
            return f"{CALLBACK}?code=planted-code&state={state}"

        return begin

    @pytest.fixture
    def refused(self, julia):
        def refused(callback, status):
            before = stored()
            said = refusal_in(julia.ferry.get(callback), status)
            assert stored() == before
            assert signed_in_as(julia) == ""
            assert "planted" not in said
            return said

        return refused

    @pytest.mark.parametrize("addresses", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
    def test_a_name_that_is_in_no_public_network_is_not_called(
        self, network, begin, refused, addresses
    ):
        network.resolves("pim.example", addresses)
        callback = begin(network.at("https://pim.example:PORT"))

        said = refused(callback, 400)

        assert "is not on the public internet" in said
        assert network.traces == (["pim.example"], [], 0)

    def test_nor_is_an_allowed_one(self, network, begin, refused):
        network.resolves("acme.cloud.akeneo.com", ["127.0.0.1"])

        refused(begin(PIM), 400)

        assert network.traces == (["acme.cloud.akeneo.com"], [], 0)

    def test_a_name_that_changes_its_mind_between_two_tries_is_not_called(
        self, network, begin, refused
    ):
        network.resolves("pim.example", [PUBLIC], ["127.0.0.1"])
        callback = begin(network.at("https://pim.example:PORT"))

        refused(callback, 400)

        assert network.traces == (["pim.example"] * 2, [PUBLIC], 0)

    def test_a_name_that_changes_its_mind_between_token_and_key_is_not_called(
        self, network, begin, refused
    ):
        network.resolves("pim.example", [PUBLIC], ["127.0.0.1"])
        callback = begin(network.at("https://pim.example:PORT"))

        with network.host("pim.example", sends(json.dumps(TOKEN).encode())):
            refused(callback, 400)

        assert network.traces == (["pim.example"] * 2, [PUBLIC], 0)

    @pytest.mark.parametrize("status", REDIRECTS)
    def test_a_redirect_is_not_followed(self, network, begin, refused, status):
        requests = []
        location = network.at("Location: https://127.0.0.1:PORT/\r\n")
        callback = begin("https://pim.example")

        def script(connection, request):
            requests.append(request)
            sends(b"", status=status, headers=location)(connection, request)

        with network.host("pim.example", script):
            refused(callback, 502)

        assert len(requests) == 1
        assert network.traces == (["pim.example"], [PUBLIC], 0)

    def test_a_redirect_of_the_key_is_not_followed_either(self, network, begin, refused):
        location = network.at("Location: https://127.0.0.1:PORT/\r\n")
        token = sends(json.dumps(TOKEN).encode())
        elsewhere = sends(b"", status="302 Found", headers=location)
        callback = begin("https://pim.example")

        def script(connection, request):
            (token if request.startswith(b"POST") else elsewhere)(connection, request)

        with network.host("pim.example", script):
            refused(callback, 502)

        assert set(network.called) == {PUBLIC}
        assert network.traces[2] == 0

    def test_a_host_that_nothing_is_known_of_is_told_as_such(self, network, begin, refused):
        said = refused(begin(PIM), 502)

        assert "could not be found" in said
        assert network.called == []


def test_a_pim_that_was_stored_while_local_ones_were_admitted_is_not_called_any_more(network):
    local = network.at("http://127.0.0.1:PORT")

    with pytest.raises(AddressRefused):
        client_for(make_connection(pim_url=local)).system_information()

    assert Connection.objects.exists()
    assert network.traces == NONE


def sends(body, **head):
    return lambda connection, request: connection.sendall(answer(body, **head))
