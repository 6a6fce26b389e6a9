"""Why a product left its catalog, and what becomes of it on the channel."""

import pytest

from catalogs.channels import change_channel
from catalogs.models import Catalog
from sandbox.faults import Fault
from sync.listings import refuse_held
from sync.models import Change, Departure, Listing, Run
from sync.removal import remove_catalog
from tests.world import SECRET

pytestmark = pytest.mark.whole_runs

Left = Listing.Left
OnLeaving = Catalog.OnLeaving
Status = Listing.Status


@pytest.fixture
def world(make_world):
    """Fewer than a tenth may leave without a question: the small world loses three of 40."""
    world = make_world(45)
    world.sync()
    return world


def take_three_off(world):
    """One is disabled, one deleted, one is in another family than the catalog selects."""
    uuids = sorted(world.listed())
    families = {one.family for one in world.pim.assortment.products_after("") if one.family}
    lonely = min(families, key=lambda family: len(of_family(world, family)) or 1000)
    deselected = of_family(world, lonely)
    world.select(world.catalog, *sorted(families - {lonely}))
    others = [uuid for uuid in uuids if uuid not in deselected]
    world.pim.disable_product(others[0])
    world.pim.delete_product(others[1])
    return {
        Left.DISABLED: {others[0]},
        Left.ABSENT: {others[1]},
        Left.DESELECTED: deselected,
    }


def of_family(world, family):
    listed = world.listed()
    products = world.pim.assortment.products_after("")
    return {one.uuid for one in products if one.family == family and one.uuid in listed}


def reasons(world):
    found: dict[str, set[str]] = {}
    rows = Listing.objects.exclude(left_because="").values_list("key", "left_because")
    for key, because in rows:
        found.setdefault(because, set()).add(key)
    return found


def test_the_reason_is_kept(world):
    left = take_three_off(world)

    world.sync()

    assert reasons(world) == left
    assert not Departure.objects.exists()


def test_what_comes_back_has_no_reason_any_more(world):
    uuid = sorted(world.listed())[0]
    world.pim.disable_product(uuid)
    world.sync()
    world.pim.enable_product(uuid)

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 1)
    assert reasons(world) == {}
    assert world.on_shop() == world.listed()


@pytest.mark.parametrize("because", [Left.DISABLED, Left.ABSENT, Left.DESELECTED])
def test_each_reason_can_leave_products_as_they_are(world, because):
    Catalog.objects.update(**{f"when_{because}": OnLeaving.LEAVE})
    before = world.documents_on_shop()
    left = take_three_off(world)

    run = world.sync()

    kept = left.pop(because)
    assert (run.status, run.held) == (Run.Status.SUCCEEDED, 0)
    assert world.withdrawn() == set.union(*left.values())
    assert {key: world.documents_on_shop()[key] for key in kept} == {
        key: before[key] for key in kept
    }
    assert world.statuses()[Status.KEPT] == len(kept)


def test_many_that_are_left_as_they_are_need_no_decision(world):
    Catalog.objects.update(when_disabled=OnLeaving.LEAVE)
    for uuid in sorted(world.listed())[:30]:
        world.pim.disable_product(uuid)

    run = world.sync()

    assert (run.status, run.held, run.withdrawn) == (Run.Status.SUCCEEDED, 0, 0)
    assert world.statuses()[Status.KEPT] == 30


def test_what_was_left_as_it_is_and_comes_back_is_an_ordinary_product_again(world):
    Catalog.objects.update(when_disabled=OnLeaving.LEAVE)
    uuid = sorted(world.listed())[0]
    world.pim.disable_product(uuid)
    world.sync()
    world.pim.enable_product(uuid)

    world.sync()

    assert world.statuses() == {Status.LISTED: len(world.listed())}
    assert world.documents_on_shop() == world.documents_in_pim()


class TestHiding:
    @pytest.fixture(autouse=True)
    def hides(self, world, receiver):
        values = {"endpoint": f"{receiver.url}/in", "secret": SECRET, "hides": "yes"}
        change_channel(world.channel, name="Shop", values=values, by_staff=True)
        Catalog.objects.update(when_disabled=OnLeaving.HIDE)
        world.sync(full=True)
        receiver.received.clear()

    def actions(self, receiver):
        return [
            (one.content["action"], {item["key"] for item in one.content["items"]})
            for one in receiver.received
        ]

    def test_a_disabled_product_is_hidden_and_the_others_are_withdrawn(self, world, receiver):
        left = take_three_off(world)

        run = world.sync()

        assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, len(set.union(*left.values())))
        assert self.actions(receiver) == [
            ("withdraw", left[Left.ABSENT] | left[Left.DESELECTED]),
            ("hide", left[Left.DISABLED]),
        ]
        assert world.statuses()[Status.HIDDEN] == 1
        hidden = Change.objects.filter(action="hide").get()
        assert (hidden.after, hidden.before is None) == (None, False)

    def test_it_is_hidden_once(self, world, receiver):
        world.pim.disable_product(sorted(world.listed())[0])
        world.sync()
        receiver.received.clear()

        run = world.sync(full=True)

        assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 0)
        assert self.actions(receiver) == []

    def test_it_is_shown_again_when_it_comes_back(self, world, receiver):
        uuid = sorted(world.listed())[0]
        world.pim.disable_product(uuid)
        world.sync()
        world.pim.enable_product(uuid)
        receiver.received.clear()

        world.sync()

        assert self.actions(receiver) == [("push", {uuid})]
        assert world.statuses() == {Status.LISTED: len(world.listed())}

    def test_a_channel_that_hides_no_more_has_it_withdrawn(self, world, receiver):
        values = {"endpoint": f"{receiver.url}/in", "secret": SECRET, "hides": "no"}
        change_channel(world.channel, name="Shop", values=values, by_staff=True)
        uuid = sorted(world.listed())[0]
        world.pim.disable_product(uuid)

        world.sync()

        assert self.actions(receiver) == [("withdraw", {uuid})]

    def test_removing_the_catalog_withdraws_what_is_hidden_too(self, world, receiver):
        world.pim.disable_product(sorted(world.listed())[0])
        world.sync()

        remove_catalog(world.catalog, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.KEEP)
        world.work()

        assert receiver.products == {}
        assert not Catalog.objects.exists()


@pytest.mark.parametrize("fault", ["403-oversized", "500"])
def test_a_pim_that_does_not_say_why(world, passing_time, fault):
    """Without permission nothing is known, and the most careful setting counts; ill, it is asked
    again by the next run."""
    world.sleep = passing_time
    Catalog.objects.update(when_absent=OnLeaving.LEAVE)
    uuid = sorted(world.listed())[0]
    world.pim.disable_product(uuid)
    world.pim.faults.add(Fault(fault, "/products-uuid$", times=8))

    run = world.sync()

    assert world.on_shop() == world.listed() | {uuid}
    if fault == "500":
        assert run.status == Run.Status.FAILED
        assert world.sync().withdrawn == 1
    else:
        assert run.status == Run.Status.SUCCEEDED
        assert world.statuses()[Status.KEPT] == 1


def test_what_left_is_asked_about_in_batches(make_world):
    world = make_world(260)
    world.sync()
    world.select(world.catalog, "mugs")
    world.pim.traffic.reset()

    run = world.sync()

    asked = world.pim.traffic.as_json()["requests"]["GET /api/rest/v1/products-uuid"]
    assert run.held > 100
    assert asked == -(-run.held // 100)
    pks = list(Listing.objects.held().values_list("pk", flat=True))
    assert refuse_held(world.catalog, pks) == run.held
    assert reasons(world).keys() == {Left.DESELECTED}
