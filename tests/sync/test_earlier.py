"""The earlier version of one product: it comes back alone, and stays until the PIM says more."""

import pytest
from django.utils import timezone

from catalogs.pauses import pause
from connections.models import AuditRecord, Connection, Installation
from outbound.errors import ConfigurationError
from sync.earlier import has_earlier, look_at_earlier, send_earlier
from sync.models import Change, Listing, Run
from sync.runs import AlreadyRunning, start_run

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]
Status = Listing.Status


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(12)
    world.sleep = passing_time
    world.sync()
    return world


@pytest.fixture
def key(world):
    return min(world.listed())


def edit(world, key, sku):
    world.pim.edit_product(key, "sku", sku, None, None)
    return world.sync()


def sku_on_shop(world, key):
    return world.documents_on_shop()[key]["values"]["sku"][0]["data"]


def last_change(key):
    changes = Change.objects.select_related("before", "listing")
    return changes.filter(listing__key=key).order_by("-pk").first()


def listing_of(key):
    rows = Listing.objects.select_related("catalog__channel__connection", "wanted", "sent")
    return rows.get(key=key)


def look(key):
    return look_at_earlier(last_change(key), listing_of(key))


def send(world, key):
    run = send_earlier(last_change(key), look(key).seen, by="Mary")
    world.work()
    return run


@pytest.mark.parametrize("full", [True, False])
def test_it_comes_back_alone_and_stays(world, key, full):
    before = world.documents_on_shop()
    edit(world, key, "EDITED-1")

    run = send(world, key)
    follower = world.sync(full=full)

    run.refresh_from_db()
    assert (run.status, run.pushed, run.started_by) == ("succeeded", 1, "Mary")
    assert (follower.changed, follower.pushed) == (0, 0)
    assert world.documents_on_shop() == before
    assert listing_of(key).status == Status.LISTED
    record = AuditRecord.objects.get(action="earlier_sent")
    assert record.details["catalog"] == world.catalog.name


def test_something_new_in_the_pim_goes_out_again(world, key):
    edit(world, key, "EDITED-1")
    send(world, key)

    edit(world, key, "EDITED-2")

    assert sku_on_shop(world, key) == "EDITED-2"
    assert listing_of(key).set_aside == ""


def test_sending_the_pims_own_version_again_sets_nothing_aside(world, key):
    edit(world, key, "EDITED-1")
    send(world, key)

    send(world, key)

    assert sku_on_shop(world, key) == "EDITED-1"
    assert listing_of(key).set_aside == ""


def test_what_left_comes_back_and_stays(world, key):
    before = world.documents_on_shop()
    world.pim.disable_product(key)
    world.sync()
    assert key not in world.on_shop()

    send(world, key)
    follower = world.sync()

    assert world.documents_on_shop() == before
    assert (follower.withdrawn, follower.held) == (0, 0)
    assert listing_of(key).set_aside == Listing.ABSENT


def test_pressed_twice_it_is_sent_once(world, key):
    edit(world, key, "EDITED-1")
    seen, change = look(key).seen, last_change(key)

    first = send_earlier(change, seen)
    second = send_earlier(change, seen)
    world.work()

    assert first is not None
    assert second is None
    assert AuditRecord.objects.filter(action="earlier_sent").count() == 1
    with pytest.raises(ConfigurationError, match="no earlier version"):
        send_earlier(change, seen)


def test_what_changed_since_it_was_looked_at_is_looked_at_again(world, key):
    edit(world, key, "EDITED-1")
    seen, change = look(key).seen, last_change(key)
    edit(world, key, "EDITED-2")

    with pytest.raises(ConfigurationError, match="changed meanwhile"):
        send_earlier(change, seen)

    assert listing_of(key).set_aside == ""
    assert not Run.objects.live().exists()


def test_a_run_under_way_comes_first(world, key):
    edit(world, key, "EDITED-1")
    seen = look(key).seen
    start_run(world.again(), Run.Trigger.MANUAL)

    with pytest.raises(AlreadyRunning):
        send_earlier(last_change(key), seen)

    assert listing_of(key).status == Status.LISTED


@pytest.mark.parametrize(
    ("stopped_by", "says"),
    [
        ("copy", "copy"),
        ("disconnection", "disconnected"),
        ("reconnection", "connected again"),
        ("archive", "archived"),
        ("setting_up", "being set up"),
        ("pause_of_catalog", "paused"),
        ("pause_of_channel", "paused"),
    ],
)
def test_while_nothing_goes_out_it_is_refused(world, key, stopped_by, says):
    edit(world, key, "EDITED-1")
    seen = look(key).seen
    catalog = world.again()
    if stopped_by == "copy":
        Installation.objects.update_or_create(defaults={"base_url": "https://elsewhere.example"})
    elif stopped_by == "disconnection":
        Connection.objects.update(state=Connection.State.DISCONNECTED)
    elif stopped_by == "reconnection":
        type(catalog).objects.update(unconfirmed_since=timezone.now())
    elif stopped_by == "archive":
        type(catalog).objects.update(archived_at=timezone.now())
    elif stopped_by == "setting_up":
        type(catalog).objects.update(started_at=None)
    else:
        row = catalog if stopped_by == "pause_of_catalog" else catalog.channel
        pause(row, reason="Stocktaking", until=None)

    with pytest.raises(ConfigurationError, match=says):
        send_earlier(last_change(key), seen)

    assert listing_of(key).status == Status.LISTED
    assert not AuditRecord.objects.filter(action="earlier_sent").exists()


@pytest.mark.parametrize("status", [Status.HELD, Status.CARRIED, Status.IN_FLIGHT, Status.HIDDEN])
def test_what_others_decide_about_is_refused(world, key, status):
    edit(world, key, "EDITED-1")
    Listing.objects.filter(key=key).update(status=status)

    with pytest.raises(ConfigurationError, match="is not sent"):
        look(key)

    assert not has_earlier(last_change(key), listing_of(key))


def test_before_the_first_sending_there_is_nothing(world, key):
    assert not has_earlier(last_change(key), listing_of(key))
    with pytest.raises(ConfigurationError, match="no earlier version"):
        look(key)
