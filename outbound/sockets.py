"""Connections to servers, made to nothing but addresses that the guard has checked."""

import socket
import time
from collections.abc import Iterable
from typing import Any

from outbound.guard import AddressPolicy

Options = Iterable[Any]  # what socket.setsockopt takes, as urllib3 spells it


def open_socket(
    policy: AddressPolicy, host: str, port: int, *, timeout: float, options: Options = ()
) -> socket.socket:
    """Connect to a host in its canonical spelling, whatever its name resolves to at that moment.

    Several addresses share the timeout, so that a dead first one leaves time for the next. Raises
    AddressRefused, gaierror when the name cannot be resolved, or another OSError.
    """
    addresses = policy.resolve(host, port)
    share = timeout / min(len(addresses), 3)
    give_up_at = time.monotonic() + timeout
    failure = OSError("no address left to try")
    for family, address in addresses:
        try:
            return _connected(family, (address, port), share, options)
        except OSError as error:
            failure = error
        if time.monotonic() >= give_up_at:
            break
    raise failure


def _connected(
    family: socket.AddressFamily, address: tuple[str, int], timeout: float, options: Options
) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        for option in options:
            connection.setsockopt(*option)
        connection.settimeout(timeout)
        connection.connect(address)
    except OSError:
        connection.close()
        raise
    return connection
