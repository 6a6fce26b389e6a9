"""Sends events at their moments, by several connections that are kept: a program of its own.

Arguments: port, path, secret, events a second, seconds, connections. Prints one JSON object:
`answers` by status ("0" for none), `seconds` of each from sending to the answer, and `behind`: how
long after its moment an event was sent at the latest.
"""

import hashlib
import hmac
import http.client
import json
import random
import sys
import threading
import time
import uuid

_TIMEOUT = 5.0  # what the platform gives (pim-contract.md 4.2)
_PRODUCTS = 20_000


def main() -> None:
    port, path, secret, pace, seconds, connections = sys.argv[1:]
    total = round(float(pace) * float(seconds))
    senders = [_Sender(int(port), path, secret) for _ in range(int(connections))]
    bodies = [_body() for _ in range(total)]
    begin = time.monotonic() + 0.5
    threads = []
    for number, sender in enumerate(senders):
        moments = [
            (begin + index / float(pace), bodies[index])
            for index in range(number, total, len(senders))
        ]
        threads.append(threading.Thread(target=sender.send, args=(moments,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers: dict[int, int] = {}
    for sender in senders:
        for status in sender.statuses:
            answers[status] = answers.get(status, 0) + 1
    found = {
        "answers": answers,
        "seconds": [one for each in senders for one in each.seconds],
        "behind": max(each.behind for each in senders),
    }
    sys.stdout.write(json.dumps(found) + "\n")


class _Sender:
    def __init__(self, port: int, path: str, secret: str) -> None:
        self.statuses: list[int] = []
        self.seconds: list[float] = []
        self.behind = 0.0
        self._port, self._path, self._secret = port, path, secret.encode()
        self._connection: http.client.HTTPConnection | None = None

    def send(self, moments: list[tuple[float, bytes]]) -> None:
        for moment, body in moments:
            time.sleep(max(0.0, moment - time.monotonic()))
            begun = time.monotonic()
            self.behind = max(self.behind, begun - moment)
            self.statuses.append(self._post(body))
            self.seconds.append(time.monotonic() - begun)

    def _post(self, body: bytes) -> int:
        digest = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/cloudevents+json",
            "X-AKENEO-SIGNATURE-PRIMARY": digest,
        }
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection(
                    "127.0.0.1", self._port, timeout=_TIMEOUT
                )
            self._connection.request("POST", self._path, body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self._connection = None
            return 0
        if answer.will_close:
            self._connection = None
        return answer.status


def _body() -> bytes:
    number = random.randrange(_PRODUCTS)  # noqa: S311  # of no secret
    event = {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": "akeneo-event-platform",
        "type": "com.akeneo.pim.v1.product.updated",
        "subject": "0190fe8a-6213-76ce-8a9f-ba36a5ef555a",
        "datacontenttype": "application/json",
        "time": "2026-03-07T15:16:37Z",
        "data": {
            "product": {"uuid": str(uuid.UUID(int=number))},
            "author": {"identifier": "julia", "type": "user"},
        },
    }
    return json.dumps(event).encode()


if __name__ == "__main__":
    main()
