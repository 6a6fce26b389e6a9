"""How gunicorn serves Ferry; it reads this file by itself, and its command line wins over it."""

import gc
from typing import Any

threads = 4  # pages wait for PIMs and channels
# A page that creates a catalog makes several calls to a PIM that may be slow. Killing it in between
# would leave a catalog there that nobody knows of.
timeout = 180
# Seconds. A sender who is silent in the middle of a body, or a reader who takes nothing, would hold
# one of the few threads for as long as the connection seems to live, which may be for ever.
SILENCE = 60
control_socket_disable = True  # it would be one for all installations of a user


def post_worker_init(worker: Any) -> None:
    """Keep what the code itself is made of from the garbage collector, which never finds any there.

    Looking through it cost about 20 of the 75 milliseconds of a page of admin.
    """
    gc.collect()
    gc.freeze()


def pre_request(worker: Any, request: Any) -> None:
    """End a connection of which nothing is heard for SILENCE seconds, from its headers on.

    A proxy in front that takes requests as a whole first (docs/operating.md) also keeps those away
    who send a byte now and then.
    """
    sock = getattr(getattr(request, "unreader", None), "sock", None)
    if sock is not None:
        sock.settimeout(SILENCE)


def on_starting(server: Any) -> None:
    """Name no secret of an address in access and error lines, wherever the operator sends them."""
    from akeneo_app.logs import WithoutSecretsOfAddresses

    for logger in (server.log.access_log, server.log.error_log):
        logger.addFilter(WithoutSecretsOfAddresses())
