"""The rest of the fuse: values that vanish for many, and catalogs that grow too much at once."""

import pytest

from catalogs.models import Catalog
from sync.documents import filled_targets
from sync.fuse import emptied_targets
from sync.listings import confirm_held, refuse_held
from sync.models import EmptiedTarget, Listing, Run
from sync.runs import start_run
from sync.undo import take_pims_version
from tests.channels.receiver import Answer, running_receiver

pytestmark = pytest.mark.whole_runs

Held = Listing.Held
Status = Listing.Status


@pytest.mark.parametrize(
    ("body", "filled"),
    [
        (
            '{"uuid":"u","name":"","price":0,"sold":false,"tags":[],"size":{},"a":null}',
            "price sold",
        ),
        ('{"uuid":"u","updated":"now","values":{"name":[{"data":"Hat"}]}}', "name"),
        ('{"uuid":"u","values":{"a":[{"data":null}],"b":[{"data":""},{"data":"x"}],"c":[]}}', "b"),
        ('{"uuid":"u","values":[]}', ""),
        (
            '{"variants":[{"uuid":"u","a":1,"b":""},{"a":null,"c":2},3]}',
            "variants a c",
        ),
        ('{"uuid":"u","variants":7}', "variants"),
        ('{"uuid":"u","a":' + "[" * 5000 + "]" * 5000 + "}", None),
    ],
)
def test_what_has_a_value(body, filled):
    expected = set() if filled is None else {"uuid", *filled.split()}
    assert filled_targets(body) == expected


@pytest.fixture
def world(make_world):
    world = make_world(110)
    world.sync()
    return world


def values_of(world, attribute):
    """The entries of an attribute in the PIM, by product."""
    documents = world.documents_in_pim()
    return {
        uuid: documents[uuid]["values"][attribute]
        for uuid in sorted(documents)
        if attribute in documents[uuid]["values"]
    }


def having(world, attribute):
    return list(values_of(world, attribute))


def empty(world, uuids, attribute):
    values = values_of(world, attribute)
    for uuid in uuids:
        for entry in values[uuid]:
            world.pim.edit_product(uuid, attribute, None, entry["locale"], entry["scope"])


def common_attribute(world):
    """One that most products have a text for."""
    counts: dict[str, int] = {}
    for document in world.documents_in_pim().values():
        for attribute, entries in document["values"].items():
            if attribute != "sku" and isinstance(entries[0]["data"], str):
                counts[attribute] = counts.get(attribute, 0) + 1
    return max(counts, key=lambda name: counts[name])


@pytest.fixture
def attribute(world):
    return common_attribute(world)


def push(world):
    start_run(world.catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH)
    [run] = world.work()
    return run


def test_twenty_that_lose_a_value_are_sent(world, attribute):
    empty(world, having(world, attribute)[:20], attribute)

    run = world.sync()

    assert (run.status, run.pushed, run.held) == (Run.Status.SUCCEEDED, 20, 0)
    assert world.documents_on_shop() == world.documents_in_pim()


def test_one_more_and_they_wait_while_the_others_are_sent(world, attribute):
    before = world.documents_on_shop()
    uuids = having(world, attribute)
    empty(world, uuids[:21], attribute)
    world.pim.edit_product(uuids[30], "sku", "EDITED-1", None, None)

    run = world.sync()

    assert (run.status, run.pushed, run.held) == (Run.Status.HELD, 1, 21)
    assert "21 products would lose a value" in run.problem
    assert {key: world.documents_on_shop()[key] for key in uuids[:21]} == {
        key: before[key] for key in uuids[:21]
    }
    assert set(Listing.objects.held().values_list("held_because", flat=True)) == {Held.EMPTIED}
    assert emptied_targets(world.catalog) == {attribute: 21}


def test_a_slow_drip_does_not_pass(world, attribute):
    """What is held counts again: the next few that lose the same value are held with it."""
    uuids = having(world, attribute)
    empty(world, uuids[:21], attribute)
    world.sync()
    empty(world, uuids[21:24], attribute)

    run = world.sync()

    assert (run.status, run.pushed, run.held) == (Run.Status.HELD, 0, 24)


def test_a_run_that_died_before_it_could_ask_does_not_let_them_pass(world, attribute):
    empty(world, having(world, attribute)[:21], attribute)
    world.read(world.catalog)

    run = push(world)

    assert (run.status, run.pushed, run.held) == (Run.Status.HELD, 0, 21)


def test_values_that_come_back_are_released_by_themselves(world, attribute):
    values = values_of(world, attribute)
    uuids = list(values)[:21]
    empty(world, uuids, attribute)
    world.sync()
    for uuid in uuids:
        for entry in values[uuid]:
            world.pim.edit_product(uuid, attribute, entry["data"], entry["locale"], entry["scope"])

    run = world.sync()

    assert (run.status, run.held) == (Run.Status.SUCCEEDED, 0)
    assert world.statuses() == {Status.LISTED: len(world.listed())}
    assert not EmptiedTarget.objects.exists()


def test_exactly_what_was_confirmed_is_sent(world, attribute):
    uuids = having(world, attribute)
    empty(world, uuids[:21], attribute)
    world.sync()
    pks = list(Listing.objects.held().order_by("key").values_list("pk", flat=True))

    assert confirm_held(world.catalog, pks[:15]) == 15
    run = push(world)

    assert (run.pushed, run.held) == (15, 6)
    sent = Listing.objects.filter(pk__in=pks[:15])
    assert set(sent.values_list("status", flat=True)) == {Status.LISTED}


def test_what_was_confirmed_and_changed_again_is_asked_about_again(world, attribute):
    uuids = having(world, attribute)
    empty(world, uuids[:21], attribute)
    world.sync()
    confirm_held(world.catalog, list(Listing.objects.held().values_list("pk", flat=True)))
    for number, uuid in enumerate(uuids[:21]):
        world.pim.edit_product(uuid, "sku", f"AGAIN-{number}", None, None)

    run = world.sync()

    assert (run.status, run.pushed, run.held) == (Run.Status.HELD, 0, 21)


def test_what_was_refused_stays_as_the_channel_has_it_until_the_pim_says_more(world, attribute):
    before = world.documents_on_shop()
    uuids = having(world, attribute)[:21]
    empty(world, uuids, attribute)
    world.sync()
    pks = list(Listing.objects.held().values_list("pk", flat=True))

    assert refuse_held(world.catalog, pks) == 21
    run = world.sync(full=True)

    assert (run.status, run.pushed, run.held) == (Run.Status.SUCCEEDED, 0, 0)
    assert world.documents_on_shop() == before
    take_pims_version(world.catalog, uuids[:2])
    [run] = world.work()
    assert run.pushed == 2


def test_a_person_who_asks_for_one_product_gets_it(world, attribute):
    uuids = having(world, attribute)[:21]
    empty(world, uuids, attribute)
    world.sync()
    confirm_held(world.catalog, [Listing.objects.get(key=uuids[0]).pk])

    run = push(world)

    assert (run.pushed, run.held) == (1, 20)


class TestGrowing:
    def test_a_catalog_that_more_than_doubles_waits(self, make_world):
        world = make_world(60)
        world.select(world.catalog, "mugs")
        few = world.listed()
        assert 1 < len(few) < 20
        world.sync()
        Catalog.objects.update(growth_count=10)
        world.select(world.catalog)

        run = world.sync()

        new = len(world.listed()) - len(few)
        assert (run.status, run.pushed, run.held) == (Run.Status.HELD, 0, new)
        assert f"{new} new products have come" in run.problem
        assert world.on_shop() == few
        pks = list(Listing.objects.held().values_list("pk", flat=True))
        assert refuse_held(world.catalog, pks[:3]) == 3
        assert confirm_held(world.catalog, pks[3:]) == new - 3
        assert push(world).pushed == new - 3
        assert world.sync(full=True).pushed == 0

    def test_a_first_sync_that_broke_off_goes_on(self, make_world, passing_time):
        world = make_world(60)
        world.sleep = passing_time
        Catalog.objects.update(growth_count=10)
        with running_receiver(answers=[Answer(200), *[Answer(503)] * 30]) as receiver:
            world.channel.settings |= {"endpoint": receiver.url, "batch_size": "10"}
            world.channel.save()
            assert world.sync().status == Run.Status.FAILED
            receiver.answers = []

            run = world.sync()

        assert (run.status, run.held) == (Run.Status.SUCCEEDED, 0)
        assert world.statuses() == {Status.LISTED: len(world.listed())}
