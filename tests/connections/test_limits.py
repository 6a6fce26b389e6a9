"""The limits of a PIM over several processes, as the PIM counts its calls.

On SQLite the limits are those of one machine, on PostgreSQL those in Redis.
"""

import pytest

from connections.abilities import wanted_scopes
from sandbox import custom_apps
from sandbox.state import make_pim
from tests.connections.calling import start
from tests.sandbox_server import serving_sandbox
from tests.sync.processes import until
from tests.visitor import FERRY

pytestmark = pytest.mark.slow


@pytest.fixture
def pim():
    pim = make_pim(products=1, app_url=FERRY)
    with serving_sandbox(pim):
        yield pim


def token_of(pim, app):
    app.connected = True
    return pim.set_scopes(app, {*wanted_scopes(), "write_attribute_options"})


@pytest.fixture
def token(pim):
    return token_of(pim, next(iter(pim.apps.values())))


def made(process):
    out, _ = process.communicate(timeout=300)
    assert process.returncode == 0
    return int(out)


@pytest.fixture
def more_apps(pim):
    addresses = {"activate_url": f"{FERRY}/a", "callback_url": f"{FERRY}/c"}
    return [custom_apps.create(pim, {"name": f"App {n}", **addresses}) for n in (2, 3, 4)]


def most_at_once(pim):
    return pim.traffic.as_json()["most_concurrent"]["pim"]


def most_at_once_of(app, pim):
    return pim.traffic.as_json()["most_concurrent"]["apps"][app.client_id]


def test_four_calls_at_once_over_all_processes_of_a_connection(pim, token):
    pim.latency = 0.03

    processes = [start("read", pim.base_url, token, "one", calls=25, threads=4) for _ in range(3)]

    assert [made(process) for process in processes] == [25, 25, 25]
    assert most_at_once(pim) == 4


def test_ten_calls_at_once_over_all_connections_of_a_pim(pim, token, more_apps):
    pim.latency = 1
    tokens = [token, *(token_of(pim, app) for app in more_apps)]

    processes = [
        start("read", pim.base_url, each, f"connection {number}", calls=40, threads=4)
        for number, each in enumerate(tokens)
    ]
    until(lambda: most_at_once(pim) == 10)  # as soon as all of them have started
    pim.latency = 0.02

    assert [made(process) for process in processes] == [40] * 4
    assert most_at_once(pim) == 10
    assert max(pim.traffic.as_json()["most_concurrent"]["apps"].values()) == 4


def test_a_hundred_calls_a_second(pim, token):
    processes = [
        start("read", pim.base_url, token, f"connection {n}", calls=100, threads=4)
        for n in range(2)
    ]

    assert [made(process) for process in processes] == [100, 100]
    assert pim.traffic.as_json()["most_in_a_second"] <= 100


def test_three_writes_of_options_a_second(pim, token):
    processes = [
        start("write-option", pim.base_url, token, f"connection {n}", calls=5, threads=3)
        for n in range(2)
    ]

    assert [made(process) for process in processes] == [5, 5]
    assert pim.traffic.as_json()["total"] == 10
    assert pim.traffic.as_json()["most_in_a_second"] <= 3


def test_a_killed_process_gives_its_places_back(pim, token, more_apps):
    """A call that was sent goes on in the PIM; locks of files end with the process all the same.

    So the others call as another app, though over the same connection, to be counted alone.
    """
    pim.latency = 0.2
    other = token_of(pim, more_apps[0])
    victim = start("read", pim.base_url, token, "one", calls=1000, threads=4)
    until(lambda: most_at_once(pim) == 4)
    others = [start("read", pim.base_url, other, "one", calls=20, threads=4) for _ in range(2)]
    until(lambda: pim.traffic.as_json()["total"] >= 12)

    before = most_at_once(pim)
    victim.kill()
    victim.communicate()

    assert before == 4
    assert [made(process) for process in others] == [20, 20]
    last = start("read", pim.base_url, other, "one", calls=1000, threads=8)
    until(lambda: most_at_once_of(more_apps[0], pim) >= 4)  # in Redis, once the leases have ended
    last.kill()
    last.communicate()
    assert most_at_once_of(more_apps[0], pim) == 4
