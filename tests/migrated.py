"""Databases that are migrated already: one is made by `manage.py migrate`, the others are copies.

Migrating takes seven seconds of a processor, a copy less than half of one, and each process of
tests needs a database. The copies are made from .cache/migrated, where each state of the code has
a file of its own: on a new machine, and after any change, it is made anew.
"""

import fcntl
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.db.backends.postgresql.creation import DatabaseCreation as PostgreSQL
from django.db.backends.sqlite3.creation import DatabaseCreation as SQLite

from tests.installation import ROOMS, ROOT
from tests.server_programs import ServerMissing, find_postgresql, version_of

CACHE = ROOT / ".cache" / "migrated"


def install() -> None:
    """Let Django begin with a copy; what it then migrates is nothing."""
    _after(PostgreSQL, _fill_postgresql)
    _after(SQLite, lambda name: fill_sqlite(Path(name)))


def fill_sqlite(path: Path) -> None:
    """Make a migrated database in this file, which does not exist."""
    kept = _kept("sqlite3")
    with _alone(kept):
        if not kept.exists():
            made = kept.with_suffix(".new")
            made.unlink(missing_ok=True)
            _migrate(f"sqlite:///{made}")
            with closing(sqlite3.connect(made)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # nothing beside the file
            made.replace(kept)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept.read_bytes())


def _fill_postgresql(name: str) -> None:
    """Migrate this database, which is empty."""
    try:
        programs = find_postgresql()
    except ServerMissing:
        return  # a server from elsewhere: Django migrates
    dump, restore = programs / "pg_dump", programs / "pg_restore"
    if not (dump.exists() and restore.exists()):
        return
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}").geturl()
    kept = _kept(f"{version_of(programs / 'postgres').split()[-1]}.dump")
    with _alone(kept):
        if not kept.exists():
            made = kept.with_suffix(".new")
            _migrate(url)
            _run(dump, "--format=custom", f"--file={made}", url)
            made.replace(kept)
            return
    _run(restore, "--no-owner", "--exit-on-error", f"--dbname={url}", kept)


def _after(creation: Any, fill: Callable[[str], None]) -> None:
    original = creation._create_test_db

    def create(self: Any, verbosity: int, autoclobber: bool, keepdb: bool = False) -> str:
        name: str = original(self, verbosity, autoclobber, keepdb)
        if not keepdb:
            fill(name)
        return name

    creation._create_test_db = create


def _kept(kind: str) -> Path:
    """The file of this state of the code; those of others are removed with the next one."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _sources():
        digest.update(str(path.relative_to(ROOT)).encode())
        digest.update(path.read_bytes())
    return CACHE / f"{digest.hexdigest()[:16]}.{kind}"


def _sources() -> Iterator[Path]:
    """All that migrations may import, and the versions of the packages that have some."""
    yield ROOT / "requirements.txt"
    for room in ROOMS:
        yield from sorted((ROOT / room).rglob("*.py"))


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """Whoever comes second waits for the first one's."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            for other in CACHE.glob(f"*{kept.suffix}"):
                other.unlink()
        yield


def _migrate(database_url: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity=0"]
    _run(*command, DATABASE_URL=database_url)


def _run(*command: object, **environment: str) -> None:
    subprocess.run(  # noqa: S603  # our own commands
        [str(part) for part in command],
        check=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        timeout=300,
    )
