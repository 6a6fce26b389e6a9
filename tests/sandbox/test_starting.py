"""python -m sandbox."""

import socket
import subprocess
import sys

import pytest
import requests

from sandbox.__main__ import main
from tests.ports import kept_port


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def free_port():
    with kept_port() as port:
        yield port


def test_it_says_where_everything_is_and_keeps_a_record(free_port, tmp_path):
    record = tmp_path / "exchanges.jsonl"
    root = f"http://127.0.0.1:{free_port}"
    options = f"--port {free_port} --products 25 --app-url http://127.0.0.1:9000/ --client-id me"
    options += f" --client-secret hush --record {record}"
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "sandbox", *options.split()], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        welcome = [process.stdout.readline() for _ in range(9)]
        pages = [requests.get(f"{root}{path}", timeout=30) for path in ("/", "/shop/", "/sandbox/")]
        answer = requests.get(f"{root}/api/rest/v1/catalogs", timeout=30)
    finally:
        process.terminate()
        process.wait(timeout=30)

    text = "".join(welcome)
    assert f"{root}/   (25 products, " in text
    assert f"{root}/shop/" in text
    assert f"{root}/sandbox/" in text
    assert f"{root}/event-platform/api/v1" in text
    assert "http://127.0.0.1:9000/oauth/activate" in text
    assert text.endswith("client id      me\n  client secret  hush\nCtrl-C stops it.\n")
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert answer.status_code == 401
    assert len(record.read_text().splitlines()) == 1


def test_a_taken_port_is_one_line(taken_port, capfd):
    status = main(["--port", str(taken_port), "--products", "0"])

    written = capfd.readouterr()
    assert (status, written.out) == (1, "")
    assert "in use" in written.err
    assert "Traceback" not in written.err


def test_a_record_that_cannot_be_written_is_one_line(tmp_path, capsys):
    status = main(["--products", "0", "--record", str(tmp_path / "no" / "such.jsonl")])

    written = capsys.readouterr()
    assert (status, written.out) == (1, "")
    assert written.err == (
        f"Nothing can be recorded in {tmp_path}/no/such.jsonl: No such file or directory.\n"
    )


@pytest.mark.parametrize(
    "options", ["--port 0", "--port x", "--products -1", "--seed x", "--latency-ms -1"]
)
def test_a_wrong_option_is_told_with_the_usage(options, capsys):
    with pytest.raises(SystemExit) as end:
        main(options.split())

    assert end.value.code == 2
    assert options.split()[0] in capsys.readouterr().err
