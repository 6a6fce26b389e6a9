"""The floor of writing: the same calls as ours, four batches at once, and nothing in between.

`python -m bench.writing_floor URL TOKEN FILE` reads and writes each product of the file, 100 a
call, and prints one JSON object: seconds.
"""

import csv
import json
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local

import requests

_BATCH = 100
_AT_ONCE = 4  # calls that a PIM takes of an app (pim-contract.md 3.7)


def main() -> None:
    url, token, file = sys.argv[1:]
    with Path(file).open(newline="") as opened:
        (_, attribute), *rows = csv.reader(opened, delimiter=";")
    batches = [
        (_search(attribute, rows[start : start + _BATCH]), _lines(attribute, rows[start:][:_BATCH]))
        for start in range(0, len(rows), _BATCH)
    ]
    own = local()

    def write(batch: tuple[bytes, bytes]) -> int:
        if not hasattr(own, "session"):
            own.session = requests.Session()
            own.session.headers["Authorization"] = f"Bearer {token}"
        search, lines = batch
        api = f"{url}/api/rest/v1/products-uuid"
        asked = f"{api}/search?pagination_type=search_after&limit={_BATCH}"
        found = own.session.post(asked, search, headers={"Content-Type": "application/json"})
        kind = {"Content-Type": "application/vnd.akeneo.collection+json"}
        answer = own.session.patch(api, lines, headers=kind)
        found.raise_for_status()
        answer.raise_for_status()
        return sum(json.loads(line)["status_code"] == 204 for line in answer.text.splitlines())

    started = time.perf_counter()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        written = sum(pool.map(write, batches))
    seconds = time.perf_counter() - started
    if written != len(rows):
        raise SystemExit(f"{written} of {len(rows)} were written")
    sys.stdout.write(json.dumps({"seconds": seconds}) + "\n")


def _search(attribute: str, rows: Sequence[Sequence[str]]) -> bytes:
    condition = {"uuid": [{"operator": "IN", "value": [uuid for uuid, _ in rows]}]}
    return json.dumps({"search": json.dumps(condition), "attributes": f"sku,{attribute}"}).encode()


def _lines(attribute: str, rows: Sequence[Sequence[str]]) -> bytes:
    lines = (
        {"uuid": uuid, "values": {attribute: [{"locale": None, "scope": None, "data": value}]}}
        for uuid, value in rows
    )
    return "\n".join(map(json.dumps, lines)).encode()


if __name__ == "__main__":
    main()
