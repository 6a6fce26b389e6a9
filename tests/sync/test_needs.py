"""What a channel needs and products do not bring: told by its title, never sent, counted."""

import json

import pytest

from catalogs.models import Channel
from catalogs.own_fields import describe_field
from channels.registry import KINDS
from channels.targets import Target
from outbound.errors import FailureKind
from sandbox.state import Source
from sync.models import Batch, Change, Listing, MissingTarget, Run
from sync.needs import missing_targets, most_missing
from tests.channels.memory import SHOPS, MemoryAdapter, Shop

pytestmark = pytest.mark.usefixtures("small_pages")

STOCK = Target("stock", "number", "Stock", "", required=True)
SIZE = Target("size", "string", "Size", "", required=True, of_variant=True)


@pytest.mark.parametrize(
    ("document", "missing"),
    [
        ({"stock": 0, "size": "M"}, []),
        ({"stock": 1, "size": ""}, ["size"]),
        ({"stock": None, "size": "M"}, ["stock"]),
        ({}, ["stock", "size"]),
        ({"stock": 1, "variants": [{"size": "M"}, {"size": "L"}]}, []),
        ({"stock": 1, "variants": [{"size": "M"}, {}]}, ["size"]),
        ({"variants": [{"stock": 1, "size": "M"}]}, ["stock"]),
        ({"stock": 1, "variants": [7]}, ["size"]),
        ({"stock": 1, "variants": []}, []),
        ([], []),
    ],
)
def test_what_is_missing_in_a_document(document, missing):
    assert [one.code for one in missing_targets([STOCK, SIZE], document)] == missing


@pytest.fixture
def world(make_world):
    """A catalog with a mapped name, where the channel takes nothing without a colour too."""
    world = make_world(25)
    world.catalog.delete()
    world.channel.fields = [
        {"code": "fabric", "type": "string", "title": "Fabric", "description": ""}
    ]
    world.channel.save()
    world.catalog = world.add_catalog("Mapped", raw=False)
    in_pim(world).mapping = {"uuid": Source("uuid"), "sku": Source("sku"), "fabric": Source("sku")}
    return world


def in_pim(world):
    return world.pim.catalogs[world.catalog.pim_catalog_id]


def need_fabric(world, needed=True):
    describe_field(world.channel, "fabric", title="Fabric", description="", required=needed)


def without(world, *uuids):
    for uuid in uuids:
        world.pim.edit_product(uuid, "sku", None, None, None)


def test_without_such_a_target_nothing_is_looked_at(world):
    without(world, *sorted(world.listed())[:2])

    run = world.sync()

    assert (run.status, run.failed) == (Run.Status.SUCCEEDED, 0)


def test_what_lacks_it_is_parked_by_its_title_and_the_others_are_sent(world):
    need_fabric(world)
    lacking = sorted(world.listed())[:2]
    without(world, *lacking)

    run = world.sync()

    assert (run.pushed, run.failed) == (len(world.listed()) - 2, 2)
    assert world.on_shop() == world.listed() - set(lacking)
    for listing in Listing.objects.parked():
        assert listing.key in lacking
        assert listing.failure == FailureKind.PRODUCT
        assert listing.problem.startswith("“Fabric” is empty, and the channel takes no product")
        assert "fabric" not in listing.problem
    assert Change.objects.filter(outcome=Change.Outcome.REFUSED).count() == 2


def test_a_channel_is_not_called_for_products_that_all_lack_it(world):
    need_fabric(world)
    without(world, *world.listed())

    run = world.sync()

    assert run.failed == len(world.listed())
    assert world.shop.items == {}
    assert set(Batch.objects.values_list("state", flat=True)) == {Batch.State.SETTLED}


def test_it_is_sent_once_it_has_its_value(world):
    need_fabric(world)
    uuid = sorted(world.listed())[0]
    without(world, uuid)
    world.sync()
    world.pim.edit_product(uuid, "sku", "BACK-1", None, None)

    world.sync()

    assert uuid in world.on_shop()
    assert not Listing.objects.parked().exists()
    assert most_missing(world.again()) == {}


def test_what_stands_on_the_shop_keeps_what_it_has(world):
    need_fabric(world)
    world.sync()
    uuid = sorted(world.listed())[0]
    before = world.shop.live_documents()[uuid]
    without(world, uuid)

    world.sync()

    assert world.shop.live_documents()[uuid] == before


def test_raw_products_have_no_targets(world):
    need_fabric(world)
    raw = world.add_catalog("Raw")

    run = world.sync(raw)

    assert (run.pushed, run.failed) == (len(world.listed(raw)), 0)


def test_what_few_lack_is_their_own_affair(world):
    need_fabric(world)
    without(world, *sorted(world.listed())[:1])

    world.sync()

    assert MissingTarget.objects.count() == 1
    assert most_missing(world.again()) == {}


def test_what_all_of_a_new_catalog_lack_is_counted_and_forgotten_with_the_need(world):
    need_fabric(world)
    without(world, *world.listed())
    world.sync()

    [(target, number)] = most_missing(world.again()).items()
    need_fabric(world, needed=False)

    assert (target.title, number) == ("Fabric", len(world.listed()))
    assert most_missing(world.again()) == {}


def test_what_was_read_is_kept_to_the_letter(world):
    """The look at what is missing changes nothing about what is sent."""
    need_fabric(world)

    world.sync()

    documents = world.documents(world.again())
    assert json.loads(json.dumps(world.shop.live_documents())) == documents


def test_a_document_that_cannot_be_looked_into_stops_no_other(world, monkeypatch):
    """The channel gets it to the letter, as it would without a target that is needed."""
    monkeypatch.setitem(KINDS, "memory", MemoryAdapter)
    monkeypatch.setitem(SHOPS, "shop", Shop())
    Channel.objects.update(kind="memory", settings={"shop": "shop"})
    need_fabric(world)
    key = sorted(world.listed())[0].encode()
    number = b"9" * 5000  # more digits than can be read
    world.between.edit(
        r"/mapped-products\?",
        lambda body: body.replace(b'"uuid":"%s"' % key, b'"stock":%s,"uuid":"%s"' % (number, key)),
        times=99,
    )

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert number.decode() in SHOPS["shop"].products[key.decode()]
