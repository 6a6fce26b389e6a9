"""A channel's endpoint is entered by people of any PIM: it leads out to the internet, or nowhere.

The settings are those of an installation from which nothing was changed.
"""

import pytest

from catalogs.channels import adapter_for, adapter_of, change_channel, create_channel
from catalogs.models import Channel
from channels.base import ChannelProduct, ConfigurationError, InvalidSettings, TransientError
from tests.channels.receiver import running_receiver
from tests.factories import make_channel, make_connection
from tests.hostile import HOSTILE, NOT_PUBLIC, REDIRECTS
from tests.network import NONE, PUBLIC
from tests.outbound.servers import answer

pytestmark = pytest.mark.django_db

PRODUCTS = [ChannelProduct("00000000-0000-4000-8000-000000000000", "{}")]
GOOD = "https://shop.example.com/in"


@pytest.fixture(autouse=True)
def from_the_start(settings):
    settings.PIM_ALLOW_INSECURE = False
    settings.CHANNEL_HOSTS = []


def create(endpoint):
    return create_channel(
        make_connection(), name="Shop", kind="http", values={"endpoint": endpoint}, by_staff=False
    )


def stored_earlier(endpoint):
    return make_channel(settings={"endpoint": endpoint, "batch_size": "100"})


def push(channel):
    return adapter_for(channel).push(PRODUCTS, idempotency_key="key")


@pytest.mark.parametrize("endpoint", HOSTILE.values(), ids=HOSTILE)
def test_it_is_neither_stored_nor_called(network, endpoint):
    endpoint = network.at(endpoint)

    with pytest.raises(InvalidSettings) as refused:
        create(endpoint)
    assert refused.value.errors.keys() == {"endpoint"}
    assert not Channel.objects.exists()

    values = {"endpoint": endpoint, "batch_size": "100"}  # as an earlier version stored them
    with pytest.raises(ConfigurationError):
        adapter_of("http", values).push(PRODUCTS, idempotency_key="key")
    assert network.traces == NONE


def test_nor_can_a_good_one_be_changed_into_it(network):
    channel = create(GOOD)

    for endpoint in map(network.at, HOSTILE.values()):
        with pytest.raises(InvalidSettings):
            change_channel(channel, name="Shop", values={"endpoint": endpoint}, by_staff=False)

    assert Channel.objects.get().settings["endpoint"] == GOOD
    assert network.traces == NONE


@pytest.mark.parametrize(
    "endpoint", [GOOD, "https://shop.example.com:8443/in?key=a%20b", "HTTPS://Bücher.example/in"]
)
def test_any_public_address_by_https_is_an_endpoint(network, endpoint):
    assert create(endpoint).settings["endpoint"] == endpoint
    assert network.traces == NONE


@pytest.mark.parametrize("addresses", NOT_PUBLIC.values(), ids=NOT_PUBLIC)
def test_a_name_that_is_in_no_public_network_is_not_called(network, addresses):
    network.resolves("shop.example", addresses)
    channel = create(network.at("https://shop.example:PORT/in"))

    with pytest.raises(ConfigurationError, match="is not on the public internet"):
        push(channel)

    assert network.traces == (["shop.example"], [], 0)


def test_a_name_that_changes_its_mind_is_not_called(network):
    network.resolves("shop.example", [PUBLIC], ["127.0.0.1"])
    channel = create(network.at("https://shop.example:PORT/in"))

    with pytest.raises(TransientError):
        push(channel)
    with pytest.raises(ConfigurationError, match="is not on the public internet"):
        push(channel)

    assert network.traces == (["shop.example"] * 2, [PUBLIC], 0)


@pytest.mark.parametrize("status", REDIRECTS)
def test_a_redirect_is_not_followed(network, status):
    channel = create("https://shop.example/in")
    location = network.at("Location: https://127.0.0.1:PORT/\r\n")
    elsewhere = answer(b"", status=status, headers=location)

    with (
        network.host("shop.example", lambda connection, request: connection.sendall(elsewhere)),
        pytest.raises(ConfigurationError, match="points elsewhere, to 127.0.0.1"),
    ):
        push(channel)

    assert network.traces == (["shop.example"], [PUBLIC], 0)


class TestChannelHosts:
    """What CHANNEL_HOSTS opens, and that it opens no more."""

    @pytest.fixture(autouse=True)
    def behind_the_firewall(self, network, settings):
        settings.CHANNEL_HOSTS = [network.at("shop.internal:PORT")]
        network.resolves("shop.internal", ["127.0.0.1"])

    def test_a_host_on_the_list_is_called_in_the_private_network_and_by_http(self, settings):
        with running_receiver() as shop:
            host = shop.url.replace("http://127.0.0.1", "shop.internal")
            settings.CHANNEL_HOSTS = [host]

            results = push(create(f"http://{host}/in"))

        assert [one.accepted for one in results] == [True]
        assert list(shop.products) == [PRODUCTS[0].key]

    @pytest.mark.parametrize(
        "endpoint",
        [
            "http://shop.internal/in",
            "http://shop.internal:80/in",
            "http://shop.internal.evil.example:PORT/in",
            "http://evilshop.internal:PORT/in",
            "http://a.shop.internal:PORT/in",
            "http://127.0.0.1:PORT/in",
            "http://localhost:PORT/in",
            "http://shop.internal:PORT@127.0.0.1:PORT/in",
        ],
    )
    def test_its_neighbours_are_not(self, network, endpoint):
        endpoint = network.at(endpoint)

        with pytest.raises(InvalidSettings):
            create(endpoint)
        with pytest.raises(ConfigurationError):
            push(stored_earlier(endpoint))

        assert network.traces == NONE

    @pytest.mark.parametrize("address", ["169.254.169.254", "::", "fe80::1", "224.0.0.1"])
    def test_nor_is_it_where_nothing_may_ever_be_called(self, network, address):
        network.resolves("shop.internal", [address])

        with pytest.raises(ConfigurationError, match="is not on the public internet"):
            push(stored_earlier(network.at("http://shop.internal:PORT/in")))

        assert network.traces == (["shop.internal"], [], 0)

    def test_nor_does_a_pim_get_in_by_it(self, network, client):
        response = client.get(
            "/oauth/activate", {"pim_url": network.at("http://shop.internal:PORT")}
        )

        assert response.status_code == 400
        assert network.traces == NONE
