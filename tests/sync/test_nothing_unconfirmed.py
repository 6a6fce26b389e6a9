"""After a reconnection, whatever people and workers do: the shop stays as it is until a dry run is
confirmed. And nothing is stuck for ever."""

import pytest

from catalogs.catalogs import rename_catalog
from catalogs.channels import change_channel
from catalogs.models import Catalog
from catalogs.reconnection import take_up
from catalogs.tasks import take_up_catalogs
from outbound.errors import OutboundError
from sandbox.faults import Fault
from sync import ownership
from sync.execution import execute_run
from sync.listings import confirm_held, refuse_held, retry_parked
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.ordering import archive, reorder, restore
from sync.reconnection import confirm_dry_run
from sync.removal import remove_catalog
from sync.runs import create_run, push_what_waits
from sync.tasks import take_up_unfinished_runs
from tests.sync.test_reconnection import configure_as_before, dry_run, lose
from tests.visitor import Visitor

pytestmark = pytest.mark.slow

KEEP, LEAVE, WITHDRAW = Catalog.InPim.KEEP, Catalog.OnShop.LEAVE, Catalog.OnShop.WITHDRAW


@pytest.fixture
def world(make_world):
    """Two catalogs hold all products; of the first some are parked and some are held."""
    world = make_world(12)
    world.second = world.add_catalog("Second")
    world.sync()
    world.sync(world.second)
    return world


@pytest.fixture
def back(world):
    """The PIM is connected again, and nothing is selected as before."""
    lose(world)
    Visitor().open_app(world.url)
    take_up_catalogs()
    for there in world.pim.catalogs.values():
        there.enabled = True
    world.select(world.again(), "mugs")
    rows = Listing.objects.filter(catalog=world.catalog).order_by("pk")
    parked, held = ([row.pk for row in rows[:3]], [row.pk for row in rows[3:6]])
    Listing.objects.filter(pk__in=parked).update(status="parked", sent=None)
    Listing.objects.filter(pk__in=held).update(status="held", wanted=None)
    world.held = held
    return world


def second(world):
    return world.again(world.second)


def dead_run_with_an_open_batch(world):
    run = create_run(world.again(), Run.Trigger.SCHEDULE)
    listing = Listing.objects.filter(catalog=world.catalog, status="parked").first()
    assert listing is not None
    Batch.objects.create(
        run=run,
        channel=world.channel,
        action=Action.PUSH,
        items=[[listing.pk, listing.wanted_id]],
        digest="d",
    )
    Listing.objects.filter(pk=listing.pk).update(status="in_flight")
    Run.objects.filter(pk=run.pk).update(
        status="running", owner="elsewhere|1|1|x", heartbeat_at=run.created_at.replace(year=2020)
    )
    take_up_unfinished_runs()


def reverse_order(world):
    reorder(world.channel, [world.second.uuid, world.catalog.uuid])


def archive_and_restore(world):
    archive(world.again())
    restore(world.again())


def change_settings(world):
    values = {**world.channel.settings, "batch_size": "5"}
    change_channel(world.channel, name="Other", values=values, by_staff=True)


def disconnect_once_more(world):
    world.pim.disconnect(world.connection.client_id)
    Visitor().open_app(world.url)
    take_up_catalogs()


ACTS = [
    lambda world: world.sync(),
    lambda world: world.sync(full=True),
    lambda world: (retry_parked(world.again()), push_what_waits(world.again())),
    lambda world: (confirm_held(world.again(), world.held), push_what_waits(world.again())),
    lambda world: (refuse_held(world.again(), world.held), push_what_waits(world.again())),
    reverse_order,
    archive_and_restore,
    lambda world: archive(second(world)),
    lambda world: remove_catalog(second(world), on_shop=LEAVE, in_pim=KEEP),
    lambda world: remove_catalog(second(world), on_shop=WITHDRAW, in_pim=KEEP),
    change_settings,
    lambda world: rename_catalog(world.again(), "Another name"),
    dead_run_with_an_open_batch,
    disconnect_once_more,
]


@pytest.mark.parametrize("act", ACTS)
def test_the_shop_stays_as_it_is(back, act):
    documents, calls = back.documents_on_shop(), back.shop.stats()

    act(back)
    for run in Run.objects.live().select_related("catalog__channel__connection"):
        if ownership.claim(run):
            execute_run(run, sleep=back.sleep)

    assert (back.documents_on_shop(), back.shop.stats()) == (documents, calls)
    assert back.again().is_unconfirmed
    assert not Run.objects.live().exists()
    assert not Listing.objects.filter(status="in_flight").exists()


@pytest.mark.parametrize("kind", ["500", "cut", "429", "html", "reset"])
@pytest.mark.parametrize("path", ["catalogs", "mapping-schemas"])
def test_a_pim_that_fails_while_catalogs_are_made_again_ends_with_one_of_each(
    make_world, kind, path
):
    world = make_world(3)
    world.catalog.delete()
    world.catalog = world.add_catalog("Mapped", raw=False)
    lose(world)
    Visitor().open_app(world.url)
    world.pim.faults.add(Fault(kind, path))

    for _ in range(3):
        take_up_catalogs()

    assert list(world.pim.catalogs) == [world.again().pim_catalog_id]
    assert world.again().pim_state == Catalog.PimState.DISABLED


def test_a_pim_without_room_is_told_and_goes_on_once_there_is(world):
    lose(world)
    Visitor().open_app(world.url)
    world.pim.catalog_limit = 1
    take_up_catalogs()
    assert len(world.pim.catalogs) == 1
    waiting = Catalog.objects.get(pim_state=Catalog.PimState.GONE)
    with pytest.raises(OutboundError, match="no room"):
        take_up(waiting)

    world.pim.catalog_limit = 15
    take_up_catalogs()

    assert len(world.pim.catalogs) == 2
    assert not Catalog.objects.filter(pim_state=Catalog.PimState.GONE).exists()


def test_a_catalog_that_is_deleted_in_the_pim_while_it_waits_is_made_again(back):
    back.pim.catalogs.pop(back.again().pim_catalog_id)
    assert dry_run(back).status == Run.Status.STOPPED

    take_up_catalogs()
    configure_as_before(back)
    confirm_dry_run(dry_run(back))

    assert not back.again().is_unconfirmed
