"""How fast this machine works at a moment: what is measured beside it can be told from its noise.

Others on the same processor make any work cost up to twice its time there, for seconds or for
hours. A page that is compared with a fixed piece of work just before and after it is not.
"""

import json
import time

_ROUNDS = 8
_ROWS = [
    {"number": number, "name": f"Product {number % 17}", "values": [str(n) for n in range(20)]}
    for number in range(100)
]


class Pace:
    """Call it for the seconds of processor that the fixed work takes now, some hundredths."""

    def __init__(self) -> None:
        self.fastest = float("inf")

    def __call__(self) -> float:
        began = time.process_time()
        for _ in range(_ROUNDS):
            rows = json.loads(json.dumps(_ROWS, sort_keys=True, indent=1))
            rows.sort(key=lambda row: row["name"])
        took = time.process_time() - began
        self.fastest = min(self.fastest, took)
        return took
