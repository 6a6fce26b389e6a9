"""The one way out to the network: a requests session that is guarded, bounded and plain-spoken."""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from urllib3.util.ssl_match_hostname import CertificateError

from outbound.errors import (
    AnswerTooLarge,
    CertificateInvalid,
    ConfigurationError,
    NotSent,
    OutboundError,
    TimedOut,
    TransientError,
)
from outbound.guard import AddressPolicy
from outbound.sentences import Sentence
from outbound.transport import GuardedAdapter

DEFAULT_USER_AGENT = "Ferry/0.1"
MAX_BYTES = 64 * 1024 * 1024
_CHUNK = 1024 * 1024
_CANNOT_BE_SENT = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidJSONError,
)


class GuardedSession(requests.Session):
    """A requests.Session that obeys an AddressPolicy and raises only OutboundError.

    Every call has timeouts, and a bound on its whole duration and on the size of its (decoded)
    answer. Redirects are never followed, also when asked for: the 3xx answer is returned. The
    environment's proxies, certificates and .netrc are ignored, cookies are not kept. May be used
    by several threads; `pool_size` is how many connections to one host are kept open.

    With `stream=True` the caller reads the body and bounds its size; the deadline still holds.
    Combines with other sessions by inheritance, before them: `class X(GuardedSession, Other)`;
    further keyword arguments are theirs.
    """

    def __init__(
        self,
        policy: AddressPolicy,
        *,
        connect_timeout: float = 5,
        read_timeout: float = 30,
        total_seconds: float = 60,
        max_bytes: int = MAX_BYTES,
        user_agent: str = DEFAULT_USER_AGENT,
        pool_size: int = 10,
        **session_options: Any,
    ) -> None:
        super().__init__(**session_options)
        self.policy = policy
        self.max_bytes = max_bytes
        self._timeout = (connect_timeout, read_timeout)
        self.trust_env = False
        self.headers["User-Agent"] = user_agent
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = GuardedAdapter(policy, total_seconds=total_seconds, pool_size=pool_size)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        with translated(str(url)):
            return super().request(method, url, *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        url = str(request.url)
        self.policy.check_url(url)
        streaming = kwargs.get("stream") or self.stream
        kwargs.update(stream=True, allow_redirects=False, proxies={})
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self._timeout
        with translated(url):
            response = super().send(request, **kwargs)
            if not streaming:
                self._read(response)
        return response

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None

    def allow_seconds(self, prefix: str, total_seconds: float) -> None:
        """Let calls to addresses that begin with `prefix` take so long as a whole."""
        adapter = GuardedAdapter(self.policy, total_seconds=total_seconds, pool_size=4)
        self.mount(prefix, adapter)

    def save(
        self, response: requests.Response, write: Callable[[bytes], object], *, max_bytes: int
    ) -> None:
        """Hand the body of a streamed answer over piece by piece; memory stays flat.

        Raises OutboundError, AnswerTooLarge among them; what was written until then is no answer.
        """
        with translated(str(response.url)):
            for chunk in self._chunks(response, max_bytes):
                write(chunk)

    def take(self, response: requests.Response) -> None:
        """Take the whole body of a streamed answer in, as without `stream`."""
        with translated(str(response.url)):
            self._read(response)

    def _chunks(self, response: requests.Response, max_bytes: int) -> Iterator[bytes]:
        size = 0
        with response:
            while chunk := response.raw.read(_CHUNK, decode_content=True):
                size += len(chunk)
                if size > max_bytes:
                    raise AnswerTooLarge(
                        Sentence(
                            "%(host)s sent an answer of more than %(limit)s bytes, which is "
                            "more than this app accepts.",
                            host=_host(str(response.url)),
                            limit=format(max_bytes, ","),
                        ),
                        detail=f"{response.request.method} {_host(str(response.url))}",
                    )
                yield chunk

    def _read(self, response: requests.Response) -> None:
        """Take the whole body in, up to `max_bytes` of it."""
        chunks = list(self._chunks(response, self.max_bytes))
        # What Response.content does as well; requests has no public way to hand a body over.
        response._content = b"".join(chunks)
        response._content_consumed = True  # type: ignore[attr-defined]


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Raise OutboundError for what requests and urllib3 raise: around the reading of a stream."""
    try:
        yield
    except OutboundError:
        raise
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # Not chained: what these errors print holds the whole URL, and that may hold a secret.
        raise outbound_error(error, url) from None


def outbound_error(error: Exception, url: str) -> OutboundError:
    """What a failure of requests or urllib3 means, in words: the one place that decides it."""
    host = _host(url)
    causes = list(_causes(error))
    detail = f"{type(error).__name__} calling {host}: {type(causes[-1]).__name__}"

    def caused_by(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if caused_by(ssl.SSLCertVerificationError, CertificateError):
        return CertificateInvalid(
            Sentence(
                "The security certificate of %(host)s is not valid, so nothing was "
                "sent to it. Whoever runs that host must renew or repair its "
                "certificate.",
                host=host,
            ),
            detail=f"{detail}: {causes[-1]}",
        )
    if any(
        isinstance(cause, ssl.SSLError) and cause.reason == "WRONG_VERSION_NUMBER"
        for cause in causes
    ):
        return ConfigurationError(
            Sentence(
                "%(host)s does not speak https at this address. Check the address and its port.",
                host=host,
            ),
            detail=detail,
        )
    if isinstance(error, _CANNOT_BE_SENT):
        return ConfigurationError(
            Sentence("This address or request cannot be sent."), detail=detail
        )
    if caused_by(urllib3.exceptions.NameResolutionError):
        return NotSent(
            Sentence(
                "The host name %(host)s could not be found. Check its spelling; if it "
                "is right, the network is at fault and it will be tried again.",
                host=host,
            ),
            detail=detail,
        )
    if caused_by(
        urllib3.exceptions.NewConnectionError,
        urllib3.exceptions.ConnectTimeoutError,
        requests.exceptions.ConnectTimeout,
    ):
        return NotSent(Sentence("%(host)s could not be reached.", host=host), detail=detail)
    if caused_by(TimeoutError, urllib3.exceptions.ReadTimeoutError, requests.exceptions.Timeout):
        return TimedOut(Sentence("%(host)s did not answer in time.", host=host), detail=detail)
    return TransientError(
        Sentence("The connection to %(host)s broke before the answer was complete.", host=host),
        detail=detail,
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it; urllib3 and requests keep it in `args` and `reason`."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        cause = waiting.pop(0)
        if not isinstance(cause, BaseException) or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        waiting += [*cause.args, getattr(cause, "reason", None), cause.__cause__]


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "the address"
    except ValueError:
        return "the address"
