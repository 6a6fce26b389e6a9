"""Values written into a PIM, beside a floor that makes the same calls and nothing else.

The PIM is the sandbox, in this process, which only waits otherwise. A batch of 100 products costs
two calls: it is read again, because an edit of a person wins, and then written. A PIM takes four
calls of an app at once (pim-contract.md 3.7), so no more than `4 × 100 / (2 × latency)` products a
second.
"""

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.installation import ROOT, Installation
from sandbox.state import Pim, make_pim
from tests.sandbox_server import serving_sandbox

SCOPES = (
    "read_products write_products read_attribute_options write_attribute_options "
    "read_catalog_structure read_channel_localization read_channel_settings read_categories "
    "read_catalogs"
)
_ATTRIBUTE = "supplier_reference"  # kept by every product itself, be it a variant or not

# Run by `manage.py shell`: offer a file, and time what is done with it once it is approved.
_WRITE = """
import json, time
from pathlib import Path
from django.utils import timezone
from connections.clients import client_for
from connections.models import Connection
from enrichment import ownership
from enrichment.models import Offer
from enrichment.offers import begin, end_reading
from enrichment.proposing import Allowed, propose_values
from enrichment.reading import Reading
from enrichment.tables import open_table
from enrichment.working import work_on

connection = Connection.objects.create(
    pim_url={pim_url!r}, state="connected", token={token!r}, scopes={scopes!r},
    enriched_since=timezone.now(),
)
path = Path({path!r})
started = time.perf_counter()
offer = begin(connection, Offer.Kind.VALUES, path.name, by="bench")
reading = Reading(connection, offer, approved_by="bench")
with path.open("rb") as file, ownership.heartbeat(offer):
    table = open_table(file, path.name)
    propose_values(reading, client_for(connection), table, Allowed(False, False, False))
    end_reading(offer, read=reading.read, unchanged=0, invalid=reading.invalid, here=True)
read = time.perf_counter()
work_on(offer)
written = time.perf_counter()
print(json.dumps({{
    "written": offer.proposals.filter(state="written").count(),
    "offering": read - started,
    "writing": written - read,
}}))
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Values, and the seconds of offering and of writing them; the floor's are of writing."""

    values: int
    offering: float
    writing: float
    floor: float


def measure(installation: Installation, folder: Path, products: int, latency_ms: int) -> Written:
    """Write a value into every product of a PIM. Raises RuntimeError where not all arrive."""
    pim = _pim(products, latency_ms)
    file = folder / "values.csv"
    values = _write_file(file, pim)
    with serving_sandbox(pim) as url:
        code = _WRITE.format(pim_url=url, token=_token(pim), scopes=SCOPES.split(), path=str(file))
        said = installation.manage("shell", "--no-imports", "-c", code)
    ours: dict[str, Any] = json.loads(said.strip().splitlines()[-1])
    if ours["written"] != values:
        raise RuntimeError(f"expected {values} values: {ours}")
    return Written(values, ours["offering"], ours["writing"], _floor(file, products, latency_ms))


def _pim(products: int, latency_ms: int) -> Pim:
    pim = make_pim(products=products)
    pim.latency = latency_ms / 1000
    return pim


def _token(pim: Pim) -> str:
    app = next(iter(pim.apps.values()))
    app.connected = True
    return pim.set_scopes(app, set(SCOPES.split()))


def _write_file(path: Path, pim: Pim) -> int:
    """A new value for each product; return how many."""
    uuids = [product.uuid for product in pim.assortment.products_after()]
    with path.open("w", newline="") as file:
        table = csv.writer(file, delimiter=";")
        table.writerow(["uuid", _ATTRIBUTE])
        table.writerows([uuid, f"REF-{number:06}"] for number, uuid in enumerate(uuids))
    return len(uuids)


def _floor(file: Path, products: int, latency_ms: int) -> float:
    """Seconds of the bare calls, with a PIM as new."""
    pim = _pim(products, latency_ms)
    with serving_sandbox(pim) as url:
        command = [sys.executable, "-m", "bench.writing_floor", url, _token(pim), str(file)]
        said = subprocess.check_output(command, cwd=ROOT)  # noqa: S603
    return float(json.loads(said)["seconds"])
