"""The address guard: which hosts may be called, decided before and again while connecting.

A name is resolved once; every address it has is checked; the connection goes to exactly one of
those checked addresses. So a name that changes its mind between check and use gains nothing.
"""

import ipaddress
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from outbound.errors import AddressRefused
from outbound.hosts import (
    HostPattern,
    IPAddress,
    canonical_host,
    is_private,
    is_public,
    spelled_address,
    written_host,
)
from outbound.sentences import Sentence

DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class AddressPolicy:
    """Which addresses a session may call.

    `hosts` is the allow-list of host patterns, None for any public host. Hosts matching
    `private_hosts` may be plain http or in a private network, if `hosts` allows them at all;
    `insecure` admits the same for every allowed host. Patterns that cannot be read raise
    ValueError. Link-local (the cloud's metadata service), multicast and reserved addresses are
    refused whatever the settings say.
    """

    hosts: Sequence[str] | None
    private_hosts: Sequence[str] = ()
    insecure: bool = False
    _allowed: tuple[HostPattern, ...] = field(init=False, repr=False, compare=False)
    _private: tuple[HostPattern, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        hosts = None if self.hosts is None else tuple(self.hosts)
        object.__setattr__(self, "hosts", hosts)
        object.__setattr__(self, "private_hosts", tuple(self.private_hosts))
        object.__setattr__(self, "_allowed", tuple(map(HostPattern.parse, hosts or ())))
        object.__setattr__(self, "_private", tuple(map(HostPattern.parse, self.private_hosts)))

    def check_url(self, url: str) -> None:
        """Raise AddressRefused unless this URL may be called, as far as its text can tell."""
        scheme, host, port = _split(url)
        self.check_host(scheme, host, port)

    def check_host(self, scheme: str, host: str, port: int) -> None:
        """Raise AddressRefused unless this host may be called; `host` is canonical."""
        if scheme == "http" and not self._admits_private(host, port):
            raise AddressRefused(
                Sentence(
                    "Only https addresses are allowed, and http://%(host)s is not one. Use "
                    "the https address of this host, or ask the staff who run this app to "
                    "allow plain http for it.",
                    host=host,
                )
            )
        if self.hosts is not None:
            patterns = [pattern for pattern in self._allowed if pattern.matches(host, port)]
            if not patterns:
                raise AddressRefused(
                    Sentence(
                        "%(host)s is not on the list of allowed hosts. Check the address, or "
                        "ask the staff who run this app to allow it.",
                        host=host,
                    )
                )
            named = any(pattern.port is not None for pattern in patterns)
            if port != DEFAULT_PORTS.get(scheme) and not (named or self.insecure):
                raise AddressRefused(
                    Sentence(
                        "Port %(port)s of %(host)s is not allowed. Use the address without a port.",
                        port=port,
                        host=host,
                    )
                )
        address = spelled_address(host)
        if address is not None:
            self.check_address(host, port, address)

    def check_address(self, host: str, port: int, address: IPAddress) -> None:
        """Raise AddressRefused unless `host` may be reached at this IP address."""
        if is_public(address):
            return
        if is_private(address) and self._admits_private(host, port):
            return
        raise AddressRefused(
            Sentence(
                "%(host)s is not on the public internet, so it may not be called. "
                "Check the address, or ask the staff who run this app to allow this "
                "host in the private network.",
                host=host,
            ),
            detail=f"{host} is at {address}",
        )

    def resolve(self, host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
        """The addresses of `host`, all of them checked: one that is refused refuses the host.

        Raises OSError (gaierror) when the name cannot be resolved.
        """
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses: list[tuple[socket.AddressFamily, str]] = [
            (family, str(address[0])) for family, _, _, _, address in found
        ]
        for _, text in addresses:
            self.check_address(host, port, ipaddress.ip_address(text))
        return addresses

    def _admits_private(self, host: str, port: int) -> bool:
        return self.insecure or any(pattern.matches(host, port) for pattern in self._private)


def _split(url: str) -> tuple[str, str, int]:
    """(scheme, canonical host, port) of a URL that every parser reads alike, or AddressRefused."""
    if any(ch <= " " or ch == "\\" or ch == "\x7f" for ch in url):
        raise AddressRefused(Sentence("The address has spaces or characters that no address has."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(Sentence("This is not a valid address.")) from None
    if parts.scheme not in DEFAULT_PORTS:
        raise AddressRefused(Sentence("The address must start with https://."))
    if "@" in parts.netloc:
        raise AddressRefused(Sentence("The address must not contain a user name or password."))
    try:
        host = canonical_host(written_host(parts))
    except ValueError as error:
        raise AddressRefused(
            Sentence("The host of the address cannot be used: %(reason)s.", reason=error.args[0])
        ) from None
    if port == 0:
        raise AddressRefused(Sentence("The address has port 0, which does not exist."))
    return parts.scheme, host, port or DEFAULT_PORTS[parts.scheme]
