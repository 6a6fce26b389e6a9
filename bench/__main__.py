"""The benchmark: ours beside a floor that is measured in the same run. `make bench`.

Every figure is of whole commands against the synthetic PIM of `pim_bench_server.py`; what is
judged are ratios (docs/performance.md says what they mean).
"""

import argparse
import json
import platform
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests

from bench.compared import install_dlt, measure_dlt
from bench.edits import measure as measure_edits
from bench.events import percentile, receive
from bench.installation import ROOT, Installation, Measured
from bench.writing import measure as measure_writing
from tests.server_programs import ServerMissing

_PARTS = ("speed", "delta", "memory", "workers", "writing", "events", "edits")
_SCHEDULE = 300  # seconds
_NOTICED = 5  # seconds: how often the scheduler looks
CATALOG = "12351d98-200e-4bbc-aa19-7fdda1bd14f2"
# Of products/s: what tuned dlt 1.31 made of the same PIM on the machine of docs/performance.md.
DLT_QUOTED = {0: 2_490.0, 50: 1_100.0}


class Bench:
    """Measures one kind of database; collects rows of (what, figure, unit, goal)."""

    def __init__(
        self, database: str, stack: ExitStack, servers: dict[str, str], dlt: Path | None
    ) -> None:
        """`dlt`: the Python that has it, to measure it in the same run."""
        self.database = database
        self._dlt = dlt
        self._stack = stack
        self._servers = servers
        self._count = 0
        self.rows: list[dict[str, Any]] = []

    def speed(self, products: int, latency_ms: int) -> None:
        """Floor, first full sync with its push, unchanged re-read: all in a row."""
        with pim(products, latency_ms) as server:
            floor = products / measure_floor(server.first_page)
            installation, catalog = self._installation(server)
            first = installation.sync(catalog, "--full")
            self._expect(first, pulled=products, pushed=products)
            again = installation.sync(catalog, "--full")
            self._expect(again, pulled=products, pushed=0)
            dlt = self._pace_of_dlt(server, products, latency_ms)
        at = f"{latency_ms} ms, {products:,} products"
        self._row(f"{at}: floor, one cursor", floor, "products/s")
        goals = (1.5, 2.5) if latency_ms else (None, 0.4)
        self._ratio(f"{at}: first full sync with push", products, first, floor, goals[0])
        self._row(f"{at}: tuned dlt, which only loads", dlt, "products/s")
        share = products / first.seconds / dlt
        self._row(f"{at}: first full sync, of dlt", share, "×", 4 if latency_ms else 2)
        self._ratio(f"{at}: unchanged full re-read", products, again, floor, goals[1])

    def _pace_of_dlt(self, server: "Pim", products: int, latency_ms: int) -> float:
        """Products a second; quoted unless it is measured."""
        if self._dlt is None:
            return DLT_QUOTED[latency_ms]
        self._count += 1
        database = new_database(self._servers["database_url"], f"dlt_{self.database}{self._count}")
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        return products / measure_dlt(self._dlt, server.first_page, database, folder)

    def delta(self, products: int, latency_ms: int) -> None:
        with pim(products, 0) as server:
            installation, catalog = self._installation(server)
            self._expect(installation.sync(catalog, "--full"), pulled=products)
            server.control("mutate", pct=1)
            server.control("config", latency_ms=latency_ms)
            server.control("stats")
            # The PIM's changes are dated in the past: what is measured is the delta, not its date.
            installation.manage("shell", "--no-imports", "-c", _BACKDATE)
            measured = installation.sync(catalog)
            requests_made = server.control("stats")["requests"]
        changed = products // 100
        allowed = changed // 100 + products // 1000 + 4
        at = f"delta, 1 % of {products:,}, {latency_ms} ms"
        self._expect(measured, mode="delta", changed=changed)
        self._row(f"{at}: requests", requests_made, "", goal=allowed, most=True)
        ideal = allowed * latency_ms / 1000
        share = measured.seconds / ideal
        self._row(f"{at}: seconds of the latencies' {ideal:.2f}", share, "×", goal=1.2, most=True)
        # Computed, not measured: edits come at any moment between two runs of the schedule, which
        # the scheduler notices within seconds, and wait for all of the run that follows.
        waited = 0.95 * _SCHEDULE + _NOTICED + measured.seconds
        at = f"1 % of {products:,} by a schedule of 5 minutes, computed"
        self._row(f"{at}: 95 % on the channel", waited, "s", goal=360, most=True)

    def memory(self, small: int, large: int) -> None:
        peaks, paces = {}, {}
        for products in (small, large):
            with pim(products, 0) as server:
                installation, catalog = self._installation(server)
                first = installation.sync(catalog, "--full")
                again = installation.sync(catalog, "--full")
            peaks[products] = max(first.peak_mb, again.peak_mb)
            paces[products] = (first.seconds / products, again.seconds / products)
            self._row(f"{products:,} products: peak memory", peaks[products], "MB", 150, most=True)
        growth = peaks[large] / peaks[small]
        self._row(f"memory at {large:,} of {small:,}", growth, "×", 1.2, most=True)
        for number, what in enumerate(("first full sync", "unchanged re-read")):
            share = paces[large][number] / paces[small][number]
            self._row(
                f"{what}: time a product, {large:,} of {small:,}", share, "×", 1.15, most=True
            )

    def workers(self, catalogs: int, products: int, latency_ms: int) -> None:
        """As many catalogs of as many PIMs at once, by 1, 2 and 4 worker processes."""
        paces = {}
        for processes in (1, 2, 4):
            self._count += 1
            with ExitStack() as stack:
                pims = [stack.enter_context(pim(products, latency_ms)) for _ in range(catalogs)]
                url = new_database(self._servers["database_url"], f"workers{self._count}")
                redis = self._servers["redis_url"]
                installation = Installation(
                    url,
                    Path(stack.enter_context(tempfile.TemporaryDirectory())),
                    CELERY_BROKER_URL=f"{redis}/{10 + processes}",
                    REDIS_URL=f"{redis}/{20 + processes}",
                )
                for server in pims:
                    installation.connect(server.url, f"{server.url}/sink", raw=True)
                found = installation.sync_by_workers(processes)
            if found["pushed"] != catalogs * products:
                raise RuntimeError(f"expected {catalogs * products} products: {found}")
            paces[processes] = found["pushed"] / found["seconds"]
            at = f"{catalogs} catalogs of {products:,}, {latency_ms} ms, {processes} workers"
            self._row(f"{at}: first full sync", paces[processes], "products/s")
            self._row(f"{at}: of one worker", paces[processes] / paces[1], "×")

    def writing(self, products: int, latency_ms: int) -> None:
        """Values into the PIM, beside the bare calls: four batches at once, read and written."""
        installation, folder = self._empty_installation()
        written = measure_writing(installation, folder, products, latency_ms)
        at = f"{latency_ms} ms, values into {written.values:,} products"
        pace, floor = written.values / written.writing, written.values / written.floor
        self._row(f"{at}: floor, four batches at once", floor, "values/s")
        self._row(f"{at}: written", pace, "values/s")
        self._row(f"{at}: written, of the floor", pace / floor, "×", 0.8)
        alone = 4 * 100 * 1000 / latency_ms
        self._row(f"{at}: written, of writing without reading again", pace / alone, "×")
        self._row(f"{at}: offered", written.values / written.offering, "values/s")

    def events(self, a_second: int, seconds: int) -> None:
        """So many events a second at the receiving view, with a disk that is waited for."""
        with servers(durable=True) as durable:
            url = new_database(durable["database_url"], "events")
            redis = durable["redis_url"]
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            urls = {"CELERY_BROKER_URL": f"{redis}/50", "REDIS_URL": f"{redis}/51"}
            found = receive(Installation(url, folder, **urls), a_second, seconds)
        at = f"events, {a_second:,}/s for {seconds} s"
        self._row(f"{at}: sent", found.sent, "")
        self._row(f"{at}: answered", found.sent / found.elapsed, "events/s")
        self._row(f"{at}: taken", found.taken, "")
        self._row(f"{at}: put off by 429", found.put_off, "")
        self._row(f"{at}: any other answer, or none", found.failed, "", 0, most=True)
        self._row(f"{at}: taken and not stored", found.lost, "", 0, most=True)
        self._row(f"{at}: median answer", percentile(found.seconds, 0.5), "s")
        self._row(f"{at}: 95 % of the answers", percentile(found.seconds, 0.95), "s")
        self._row(f"{at}: slowest answer", max(found.seconds), "s", 1, most=True)
        self._row(f"{at}: sent too late, at most", found.behind, "s")

    def edits(self, edits: int, gap: float) -> None:
        """From an edit in the PIM to the channel, by events alone."""
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        url = new_database(self._servers["database_url"], "edits")
        found = measure_edits(url, self._servers["redis_url"], folder, edits, gap)
        at = f"edit to channel, {edits} edits, one in {gap:g} s"
        self._row(f"{at}: median", percentile(found, 0.5), "s", 5, most=True)
        self._row(f"{at}: 95 %", percentile(found, 0.95), "s", 10, most=True)
        self._row(f"{at}: slowest", max(found), "s")

    def _installation(self, server: "Pim") -> tuple[Installation, int]:
        installation, _ = self._empty_installation()
        return installation, installation.connect(server.url, f"{server.url}/sink", raw=True)

    def _empty_installation(self) -> tuple[Installation, Path]:
        """With a folder for what it is to read."""
        self._count += 1
        folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
        url = f"sqlite:///{folder}/bench.sqlite3"
        if self.database == "postgresql":
            url = new_database(self._servers["database_url"], f"bench{self._count}")
        return Installation(url, folder / "var"), folder

    def _expect(self, measured: Measured, **expected: object) -> None:
        found = {name: measured.result[name] for name in expected}
        if found != expected or measured.result["status"] != "succeeded":
            raise RuntimeError(f"expected {expected}: {measured.result}")

    def _ratio(
        self, what: str, products: int, measured: Measured, floor: float, goal: float | None
    ) -> None:
        pace = products / measured.seconds
        self._row(what, pace, "products/s")
        self._row(f"{what}, of the floor", pace / floor, "×", goal)

    def _row(
        self, what: str, figure: float, unit: str, goal: float | None = None, *, most: bool = False
    ) -> None:
        met = None if goal is None else (figure <= goal if most else figure >= goal)
        row = {"what": what, "figure": figure, "unit": unit, "goal": goal, "most": most, "met": met}
        self.rows.append({"database": self.database, **row})
        sign = "" if goal is None else f"   goal {'≤' if most else '≥'} {goal:g}"
        mark = {None: "", True: "  met", False: "  MISSED"}[met]
        say(f"  {what:<66}{figure:>12,.2f} {unit:<11}{sign}{mark}")


_BACKDATE = """
import datetime
from sync.models import Run
moment = datetime.datetime(2026, 1, 14, tzinfo=datetime.UTC)
Run.objects.update(watermark=moment)
"""


class Pim:
    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.first_page = f"{self.url}/api/rest/v1/catalogs/{CATALOG}/products?limit=100"

    def control(self, what: str, **params: object) -> dict[str, Any]:
        answer = requests.post(f"{self.url}/_bench/{what}", params=params, timeout=120)  # type: ignore[arg-type]
        found: dict[str, Any] = answer.json()
        return found


@contextmanager
def pim(products: int, latency_ms: int) -> Iterator[Pim]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", port, "--products", products, "--latency-ms", latency_ms]
    options += ["--sink-latency-ms", latency_ms]
    program = [sys.executable, str(ROOT / "bench/pim_bench_server.py"), *map(str, options)]
    with subprocess.Popen(program, stdout=subprocess.DEVNULL) as process:  # noqa: S603
        try:
            server = Pim(port)
            for _ in range(1200):
                try:
                    server.control("stats")
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
            yield server
        finally:
            process.terminate()


def measure_floor(first_page: str) -> float:
    """Seconds of a bare loop over all products: the best of two."""
    command = [sys.executable, "-m", "bench.floor", first_page]
    found = [subprocess.check_output(command, cwd=ROOT) for _ in range(2)]  # noqa: S603
    return min(float(json.loads(one)["seconds"]) for one in found)


@contextmanager
def servers(*, durable: bool = False) -> Iterator[dict[str, str]]:
    """A PostgreSQL, as the tests start it, gone with this process.

    Durable: it waits for its disk.
    """
    command = [sys.executable, "-m", "tests.real_servers", *(["--durable"] if durable else [])]
    with subprocess.Popen(  # noqa: S603
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None  # noqa: S101  # nosec B101  # asked for above
        answer: dict[str, str] = json.loads(process.stdout.readline())
        if "problem" in answer:
            raise ServerMissing(answer["problem"])
        yield answer


def new_database(url: str, name: str) -> str:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url.replace("/ferry?", f"/{name}?")


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--products", type=int, default=20_000)
    parser.add_argument("--many", type=int, default=100_000)
    parser.add_argument("--only", choices=_PARTS)
    parser.add_argument("--events", type=int, default=1000, help="a second")
    parser.add_argument("--seconds", type=int, default=30, help="of receiving events")
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--database", choices=["postgresql", "sqlite"])
    parser.add_argument("--with-dlt", action="store_true", help="install and measure it as well")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with servers() as found, ExitStack() as stack:
        say(f"Python {platform.python_version()}, {found['about']}")
        dlt = None
        if options.with_dlt:
            dlt = install_dlt(Path(stack.enter_context(tempfile.TemporaryDirectory())))
        for database in ("postgresql", "sqlite"):
            if options.database not in (None, database):
                continue
            say(f"== {database}")
            bench = Bench(database, stack, found, dlt)
            if options.only in (None, "speed"):
                bench.speed(options.products, 50)
                bench.speed(options.products, 0)
            if options.only in (None, "delta"):
                bench.delta(options.many, 50)
            if options.only in (None, "memory"):
                bench.memory(options.many // 10, options.many)
            if options.only in (None, "workers") and database == "postgresql":
                bench.workers(4, options.products // 4, 50)
            if options.only in (None, "writing"):
                bench.writing(options.products // 2, 100)
            if options.only in (None, "events") and database == "postgresql":
                bench.events(options.events, options.seconds)
            if options.only in (None, "edits") and database == "postgresql":
                bench.edits(options.edits, 1.0)
            rows += bench.rows
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
