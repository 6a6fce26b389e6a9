"""A catalog of the sandbox, synced by the app into a real Vendure shop."""

import pytest

from catalogs.channels import adapter_for, create_channel
from channels.targets import as_json
from sandbox.records import Source
from tests.shops.vendure_stage import standing


@pytest.fixture
def catalog(world, shop):
    channel = create_channel(
        world.connection,
        name="Vendure",
        kind="vendure",
        values={"url": shop.url, "api_key": shop.api_key},
        by_staff=True,
    )
    channel.fields = as_json(adapter_for(channel).read_fields())
    channel.save(update_fields=["fields"])
    catalog = world.add_catalog("Vendure", raw=False, channel=channel)
    mapping = world.pim.catalogs[catalog.pim_catalog_id].mapping
    mapping |= {code: Source(None) for code in ("slug", "color", "size", "images")}
    world.catalog = catalog
    return catalog


def by_key(shop):
    return {one["customFields"]["externalId"]: one for one in standing(shop).values()}


def test_a_catalog_arrives_and_a_second_run_changes_nothing(world, shop, catalog):
    world.sync(catalog)
    first = standing(shop)

    world.sync(catalog, full=True)

    assert set(world.statuses(catalog)) == {"listed"}
    assert by_key(shop).keys() == world.listed(catalog)
    assert standing(shop) == first


def test_an_edit_changes_exactly_that_and_a_removal_withdraws_exactly_that(world, shop, catalog):
    world.sync(catalog)
    before = by_key(shop)
    edited, removed = sorted(before)[:2]

    world.pim.edit_product(edited, "name", "Renamed", "en_US")
    world.pim.disable_product(removed)
    world.sync(catalog)

    after = by_key(shop)
    assert {key for key in after if after[key] != before[key]} == {edited, removed}
    assert after[edited]["name"] == "Renamed"
    assert [key for key, one in after.items() if not one["enabled"]] == [removed]
