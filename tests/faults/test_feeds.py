"""What goes wrong while a feed is written: whoever fetches it sees the old one or the new one."""

import json
import os
import resource

import pytest

from catalogs.channels import create_channel
from sync.models import Feed, Run
from tests.faults.scenario import PRODUCTS
from tests.faults.test_deaths import cut_database_connections
from tests.sync.processes import kill_me, start_child

pytestmark = pytest.mark.usefixtures("small_pages")

real_replace = os.replace


def killed_before(*paths):
    kill_me()


def killed_after(*paths):
    real_replace(*paths)
    kill_me()


def database_lost_before(*paths):
    cut_database_connections()
    real_replace(*paths)


def database_lost_after(*paths):
    real_replace(*paths)
    cut_database_connections()


def disk_full(*paths):
    raise OSError(28, "No space left on device")


def disk_unwell(*paths):
    raise OSError(5, "Input/output error")


# What happens, in the process that writes, when the new file is to take the place of the old one.
AT_THE_RENAMING = {
    "killed-before": killed_before,
    "killed-after": killed_after,
    "database-lost-before": database_lost_before,
    "database-lost-after": database_lost_after,
    "disk-full": disk_full,
    "disk-unwell": disk_unwell,
}


@pytest.fixture
def world(make_world, passing_time, tmp_path):
    world = make_world(PRODUCTS)
    world.sleep = passing_time
    world.channel = create_channel(
        world.connection,
        name="Feed",
        kind="file",
        values={"destination": str(tmp_path / "feeds")},
        by_staff=True,
    )
    world.catalog = world.add_catalog("Feed", raw=False, channel=world.channel)
    world.feed = tmp_path / "feeds" / "products.jsonl"
    world.sync()
    return world


def products_in(path):
    lines = path.read_text("utf-8").splitlines()
    return {document["uuid"]: document for document in map(json.loads, lines)}


def change_products(world):
    uuids = sorted(world.listed())
    for uuid in uuids[:12]:
        world.pim.edit_product(uuid, "sku", f"NEW-{uuid[:8]}")
    for uuid in uuids[12:15]:
        world.pim.disable_product(uuid)
    world.pim.delete_product(uuids[15])
    world.pim.add_product("ADDED-1", "mugs")


def assert_in_step(world, run):
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert products_in(world.feed) == world.documents(world.catalog)
    assert Feed.objects.get().publisher is None
    assert not Run.objects.live().exists()


@pytest.mark.parametrize("event", AT_THE_RENAMING)
def test_one_further_run_is_enough(world, monkeypatch, event):
    before = products_in(world.feed)
    change_products(world)
    after = world.documents(world.catalog)

    def sync():
        monkeypatch.setattr(os, "replace", AT_THE_RENAMING[event])
        world.sync()

    os.waitpid(start_child(sync), 0)

    assert products_in(world.feed) in (before, after)
    assert_in_step(world, world.sync())


def test_a_disk_that_fills_up_in_the_middle_of_the_file(world):
    before = products_in(world.feed)
    change_products(world)

    def sync():
        # The broken file would be larger than any file may be from now on.
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        world.sync()

    os.waitpid(start_child(sync), 0)

    assert products_in(world.feed) == before
    assert_in_step(world, world.sync())
