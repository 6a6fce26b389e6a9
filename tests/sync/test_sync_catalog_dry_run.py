"""`sync_catalog --dry-run`: it says what would be done, and does nothing."""

import pytest
from django.apps import apps

from catalogs.models import Channel
from sync.models import Difference, Document, Listing, Run
from tests.programs import call
from tests.sync.commanding import FIELDS, assert_stopped, sync


@pytest.fixture
def world(make_world):
    return make_world(60)


def some(world, number):
    return sorted(world.listed())[:number]


def everything_but_runs():
    """All rows of ours, by table, but for runs and what dry ones found."""
    models = [
        model
        for room in ("connections", "catalogs", "sync")
        for model in apps.get_app_config(room).get_models()
        if model not in (Run, Difference) and model._meta.managed
    ]
    return {model: list(model._default_manager.order_by("pk").values()) for model in models}


def test_it_says_what_would_be_done_and_stores_only_that(world):
    sync(world.catalog)
    changed, *left = some(world, 3)
    new = world.pim.add_product("NEW-1", "headphones")
    world.pim.edit_product(changed, "sku", "CHANGED-1", None, None)
    for uuid in left:
        world.pim.disable_product(uuid)
    rows, on_shop = everything_but_runs(), world.shop.live_documents()

    ended = sync(world.catalog, "--dry-run")

    run = Run.objects.get(dry_run=True)
    assert (ended.status, ended.err) == (0, "")
    assert [*ended.answer] == [*FIELDS, "run", "leaving"]
    assert ended.answer | {"seconds": 0} == {
        **dict.fromkeys(("pushed", "withdrawn", "failed", "held", "seconds"), 0),
        **{"status": "succeeded", "mode": "full", "dry_run": True, "run": run.pk},
        **{"pulled": len(world.listed()), "changed": 2, "leaving": 2},
    }
    assert new.uuid in world.listed()
    assert everything_but_runs() == rows
    assert world.shop.live_documents() == on_shop
    assert (run.watermark, run.read_at) == (None, None)


def test_it_is_not_what_the_next_run_starts_from(world):
    dry = sync(world.catalog, "--dry-run")
    after = sync(world.catalog)

    assert dry.answer["changed"] == len(world.listed())
    assert not Document.objects.filter(created_at__lt=Run.objects.get(dry_run=False).created_at)
    assert (after.answer["mode"], after.answer["pushed"]) == ("full", len(world.listed()))


def test_it_says_what_would_wait_for_a_person(world):
    sync(world.catalog)
    for uuid in some(world, 21):
        world.pim.disable_product(uuid)

    ended = sync(world.catalog, "--dry-run")

    assert (ended.answer["status"], ended.answer["held"]) == ("succeeded", 21)
    assert not Listing.objects.held().exists()


def test_parked_products_stay_parked(world):
    world.shop.reject = set(some(world, 1))
    sync(world.catalog)
    rows = everything_but_runs()

    sync(world.catalog, "--dry-run")

    assert everything_but_runs() == rows


def test_it_stops_for_a_disabled_catalog(world):
    world.pim.catalogs[world.catalog.pim_catalog_id].enabled = False

    ended = sync(world.catalog, "--dry-run")
    sentence = call("sync_catalog", world.catalog.pk, "--dry-run")

    assert_stopped(ended, "is disabled in the PIM")
    assert ended.answer["dry_run"]
    assert sentence.out == "Dry run stopped: nothing was changed.\n"
    assert "is disabled in the PIM" in sentence.problem


def test_it_writes_no_file(world, tmp_path):
    settings = {"destination": str(tmp_path / "feeds")}
    Channel.objects.update(kind="file", settings=settings)

    ended = sync(world.catalog, "--dry-run")

    assert ended.answer["changed"] == len(world.listed())
    assert not (tmp_path / "feeds").exists()


def test_it_says_so_in_a_sentence(world):
    ended = call("sync_catalog", world.catalog.pk, "--dry-run")

    number = len(world.listed())
    assert ended.out == (
        f"Dry run: read {number} products, {number} differ from before, 0 would be withdrawn. "
        "Nothing was changed.\n"
    )
