import pytest

from outbound.errors import ConfigurationError
from outbound.guard import AddressPolicy
from pim.urls import InvalidPimUrl, host_of, normalize_pim_url

POLICY = AddressPolicy(["*.cloud.akeneo.com", "*.akeneo.cloud"])


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("https://acme.cloud.akeneo.com", "https://acme.cloud.akeneo.com"),
        ("https://acme.cloud.akeneo.com/", "https://acme.cloud.akeneo.com"),
        ("  https://acme.cloud.akeneo.com  ", "https://acme.cloud.akeneo.com"),
        ("HTTPS://Acme.Cloud.Akeneo.COM//", "https://acme.cloud.akeneo.com"),
        ("https://acme.cloud.akeneo.com:443/", "https://acme.cloud.akeneo.com"),
        ("https://acme.cloud.akeneo.com.", "https://acme.cloud.akeneo.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8081/", "http://localhost:8081"),
        ("http://127.0.0.1:8081", "http://127.0.0.1:8081"),
        ("https://[2001:DB8:0::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://intra.example/Pim-1/app/", "https://intra.example/Pim-1/app"),
        ("https://Bücher.example", "https://xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
    ],
)
def test_it_gives_an_address_one_spelling(given, normal):
    assert normalize_pim_url(given) == normal
    assert normalize_pim_url(normal) == normal


HOSTILE = [
    "",
    " ",
    "acme.cloud.akeneo.com",
    "//acme.cloud.akeneo.com",
    "https:acme.cloud.akeneo.com",
    "https:/acme.cloud.akeneo.com",
    "https://",
    "https:///acme.cloud.akeneo.com",
    "http://acme.cloud.akeneo.com",
    "ftp://acme.cloud.akeneo.com",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "data:text/html,x",
    "gopher://acme.cloud.akeneo.com",
    "https://evil.example",
    "https://acme.cloud.akeneo.com.evil.example",
    "https://evilcloud.akeneo.com",
    "https://cloud.akeneo.com",
    "https://acme.cloud.akeneo.com@evil.example",
    "https://user:pass@acme.cloud.akeneo.com",
    "https://evil.example#.cloud.akeneo.com",
    "https://evil.example?.cloud.akeneo.com",
    "https://evil.example/.cloud.akeneo.com",
    "https://evil.example\\.cloud.akeneo.com",
    "https://acme.cloud.akeneo.com\\@evil.example",
    "https://evil.example%23.cloud.akeneo.com",
    "https://evil.example%2f.cloud.akeneo.com",
    "https://evil.example%00.cloud.akeneo.com",
    "https://evil.example\x00.cloud.akeneo.com",
    "https://acme.cloud.akeneo.com\r\nHost: evil.example",
    "https://acme.cloud.ake\tneo.com",
    "https://acme .cloud.akeneo.com",
    "https://acme\u00a0.cloud.akeneo.com",
    "https://acme.cloud.akeneo.com/#/dashboard",
    "https://acme.cloud.akeneo.com?x=1",
    "https://acme.cloud.akeneo.com#",
    "https://acme.cloud.akeneo.com/../admin",
    "https://acme.cloud.akeneo.com/%2e%2e/admin",
    "https://acme.cloud.akeneo.com/a//b",
    "https://acme.cloud.akeneo.com:8443",
    "https://acme.cloud.akeneo.com:22",
    "https://acme.cloud.akeneo.com:0",
    "https://acme.cloud.akeneo.com:99999",
    "https://acme.cloud.akeneo.com:44e1",
    "https://acme.cloud.akeneo.com:４４３",
    "https://acme.cloud.akeneo.com:",
    "https://.cloud.akeneo.com",
    "https://acme..cloud.akeneo.com",
    "https://-acme.cloud.akeneo.com",
    "https://*.cloud.akeneo.com",
    "https://acme.cloud.akeneo.com,evil.example",
    "https://[acme.cloud.akeneo.com]",
    "https://127.0.0.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://0177.0.0.1",
    "https://127.1",
    "https://127.0.0.1.",
    "https://１２７.０.０.１",
    "https://①②⑦.⓪.⓪.①",
    "https://169.254.169.254/latest/meta-data",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[fe80::1%25eth0]",
    "https://[::1",
    "https://localhost",
    "https://acme.cloud.akeneo.com。evil.example",
    "https://acme.clo\u200bud.akeneo.com.evil.example",
    "https://" + "a" * 64 + ".cloud.akeneo.com",
    "https://acme.cloud.akeneo.com/" + "a" * 500,
    "https://" + "ü" * 300 + ".cloud.akeneo.com",
]


@pytest.mark.parametrize("url", HOSTILE)
def test_it_refuses_a_hostile_address_in_a_sentence(url):
    with pytest.raises(ConfigurationError) as refused:
        POLICY.check_url(normalize_pim_url(url))

    assert refused.value.message.endswith(".")


@pytest.mark.parametrize("url", HOSTILE)
def test_the_guard_alone_refuses_it_too_or_sees_the_allowed_host(url):
    """The guard is not fooled even by what has not been normalized."""
    try:
        POLICY.check_url(url)
    except ConfigurationError:
        return

    assert url.startswith("https://acme.cloud.akeneo.com")
    assert url[len("https://acme.cloud.akeneo.com") :][:1] in ("", "/", "?", "#", ":")


def test_a_missing_address_is_said_so():
    with pytest.raises(InvalidPimUrl, match="is missing"):
        normalize_pim_url("")


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://acme.example/pim", "acme.example"), ("http://localhost:8081", "localhost:8081")],
)
def test_messages_name_a_pim_by_its_host(url, host):
    assert host_of(url) == host
