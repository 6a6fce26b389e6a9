"""Following the PIM's own links, but only to where the token may go, and never in circles."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from outbound.guard import DEFAULT_PORTS
from pim.errors import UnexpectedAnswer
from pim.urls import host_of

API_PATH = "/api/rest/v1/"

_PLAIN = re.compile(r"[!-\[\]-~]+")  # printable ASCII without space and backslash
_NUMBER = re.compile(r"[0-9]{1,9}")
_DOTS = re.compile(r"(?:^|/)(?:\.|%2e){1,2}(?:/|$)", re.IGNORECASE)


def api_url(pim_url: str, path: str, params: dict[str, object] | None = None) -> str:
    query = urlencode({k: v for k, v in (params or {}).items() if v is not None}, quote_via=quote)
    return f"{pim_url}{API_PATH}{path}{'?' if query else ''}{query}"


def atom(moment: datetime) -> str:
    """The only date format the PIM takes: no fractions, an offset (pim-contract.md 2.4)."""
    if moment.tzinfo is None:
        raise ValueError("updated_after must be aware")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")


def resolve_link(pim_url: str, href: str) -> str:
    """The absolute address of a link that the PIM sent, on the PIM's own origin and API path.

    Old PIMs send links without a host (pim-contract.md 2.4), and behind a proxy that ends TLS they
    send http; both are put on the PIM's address. Any other place raises UnexpectedAnswer: the
    bearer token must never leave the PIM.
    """
    host = host_of(pim_url)
    if not _PLAIN.fullmatch(href):
        raise _astray(host, href)
    try:
        link = urlsplit(urljoin(f"{pim_url}/", href))
        origin = _origin(link.scheme, link.hostname, link.port)
    except ValueError:
        raise _astray(host, href) from None
    pim = urlsplit(pim_url)
    own = _origin(pim.scheme, pim.hostname, pim.port)
    behind_proxy = pim.scheme == "https" and link.scheme == "http" and link.hostname == own[1]
    if origin != own and not (behind_proxy and origin[2] in (80, own[2])):
        raise _astray(host, href)
    if "@" in link.netloc or _DOTS.search(link.path):
        raise _astray(host, href)
    if not link.path.startswith(f"{pim.path}{API_PATH}"):
        raise _astray(host, href)
    return urlunsplit((pim.scheme, pim.netloc, link.path, link.query, ""))


def in_addresses(codes: Sequence[str], longest: int) -> Iterator[list[str]]:
    """The codes in batches, of which each is no longer than this as part of an address."""
    batch: list[str] = []
    length = 0
    for code in codes:
        size = len(quote(f'"{code}",', safe=""))
        if batch and length + size > longest:
            yield batch
            batch, length = [], 0
        batch.append(code)
        length += size
    if batch:
        yield batch


def with_limit(link: str, limit: int) -> str | None:
    """The link with a smaller `limit`, or None if it asks for no more than that already."""
    return _with(link, "limit", str(limit)) if _limit_of(link) > limit else None


def with_cursor(link: str, cursor: str) -> str:
    """The link to what comes after `cursor`."""
    return _with(link, "search_after", cursor)


def is_full(link: str, count: int) -> bool:
    """Whether so many items are all that the link asks for."""
    return 0 < _limit_of(link) <= count


class Trail:
    """Notices when links stand still or run in a circle, remembering only two of their places."""

    def __init__(self) -> None:
        self._previous = ""
        self._landmark = ""
        self._steps = 0
        self._until_next_landmark = 1

    def follow(self, link: str, host: str) -> None:
        """Raise UnexpectedAnswer if `link` goes nowhere new.

        Standing still is noticed at once, a circle in the end (Brent's algorithm).
        """
        place = _cursor(link)
        if place in (self._previous, self._landmark):
            raise UnexpectedAnswer(
                host, "pages that lead back to where they came from", detail=f"link {link[:300]!r}"
            )
        self._previous = place
        self._steps += 1
        if self._steps == self._until_next_landmark:
            self._landmark = place
            self._steps = 0
            self._until_next_landmark *= 2


def _cursor(link: str) -> str:
    """Where in the list a link stands: its cursor or page number, or all of it if it has none."""
    params = dict(parse_qsl(urlsplit(link).query))
    return params.get("search_after") or params.get("page") or link


def _limit_of(link: str) -> int:
    """The page size that the link asks for, 0 if it does not say."""
    asked = dict(parse_qsl(urlsplit(link).query)).get("limit", "")
    return int(asked) if _NUMBER.fullmatch(asked) else 0


def _with(link: str, name: str, value: str) -> str:
    """The link with this parameter, in the place of its own if it has it."""
    parts = urlsplit(link)
    params = dict(parse_qsl(parts.query, keep_blank_values=True)) | {name: value}
    return urlunsplit(parts._replace(query=urlencode(params, quote_via=quote)))


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str, int]:
    return scheme, host or "", port or DEFAULT_PORTS.get(scheme, 0)


def _astray(host: str, href: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        host, "a link to the next page that leads elsewhere", detail=f"link {href[:300]!r}"
    )
