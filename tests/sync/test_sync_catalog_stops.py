"""`sync_catalog` when it cannot do its work.

`stopped`: somebody must act first, and the problem says who and how. `failed`: tries are used up;
nobody needs to act, the next run goes on.
"""

import pytest
from django.utils import timezone

from catalogs.catalogs import archive
from catalogs.models import Catalog, Channel
from connections.models import Connection
from sandbox.faults import Fault
from sync import foreground
from sync.models import Listing, Run
from sync.ownership import claim
from sync.runs import create_run
from tests.retries import no_time_between_tries  # noqa: F401  # for all tests here
from tests.sync.commanding import COUNTED, FIELDS, assert_stopped, counts, sync


def test_it_stops_for_a_disabled_catalog(world):
    sync(world.catalog)
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False

    ended = sync(world.catalog)

    assert_stopped(ended, f"Enable it there, then sync again: {world.catalog.configure_url}")
    assert [*ended.answer] == [*FIELDS, "run", "problem"]
    assert counts(ended.answer) == {}
    assert world.on_shop() == world.listed()


def test_it_stops_for_a_catalog_that_is_gone(world):
    sync(world.catalog)
    there = world.pim.catalogs.pop(world.catalog.pim_catalog_id)

    ended = sync(world.catalog)

    assert_stopped(ended, "was deleted in the PIM")
    assert len(world.on_shop()) == len(list(world.pim.listed_products(there)))


def test_it_stops_for_a_pim_that_was_disconnected(world):
    world.pim.disconnect(world.connection.client_id)

    first, second = sync(world.catalog), sync(world.catalog)

    assert_stopped(first, "connect again from the PIM")
    assert_stopped(second, "connect again from the PIM")
    assert Connection.objects.get().state == Connection.State.DISCONNECTED


def test_it_stops_for_a_disconnection_in_the_middle(world):
    world.pim.faults.add(Fault("disconnect", "/products"))

    assert_stopped(sync(world.catalog), "connect again from the PIM")
    assert world.on_shop() == set()


def test_it_stops_for_a_pim_that_is_only_registered(world):
    Connection.objects.update(state=Connection.State.REGISTERED, token="")

    assert_stopped(sync(world.catalog), "not connected yet. Click Connect in the PIM")


def test_it_stops_for_a_missing_permission(world):
    app = next(iter(world.pim.apps.values()))
    token = world.pim.set_scopes(app, {"read_catalogs"})
    Connection.objects.update(token=token)

    assert_stopped(sync(world.catalog), "approve the permissions it asks for")


def test_it_stops_for_an_archived_catalog(world):
    archive(world.catalog)

    assert_stopped(sync(world.catalog), "archived. Restore it to sync it again.")


def test_it_stops_for_a_catalog_that_is_being_removed(world):
    Catalog.objects.update(removing_since=timezone.now())

    ended = sync(world.catalog)

    assert_stopped(ended, "is being removed")
    assert [*ended.answer] == [*FIELDS, "problem"]


def test_it_stops_for_a_wrong_secret_of_the_channel(world):
    world.shop.secret = "planted-secret-0123456789"

    ended = sync(world.catalog)

    assert_stopped(ended, "Check the secret, on both sides.")
    assert counts(ended.answer).keys() == {"pulled", "changed"}


def test_it_stops_for_a_wrong_endpoint_of_the_channel(world):
    Channel.objects.update(settings={"endpoint": f"{world.url}/shop/nowhere"})

    assert_stopped(sync(world.catalog), "Check the endpoint.")


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"kind": "fax"}, "There is no kind of channel “fax”."),
        ({"settings": {}}, "“Endpoint” (endpoint) is missing."),
        ({"settings": {"endpoint": "https://169.254.169.254/"}}, "not on the public internet"),
        ({"kind": "file", "settings": {"destination": "/dev/null/x"}}, "choose another folder"),
    ],
)
def test_it_stops_for_a_channel_that_cannot_be_used(world, values, says):
    Channel.objects.update(**values)

    assert_stopped(sync(world.catalog), says)


def test_what_was_read_is_sent_once_somebody_acted(world):
    world.shop.secret = "planted-secret-0123456789"
    sync(world.catalog)
    world.shop.secret = ""

    ended = sync(world.catalog)

    assert (ended.answer["status"], ended.answer["mode"]) == ("succeeded", "delta")
    assert ended.answer["pushed"] == len(world.listed())


@pytest.mark.parametrize(("options", "mode"), [([], "delta"), (["--full"], "full")])
def test_it_stops_for_another_run_that_stays_alive(world, monkeypatch, options, mode):
    monkeypatch.setattr(foreground, "PATIENCE", 0)
    sync(world.catalog)
    other = create_run(world.catalog, Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    claim(other)

    ended = sync(world.catalog, *options)

    assert_stopped(ended, f"Run {other.pk} of this catalog is under way.")
    assert ended.answer == {
        **dict.fromkeys(COUNTED, 0),
        **{"status": "stopped", "mode": mode, "dry_run": False, "seconds": 0.0},
        "problem": ended.problem,
    }
    assert Run.objects.count() == 2


def test_it_fails_over_a_channel_that_is_ill(world):
    world.pim.faults.add(Fault("500", "^/shop/ingest$", times=100, after=1))

    ended = sync(world.catalog)
    waiting = world.statuses()
    world.pim.faults.clear()
    after = sync(world.catalog)

    assert_stopped(ended, "It was tried 8 times", "failed")
    assert ended.answer["pushed"] == 10
    assert waiting[Listing.Status.WAITING] == len(world.listed()) - 10
    assert after.answer["pushed"] == len(world.listed()) - 10
    assert world.on_shop() == world.listed()


def test_a_channel_that_was_ill_for_a_moment_is_waited_for(world):
    world.pim.faults.add(Fault("html", "^/shop/ingest$", times=5, after=1))

    ended = sync(world.catalog)

    assert (ended.status, ended.answer["status"]) == (0, "succeeded")
    assert world.on_shop() == world.listed()


def test_it_fails_over_a_pim_that_is_ill(world):
    world.pim.faults.add(Fault("500", "/products$", times=8))

    ended = sync(world.catalog)

    assert_stopped(ended, "cannot answer at the moment (status 500)", "failed")
    assert not world.pim.faults.waiting()


def test_it_fails_over_a_listing_that_cannot_be_read(world):
    sync(world.catalog)
    world.pim.faults.add(Fault("html", "/product-uuids", times=8))

    ended = sync(world.catalog)

    assert_stopped(ended, "cannot answer at the moment (status 502)", "failed")
    assert world.on_shop() == world.listed()
