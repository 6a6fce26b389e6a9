"""Host names and addresses: one spelling each, and which addresses are public."""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import Self
from urllib.parse import SplitResult

import idna

from outbound.sentences import Sentence

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")

# What a company calls its own network. Other special ranges (link-local with the cloud's metadata
# service, multicast, documentation) are never a place to send a request to.
_PRIVATE = tuple(
    ipaddress.ip_network(network)
    for network in (
        "127.0.0.0/8",
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "100.64.0.0/10",
        "::1/128",
        "fc00::/7",
    )
)
# Where clouds tell a machine its own credentials, within the networks above: of Amazon, Google and
# Alibaba. All others are link-local.
_METADATA = frozenset(
    map(ipaddress.ip_address, ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200"))
)
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
# Python 3.11 calls these global; they are relays, documentation or protocol assignments.
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(network) for network in ("192.88.99.0/24", "192.0.0.0/24", "3fff::/20")
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_IPV4_COMPATIBLE = ipaddress.ip_network("::/96")
_IPV4_TRANSLATED = ipaddress.ip_network("::ffff:0:0:0/96")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def canonical_host(host: str) -> str:
    """The one spelling of a host name or IP address: lower case, punycode, no trailing dot.

    IPv6 addresses come with or without brackets and go without. Raises ValueError, with the
    reason as its text, for whatever different parsers read differently: decimal, octal or hex
    spellings of IPv4, zone ids, percent signs, characters that turn into others, such as full-width
    letters, digits and dots.
    """
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
        if ":" not in host:
            raise ValueError(Sentence("it has brackets around something that is no IPv6 address"))
    if ":" in host:
        try:
            address = ipaddress.IPv6Address(host)
        except ValueError:
            raise ValueError(Sentence("it is not a valid IPv6 address")) from None
        if address.scope_id:
            raise ValueError(Sentence("it has an IPv6 zone"))
        return str(address)
    name = host.lower().removesuffix(".")
    if not host.isascii():
        if not unicodedata.is_normalized("NFKC", host):
            raise ValueError(Sentence("it has characters that turn into others"))
        try:
            name = idna.encode(name, strict=True).decode()
        except idna.IDNAError:
            raise ValueError(Sentence("it is not a valid host name")) from None
    if not name or len(name) > 253:
        raise ValueError(Sentence("it is not a valid host name"))
    labels = name.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        return _plain_ipv4(host.removesuffix("."))
    if not all(_LABEL.fullmatch(label) for label in labels):
        raise ValueError(Sentence("it is not a valid host name"))
    return name


def written_host(parts: SplitResult) -> str:
    """The host of a URL as it is written: `parts.hostname` is in lower case, which alters letters.

    Raises ValueError for a port that is no number.
    """
    if parts.port is None:
        return parts.netloc.removesuffix(":")
    return parts.netloc.rpartition(":")[0]


def _plain_ipv4(host: str) -> str:
    try:
        return str(ipaddress.IPv4Address(host))
    except ValueError:
        raise ValueError(Sentence("it is an unusual spelling of an IP address")) from None


def spelled_address(host: str) -> IPAddress | None:
    """The address that a canonical host is without any name server; None for a name."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761
        return ipaddress.IPv4Address("127.0.0.1")
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_public(address: IPAddress) -> bool:
    """Whether the address belongs to the public internet, looking into embedded IPv4 as well."""
    embedded = _embedded_ipv4(address)
    if embedded is not None:
        return is_public(embedded)
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in _NOT_PUBLIC)
    )


def is_private(address: IPAddress) -> bool:
    """Whether the address is loopback or in a private network: usable, but only with permission."""
    embedded = _embedded_ipv4(address)
    if embedded is not None:
        return is_private(embedded)
    return address not in _METADATA and any(address in network for network in _PRIVATE)


def _embedded_ipv4(address: IPAddress) -> ipaddress.IPv4Address | None:
    """The IPv4 address that packets to this IPv6 address end up at, if there is one."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64 or address in _IPV4_TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    # ::1 and :: live in this range too, and are themselves.
    if address in _IPV4_COMPATIBLE and int(address) > 0xFFFF:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


@dataclass(frozen=True, slots=True)
class HostPattern:
    """`shop.example.com` or `*.example.com` (its subdomains, not itself), maybe with `:port`."""

    host: str
    port: int | None
    any_subdomain: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ValueError for a pattern that could never match as meant."""
        rest = text.strip().lower()
        port: int | None = None
        name, colon, digits = rest.rpartition(":")
        if colon and not (rest.count(":") > 1 and not name.endswith("]")):
            if not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 65536):
                raise ValueError(f"“{text}” is not a host pattern: the port is not a number")
            rest, port = name, int(digits)
        any_subdomain = rest.startswith("*.")
        if rest == "*":
            return cls("", port, any_subdomain=True)
        try:
            return cls(canonical_host(rest.removeprefix("*.")), port, any_subdomain)
        except ValueError as error:
            raise ValueError(f"“{text}” is not a host pattern: {error}") from None

    def matches(self, host: str, port: int) -> bool:
        """`host` in its canonical spelling."""
        if self.port is not None and self.port != port:
            return False
        if self.any_subdomain:
            return not self.host or host.endswith(f".{self.host}")
        return host == self.host
