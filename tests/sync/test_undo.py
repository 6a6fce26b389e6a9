"""Undo a run: what stood on the channel before comes back, and stays until the PIM says more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.catalogs import archive
from connections.models import AuditRecord
from outbound.errors import ConfigurationError
from sandbox.state import Criterion
from sync import ownership, undo
from sync.execution import execute_run
from sync.foreground import run_here
from sync.models import Change, Difference, Document, Listing, Run
from sync.runs import AlreadyRunning, start_run
from sync.single import sync_products
from sync.undo import Outlook, may_be_undone, outlook, put_back, take_pims_version, undo_run
from tests.channels.receiver import Answer, answer_json

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]
Status = Listing.Status


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    world.sync()
    return world


@pytest.fixture
def keys(world):
    return sorted(world.listed())


def again(run):
    return Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)


def undone(world, run):
    undo_run(again(run), by="Mary")
    (undoing,) = world.work()
    return undoing


def edit(world, key, sku="EDITED-1"):
    world.pim.edit_product(key, "sku", sku, None, None)


def sku_on_shop(world, key):
    return world.documents_on_shop()[key]["values"]["sku"][0]["data"]


def dry_run(world):
    return run_here(world.again(), full=False, dry_run=True, sleep=world.sleep)


def replace_one(world, key):
    """A run that sends one product anew, and what stood there before."""
    before = world.documents_on_shop()
    edit(world, key)
    run = world.sync()
    assert sku_on_shop(world, key) == "EDITED-1"
    return run, before


@pytest.mark.parametrize("full", [True, False])
def test_the_earlier_content_comes_back_and_stays(world, keys, full):
    run, before = replace_one(world, keys[0])

    undoing = undone(world, run)
    follower = world.sync(full=full)

    assert (undoing.mode, undoing.status, undoing.problem) == ("undo", "succeeded", "")
    assert (undoing.changed, undoing.pushed, undoing.undoes) == (1, 1, run)
    assert (follower.changed, follower.pushed) == (0, 0)
    assert world.documents_on_shop() == before
    assert Listing.objects.get(key=keys[0]).status == Status.LISTED


def test_it_stays_when_the_pim_only_touches_the_product(world, keys):
    run, before = replace_one(world, keys[0])
    undone(world, run)
    edit(world, keys[0], "ELSE")
    edit(world, keys[0], "EDITED-1")

    world.sync()

    assert world.documents_on_shop() == before


def test_something_new_in_the_pim_goes_out_again(world, keys):
    run, _ = replace_one(world, keys[0])
    undone(world, run)
    edit(world, keys[0], "EDITED-2")

    world.sync()

    assert sku_on_shop(world, keys[0]) == "EDITED-2"
    assert Listing.objects.get(key=keys[0]).set_aside == ""


def test_what_is_corrected_in_the_pim_as_it_was_undone_is_in_step_again(world, keys):
    before = sku_on_shop(world, keys[0])
    run, _ = replace_one(world, keys[0])
    undone(world, run)
    edit(world, keys[0], before)

    follower = world.sync()

    listing = Listing.objects.get(key=keys[0])
    assert follower.pushed == 0
    assert (listing.set_aside, listing.status) == ("", Status.LISTED)


@pytest.mark.parametrize("full", [True, False])
def test_a_product_that_the_run_sent_first_is_taken_off_and_stays_off(world, full):
    product = world.pim.add_product("NEW-1", "shoes")
    run = world.sync()
    on_shop = world.on_shop()

    undoing = undone(world, run)
    follower = world.sync(full=full)

    assert undoing.withdrawn == 1
    assert world.on_shop() == on_shop - {product.uuid}
    assert (follower.changed, follower.withdrawn, follower.held) == (0, 0, 0)
    edit(world, product.uuid, "NEW-2")
    world.sync()
    assert world.on_shop() == on_shop


def test_what_was_taken_off_and_leaves_the_catalog_then_is_simply_gone(world):
    product = world.pim.add_product("NEW-1", "shoes")
    undone(world, world.sync())
    world.pim.disable_product(product.uuid)

    world.sync()
    world.pim.enable_product(product.uuid)
    world.sync()

    assert product.uuid in world.on_shop()


@pytest.mark.parametrize("full", [True, False])
def test_a_withdrawn_product_comes_back_and_stays(world, keys, full):
    before = world.documents_on_shop()
    world.pim.disable_product(keys[0])
    run = world.sync()
    assert keys[0] not in world.on_shop()

    undoing = undone(world, run)
    follower = world.sync(full=full)

    assert undoing.pushed == 1
    assert world.documents_on_shop() == before
    assert (follower.changed, follower.withdrawn, follower.held) == (0, 0, 0)


def test_what_came_back_leaves_again_after_it_was_in_the_catalog_again(world, keys):
    world.pim.disable_product(keys[0])
    undone(world, world.sync())
    world.pim.enable_product(keys[0])
    world.sync()
    assert Listing.objects.get(key=keys[0]).set_aside == ""
    world.pim.disable_product(keys[0])

    world.sync()

    assert keys[0] not in world.on_shop()


def test_what_came_back_is_the_pims_again_once_it_is_selected_again(world):
    world.select(world.catalog, "backpacks", "t_shirts", "shoes", "headphones")
    undone(world, world.sync())
    assert Listing.objects.set_aside_by_person().exists()
    world.pim.catalogs[world.catalog.pim_catalog_id].criteria = [Criterion("enabled", "=", True)]

    follower = world.sync()

    assert (follower.mode, follower.pushed) == (Run.Mode.DELTA, 0)
    assert not Listing.objects.set_aside_by_person().exists()


def test_an_undone_run_can_be_undone(world, keys):
    run, _ = replace_one(world, keys[0])
    product = world.pim.add_product("NEW-1", "shoes")
    world.pim.disable_product(keys[1])
    second = world.sync()
    after = world.documents_on_shop()

    for one in (second, run):
        undoing = undone(world, one)
        undone(world, undoing)

    assert world.documents_on_shop() == after
    assert product.uuid in after
    assert not Listing.objects.set_aside_by_person().exists()
    assert world.sync(full=True).changed == 0


def test_only_what_nothing_newer_is_known_of_goes_back(world, keys):
    for key in keys[:4]:
        edit(world, key)
    run = world.sync()
    edit(world, keys[1], "NEWER-SENT")
    world.sync()
    edit(world, keys[2], "NEWER-READ")
    world.read(world.catalog)
    unknown, _ = Document.objects.get_or_create(digest=Document.UNKNOWN, defaults={"body": "null"})
    Change.objects.filter(run=run, listing__key=keys[3]).update(before=unknown)

    expected = outlook(again(run))
    undone(world, run)

    assert expected == Outlook(replaced=1, withdrawn=0, pushed_again=0, left=3)
    assert sku_on_shop(world, keys[0]) != "EDITED-1"
    assert [sku_on_shop(world, key) for key in keys[1:4]] == [
        "NEWER-SENT",
        "NEWER-READ",
        "EDITED-1",
    ]


def test_the_outlook_counts_each_kind(world, keys):
    edit(world, keys[0])
    world.pim.disable_product(keys[1])
    world.pim.add_product("NEW-1", "shoes")
    run = world.sync()

    assert outlook(again(run)) == Outlook(replaced=1, withdrawn=1, pushed_again=1, left=0)


def test_of_a_run_that_changed_very_many_some_are_looked_at(world, keys, monkeypatch):
    for key in keys[:4]:
        edit(world, key)
    run = world.sync()
    edit(world, keys[0], "NEWER-SENT")
    world.sync()
    exact = outlook(again(run))
    monkeypatch.setattr("sync.undo._EXACTLY", 3)  # not thousands

    about = outlook(again(run))
    monkeypatch.setattr("sync.undo._LOOKED_AT", 2)
    about_two = outlook(again(run))

    assert exact == Outlook(replaced=3, withdrawn=0, pushed_again=0, left=1)
    assert about == Outlook(replaced=3, withdrawn=0, pushed_again=0, left=1, is_about=True)
    assert about_two.is_about
    assert about_two.going_back + about_two.left == 4


def sku_at(receiver, key):
    return receiver.products[key]["values"]["sku"][0]["data"]


def test_before_is_what_was_there_before_the_first_try(world, keys, receiver):
    before = sku_on_shop(world, keys[0])
    edit(world, keys[0])
    receiver.answers.append(answer_json({"results": []}))
    run = world.sync()
    outcomes = list(Change.objects.filter(run=run).order_by("pk").values_list("outcome", flat=True))

    undone(world, run)

    assert outcomes == ["unanswered", "accepted"]
    assert sku_at(receiver, keys[0]) == before


def test_what_another_catalog_carries_by_now_is_left(world):
    sibling = world.add_catalog("Sibling")
    world.select(sibling, "mugs")
    world.select(world.catalog, "backpacks", "t_shirts", "shoes", "headphones")
    run = world.sync()
    world.sync(sibling)

    mugs = world.statuses(sibling)[Status.LISTED]
    assert run.withdrawn > mugs > 0
    assert outlook(again(run)) == Outlook(0, 0, pushed_again=run.withdrawn - mugs, left=mugs)


def test_what_another_catalog_took_over_comes_back_in_the_first_ones_words(world):
    sibling = world.add_catalog("Sibling", raw=False)
    world.sync(sibling)
    before = world.shop.live_documents()
    world.select(world.catalog, "backpacks", "t_shirts", "shoes", "headphones")
    run = world.sync()
    handed_over = {key for key, one in world.shop.live_documents().items() if one != before[key]}

    undone(world, run)
    world.sync()
    world.sync(sibling)

    assert run.pushed == len(handed_over) > 0
    assert world.shop.live_documents() == before


def test_a_crash_in_the_middle_repeats_nothing(world, keys, monkeypatch):
    monkeypatch.setattr(undo, "_SLICE", 2)
    before = world.documents_on_shop()
    for key in keys[:5]:
        edit(world, key)
    run = world.sync()
    undoing = undo_run(again(run))
    ownership.claim(undoing)
    steps = iter([None, None])

    with pytest.raises(StopIteration):
        put_back(undoing, go_on=lambda: next(steps))
    assert undoing.changed == 4
    Run.objects.update(owner="elsewhere|1|1|x", heartbeat_at=timezone.now() - timedelta(hours=1))
    taken_up = again(undoing)
    assert ownership.claim(taken_up)
    execute_run(taken_up, sleep=world.sleep)

    assert (taken_up.status, taken_up.changed, taken_up.pushed) == ("succeeded", 5, 5)
    assert world.documents_on_shop() == before


def test_whoever_lost_it_puts_nothing_back(world, keys):
    run, _ = replace_one(world, keys[0])
    undoing = undo_run(again(run))
    ownership.claim(undoing)
    Run.objects.update(owner="elsewhere|1|1|x")

    with pytest.raises(ownership.RunLost):
        put_back(undoing, go_on=lambda: None)

    assert not Listing.objects.set_aside_by_person().exists()


def test_a_channel_that_is_down_gets_it_later(world, keys, receiver):
    before = sku_on_shop(world, keys[0])
    edit(world, keys[0])
    run = world.sync()
    receiver.on_call = lambda received: receiver.answers.append(Answer(401))
    assert undone(world, run).status == Run.Status.STOPPED
    receiver.on_call = lambda received: None

    world.sync()

    assert sku_at(receiver, keys[0]) == before


def test_a_dry_run_after_it_finds_nothing_to_do(world, keys):
    edit(world, keys[0])
    world.pim.disable_product(keys[1])
    world.pim.add_product("NEW-1", "shoes")
    undone(world, world.sync())

    run = dry_run(world)

    assert (run.changed, run.leaving) == (0, 0)
    assert not Difference.objects.exists()


def take(world, *keys):
    take_pims_version(world.again(), keys)
    (run,) = world.work()
    return run


def test_a_person_takes_the_pims_version_again(world, keys):
    edit(world, keys[0])
    world.pim.disable_product(keys[1])
    product = world.pim.add_product("NEW-1", "shoes")
    run = world.sync()
    after = world.documents_on_shop()
    undone(world, run)
    assert world.documents_on_shop() != after

    taking = take(world, keys[0], keys[1], product.uuid)

    assert (taking.pushed, taking.withdrawn, taking.pulled) == (2, 1, 2)
    assert world.documents_on_shop() == after
    assert not Listing.objects.set_aside_by_person().exists()
    assert world.sync(full=True).changed == 0


def test_taking_it_changes_nothing_while_a_run_is_under_way(world, keys):
    run, _ = replace_one(world, keys[0])
    undone(world, run)
    start_run(world.again(), Run.Trigger.SCHEDULE)

    with pytest.raises(AlreadyRunning):
        take_pims_version(world.again(), [keys[0]])

    assert Listing.objects.get(key=keys[0]).set_aside


def test_syncing_the_product_alone_does_not_undo_the_undoing(world, keys):
    run, before = replace_one(world, keys[0])
    undone(world, run)

    sync_products(world.again(), [keys[0]])
    world.work()

    assert world.documents_on_shop() == before


def test_what_cannot_be_undone_says_why(world, keys):
    run, _ = replace_one(world, keys[0])
    nothing = world.sync()
    trial = dry_run(world)
    older = Run.objects.order_by("pk").first()
    for key in world.on_shop():
        edit(world, key, f"ALL-{key[:8]}")
    world.sync()

    for one, says in (
        (nothing, "has ended and changed something"),
        (trial, "has ended and changed something"),
        (older, "something newer was sent"),
    ):
        with pytest.raises(ConfigurationError, match=says):
            undo_run(again(one))
    archive(world.again())
    with pytest.raises(ConfigurationError, match="Nothing is sent for this catalog"):
        undo_run(again(run))
    assert not Run.objects.filter(mode=Run.Mode.UNDO).exists()
    assert not may_be_undone(Run(status=Run.Status.RUNNING, pushed=1))


def test_it_is_in_the_audit_trail(world, keys):
    run, _ = replace_one(world, keys[0])

    undone(world, run)
    take(world, keys[0])

    records = AuditRecord.objects.filter(action__in=["run_undone", "pim_version_taken"])
    assert [(one.action, one.subject, one.details["number"]) for one in records.order_by("pk")] == [
        ("run_undone", "Web shop", 1),
        ("pim_version_taken", "Web shop", 1),
    ]


def test_one_live_run_at_a_time_holds_for_undoing_too(world, keys):
    run, _ = replace_one(world, keys[0])
    start_run(world.again(), Run.Trigger.SCHEDULE)

    with pytest.raises(AlreadyRunning):
        undo_run(again(run))

    assert not AuditRecord.objects.filter(action="run_undone").exists()
