"""Start several processes, and end them all together."""

import os
import signal
import subprocess  # nosec B404  # runs our own programs
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable


class ProcessEnded(Exception):
    """A process that should stay up has ended."""


class Processes:
    """A handful of processes with one environment; used as a context manager."""

    def __init__(self, environment: Mapping[str, str], log_folder: Path | None = None) -> None:
        self._environment = {**os.environ, **environment}
        self._log_folder = log_folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Processes":
        signal.signal(signal.SIGTERM, _as_interrupt)
        return self

    def __exit__(self, *args: object) -> None:
        for process in self._running.values():
            if process.poll() is None:
                process.terminate()
        for process in self._running.values():
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process in a group of its own, so that Ctrl-C reaches it through us only."""
        output = None
        if self._log_folder is not None:
            self._log_folder.mkdir(parents=True, exist_ok=True)
            output = (self._log_folder / f"{name}.log").open("wb")
        self._running[name] = subprocess.Popen(  # noqa: S603  # nosec B603  # our own commands
            list(command),
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            start_new_session=True,
        )

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end and return its output as text."""
        return subprocess.run(  # noqa: S603  # nosec B603  # our own commands
            command,
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def wait_for(self, url: str, *, seconds: float = 60) -> None:
        """Wait until the address answers. Raises ProcessEnded or TimeoutError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.check()
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # nosec B310  # our own http address
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise TimeoutError(f"{url} did not answer within {seconds:.0f} s.")

    def check(self) -> None:
        """Raise ProcessEnded if one of them is gone."""
        for name, process in self._running.items():
            status = process.poll()
            if status is not None:
                where = f" See {self._log_folder / (name + '.log')}" if self._log_folder else ""
                raise ProcessEnded(f"The {name} ended with status {status}.{where}")

    def stay_up(self) -> None:
        """Return only by an exception: Ctrl-C, or a process that ended."""
        while True:
            self.check()
            time.sleep(1)


def app_commands(port: int) -> dict[str, list[str]]:
    """Return the commands of web, worker and scheduler, as in production."""
    celery = [PYTHON, "-m", "celery", "-A", "akeneo_app"]
    return {
        "web": [
            PYTHON,
            "-m",
            "gunicorn",
            "akeneo_app.wsgi:application",
            f"--bind=127.0.0.1:{port}",
            "--workers=2",
        ],
        "worker": [*celery, "worker", "--loglevel=INFO", "--concurrency=2"],
        "scheduler": [*celery, "beat", "--loglevel=INFO"],
    }


def _as_interrupt(*args: object) -> None:
    raise KeyboardInterrupt
