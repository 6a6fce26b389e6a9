"""Events as they arrive, as many as a PIM may send: what is answered, how soon, and stored.

Ferry is gunicorn as in production. Who sends is in processes of this bench, and so takes some of
the same processors.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import requests

from bench.installation import ROOT, Installation

SENDERS = 32  # connections, in two processes: a thread of the receiver each, and as many again
_PROCESSES, _THREADS = 2, 8  # of gunicorn, as docs/events.md has it
_START = 60  # seconds

# Run by `manage.py shell`: a subscription as if the platform had it; its address and secret.
_SUBSCRIBE = """
import json
from connections.models import Connection
from sync.models import EventSubscription

connection = Connection.objects.create(pim_url="https://bench.cloud.akeneo.com")
events = EventSubscription.objects.create(
    connection=connection, is_wanted=True, state="active", secrets_are_told=True,
)
print(json.dumps({"path": "/webhooks/akeneo/" + events.key, "secret": events.primary_secret}))
"""

_COUNT = """
from sync.models import ReceivedEvent

print(ReceivedEvent.objects.values("event_id").distinct().count())
"""


@dataclass(frozen=True, slots=True)
class Received:
    """What came of the events that were sent. Seconds are those from sending to the answer.

    `behind`: how many seconds after its moment an event was sent at the latest, as all connections
    waited for answers, or the processor was busy.
    """

    sent: int
    taken: int
    put_off: int  # 429
    failed: int  # any other answer, or none
    stored: int
    seconds: Sequence[float]
    elapsed: float
    behind: float

    @property
    def lost(self) -> int:
        """Answered as taken, and not stored."""
        return max(0, self.taken - self.stored)


def percentile(figures: Sequence[float], share: float) -> float:
    """The figure that so large a share of them does not exceed."""
    ordered = sorted(figures)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def receive(installation: Installation, a_second: int, seconds: float) -> Received:
    """Send so many events a second to the receiving view, each once and at its moment."""
    found = json.loads(installation.manage("shell", "--no-imports", "-c", _SUBSCRIBE))
    port = free_port()
    with serving(installation, port):
        command = [sys.executable, "-m", "bench.event_sender", str(port), found["path"]]
        options = [found["secret"], str(a_second / _PROCESSES), str(seconds)]
        started = time.monotonic()
        senders = [
            subprocess.Popen(  # noqa: S603
                [*command, *options, str(SENDERS // _PROCESSES)], cwd=ROOT, stdout=subprocess.PIPE
            )
            for _ in range(_PROCESSES)
        ]
        said = [sender.communicate(timeout=seconds * 10 + _START)[0] for sender in senders]
        elapsed = time.monotonic() - started
    answers: dict[str, int] = {}
    times: list[float] = []
    behind = 0.0
    for each in map(json.loads, said):
        times += each["seconds"]
        behind = max(behind, each["behind"])
        for status, number in each["answers"].items():
            answers[status] = answers.get(status, 0) + number
    sent, taken = sum(answers.values()), answers.get("204", 0)
    put_off = answers.get("429", 0)
    stored = int(installation.manage("shell", "--no-imports", "-c", _COUNT))
    failed = sent - taken - put_off
    return Received(sent, taken, put_off, failed, stored, times, elapsed, behind)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(installation: Installation, port: int) -> Iterator[None]:
    """Run gunicorn at this port, as in production."""
    options = ["--bind", f"127.0.0.1:{port}", f"--workers={_PROCESSES}", f"--threads={_THREADS}"]
    command = [sys.executable, "-m", "gunicorn", "akeneo_app.wsgi:application", *options]
    program = [*command, "--log-level=error"]
    with subprocess.Popen(program, cwd=ROOT, env=installation.environment) as process:  # noqa: S603
        try:
            _await(port)
            yield
        finally:
            process.terminate()


def _await(port: int) -> None:
    """Wait for the first answer. Raises RuntimeError when there is none in time."""
    for _ in range(_START * 5):
        try:
            requests.get(f"http://127.0.0.1:{port}/webhooks/akeneo/nobody", timeout=_START)
        except requests.ConnectionError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("gunicorn did not start")
