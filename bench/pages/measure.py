"""Fill a database and open every page; run by bench.pages with the environment of an installation.

Prints one line of JSON for each page: what it is called, its queries, and our own time (`OwnTime`)
in times of the fixed work of `Pace`, with the milliseconds that this took at its fastest so far.
"""

import argparse
import gc
import json
import statistics
import sys
import time
from pathlib import Path

import django

from bench.pages.pace import Pace

QUERIES, MILLISECONDS = 20, 100
_TIMES = 5


class OwnTime:
    """What this process and its database have worked, in seconds.

    Others on the machine (the PIM among them), and the waiting for them, do not count. On an idle
    machine it is what a page takes. Where the kernel does not tell (it is no Linux, or the database
    is elsewhere) it is the time that a page takes, whoever else works.
    """

    def __init__(self) -> None:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SET max_parallel_workers_per_gather = 0")  # all of it is counted
            cursor.execute("SET random_page_cost = 1.1")  # as docker-compose.yml has it
            cursor.execute("SELECT pg_backend_pid()")
            (pid,) = cursor.fetchone()
        self._schedule = Path(f"/proc/{pid}/schedstat")
        self._is_told = self._schedule.exists()

    def __call__(self) -> float:
        if not self._is_told:
            return time.perf_counter()
        return time.process_time() + int(self._schedule.read_text().split()[0]) / 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, required=True)
    parser.add_argument("--pim", required=True, help="the address of the PIM that pages ask")
    parser.add_argument("--token", required=True)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    django.setup()
    _use_plain_static_files()
    # Only now: models need the settings.
    from bench.pages.addresses import admin_pages_of, pages_of
    from bench.pages.fill import connect, fill, what_is_there
    from tests.pages.conftest import browser_of
    from tests.staff import browser_of_superuser

    began = time.monotonic()
    if what_is_there() is None:
        fill(options.listings)
        _say(filled=round(time.monotonic() - began))
    connect(options.pim, options.token)
    filled = what_is_there()
    assert filled is not None  # noqa: S101  # nosec B101  # it was filled
    own_time, pace = OwnTime(), Pace()
    for browser, pages in (
        (browser_of(filled.manager), pages_of(filled)),
        (browser_of_superuser(), admin_pages_of(filled)),
    ):
        for name, address in pages:
            if options.only in name:
                _say(page=name, **_measured(browser, address, own_time, pace))


def _measured(browser: object, address: str, own_time: OwnTime, pace: Pace) -> dict[str, object]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        status = _open(browser, address)
    gc.collect()
    gc.freeze()  # as gunicorn.conf.py has it
    queries = captured.captured_queries
    slowest = max(queries, key=lambda one: float(one["time"]), default=None)
    times = []
    for _ in range(_TIMES):
        before = pace()
        began = own_time()
        _open(browser, address)
        took = own_time() - began
        times.append(2 * took / (before + pace()))
    return {
        "status": status,
        "queries": len(queries),
        "times": statistics.median(times),
        "fastest_ms": 1000 * pace.fastest,
        "slowest": slowest["sql"] if slowest else "",
        "slowest_ms": round(1000 * float(slowest["time"])) if slowest else 0,
    }


def _open(browser: object, address: str) -> int:
    """Open a page to its end; of a download, the first lines: it goes on while people wait."""
    response = browser.get(address)  # type: ignore[attr-defined]  # Django's client
    if response.streaming:
        next(iter(response.streaming_content))
    status: int = response.status_code
    return status


def _use_plain_static_files() -> None:
    from django.conf import settings

    # The manifest of static files comes from collectstatic.
    settings.STORAGES["staticfiles"]["BACKEND"] = (
        "django.contrib.staticfiles.storage.StaticFilesStorage"
    )


def _say(**found: object) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
