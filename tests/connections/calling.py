"""A process that calls a PIM as fast as the limits let it: `python -m tests.connections.calling`.

Arguments: what (`read` or `write-option`), the PIM's address, a token, the connection's key, how
many calls in how many threads. Prints how many were made.
"""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import django

from tests.programs import ROOT


def start(
    what: str, pim_url: str, token: str, key: str, *, calls: int, threads: int
) -> "subprocess.Popen[str]":
    """Start one, with the limits of this test's installation."""
    return subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "-m", __name__, what, pim_url, token, key, str(calls), str(threads)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def main(what: str, pim_url: str, token: str, key: str, calls: str, threads: str) -> None:
    django.setup()
    from connections.clients import governor
    from outbound.guard import AddressPolicy
    from outbound.session import GuardedSession
    from pim.client import PimClient

    policy = AddressPolicy(["127.0.0.1"], insecure=True)
    client = PimClient(
        pim_url, token, session=GuardedSession(policy), limiter=governor(), connection_key=key
    )

    def call(_: int) -> None:
        if what == "read":
            client.system_information()
            return
        client.writing().save_options("color", [{"code": "red"}])

    with ThreadPoolExecutor(int(threads)) as pool:
        made = len(list(pool.map(call, range(int(calls)))))
    sys.stdout.write(f"{made}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
