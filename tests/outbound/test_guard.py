import pytest

from outbound.errors import AddressRefused
from outbound.guard import AddressPolicy

PIMS = AddressPolicy(["*.cloud.akeneo.com", "pim.example.com:8443"])
CHANNELS = AddressPolicy(None, private_hosts=["shop.internal", "10.1.2.3"])
LOCAL = AddressPolicy(["localhost", "127.0.0.1"], insecure=True)


@pytest.mark.parametrize(
    ("policy", "url"),
    [
        (PIMS, "https://acme.cloud.akeneo.com/api/rest/v1/families?limit=1"),
        (PIMS, "https://acme.cloud.akeneo.com:443"),
        (PIMS, "https://ACME.cloud.akeneo.com./"),
        (PIMS, "https://pim.example.com:8443/"),
        (CHANNELS, "https://shop.example.com:9999/x"),
        (CHANNELS, "http://shop.internal:3000/admin-api"),
        (CHANNELS, "http://10.1.2.3/"),
        (LOCAL, "http://localhost:8081/"),
        (LOCAL, "http://127.0.0.1:8081/"),
    ],
)
def test_it_lets_an_allowed_address_pass(policy, url):
    policy.check_url(url)


@pytest.mark.parametrize(
    ("policy", "url"),
    [
        (PIMS, "http://acme.cloud.akeneo.com/"),
        (PIMS, "https://acme.cloud.akeneo.com:8443/"),
        (PIMS, "https://acme.cloud.akeneo.com:22/"),
        (PIMS, "https://acme.cloud.akeneo.com:0/"),
        (PIMS, "https://pim.example.com/"),
        (PIMS, "https://shop.example.com/"),
        (PIMS, "https://93.184.216.34/"),
        (CHANNELS, "http://shop.example.com/"),
        (CHANNELS, "https://10.0.0.1/"),
        (CHANNELS, "https://[::1]/"),
        (CHANNELS, "https://localhost/"),
        (CHANNELS, "https://shop.localhost/"),
        (CHANNELS, "https://[::ffff:169.254.169.254]/"),
        (CHANNELS, "http://169.254.169.254/latest/meta-data/"),
        (LOCAL, "http://localhost.evil.example/"),
        (LOCAL, "http://169.254.169.254/"),
        (LOCAL, "http://0.0.0.0/"),
    ],
)
def test_it_refuses_any_other_address(policy, url):
    with pytest.raises(AddressRefused) as refused:
        policy.check_url(url)

    assert refused.value.message.endswith(".")


def test_insecure_does_not_admit_the_metadata_service_even_by_name(monkeypatch):
    policy = AddressPolicy(None, insecure=True)
    monkeypatch.setattr(
        "socket.getaddrinfo", lambda *a, **k: [(2, 1, 6, "", ("169.254.169.254", 80))]
    )

    with pytest.raises(AddressRefused):
        policy.resolve("metadata.example", 80)


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 443)), (2, 1, 6, "", ("192.168.1.1", 443))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *a, **k: found)

    with pytest.raises(AddressRefused) as refused:
        CHANNELS.resolve("shop.example.com", 443)

    assert "192.168.1.1" in refused.value.detail
    assert "192.168.1.1" not in refused.value.message


def test_a_pattern_that_cannot_be_read_is_an_error_at_once():
    with pytest.raises(ValueError, match="is not a host pattern"):
        AddressPolicy(["https://acme.cloud.akeneo.com"])
