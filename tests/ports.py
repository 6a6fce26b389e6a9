"""Ports of loopback that nobody else is given meanwhile, though other tests ask for some."""

import contextlib
import socket
from collections.abc import Iterator

_taken: list[socket.socket] = []


def closed_port() -> int:
    """A port where nobody listens, nor will as long as this process lives."""
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))
    _taken.append(taken)
    return int(taken.getsockname()[1])


@contextlib.contextmanager
def kept_port() -> Iterator[int]:
    """A port for a server that cannot choose one by itself.

    Servers say SO_REUSEADDR: with it a port may be taken that is bound, but not listened at.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        keeper.bind(("127.0.0.1", 0))
        yield int(keeper.getsockname()[1])
