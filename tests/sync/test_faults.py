"""What the PIM can do wrong, at each step of reading: the channel never loses a product by it.

Each test has a first run, which finds an empty shop, and a later one, which finds products there;
both meet the same fault, and one further run each time makes up for it.
"""

import pytest
from django.db import connection

from catalogs.models import Catalog
from connections.abilities import wanted_scopes
from connections.models import Connection
from sandbox.faults import KINDS, Fault
from sandbox.state import CLIENT_ID
from sync.models import Run

pytestmark = [pytest.mark.usefixtures("small_pages"), pytest.mark.slow]

# Where a fault strikes: the path of the call, and how many such calls pass before.
STEPS = {
    "catalog": (r"/catalogs/[^/]+$", 0),
    "first uuids": (r"/product-uuids$", 0),
    "more uuids": (r"/product-uuids$", 1),
    "first products": (r"/products$", 0),
    "more products": (r"/products$", 1),
    "one product": (r"/products/[^/]+$", 0),
}

TRIED_AGAIN = ["429", "429-bare", "500", "500-after", "html", "cut"]
MADE_UP_FOR = ["slow", "late", "early-end"]  # by waiting, and by asking for what follows
STOPPING = ["error-200", "disable", "disable-after-page", "403-oversized"]
OF_WRITING = ["413", "lines-cut", "line-422"]  # tests/enrichment/test_writing.py
DISCONNECTING = ["disconnect"]

at_each_step = pytest.mark.parametrize("step", STEPS)


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    world.uuids = sorted(world.listed())
    # Selected only later, without a new date of its own.
    world.pim.assortment.product(world.uuids[13]).enabled = False
    # The third page of the first run lacks a product, so that it is read by itself.
    world.between.edit_json(rf"/products\?.*{sorted(world.listed())[19]}", take_one_off)
    return world


def take_one_off(answer):
    if "_embedded" in answer:
        answer["_embedded"]["items"].pop()


def strike(world, kind, step, **more):
    path, after = STEPS[step]
    world.pim.faults.add(Fault(kind, path, after=after, **more))


def change_products(world):
    """Edit two pages full, take off one, select one, delete one."""
    for uuid in world.uuids[:12]:
        world.pim.edit_product(uuid, "sku", f"NEW-{uuid[:4]}", None, None)
    world.pim.disable_product(world.uuids[12])
    world.pim.assortment.product(world.uuids[13]).enabled = True
    world.pim.delete_product(world.uuids[14])


def mend(world):
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = True


def test_every_fault_has_its_test():
    assert {*(*TRIED_AGAIN, *MADE_UP_FOR, *STOPPING, *DISCONNECTING, *OF_WRITING)} == set(KINDS)


@at_each_step
def test_a_call_that_fails_is_tried_again_by_the_same_run(world, passing_time, step):
    for kind in TRIED_AGAIN:  # one after the other
        strike(world, kind, step, retry_after=7)
    first = world.sync()

    assert (first.status, first.problem) == (Run.Status.SUCCEEDED, "")
    assert world.documents_on_shop() == world.documents_in_pim()
    assert passing_time.slept >= 7

    change_products(world)
    for kind in TRIED_AGAIN:
        strike(world, kind, step, retry_after=7)
    later = world.sync()

    assert (later.status, later.mode) == (Run.Status.SUCCEEDED, Run.Mode.DELTA)
    assert world.documents_on_shop() == world.documents_in_pim()
    assert world.pim.faults.waiting() == []


@at_each_step
@pytest.mark.parametrize("kind", MADE_UP_FOR)
def test_what_the_run_makes_up_for_is_no_failure(world, kind, step):
    strike(world, kind, step, seconds=0.01)
    first = world.sync()

    assert (first.status, first.problem) == (Run.Status.SUCCEEDED, "")
    assert world.documents_on_shop() == world.documents_in_pim()

    change_products(world)
    strike(world, kind, step, seconds=0.01)
    later = world.sync()

    assert (later.status, later.mode) == (Run.Status.SUCCEEDED, Run.Mode.DELTA)
    assert world.documents_on_shop() == world.documents_in_pim()
    assert world.pim.faults.waiting() == []


@at_each_step
@pytest.mark.parametrize("kind", STOPPING)
def test_what_a_person_must_see_to_stops_the_run(world, kind, step):
    if (kind, step) == ("error-200", "catalog"):
        status, problem = Run.Status.SUCCEEDED, ""  # no answer of a PIM, so it is asked again
    elif (kind, step) == ("disable-after-page", "one product"):
        status, problem = Run.Status.SUCCEEDED, ""  # everything had been read
    else:
        status = Run.Status.STOPPED
        problem = {
            "error-200": "gave no products",
            "403-oversized": "does not allow the app",
        }.get(kind, "is disabled in the PIM")

    strike(world, kind, step)
    first = world.sync()

    assert first.status == status
    assert problem in first.problem
    assert world.on_shop() == (set() if problem else world.listed())

    mend(world)
    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()

    change_products(world)
    before = world.documents_on_shop()
    strike(world, kind, step)
    later = world.sync()

    assert (later.status, later.mode) == (status, Run.Mode.DELTA)
    assert problem in later.problem
    assert world.documents_on_shop() == (before if problem else world.documents_in_pim())
    assert world.pim.faults.waiting() == []

    mend(world)
    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()


@at_each_step
@pytest.mark.parametrize("kind", DISCONNECTING)
def test_a_lost_authorization_leaves_the_shop_as_it_is(world, kind, step):
    strike(world, kind, step)
    first = world.sync()

    assert first.status == Run.Status.STOPPED
    assert "connect again" in first.problem
    assert Connection.objects.get().state == Connection.State.DISCONNECTED
    assert world.on_shop() == set()

    calls = world.pim.traffic.as_json()["total"]
    again = world.sync()

    assert (again.status, again.problem) == (first.status, first.problem)
    assert world.pim.traffic.as_json()["total"] == calls


def grant_other_scopes(world):
    """What ends the token that a run under way has; return the new one."""
    app = world.pim.apps[CLIENT_ID]
    return world.pim.set_scopes(app, app.scopes | {"write_categories"})


@at_each_step
def test_a_token_that_is_replaced_meanwhile_ends_no_run(world, step):
    def replace_token():
        stored = Connection.objects.get()
        stored.token = grant_other_scopes(world)
        stored.save()
        connection.close()  # of the sandbox's thread

    path, after = STEPS[step]
    world.between.meanwhile(path.replace("$", r"\?"), replace_token, after=after)

    run = world.sync()

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert run.pulled == run.pushed == len(world.listed())
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_token_that_is_not_accepted_any_more_stops_the_run_until_there_is_another(world):
    token = grant_other_scopes(world)

    stopped = world.sync()
    stored = Connection.objects.get()
    stored.token = token
    stored.save()
    world.catalog.refresh_from_db()

    assert stopped.status == Run.Status.STOPPED
    assert "Connect again" in stopped.problem
    assert stored.state == Connection.State.CONNECTED
    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_catalog_of_an_earlier_connection_leaves_the_shop_as_it_is(world):
    world.sync()
    before = world.documents_on_shop()
    world.pim.disconnect(CLIENT_ID)
    world.sync()
    app = world.pim.apps[CLIENT_ID]
    app.connected = True
    token = world.pim.set_scopes(app, set(wanted_scopes()))
    Connection.objects.update(state=Connection.State.CONNECTED)
    stored = Connection.objects.get()
    stored.token = token
    stored.save()

    run = world.sync()

    assert run.status == Run.Status.STOPPED
    assert "belongs to an earlier connection" in run.problem
    assert Catalog.objects.get().pim_state == Catalog.PimState.GONE
    assert world.documents_on_shop() == before
