"""The floor: a bare loop that follows `next` and reads bytes. What nobody can beat with one cursor.

`python -m bench.floor URL` prints one JSON object: products (counted by the server), seconds.
"""

import json
import sys
import time

import requests


def main() -> None:
    url = sys.argv[1]
    session = requests.Session()
    session.headers["Authorization"] = "Bearer bench-token"
    link: str | None = url
    started = time.perf_counter()
    size = 0
    while link:
        body = session.get(link, timeout=60).content
        size += len(body)
        # The links come first; the products are not looked at.
        link = _next(body[:2000])
    seconds = time.perf_counter() - started
    sys.stdout.write(json.dumps({"seconds": seconds, "bytes": size}) + "\n")


def _next(head: bytes) -> str | None:
    _, found, rest = head.partition(b'"next":{"href":"')
    return rest.split(b'"', 1)[0].replace(b"\\/", b"/").decode() if found else None


if __name__ == "__main__":
    main()
