"""50,000 values by file: they reach the PIM, a second run proposes none, at flat memory."""

import json
import os
import subprocess
import sys

import pytest

from tests.enrichment.offering import csv_text
from tests.programs import ROOT, database_url

pytestmark = pytest.mark.slow

PRODUCTS, LOCALES = 2000, ("en_US", "fr_FR", "de_DE")
TEXTS = ("name", "short_description", "slogan", "meta_title", "meta_description", "keywords")
HEADER = [
    *("sku", "family", "price-EUR", "price-USD", "delivery_days", "weight", "weight-unit"),
    *("ean", "supplier_reference"),
    *(f"{text}-{locale}" for text in TEXTS for locale in LOCALES),
]
VALUES = PRODUCTS * (len(HEADER) - 2)  # but the key and the unit
MOST_MORE = 40_000  # kB beside what the command takes for a single row

# Runs manage.py, and writes at its end how much memory it had at most. What the kernel tells of a
# child has the memory of the process that started it in it.
MEASURED = r"""
import atexit, pathlib, re, runpy, sys
told = pathlib.Path(sys.argv.pop(1))
def tell():
    status = pathlib.Path("/proc/self/status").read_text()
    told.write_text(re.search(r"VmHWM:\s+(\d+)", status)[1])
atexit.register(tell)
sys.argv[0] = "manage.py"
runpy.run_path("manage.py", run_name="__main__")
"""


def row(number):
    texts = [f"{text} of {number} in {locale}" for text in TEXTS for locale in LOCALES]
    own = [f"{number}.50", f"{number}.00", "3", "2.5", "KILOGRAM", f"ean {number}", f"ref {number}"]
    return [f"many-{number:05}", "monitors", *own, *texts]


@pytest.fixture
def run(enrichment, tmp_path):
    """Runs the command; gives its answer, and the most memory that it had, in kB."""

    def run(path, *options):
        told = tmp_path / "memory"
        ended = subprocess.run(  # noqa: S603  (our own program)
            [
                *(sys.executable, "-c", MEASURED, told),
                *("propose_values", path, "--pim", enrichment.world.url, "--json", *options),
            ],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": database_url(), "PIM_ALLOW_INSECURE": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        return json.loads(ended.stdout), int(told.read_text())

    return run


def test_fifty_thousand_values_reach_the_pim_and_a_second_run_proposes_none(run, tmp_path):
    path, single = tmp_path / "many.csv", tmp_path / "single.csv"
    path.write_text(csv_text(HEADER, *map(row, range(PRODUCTS))))
    single.write_text(csv_text(HEADER, row(0)))

    _, usual = run(single, "--create")
    tried, memory = run(path, "--create")
    written, _ = run(path, "--create", "--apply")
    again, memory_again = run(path, "--create")

    assert (tried["read"], tried["proposed"]) == (VALUES, VALUES)
    assert written["written"] == VALUES
    assert (again["unchanged"], again["proposed"]) == (VALUES, 0)
    assert max(memory, memory_again) < usual + MOST_MORE
