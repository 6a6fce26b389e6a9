"""Our commands, called in this process or as processes of their own on the test's database."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management import CommandError, call_command
from django.db import connection

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Ended:
    """What a command left: its status, and both of its outputs."""

    status: int
    out: str
    err: str

    @property
    def answer(self) -> Any:
        """The one JSON object that it printed, and nothing else."""
        assert self.out.count("\n") == 1, self
        return json.loads(self.out)

    @property
    def answers(self) -> list[Any]:
        """The JSON objects that it printed, one a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def problem(self) -> str:
        """The one line on standard error."""
        assert self.err.count("\n") == 1, self
        assert "Traceback" not in self.err
        return self.err.strip()


def call(*arguments: object) -> Ended:
    """Run a command to its end, here."""
    out, err = io.StringIO(), io.StringIO()
    status: Any = 0
    try:
        call_command(*map(str, arguments), stdout=out, stderr=err)
    except CommandError as error:
        status = error.returncode
        err.write(f"{error}\n")
    except SystemExit as ended:
        status = ended.code
    return Ended(status, out.getvalue(), err.getvalue())


def manage(*arguments: object, **environment: str) -> Ended:
    """Run `python manage.py …` to its end."""
    return wait_for(start(*arguments, **environment))


def start(*arguments: object, **environment: str) -> subprocess.Popen[str]:
    """Start `python manage.py …`."""
    return subprocess.Popen(  # noqa: S603  (our own program)
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": database_url(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(process: subprocess.Popen[str]) -> Ended:
    try:
        out, err = process.communicate(timeout=300)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    return Ended(process.returncode, out, err)


def database_url() -> str:
    """The address of the database that this test runs on."""
    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
