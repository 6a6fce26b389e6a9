import ipaddress

import pytest

from outbound.hosts import HostPattern, canonical_host, is_private, is_public, spelled_address


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("Acme.Cloud.Akeneo.COM", "acme.cloud.akeneo.com"),
        ("acme.cloud.akeneo.com.", "acme.cloud.akeneo.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("straße.example", "xn--strae-oqa.example"),
        ("my_pim", "my_pim"),
        ("127.0.0.1", "127.0.0.1"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
    ],
)
def test_it_gives_a_host_one_spelling(given, canonical):
    assert canonical_host(given) == canonical
    assert canonical_host(canonical) == canonical


@pytest.mark.parametrize(
    "host",
    [
        "ａcme.example",
        "acme。example",
        "acme．example",
        "acme｡example",
        "\u212aacme.example",  # the Kelvin sign, which is a k in lower case
        "①②⑦.0.0.1",
        "１２７.0.0.1",
        "ﬁsh.example",
        "ſhop.example",
        "shop\u00ad.example",
        "shop\u200b.example",
        "bu\u0308cher.example",
        "evil.example∕acme.example",
        "evil.example／acme.example",
        "☃.example",
    ],
)
def test_it_refuses_characters_that_others_may_read_as_something_else(host):
    with pytest.raises(ValueError, match="it "):
        canonical_host(host)


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("93.184.216.34", "93.184.216.34"),
        ("::1", "::1"),
        ("localhost", "127.0.0.1"),
        ("shop.localhost", "127.0.0.1"),
        ("localhost.example", None),
        ("notlocalhost", None),
    ],
)
def test_it_knows_which_hosts_are_an_address(host, address):
    assert spelled_address(host) == (address and ipaddress.ip_address(address))


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("93.184.216.34", True, False),
        ("2606:2800:220:1::1", True, False),
        ("127.0.0.1", False, True),
        ("127.255.1.1", False, True),
        ("10.1.2.3", False, True),
        ("172.31.0.1", False, True),
        ("192.168.1.1", False, True),
        ("100.64.0.1", False, True),
        ("::1", False, True),
        ("fd00::1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("::ffff:93.184.216.34", True, False),
        ("2002:7f00:1::", False, True),  # 6to4 of 127.0.0.1
        ("64:ff9b::a00:1", False, True),  # NAT64 of 10.0.0.1
        ("::10.0.0.1", False, True),
        ("::ffff:0:10.0.0.1", False, True),
        ("0.0.0.0", False, False),  # noqa: S104
        ("::", False, False),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("fd00:ec2::254", False, False),
        ("fd20:ce::254", False, False),
        ("100.100.100.200", False, False),
        ("::ffff:100.100.100.200", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("64:ff9b:1::1", False, False),
        ("fe80::1", False, False),
        ("fec0::1", False, False),
        ("224.0.0.1", False, False),
        ("ff0e::1", False, False),
        ("240.0.0.1", False, False),
        ("255.255.255.255", False, False),
        ("192.0.2.1", False, False),
        ("198.18.0.1", False, False),
        ("192.88.99.1", False, False),
        ("2001:db8::1", False, False),
        ("2001::1", False, False),
        ("3fff::1", False, False),
        ("100::1", False, False),
    ],
)
def test_it_tells_public_private_and_forbidden_addresses_apart(address, public, private):
    parsed = ipaddress.ip_address(address)

    assert (is_public(parsed), is_private(parsed)) == (public, private)


@pytest.mark.parametrize(
    ("pattern", "host", "port", "matches"),
    [
        ("*.cloud.akeneo.com", "acme.cloud.akeneo.com", 443, True),
        ("*.cloud.akeneo.com", "a.b.cloud.akeneo.com", 443, True),
        ("*.cloud.akeneo.com", "cloud.akeneo.com", 443, False),
        ("*.cloud.akeneo.com", "evilcloud.akeneo.com", 443, False),
        ("*.cloud.akeneo.com", "acme.cloud.akeneo.com.evil.example", 443, False),
        ("PIM.example.com", "pim.example.com", 443, True),
        ("pim.example.com:8443", "pim.example.com", 8443, True),
        ("pim.example.com:8443", "pim.example.com", 443, False),
        ("localhost:8081", "localhost", 8081, True),
        ("[::1]:8081", "::1", 8081, True),
        ("::1", "::1", 80, True),
        ("*", "anything.example", 443, True),
    ],
)
def test_a_pattern_matches_what_it_says(pattern, host, port, matches):
    assert HostPattern.parse(pattern).matches(host, port) is matches


@pytest.mark.parametrize("pattern", ["", "https://pim.example.com", "pim.example.com:x", "a*b.com"])
def test_it_refuses_a_pattern_that_could_never_match(pattern):
    with pytest.raises(ValueError, match="is not a host pattern"):
        HostPattern.parse(pattern)
