"""A real PostgreSQL and a real Redis for one test run, in the care of a process of its own.

Run as a program (`python -m tests.real_servers`) it starts both, prints one line of JSON (the
fields of `Servers`, or `problem`), and stops them and removes their files when its standard input
ends. That happens however its parent ends, so that even a killed test run leaves nothing behind.
With `--durable` PostgreSQL waits for its disk, as in production: what a benchmark of storing needs.
"""

import contextlib
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

import psycopg
import redis

from tests.ports import kept_port
from tests.server_programs import ServerMissing, find_postgresql, find_redis, version_of

START_TIMEOUT = 60  # seconds; 2 to 4 are usual, a busy machine takes longer


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the servers are. `redis_url` ends in its host: append `/0` to `/63`."""

    database_url: str
    redis_url: str
    about: str


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.ExitStack() as stack:
        try:
            answer = asdict(_start(stack, durable="--durable" in sys.argv[1:]))
        except ServerMissing as missing:
            answer = {"problem": str(missing)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
        if "problem" not in answer:
            sys.stdin.read()


def _start(stack: contextlib.ExitStack, *, durable: bool) -> Servers:
    postgresql, redis_server = find_postgresql(), find_redis()
    user = _unprivileged_user()
    # The path of a Unix socket has about 100 characters, and a TMPDIR may be long or private.
    folder = Path(tempfile.mkdtemp(prefix="ferry-", dir="/tmp"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    if user:
        shutil.chown(folder, user)
    return Servers(
        database_url=stack.enter_context(
            _running_postgresql(postgresql, folder, user, durable=durable)
        ),
        redis_url=stack.enter_context(_running_redis(redis_server, folder)),
        about=f"{version_of(postgresql / 'postgres')} in {postgresql}, "
        f"{version_of(redis_server)} at {redis_server}",
    )


def _unprivileged_user() -> str | None:
    """Return whom root has to become, because PostgreSQL refuses to be root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    raise ServerMissing(
        "PostgreSQL refuses to run as root, and there is no user `postgres` or `nobody` to run "
        "it as. Run the tests as an ordinary user."
    )


@contextlib.contextmanager
def _running_postgresql(
    programs: Path, folder: Path, user: str | None, *, durable: bool
) -> Iterator[str]:
    """Run PostgreSQL on a Unix socket in `folder`; yield the URL of its database `ferry`."""
    if user and not _can_run(programs / "postgres", user):
        programs = _copied_out(programs, folder / "programs", user)
    data, log_path = folder / "data", folder / "postgresql.log"
    log = log_path.open("wb")
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "--no-instructions"]
    made = subprocess.run(  # noqa: S603
        [programs / "initdb", "-D", data, "-U", "ferry", *options],
        **_process_options(log, user),
    )
    if made.returncode:
        raise ServerMissing(f"PostgreSQL could not make its files: {_end_of(log_path)}")
    # Nothing here has to survive, so nothing is flushed to disk, unless that is what is measured.
    flushed = "on" if durable else "off"
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": str(folder),
        "fsync": flushed,
        "synchronous_commit": flushed,
        "full_page_writes": flushed,
        "shared_buffers": "64MB",
        "max_connections": "200",
        "jit": "off",
    }
    process = subprocess.Popen(  # noqa: S603
        [programs / "postgres", "-D", data, *(f"--{k}={v}" for k, v in settings.items())],
        **_process_options(log, user),
    )
    try:
        address = f"postgresql://ferry@/{{}}?host={folder}"
        _wait_until(lambda: _database_made(address.format("postgres")), process, log_path)
        yield address.format("ferry")
    finally:
        _stop(process, signal.SIGQUIT)  # "immediate" shutdown


def _process_options(log: IO[bytes] | int, user: str | None) -> dict[str, Any]:
    options: dict[str, Any] = {
        "stdin": subprocess.DEVNULL,
        "stdout": log,
        "stderr": subprocess.STDOUT,
        "cwd": "/",
        "env": {"PATH": os.defpath, "LC_ALL": "C"},  # no PG… variable of the person's own
    }
    if user:
        options |= {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
    return options


def _can_run(program: Path, user: str) -> bool:
    try:
        return not subprocess.run(  # noqa: S603
            [program, "--version"], **_process_options(subprocess.DEVNULL, user)
        ).returncode
    except PermissionError:
        return False


def _copied_out(programs: Path, folder: Path, user: str) -> Path:
    """Copy an installation from under a private folder to where `user` may run it.

    The programs of the wheel look for their libraries in a folder beside the package.
    """
    installation, package = programs.parent, programs.parent.parent
    target = folder / package.name / installation.name
    unneeded = shutil.ignore_patterns("*.a", "include", "pkgconfig")
    shutil.copytree(installation, target, symlinks=True, ignore=unneeded)
    libraries = package.with_name(package.name + ".libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name, symlinks=True)
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            shutil.chown(path, user)
    return target / programs.name


def _database_made(maintenance_url: str) -> bool:
    try:
        with psycopg.connect(maintenance_url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE ferry")
    except psycopg.OperationalError:
        return False
    return True


@contextlib.contextmanager
def _running_redis(program: Path, folder: Path) -> Iterator[str]:
    """Run Redis on a free port of the loopback; yield its URL without a database number.

    It has a password, because on a shared machine others can reach the loopback too.
    """
    password, log_path = secrets.token_hex(16), folder / "redis.log"
    with kept_port() as port:
        process = _started_redis(program, folder, password, port, log_path)
        url = f"redis://:{password}@127.0.0.1:{port}"
        try:
            _wait_until(lambda: _redis_answers(url), process, log_path)
        except ServerMissing:
            _stop(process, signal.SIGTERM)
            raise
    try:
        yield url
    finally:
        _stop(process, signal.SIGTERM)


def _started_redis(
    program: Path, folder: Path, password: str, port: int, log_path: Path
) -> "subprocess.Popen[bytes]":
    configuration = f"""
        bind 127.0.0.1
        port {port}
        requirepass {password}
        databases 64
        save ""
        dir {folder}
    """
    with log_path.open("wb") as log:
        process = subprocess.Popen(  # noqa: S603
            [program, "-"], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )
    assert process.stdin
    with contextlib.suppress(BrokenPipeError), process.stdin:  # broken: the log says why
        process.stdin.write(configuration.encode())
    return process


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


def _wait_until(
    ready: Callable[[], bool], process: subprocess.Popen[bytes], log_path: Path
) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not ready():
        if process.poll() is not None:
            raise ServerMissing(f"A server ended at once: {_end_of(log_path)}")
        if time.monotonic() > deadline:
            raise ServerMissing(f"A server does not answer: {_end_of(log_path)}")
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    process.send_signal(number)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_of(log_path: Path) -> str:
    return log_path.read_text(errors="replace")[-1000:].strip() or "it said nothing"


if __name__ == "__main__":
    main()
