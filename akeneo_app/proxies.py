"""Believe forwarding headers only from TRUSTED_PROXIES.

Afterwards REMOTE_ADDR is the visitor's address and X-Forwarded-Proto can be trusted.
"""

from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse


class TrustedProxyMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = [ip_network(entry, strict=False) for entry in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded_for = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            request.META["REMOTE_ADDR"] = self._client_of(forwarded_for, request)
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)

    def _client_of(self, forwarded_for: str, request: HttpRequest) -> str:
        """Return the last address in the chain that is not one of our proxies."""
        client: str = request.META["REMOTE_ADDR"]
        for entry in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
            try:
                ip_address(entry)
            except ValueError:
                break
            client = entry
            if not self._is_trusted(entry):
                break
        return client

    def _is_trusted(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self.trusted)
