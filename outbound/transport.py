"""Connections that go only where the address guard allows and never outlive their deadline."""

import io
import socket
import time
from functools import partial
from http.client import HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from outbound.errors import AddressRefused
from outbound.guard import AddressPolicy
from outbound.hosts import canonical_host
from outbound.sockets import open_socket

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from urllib3.response import HTTPResponse as UrllibResponse

_SEND_PIECE = 64 * 1024
_READ_BUFFER = 64 * 1024  # 369 KB pages: fewer system calls than with the default of 8 KiB


class GuardedAdapter(HTTPAdapter):
    """A requests adapter whose connections obey an AddressPolicy.

    `total_seconds` bounds a call from its first byte sent to the last byte read, however the
    other side spreads its bytes over time; connecting is bounded by the connect timeout.
    """

    def __init__(self, policy: AddressPolicy, *, total_seconds: float, pool_size: int) -> None:
        self._policy = policy
        self._total_seconds = total_seconds
        super().__init__(pool_connections=pool_size, pool_maxsize=pool_size, max_retries=0)

    def init_poolmanager(
        self, connections: int, maxsize: int, block: bool = False, **pool_kwargs: Any
    ) -> None:
        class Http(_GuardedConnection, HTTPConnection):
            policy = self._policy
            total_seconds = self._total_seconds
            scheme = "http"

        class Https(_GuardedConnection, HTTPSConnection):
            policy = self._policy
            total_seconds = self._total_seconds
            scheme = "https"

        class HttpPool(HTTPConnectionPool):
            ConnectionCls = Http

        class HttpsPool(HTTPSConnectionPool):
            ConnectionCls = Https

        super().init_poolmanager(connections, maxsize, block, **pool_kwargs)
        manager: PoolManager = self.poolmanager
        manager.pool_classes_by_scheme = {"http": HttpPool, "https": HttpsPool}


class _GuardedConnection(HTTPConnection):
    """What both kinds of connection share. TLS is verified against the host's name as always."""

    policy: AddressPolicy
    total_seconds: float
    scheme: str
    deadline = 0.0

    def _new_conn(self) -> socket.socket:
        # Checked here once more, since this is the host that the HTTP library understood.
        try:
            host = canonical_host(self.host)
        except ValueError as error:
            raise AddressRefused(f"The host cannot be used: {error}.") from None
        self.policy.check_host(self.scheme, host, self.port)
        timeout = self.timeout or 5.0
        options = self.socket_options or ()
        try:
            return open_socket(self.policy, host, self.port, timeout=timeout, options=options)
        except socket.gaierror as error:
            raise NameResolutionError(host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"Connecting to {host} timed out") from error
        except OSError as error:
            raise NewConnectionError(self, f"Could not connect to {host}: {error}") from error

    def request(self, *args: Any, **kwargs: Any) -> None:
        self.deadline = time.monotonic() + self.total_seconds
        super().request(*args, **kwargs)

    def send(self, data: Any) -> None:
        """Send in pieces, so that the timeout is one for a piece and not for a whole upload."""
        if self.sock is None:
            self.connect()
        if not isinstance(data, bytes) or len(data) <= _SEND_PIECE:
            self.sock.settimeout(_left(self.deadline))
            super().send(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), _SEND_PIECE):
            self.sock.settimeout(_left(self.deadline))
            super().send(view[start : start + _SEND_PIECE])

    def getresponse(self) -> "UrllibResponse":  # type: ignore[override]  # as in urllib3
        self.response_class = partial(  # type: ignore[assignment]  # called like the class
            _BoundedResponse, deadline=self.deadline, timeout=self.timeout
        )
        return super().getresponse()


class _BoundedResponse(HTTPResponse):
    """An HTTP answer, headers and body, that must be complete before its deadline."""

    def __init__(
        self,
        sock: socket.socket,
        *args: Any,
        deadline: float,
        timeout: float | None,
        **kwargs: Any,
    ) -> None:
        raw = sock.makefile("rb", buffering=0)
        super().__init__(sock, *args, **kwargs)
        self.fp.close()
        self._reader = _DeadlineReader(raw, sock, deadline, timeout)
        self.fp = io.BufferedReader(self._reader, _READ_BUFFER)

    def begin(self) -> None:
        super().begin()
        # http.client takes the end of the stream for the end of the headers, so that a cut-off
        # answer would pass for an empty one.
        if self._reader.ended:
            raise IncompleteRead(b"")


class _DeadlineReader(io.RawIOBase):
    """Reads from a socket; a peer that drips a byte now and then does not extend the deadline."""

    def __init__(
        self, raw: io.RawIOBase, sock: socket.socket, deadline: float, timeout: float | None
    ) -> None:
        self._raw = raw
        self._sock = sock
        self._deadline = deadline
        self._timeout = timeout
        self.ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int | None:
        left = _left(self._deadline)
        self._sock.settimeout(left if self._timeout is None else min(left, self._timeout))
        count = self._raw.readinto(buffer)
        self.ended = count == 0
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer took too long")
    return left
