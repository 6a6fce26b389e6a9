"""Another choice of addresses sends exactly those products again that have files."""

import pytest
from django.db import connection as database
from django.test.utils import CaptureQueriesContext

from catalogs.channels import change_channel
from catalogs.models import Channel
from sandbox.records import Source
from sync.models import Run
from sync.resending import moved_in_words
from tests.sync.media.pictures import codes, pictures

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def few_with_pictures(world):
    """One family alone has its picture mapped from an attribute that others do not have."""
    there = world.pim.catalogs[world.catalog.pim_catalog_id]
    for uuid in sorted(codes(world))[:7]:
        world.pim.edit_product(uuid, "image", None)
    there.mapping["image"] = Source("image")
    choose(world, "pim")
    world.sync()
    return world


def choose(world, media):
    values = {**world.values, "media": media}
    change_channel(world.channel, name="Shop", values=values, by_staff=True)
    world.channel.refresh_from_db()


def test_only_products_with_files_are_sent_again_there_and_back(few_with_pictures):
    world = few_with_pictures
    without = sorted(set(world.shop.items) - set(pictures(world)))[0]
    world.pim.edit_product(without, "supplier_reference", "see media-files, which is no address")
    world.sync()
    pushes = {key: item.pushes for key, item in world.shop.items.items()}
    with_files = set(pictures(world))
    assert with_files < set(pushes)

    for times, media, begins in ((1, "ferry", "http://testserver/media/"), (2, "pim", world.url)):
        choose(world, media)
        run = world.sync()

        assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(with_files))
        assert all(address.startswith(begins) for address in pictures(world).values())
        assert {key: item.pushes for key, item in world.shop.items.items()} == {
            key: number + times * (key in with_files) for key, number in pushes.items()
        }

    assert world.sync().pushed == 0
    assert Channel.objects.get(pk=world.channel.pk).files_moved_at is None


def test_what_is_to_be_sent_again_is_told_until_it_was(few_with_pictures):
    world = few_with_pictures
    assert moved_in_words(world.channel) == ""

    choose(world, "ferry")
    told = moved_in_words(world.channel)
    world.sync()
    world.channel.refresh_from_db()

    assert f"{len(pictures(world))} products are sent again" in told
    assert moved_in_words(world.channel) == ""


def test_another_setting_sends_nothing_again(world):
    world.sync()
    values = {**world.values, "batch_size": "20"}

    change_channel(world.channel, name="Another name", values=values, by_staff=True)

    assert world.sync().pushed == 0


def test_a_run_that_died_on_the_way_sends_nothing_twice(few_with_pictures, receiver):
    """What was sent since the change has the new addresses, however often it is looked at."""
    world = few_with_pictures
    values = {**world.values, "endpoint": f"{receiver.url}/in", "secret": receiver.secret}
    change_channel(world.channel, name="Shop", values=values, by_staff=True)
    world.channel.refresh_from_db()
    moved_at = world.channel.files_moved_at
    world.sync()
    number = len(receiver.received)
    Channel.objects.filter(pk=world.channel.pk).update(files_moved_at=moved_at)

    world.sync()

    assert moved_at is not None
    assert len(receiver.received) == number


def test_the_page_of_the_channel_costs_no_statement_for_it_without_a_change(world):
    world.sync()
    world.channel.refresh_from_db()

    with CaptureQueriesContext(database) as queries:
        assert moved_in_words(world.channel) == ""

    assert len(queries) == 0
