"""Whose word is believed about where a visitor comes from."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from akeneo_app.proxies import TrustedProxyMiddleware


def seen(settings, trusted, peer, **headers):
    """The request as the views see it."""
    settings.TRUSTED_PROXIES = trusted
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = RequestFactory().get("/", headers=headers)
    request.META["REMOTE_ADDR"] = peer
    TrustedProxyMiddleware(lambda request: HttpResponse())(request)
    return request


TABLE = [
    # trusted, peer, X-Forwarded-For, the visitor
    ([], "198.51.100.1", None, "198.51.100.1"),
    ([], "198.51.100.1", "203.0.113.9", "198.51.100.1"),
    ([], "127.0.0.1", "203.0.113.9", "127.0.0.1"),
    (["10.0.0.5"], "10.0.0.5", None, "10.0.0.5"),
    (["10.0.0.5"], "10.0.0.5", "", "10.0.0.5"),
    (["10.0.0.5"], "10.0.0.5", " , ", "10.0.0.5"),
    (["10.0.0.5"], "10.0.0.5", "203.0.113.9", "203.0.113.9"),
    (["10.0.0.5"], "10.0.0.6", "203.0.113.9", "10.0.0.6"),
    # What a visitor wrote stands on the left, and is not believed.
    (["10.0.0.5"], "10.0.0.5", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
    (["10.0.0.5"], "10.0.0.5", "10.0.0.5, 203.0.113.9", "203.0.113.9"),
    # Several proxies of ours.
    (["10.0.0.0/8"], "10.0.0.5", "203.0.113.9, 10.0.0.7", "203.0.113.9"),
    (["10.0.0.0/8"], "10.0.0.5", "1.1.1.1, 203.0.113.9, 10.0.0.7,10.0.0.6", "203.0.113.9"),
    (["10.0.0.5"], "10.0.0.5", "203.0.113.9, 10.0.0.7", "10.0.0.7"),
    (["10.0.0.0/8"], "10.0.0.5", "10.0.0.8, 10.0.0.7", "10.0.0.8"),
    # A network that is written with the address of a host in it.
    (["10.0.0.5/8"], "10.9.9.9", "203.0.113.9", "203.0.113.9"),
    # A socket file, behind which nobody has an address.
    (["10.0.0.5"], "", "203.0.113.9", ""),
    (["unix"], "", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
    (["unix", "10.0.0.7"], "", "203.0.113.9, 10.0.0.7", "203.0.113.9"),
    (["unix"], "", None, ""),
    (["unix"], "198.51.100.1", "203.0.113.9", "198.51.100.1"),
    # Nonsense ends the chain.
    (["10.0.0.5"], "10.0.0.5", "unknown", "10.0.0.5"),
    (["10.0.0.5"], "10.0.0.5", "203.0.113.9, <script>", "10.0.0.5"),
    (["10.0.0.0/8"], "10.0.0.5", "203.0.113.9, nonsense, 10.0.0.7", "10.0.0.7"),
    # As some proxies and servers write addresses.
    (["10.0.0.5"], "10.0.0.5", "203.0.113.9:40123", "203.0.113.9"),
    (["10.0.0.5"], "10.0.0.5", "2001:db8::9", "2001:db8::9"),
    (["10.0.0.5"], "10.0.0.5", "[2001:db8::9]:40123", "2001:db8::9"),
    (["10.0.0.5"], "10.0.0.5", "::ffff:203.0.113.9", "203.0.113.9"),
    (["10.0.0.5"], "::ffff:10.0.0.5", "203.0.113.9", "203.0.113.9"),
    (["2001:db8::/32"], "2001:db8::5", "203.0.113.9", "203.0.113.9"),
    # A socket file has no address.
    (["10.0.0.5"], "", "203.0.113.9", ""),
]


@pytest.mark.parametrize(("trusted", "peer", "forwarded_for", "visitor"), TABLE)
def test_the_visitor_is_the_last_in_the_chain_whom_we_do_not_know(
    settings, trusted, peer, forwarded_for, visitor
):
    headers = {} if forwarded_for is None else {"X-Forwarded-For": forwarded_for}

    request = seen(settings, trusted, peer, **headers)

    assert request.META["REMOTE_ADDR"] == visitor
    assert "HTTP_X_FORWARDED_FOR" not in request.META


@pytest.mark.parametrize(
    ("peer", "proto", "secure"),
    [
        ("10.0.0.5", "https", True),
        ("10.0.0.5", "https, http", True),
        ("10.0.0.5", "http", False),
        ("10.0.0.5", None, False),
        ("198.51.100.1", "https", False),
        ("127.0.0.1", "https", False),
    ],
)
def test_only_a_trusted_proxy_can_say_that_a_visit_is_secure(settings, peer, proto, secure):
    headers = {} if proto is None else {"X-Forwarded-Proto": proto}

    assert seen(settings, ["10.0.0.5"], peer, **headers).is_secure() is secure


def test_no_header_names_another_host(settings):
    request = seen(settings, ["10.0.0.5"], "10.0.0.5", **{"X-Forwarded-Host": "evil.example"})

    assert request.get_host() == "testserver"
