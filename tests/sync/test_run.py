"""Whole runs against the sandbox: what stands on the shop in the end."""

import json

from connections.clients import client_for
from sync.models import Batch, Change, Checkpoint, KeyPage, Listing, Run


def test_a_first_run_brings_every_product_to_the_shop(world):
    run = world.sync()

    assert (run.status, run.mode) == (Run.Status.SUCCEEDED, Run.Mode.FULL)
    assert run.pulled == run.changed == run.pushed == len(world.listed())
    assert world.on_shop() == world.listed()
    assert world.statuses() == {Listing.Status.LISTED: len(world.listed())}
    assert Change.objects.count() == len(world.listed())


def test_a_run_leaves_nothing_behind_that_only_it_needed(world):
    world.sync()

    assert not Checkpoint.objects.exists()
    assert not KeyPage.objects.exists()
    assert not Batch.objects.exclude(state=Batch.State.SETTLED).exists()


def test_batches_are_full_but_for_the_last(world):
    world.sync()

    sizes = [len(batch.items) for batch in Batch.objects.order_by("pk")]
    assert sizes[:-1] == [10] * (len(sizes) - 1)
    assert 1 <= sizes[-1] <= 10


def test_unchanged_products_cost_nothing_at_the_channel(world):
    world.sync()
    batches = Batch.objects.count()

    delta, full = world.sync(), world.sync(full=True)

    assert (delta.mode, full.mode) == (Run.Mode.DELTA, Run.Mode.FULL)
    assert (full.pulled, full.changed, full.pushed) == (len(world.listed()), 0, 0)
    assert Batch.objects.count() == batches


def test_a_touched_product_is_not_sent_again(world):
    world.sync()
    uuid = sorted(world.listed())[0]
    world.pim.enable_product(uuid)  # as it was: only its date moves

    run = world.sync(full=True)

    assert (run.changed, run.pushed) == (0, 0)


def test_a_document_arrives_as_the_pim_sends_it(world):
    world.sync()

    uuid = sorted(world.listed())[0]
    catalog_id = world.catalog.pim_catalog_id
    answer = client_for(world.connection).product(catalog_id, uuid, mapped=False)
    assert answer is not None
    assert world.shop.live_documents()[uuid] == json.loads(answer.body)


def test_an_edit_is_sent_by_the_next_delta(world):
    world.sync()
    uuid = sorted(world.listed())[3]
    world.pim.edit_product(uuid, "sku", "CHANGED-1", None, None)

    run = world.sync()

    assert (run.mode, run.changed, run.pushed) == (Run.Mode.DELTA, 1, 1)
    assert world.shop.live_documents()[uuid]["values"]["sku"][0]["data"] == "CHANGED-1"
    assert Listing.objects.get(key=uuid).identifier == "CHANGED-1"


def test_an_emptied_value_arrives_emptied(world):
    world.sync()
    uuid = next(
        key
        for key, document in world.shop.live_documents().items()
        if "weight" in document["values"]
    )
    world.pim.edit_product(uuid, "weight", None, None, None)

    world.sync()

    assert "weight" not in world.shop.live_documents()[uuid]["values"]


def test_a_mapped_catalog_carries_mapped_documents(world):
    catalog = world.add_catalog("Mapped", raw=False)
    world.catalog.delete()

    run = world.sync(catalog)

    assert run.status == Run.Status.SUCCEEDED
    assert run.pushed == len(world.listed(catalog))
    documents = world.shop.live_documents().values()
    assert all("values" not in document and document["uuid"] for document in documents)
    assert any(document.get("name") for document in documents)


def test_products_that_left_are_withdrawn(world):
    world.sync()
    disabled, deleted = sorted(world.listed())[:2]
    world.pim.disable_product(disabled)
    world.pim.delete_product(deleted)

    run = world.sync()

    assert (run.status, run.withdrawn, run.pushed) == (Run.Status.SUCCEEDED, 2, 0)
    assert world.on_shop() == world.listed()
    assert Listing.objects.get(key=disabled).status == Listing.Status.GONE


def test_a_product_that_comes_back_is_sent_again(world):
    world.sync()
    uuid = sorted(world.listed())[0]
    world.pim.disable_product(uuid)
    world.sync()
    world.pim.enable_product(uuid)

    run = world.sync()

    assert run.pushed == 1
    assert world.on_shop() == world.listed()


def test_an_old_product_that_is_newly_selected_is_read_by_a_delta(world):
    """Selecting it in the PIM does not move its own date."""
    product = world.pim.assortment.product(sorted(world.listed())[0])
    product.enabled = False
    world.sync()
    product.enabled = True

    run = world.sync()

    assert (run.mode, run.pushed) == (Run.Mode.DELTA, 1)
    assert world.on_shop() == world.listed()
