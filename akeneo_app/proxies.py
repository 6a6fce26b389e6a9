"""Believe forwarding headers only from TRUSTED_PROXIES.

Afterwards REMOTE_ADDR is the visitor's address and X-Forwarded-Proto can be trusted.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Address = IPv4Address | IPv6Address

UNIX_SOCKET = "unix"  # in TRUSTED_PROXIES: who comes by a socket file, and so has no address


class TrustedProxyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        entries = [entry for entry in settings.TRUSTED_PROXIES if entry != UNIX_SOCKET]
        self.trusted = [ip_network(entry, strict=False) for entry in entries]
        self.trusts_socket = UNIX_SOCKET in settings.TRUSTED_PROXIES

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        said = request.META.get("REMOTE_ADDR", "")
        peer = _address_in(said)
        if peer is not None and self._is_trusted(peer):
            request.META["REMOTE_ADDR"] = str(self._client_of(forwarded_for, peer))
        elif not said and self.trusts_socket:
            client = self._client_of(forwarded_for, None)
            request.META["REMOTE_ADDR"] = str(client or "")
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)

    def _client_of(self, forwarded_for: str, peer: Address | None) -> Address | None:
        """Return the last address in the chain that is not one of our proxies."""
        client = peer
        for entry in reversed([part for part in forwarded_for.split(",") if part.strip()]):
            address = _address_in(entry)
            if address is None:
                break
            client = address
            if not self._is_trusted(address):
                break
        return client

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self.trusted)


def _address_in(entry: str) -> Address | None:
    """Read an address as servers and proxies write it: maybe with a port, or IPv4 within IPv6."""
    text = entry.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
