import gzip
import logging
import socket
import threading

import pytest
import requests

from outbound.errors import (
    AddressRefused,
    AnswerTooLarge,
    CertificateInvalid,
    ConfigurationError,
    NotSent,
    TimedOut,
    TransientError,
)
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.outbound.servers import answer, certificate_for, serving
from tests.ports import closed_port

INSECURE = AddressPolicy(None, insecure=True)


@pytest.fixture
def session():
    with GuardedSession(INSECURE, connect_timeout=1, read_timeout=1, max_bytes=50_000) as session:
        yield session


def resolving(monkeypatch, *answers):
    """Make the names of the test resolve to these addresses, one after the other."""
    asked: list[str] = []

    def getaddrinfo(host, port, *args, **kwargs):
        address = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)
    return asked


def test_it_reads_an_answer_and_keeps_the_connection(session):
    connections = set()

    def script(connection, request):
        connections.add(connection.getpeername())
        connection.sendall(answer(b"hello"))

    with serving(script) as port:
        first = session.get(f"http://127.0.0.1:{port}/")
        second = session.get(f"http://127.0.0.1:{port}/")

    assert (first.content, second.text) == (b"hello", "hello")
    assert len(connections) == 1


def test_it_decompresses(session):
    body = gzip.compress(b"x" * 1000)

    with serving(
        lambda c, r: c.sendall(answer(body, headers="Content-Encoding: gzip\r\n"))
    ) as port:
        assert session.get(f"http://127.0.0.1:{port}/").content == b"x" * 1000


def test_it_sends_a_large_body_whole(session):
    received = []

    def script(connection, request):
        received.append(request.partition(b"\r\n\r\n")[2])
        connection.sendall(answer(b"ok"))

    with serving(script) as port:
        session.post(f"http://127.0.0.1:{port}/", data=b"y" * 1_000_000)

    assert received == [b"y" * 1_000_000]


def test_it_connects_to_the_address_that_was_checked(monkeypatch, session):
    asked = resolving(monkeypatch, "127.0.0.1", "169.254.169.254")

    with serving(lambda c, r: c.sendall(answer(b"pinned"))) as port:
        response = session.get(f"http://rebinding.example:{port}/")

    assert response.text == "pinned"
    assert asked == ["rebinding.example"]


def test_it_does_not_connect_to_a_private_address(monkeypatch):
    resolving(monkeypatch, "127.0.0.1")
    requests_seen = []

    with serving(lambda c, r: requests_seen.append(r)) as port:
        policy = AddressPolicy(None)
        with GuardedSession(policy) as session, pytest.raises(AddressRefused):
            session.get(f"https://shop.example:{port}/")

    assert requests_seen == []


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_it_never_follows_a_redirect_even_when_asked_to(session, status):
    paths = []

    def script(connection, request):
        paths.append(request.split()[1])
        connection.sendall(answer(b"", status=status, headers="Location: /elsewhere\r\n"))

    with serving(script) as port:
        response = session.get(f"http://127.0.0.1:{port}/", allow_redirects=True)

    assert response.status_code == int(status[:3])
    assert response.next is None
    assert paths == [b"/"]


def test_it_ignores_the_proxies_of_the_environment(monkeypatch, session):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    with serving(lambda c, r: c.sendall(answer(b"direct"))) as port:
        assert session.get(f"http://127.0.0.1:{port}/").text == "direct"


def test_it_keeps_no_cookies(session):
    seen = []

    def script(connection, request):
        seen.append(b"cookie" in request.lower())
        connection.sendall(answer(b"", headers="Set-Cookie: a=b\r\n"))

    with serving(script) as port:
        session.get(f"http://127.0.0.1:{port}/")
        session.get(f"http://127.0.0.1:{port}/")

    assert seen == [False, False]


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", answer(b"z" * 500)[:-490]])
def test_it_cuts_a_slow_drip_off(head):
    """Nothing else would end it: the drip has no end, and no pause of the read timeout."""
    stop = threading.Event()

    def script(connection, request):
        connection.sendall(head)
        while not stop.wait(0.02):
            connection.sendall(b"x")

    with (
        GuardedSession(INSECURE, read_timeout=300, total_seconds=0.2) as session,
        serving(script) as port,
    ):
        with pytest.raises(TransientError, match="did not answer in time"):
            session.get(f"http://127.0.0.1:{port}/")
        stop.set()


def test_it_waits_for_a_silent_server_no_longer_than_the_read_timeout():
    silent = threading.Event()

    with (
        GuardedSession(INSECURE, read_timeout=0.1) as session,
        serving(lambda c, r: silent.wait()) as port,
        pytest.raises(TimedOut, match="did not answer in time"),
    ):
        session.get(f"http://127.0.0.1:{port}/")
    silent.set()


def test_it_stops_reading_an_answer_that_is_too_large(session):
    with (
        serving(lambda c, r: c.sendall(answer(b"x" * 60_000))) as port,
        pytest.raises(AnswerTooLarge),
    ):
        session.get(f"http://127.0.0.1:{port}/")


def test_it_counts_the_bytes_after_decompression(session):
    bomb = gzip.compress(b"\0" * 10_000_000)

    with (
        serving(lambda c, r: c.sendall(answer(bomb, headers="Content-Encoding: gzip\r\n"))) as port,
        pytest.raises(AnswerTooLarge),
    ):
        session.get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd",
        b"this is not HTTP at all\r\n\r\n",
    ],
)
def test_a_cut_off_or_broken_answer_is_transient(session, sent):
    def script(connection, request):
        connection.sendall(sent)
        connection.shutdown(socket.SHUT_RDWR)

    with serving(script) as port, pytest.raises(TransientError) as failed:
        session.get(f"http://127.0.0.1:{port}/?token=planted-secret")

    assert not isinstance(failed.value, NotSent)
    assert "planted-secret" not in failed.value.message + failed.value.detail


def test_a_refused_connection_was_not_sent(session):
    with pytest.raises(NotSent, match="could not be reached"):
        session.get(f"http://127.0.0.1:{closed_port()}/")


def test_an_unknown_name_was_not_sent(monkeypatch, session):
    def getaddrinfo(*args, **kwargs):
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)

    with pytest.raises(NotSent, match=r"host name nowhere\.example could not be found"):
        session.get("http://nowhere.example/")


def test_it_tries_the_next_address_when_one_is_dead(monkeypatch, session):
    def getaddrinfo(host, port, *args, **kwargs):
        return [(socket.AF_INET, 1, 6, "", (a, port)) for a in ("127.0.0.9", "127.0.0.1")]

    monkeypatch.setattr("socket.getaddrinfo", getaddrinfo)

    with serving(lambda c, r: c.sendall(answer(b"second"))) as port:
        assert session.get(f"http://two.example:{port}/").text == "second"


def test_it_verifies_the_certificate_against_the_name(monkeypatch, tmp_path):
    resolving(monkeypatch, "127.0.0.1")
    tls, trusted = certificate_for("pim.example", tmp_path)

    with (
        serving(lambda c, r: c.sendall(answer(b"secure")), tls) as port,
        GuardedSession(INSECURE) as session,
    ):
        session.verify = trusted
        assert session.get(f"https://pim.example:{port}/").text == "secure"
        with pytest.raises(CertificateInvalid, match="certificate of other.example"):
            session.get(f"https://other.example:{port}/")
        session.verify = True
        with pytest.raises(CertificateInvalid, match="certificate of pim.example"):
            session.get(f"https://pim.example:{port}/")


@pytest.mark.parametrize(
    ("reply", "error"),
    [(answer(b"", status="400 Bad Request"), ConfigurationError), (b"", TransientError)],
)
def test_plain_http_in_place_of_tls_is_told_from_a_broken_handshake(session, reply, error):
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def speak():
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(reply)

        threading.Thread(target=speak, daemon=True).start()
        with pytest.raises(error):
            session.get(f"https://127.0.0.1:{listener.getsockname()[1]}/")


@pytest.mark.parametrize("url", ["", "no scheme", "ftp://example.com/", "http://", "https://[::1/"])
def test_nonsense_is_refused_in_words(session, url):
    with pytest.raises(ConfigurationError) as refused:
        session.get(url)

    assert refused.value.message.endswith(".")


def test_a_streamed_answer_is_read_by_the_caller(session):
    with serving(lambda c, r: c.sendall(answer(b"ab" * 40_000))) as port:
        response = session.get(f"http://127.0.0.1:{port}/", stream=True)
        assert sum(map(len, response.iter_content(1000))) == 80_000


def test_it_combines_with_other_sessions():
    class Other(requests.Session):
        def __init__(self, label):
            super().__init__()
            self.label = label

    class Both(GuardedSession, Other):
        pass

    with Both(AddressPolicy(None), label="x") as session, pytest.raises(AddressRefused):
        session.get("https://127.0.0.1/")

    assert session.label == "x"


def test_a_failure_logs_no_address_that_may_hold_a_secret(session, caplog):
    caplog.set_level(logging.DEBUG)
    secret = "-".join(["planted", "secret"])

    try:
        session.get(f"http://127.0.0.1:{closed_port()}/hooks/{secret}")
    except TransientError:
        logging.getLogger("test").exception("failed")

    assert secret not in caplog.text
