"""An installation of its own: a copy of the code without anybody's `.env`, run as processes."""

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parent.parent
ROOMS = [
    *("akeneo_app", "pages", "sync", "enrichment", "catalogs", "connections"),
    *("channels", "pim", "outbound"),
]
SECRETS = {
    "SECRET_KEY": "a-long-random-text-for-this-installation-of-the-tests-only",
    "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
}


class Installation:
    """Every process gets the given environment and nothing else but a PATH."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in (*ROOMS, "templates", "static"):
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        for name in ("manage.py", "gunicorn.conf.py"):
            shutil.copy(ROOT / name, folder)
        self.database_url = f"sqlite:///{folder}/var/ferry.sqlite3"

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.python("manage.py", *arguments, **environment)

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603  # our own commands
            [sys.executable, *arguments],
            cwd=self.folder,
            env=self._environment(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
        )

    @contextmanager
    def running(self, *module: str, **environment: str) -> Iterator["Program"]:
        """Run `python -m …`, and end it."""
        process = subprocess.Popen(  # noqa: S603  # our own commands
            [sys.executable, "-m", *module],
            cwd=self.folder,
            env=self._environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            yield Program(process)
        finally:
            process.terminate()
            process.wait(timeout=300)

    def _environment(self, environment: dict[str, str]) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": "1", **environment}


class Program:
    """A running process, and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, output: Any) -> None:
        for line in output:
            with self._changed:
                self._lines.append(line)
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def wait_for(self, pattern: str, seconds: float = 300) -> "re.Match[str]":
        """Return where the output first says so."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._find(pattern), seconds)
            found = self._find(pattern)
        assert found, f"{pattern!r} is not in: {self.said}"
        return found

    @property
    def said(self) -> str:
        return "".join(self._lines)

    def _find(self, pattern: str) -> "re.Match[str] | None":
        return re.search(pattern, self.said)
