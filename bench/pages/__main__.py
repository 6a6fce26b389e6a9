"""The speed of the pages: PostgreSQL with a million listings, every page. `make bench-pages`.

Fails if a page takes more queries or more of our own time than it may (docs/performance.md).
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from bench.__main__ import new_database, say, servers
from bench.installation import ROOT, Installation
from bench.pages.measure import MILLISECONDS, QUERIES
from bench.pages.pim import serving_pim


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench-pages", description=__doc__)
    parser.add_argument("--listings", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="pages whose name has this in it")
    parser.add_argument("--database", help="an address of yours, filled the first time")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--verbose", action="store_true", help="the slowest query of each page")
    options = parser.parse_args()
    with servers() as found, serving_pim() as pim, tempfile.TemporaryDirectory() as folder:
        say(found["about"])
        url = options.database or new_database(found["database_url"], "pages")
        rows = _measure(url, Path(folder), pim, options)
    fastest = min((row["fastest_ms"] for row in rows), default=0.0)
    for row in rows:
        row["milliseconds"] = round(row["times"] * fastest, 1)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")
    slow = [row for row in rows if not _is_fine(row)]
    for row in slow:
        _tell(row, fastest, "TOO SLOW" if row["status"] == 200 else f"STATUS {row['status']}")
        if options.verbose:
            say(f"    {row['slowest_ms']} ms: {row['slowest'][-700:]}")
    say(f"{len(rows)} pages, {len(slow)} of them over {QUERIES} queries or {MILLISECONDS} ms.")
    sys.exit(1 if slow else 0)


def _measure(
    url: str, folder: Path, pim: tuple[str, str], options: argparse.Namespace
) -> list[dict[str, Any]]:
    environment = {"BASE_URL": "http://testserver", "DJANGO_SETTINGS_MODULE": "akeneo_app.settings"}
    installation = Installation(url, folder, **environment)
    program = [sys.executable, "-m", "bench.pages.measure", "--listings", str(options.listings)]
    program += ["--pim", pim[0], "--token", pim[1]]
    if options.only:
        program += ["--only", options.only]
    rows = []
    with subprocess.Popen(  # noqa: S603
        program, cwd=ROOT, env={**os.environ, **installation.environment}, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None  # noqa: S101  # nosec B101  # asked for above
        for line in process.stdout:
            row = json.loads(line)
            if "filled" in row:
                say(f"{options.listings:,} listings in {row['filled']} s")
                continue
            rows.append(row)
            _tell(row, row["fastest_ms"])
    if process.returncode:
        raise RuntimeError("the pages could not be measured; see above")
    return rows


def _tell(row: dict[str, Any], fastest_ms: float, mark: str = "") -> None:
    figures = f"{row['queries']:>5} queries{row['times'] * fastest_ms:>9.1f} ms"
    say(f"  {row['page']:<48}{figures}   {mark}".rstrip())


def _is_fine(row: dict[str, Any]) -> bool:
    is_there = row["status"] == 200
    return bool(is_there and row["queries"] <= QUERIES and row["milliseconds"] <= MILLISECONDS)


if __name__ == "__main__":
    main()
