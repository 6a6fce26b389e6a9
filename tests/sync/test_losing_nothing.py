"""How products could be lost, doubled or wrongly withdrawn, and are not."""

import pytest
from django.utils import timezone

from catalogs.channels import adapter_for
from catalogs.models import Catalog
from sync import ownership
from sync.listings import confirm_held, refuse_held
from sync.models import Batch, Listing, Run
from sync.models.batches import Action
from sync.ordering import archive, restore
from sync.removal import remove_catalog
from sync.runs import create_run, finish, start_run
from sync.undo import undo_run
from tests.channels.receiver import Answer
from tests.sync.one_batch import claim_batch, contents_of
from tests.sync.test_emptied import common_attribute, empty, having

pytestmark = pytest.mark.slow

Status = Listing.Status


@pytest.fixture
def big(make_world):
    world = make_world(110)
    world.sync()
    return world


def again(run):
    return Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)


def lost(world, keys, attribute):
    """Of these, the ones that stand on the shop without the attribute."""
    shop = world.documents_on_shop()
    return [key for key in keys if key in shop and attribute not in shop[key]["values"]]


def edit(world, uuids, sku):
    for number, uuid in enumerate(uuids):
        world.pim.edit_product(uuid, "sku", f"{sku}-{number}", None, None)


def edit_and_lose_the_answer(world, receiver, uuids):
    """Edit these, and lose every answer of the channel to a run of the world's catalog."""
    edit(world, uuids, "EDITED")
    receiver.on_call = lambda received: receiver.answers.append(Answer(504, b"Gateway Timeout"))
    assert world.sync().status == Run.Status.FAILED
    receiver.on_call = lambda received: None


def pushed_and_answer_lost(world):
    """Two catalogs of the same products; what the first pushed arrived, and it does not know."""
    first = world.catalog
    second = world.add_catalog("Wardrobe", raw=False)
    world.select(first, "mugs")
    world.select(second, "mugs")
    world.channel.settings |= {"batch_size": "100"}
    world.channel.save()
    world.read(first)
    run = create_run(world.again(first), Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    assert ownership.claim(run)
    batch = claim_batch(run, Action.PUSH, 100)
    assert batch is not None
    products = contents_of(batch) or []
    Batch.objects.filter(pk=batch.pk).update(tries=1)
    adapter_for(world.channel).push(products, idempotency_key=str(batch.key))  # answer lost
    finish(run, Run.Status.FAILED)
    world.sync(second, full=True)
    return first, second, products


def test_a_key_is_not_used_again_after_a_sibling_sent_the_product(world):
    first, second, products = pushed_and_answer_lost(world)
    archive(first)  # the second takes over and sends its own words
    world.work()
    assert world.shop.live_documents() == world.documents(second)

    restore(first)
    world.work()
    world.sync(first)

    assert world.statuses(first) == {Status.LISTED: len(products)}
    assert world.shop.live_documents() == world.documents(first)


def test_a_key_is_not_used_again_after_a_sibling_withdrew_the_product(world):
    first, second, products = pushed_and_answer_lost(world)
    archive(first)
    world.work()
    world.select(second, "backpacks")
    world.sync(second)
    confirm_held(second, list(Listing.objects.held().values_list("pk", flat=True)))
    world.sync(second)
    assert world.on_shop() == world.listed(second)

    restore(first)
    world.work()
    world.sync(first)

    assert world.statuses(first) == {Status.LISTED: len(products)}
    assert world.on_shop() == world.listed(first) | world.listed(second)


@pytest.mark.parametrize("how", ["deselected", "removed"])
def test_a_sibling_releases_nothing_that_is_held(big, how):
    first, attribute = big.catalog, common_attribute(big)
    second = big.add_catalog("Second")
    big.sync(second)
    uuids = having(big, attribute)[:21]
    empty(big, uuids, attribute)
    run = big.sync(first)
    assert (run.status, run.held) == (Run.Status.HELD, 21)

    if how == "deselected":
        big.select(second, "mugs")
        assert big.sync(second).status == Run.Status.SUCCEEDED
    else:
        remove_catalog(second, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.KEEP)
        big.work()

    assert lost(big, uuids, attribute) == []


def test_undoing_something_else_sends_nothing_that_is_suspicious(big):
    attribute = common_attribute(big)
    uuids = having(big, attribute)
    big.pim.edit_product(uuids[40], "sku", "EDITED-1", None, None)
    edited = big.sync()
    assert edited.pushed == 1
    empty(big, uuids[:21], attribute)
    big.read(big.catalog)  # a run that recorded it and ended before it sent

    undo_run(again(edited), by="Mary")
    big.work()

    assert lost(big, uuids[:21], attribute) == []


def test_confirming_emptied_values_withdraws_nothing(big):
    attribute = common_attribute(big)
    uuids = having(big, attribute)[:21]
    empty(big, uuids, attribute)
    big.sync()
    seen_at = timezone.now()
    seen = list(Listing.objects.held_because("emptied").values_list("pk", flat=True))
    assert len(seen) == 21  # "21 products would lose a value": the page a person has open
    for uuid in uuids:
        big.pim.disable_product(uuid)
    assert big.sync().status == Run.Status.HELD

    confirm_held(big.catalog, seen, seen_at)  # what the button "send" of that page does
    start_run(big.catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH)
    big.work()

    assert big.withdrawn() == set()


def test_a_confirmation_covers_nothing_that_was_recorded_after_it_was_seen(big):
    attribute = common_attribute(big)
    uuids = having(big, attribute)[:21]
    empty(big, uuids, attribute)
    big.sync()
    seen_at = timezone.now()
    seen = list(Listing.objects.held().values_list("pk", flat=True))
    edit(big, uuids, "OTHER")
    big.sync()

    confirm_held(big.catalog, seen, seen_at)
    start_run(big.catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH)
    [run] = big.work()

    assert run.pushed == 0


def test_what_comes_back_emptied_is_held(big):
    attribute = common_attribute(big)
    uuids = having(big, attribute)
    big.select(big.catalog, "mugs")
    assert big.sync().status == Run.Status.HELD
    big.select(big.catalog)
    empty(big, uuids, attribute)

    run = big.sync()

    assert not lost(big, uuids, attribute), (run.status, run.pushed, run.held)


def test_what_is_emptied_after_a_lost_answer_is_held(world, receiver, waited):
    Catalog.objects.update(fuse_count=5)
    world.sync()
    attribute = common_attribute(world)
    uuids = having(world, attribute)[:10]
    edit_and_lose_the_answer(world, receiver, uuids)
    empty(world, uuids, attribute)

    run = world.sync()

    assert (run.status, run.held) == (Run.Status.HELD, 10)


def test_what_was_emptied_after_a_lost_answer_stays_held_when_it_is_edited(world, receiver, waited):
    Catalog.objects.update(fuse_count=5)
    world.sync()
    attribute = common_attribute(world)
    uuids = having(world, attribute)[:10]
    edit_and_lose_the_answer(world, receiver, uuids)
    empty(world, uuids, attribute)
    assert world.sync().status == Run.Status.HELD
    edit(world, uuids, "AGAIN")

    run = world.sync()

    assert (run.status, run.held) == (Run.Status.HELD, 10)


def test_what_was_hidden_and_comes_back_emptied_is_held(world, receiver):
    world.channel.settings |= {"hides": "yes"}
    world.channel.save()
    Catalog.objects.update(when_disabled=Catalog.OnLeaving.HIDE)
    world.sync()
    attribute = common_attribute(world)
    uuids = having(world, attribute)[:10]
    for uuid in uuids:
        world.pim.disable_product(uuid)
    assert world.sync().withdrawn == 10
    Catalog.objects.update(fuse_count=5)
    for uuid in uuids:
        world.pim.enable_product(uuid)
    empty(world, uuids, attribute)

    run = world.sync()

    assert (run.status, run.held) == (Run.Status.HELD, 10)
    assert receiver.hidden == set(uuids)


def test_values_that_a_sibling_would_empty_after_a_lost_answer_are_asked_about(
    world, receiver, waited
):
    first, second = world.catalog, world.add_catalog("Second")
    world.sync(first)
    world.sync(second)
    attribute = common_attribute(world)
    edit_and_lose_the_answer(world, receiver, having(world, attribute)[:10])
    empty(world, having(world, attribute)[:10], attribute)
    world.read(second)
    Catalog.objects.filter(pk=first.pk).update(fuse_count=100)
    Catalog.objects.filter(pk=second.pk).update(fuse_count=5)
    world.select(first, "mugs")  # all else goes to the second, in the first's run

    world.sync(first)

    assert len(Listing.objects.filter(catalog=second).held_because("emptied")) == 10


def test_after_a_growth_was_refused_the_next_catalog_sends(world):
    first = world.catalog
    second = world.add_catalog("Second")
    world.select(first, "mugs")
    world.select(second, "mugs")
    world.sync(first)
    world.sync(second)
    Catalog.objects.filter(pk=first.pk).update(growth_count=3)
    world.select(first)
    world.select(second)
    run = world.sync(first)
    assert run.status == Run.Status.HELD
    world.sync(second)
    world.sync(first)

    held = list(Listing.objects.held().values_list("pk", flat=True))
    assert refuse_held(first, held) == len(held) > 0
    world.sync(first, full=True)
    world.sync(second, full=True)

    assert world.on_shop() == world.listed(second)


def test_what_was_kept_because_it_was_disabled_and_is_deleted_then_is_withdrawn(world):
    Catalog.objects.update(when_disabled="leave", when_absent="withdraw")
    world.sync()
    uuid = sorted(world.listed())[0]
    world.pim.disable_product(uuid)
    world.sync()
    assert uuid in world.on_shop()
    world.pim.delete_product(uuid)

    world.sync(full=True)

    assert uuid not in world.on_shop()


def test_values_that_a_sibling_would_empty_are_asked_about(big):
    first, attribute = big.catalog, common_attribute(big)
    second = big.add_catalog("Second")
    big.sync(second)
    uuids = having(big, attribute)[:21]
    empty(big, uuids, attribute)
    big.select(first, "mugs")  # all of it goes to the second, in the first's run
    big.read(second)  # recorded, not yet asked about

    big.sync(first)

    assert lost(big, uuids, attribute) == []


@pytest.mark.parametrize("on_shop", list(Catalog.OnShop))
def test_a_restored_catalog_carries_its_products_again(world, on_shop):
    first = world.catalog
    second = world.add_catalog("Second")
    world.select(first, "mugs")
    world.select(second, "mugs")
    world.sync(first)
    world.sync(second)
    archive(first)
    world.work()
    remove_catalog(second, on_shop=on_shop, in_pim=Catalog.InPim.KEEP)
    world.work()
    restore(first)
    world.work()

    run = world.sync(first, full=True)

    assert run.status == Run.Status.SUCCEEDED
    assert world.on_shop() == world.listed(first)
    assert world.statuses(first) == {Status.LISTED: len(world.listed(first))}
