"""One installation of Ferry for one measurement: its own database, processes as in production."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

# Run by `manage.py shell`: what a person does in the browser, so that a bench need not.
_CONNECT = """
from catalogs.models import Catalog, Channel
from connections.models import Connection

connection = Connection.objects.create(
    pim_url={pim_url!r}, state="connected", token="bench-token",
    scopes=["read_products", "read_catalogs"],
)
channel = Channel.objects.create(
    connection=connection, name="Sink", kind="http", settings={{"endpoint": {endpoint!r}}},
)
catalog = Catalog.objects.create(
    channel=channel, name="Bench", raw={raw!r}, every=None, pim_state="enabled",
    pim_catalog_id="12351d98-200e-4bbc-aa19-7fdda1bd14f2",
)
print(catalog.pk)
"""


_QUEUE = """
from catalogs.models import Catalog
from sync.models import Run
from sync.runs import start_run

for catalog in Catalog.objects.all():
    start_run(catalog, Run.Trigger.SCHEDULE)
"""

# Ends when all runs have; from the first that began to the last that ended.
_AWAIT = """
import json, time
from django.db.models import Max, Min, Sum
from sync.models import Run

deadline = time.monotonic() + 600
while Run.objects.live().exists() and time.monotonic() < deadline:
    time.sleep(0.2)
found = Run.objects.aggregate(Min("started_at"), Max("finished_at"), Sum("pushed"))
seconds = (found["finished_at__max"] - found["started_at__min"]).total_seconds()
print(json.dumps({"seconds": seconds, "pushed": found["pushed__sum"]}))
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one command took. Peak memory in megabytes."""

    result: dict[str, Any]
    seconds: float
    peak_mb: float
    cpu_seconds: float


class Installation:
    """Raises RuntimeError where a command fails."""

    def __init__(self, database_url: str, var: Path, **environment: str) -> None:
        self.environment = {
            **os.environ,
            "DEBUG": "0",
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": database_url,
            "VAR_FOLDER": str(var),
            "SECRET_KEY": "bench",
            "ENCRYPTION_KEYS": "Zy5gXl3Hq2Zb5n1l4mQw0o7mJ0nqv8p1l8eYw7t3K2g=",
            "BASE_URL": "http://127.0.0.1:8000",
            "PIM_ALLOW_INSECURE": "1",
            **environment,
        }
        self.manage("migrate", "--no-input")

    def connect(self, pim_url: str, endpoint: str, *, raw: bool) -> int:
        """Connect a PIM and create a catalog for a channel; return the catalog's id."""
        code = _CONNECT.format(pim_url=pim_url, endpoint=endpoint, raw=raw)
        return int(self.manage("shell", "--no-imports", "-c", code).strip())

    def manage(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603
            self._command(arguments),
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"manage.py {' '.join(arguments)}: {done.stderr[-2000:]}")
        return done.stdout

    def sync(self, catalog: int, *options: str, **environment: str) -> Measured:
        """Run `sync_catalog --json`. The seconds are the run's own, without starting Python."""
        command = self._command(("sync_catalog", str(catalog), "--json", *options))
        before: Mapping[str, str] = {**self.environment, **environment}
        with subprocess.Popen(command, cwd=ROOT, env=before, stdout=subprocess.PIPE) as process:  # noqa: S603
            assert process.stdout is not None  # noqa: S101  # nosec B101  # asked for above
            with _watching(process.pid) as peaks:
                said = process.stdout.read()
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"sync_catalog ended with {process.returncode}: {said.decode()}")
        result = json.loads(said)
        return Measured(
            result,
            float(result["seconds"]),
            max(peaks) / 1024,
            usage.ru_utime + usage.ru_stime,
        )

    def sync_by_workers(self, processes: int) -> dict[str, Any]:
        """Queue a run for every catalog and let so many processes work: seconds, pushed."""
        self.manage("shell", "--no-imports", "-c", _QUEUE)
        options = ["worker", f"--concurrency={processes}", "--loglevel=ERROR"]
        command = [sys.executable, "-m", "celery", "-A", "akeneo_app", *options]
        with subprocess.Popen(command, cwd=ROOT, env=self.environment) as worker:  # noqa: S603
            try:
                found: dict[str, Any] = json.loads(
                    self.manage("shell", "--no-imports", "-c", _AWAIT)
                )
            finally:
                worker.terminate()
        return found

    @staticmethod
    def _command(arguments: tuple[str, ...]) -> list[str]:
        return [sys.executable, str(ROOT / "manage.py"), *arguments]


@contextmanager
def _watching(pid: int) -> Iterator[list[int]]:
    """Note the peak of a process's memory, in KB, as it grows.

    What the system tells at its end is no less than this process had when it started the other.
    """
    peaks = [0]
    ended = threading.Event()

    def watch() -> None:
        status = Path(f"/proc/{pid}/status")
        while not ended.wait(0.1):
            for line in status.read_text().splitlines():
                if line.startswith("VmHWM:"):  # none of a process that has ended
                    peaks.append(int(line.split()[1]))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        ended.set()
        watcher.join()
