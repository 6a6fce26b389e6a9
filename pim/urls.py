"""One spelling for a PIM's address: it is a key, and is compared with a token's issuer."""

import re
from urllib.parse import urlsplit

from outbound.errors import ConfigurationError
from outbound.guard import DEFAULT_PORTS
from outbound.hosts import canonical_host
from outbound.sentences import Sentence

MAX_LENGTH = 500
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")


class InvalidPimUrl(ConfigurationError):
    """What was given as a PIM's address is not one."""


def normalize_pim_url(text: str) -> str:
    """The one canonical form of a PIM's base URL; raises InvalidPimUrl.

    Lower-case scheme and host, host in punycode, no default port, no trailing slash; a path prefix
    stays. Query, fragment and user names are refused, and so is everything that two parsers could
    read differently. `http` passes here: whether it may be called is the address guard's decision.
    """
    url = text.strip(" ")
    if not url:
        raise InvalidPimUrl(Sentence("The address of the PIM is missing."))
    if len(url) > MAX_LENGTH:
        raise _invalid(Sentence("it is longer than %(limit)s characters", limit=MAX_LENGTH))
    if any(ch.isspace() or not ch.isprintable() or ch in '\\"<>^`{|}' for ch in url):
        raise _invalid(Sentence("it has spaces or characters that no address has"))
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _invalid(Sentence("its host is not valid")) from None
    if parts.scheme not in DEFAULT_PORTS or not url[len(parts.scheme) :].startswith("://"):
        raise _invalid(Sentence("it must start with https://"))
    if "?" in url or "#" in url:
        raise _invalid(Sentence("leave out everything from the “?” or “#” on"))
    if "@" in parts.netloc:
        raise _invalid(Sentence("it must not contain a user name or password"))
    host, port = _split_port(parts.netloc)
    try:
        host = canonical_host(host)
    except ValueError as error:
        raise _invalid(error.args[0]) from None
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    path = parts.path.rstrip("/")
    if not _PATH.fullmatch(path):
        raise _invalid(Sentence("its path is not one of a PIM"))
    normal = f"{parts.scheme}://{host}{path}"
    if len(normal) > MAX_LENGTH:
        raise _invalid(Sentence("it is longer than %(limit)s characters", limit=MAX_LENGTH))
    return normal


def host_of(pim_url: str) -> str:
    """The host of a normalized PIM URL, with its port if it has one: how messages name a PIM."""
    return urlsplit(pim_url).netloc


def _split_port(netloc: str) -> tuple[str, int | None]:
    host, colon, digits = netloc.rpartition(":")
    if not colon or netloc.endswith("]"):
        return netloc, None
    if not _PORT.fullmatch(digits) or int(digits) > 65535:
        raise _invalid(Sentence("its port is not a number from 1 to 65535"))
    return host, int(digits)


def _invalid(reason: str) -> InvalidPimUrl:
    return InvalidPimUrl(
        Sentence(
            "This is not the address of a PIM: %(reason)s. It looks like "
            "https://my-company.cloud.akeneo.com.",
            reason=reason,
        )
    )
