"""The network as a test wants it: what names resolve to, and who was looked up and called."""

import contextlib
import ipaddress
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.outbound.servers import Script, certificate_for, serving

PUBLIC = "93.184.216.34"
Traces = tuple[list[str], list[str], int]
NONE: Traces = ([], [], 0)


class Network:
    """Loopback is real, everything else is unreachable but for what `host` puts there.

    A canary listens on both addresses of loopback at `port`: nobody may ever come.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.called: list[str] = []
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._answers: dict[str, list[list[str]]] = {}
        self._servers: dict[str, int] = {}
        self._canaries = _listening()
        self._calls_of_canaries = 0
        self.port = int(self._canaries[0].getsockname()[1])
        connect = socket.socket.connect
        resolve = socket.getaddrinfo

        def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
            self.asked.append(str(host))
            if _is_address(str(host)):
                return list(resolve(host, port, *args, **kwargs))
            answers = self._answers.get(str(host), [])
            if not answers:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            return [_as_resolved(address, port) for address in found]

        def connect_here(sock: socket.socket, address: Any) -> None:
            if sock.family not in (socket.AF_INET, socket.AF_INET6):
                return connect(sock, address)
            host = str(address[0])
            self.called.append(host)
            if host in self._servers:
                return connect(sock, ("127.0.0.1", self._servers[host]))
            if ipaddress.ip_address(host).is_loopback:
                return connect(sock, address)
            raise ConnectionRefusedError(f"{host} is not there")

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", connect_here)

    @property
    def traces(self) -> Traces:
        """Names that were looked up, addresses that were called, calls that the canary got."""
        self._calls_of_canaries += sum(map(_waiting, self._canaries))
        return self.asked, self.called, self._calls_of_canaries

    def at(self, url: str) -> str:
        """The address with the canary's port."""
        return url.replace("PORT", str(self.port))

    def resolves(self, name: str, *answers: list[str]) -> None:
        """What the name resolves to, one answer after the other; the last one stays."""
        self._answers[name] = list(answers)

    @contextlib.contextmanager
    def host(self, name: str, script: Script, address: str = PUBLIC) -> Iterator[None]:
        """A server by https at a public address, with a certificate that everybody trusts."""
        tls, trusted = certificate_for(name, self._folder)
        self._monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", trusted)
        self._answers.setdefault(name, [[address]])
        with serving(script, tls) as port:
            self._servers[address] = port
            yield

    def close(self) -> None:
        for canary in self._canaries:
            canary.close()


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Network]:
    network = Network(tmp_path, monkeypatch)
    yield network
    network.close()


def _listening() -> list[socket.socket]:
    """Sockets on 127.0.0.1 and ::1 with one port; calls wait in them until they are counted."""
    first = socket.create_server(("127.0.0.1", 0))
    canaries = [first]
    with contextlib.suppress(OSError):  # a machine without IPv6
        address = ("::1", first.getsockname()[1])
        canaries.append(socket.create_server(address, family=socket.AF_INET6))
    for canary in canaries:
        canary.setblocking(False)
    return canaries


def _waiting(canary: socket.socket) -> int:
    calls = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            canary.accept()[0].close()
            calls += 1
    return calls


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _as_resolved(address: str, port: Any) -> Any:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
