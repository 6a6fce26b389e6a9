"""Texts in the languages of the shop, and what a change of settings reads again."""

import pytest

from connections.clients import client_for
from sync.models import Run
from sync.runs import mode_due
from tests.sync.content.able_world import in_pim, on_shop, requests, setting

pytestmark = pytest.mark.whole_runs


def test_texts_arrive_in_the_languages_of_the_shop(world, shop):
    world.sync()
    before = on_shop(shop)
    setting(world, locale="en_US", locales={"en_US": "en", "fr_FR": "fr"}, currencies=["EUR"])

    run = world.sync()

    assert run.mode == Run.Mode.FULL
    assert set(before) == set(shop.products) == world.listed()
    there = {entry["locale"] for one in on_shop(shop).values() for entry in one["name"]}
    assert there == {"en", "fr"}
    assert in_pim(world).managed_locales == ["en_US", "fr_FR"]
    assert in_pim(world).managed_currencies == ["EUR"]


def test_what_did_not_change_is_not_sent_again_and_a_change_of_settings_reads_everything(
    world, shop
):
    setting(world, locales={"en_US": "en"})
    world.sync()
    assert mode_due(world.again()) == Run.Mode.DELTA
    sent = len(shop.given)

    again = world.sync(full=True)
    setting(world, locales={"en_US": "en", "de_DE": "de"})

    assert (again.changed, again.pushed, len(shop.given)) == (0, 0, sent)
    assert mode_due(world.again()) == Run.Mode.FULL
    assert world.sync().changed == len(world.listed())


def test_the_pim_is_asked_for_nothing_more_and_bytes_stay_to_the_letter(world, shop):
    requests(world)

    world.sync()

    asked = {path.rsplit("/", 1)[-1] for path in requests(world)}
    # The last of them is the mapping schema, which a full run compares with ours.
    of_products = {"<catalog_id>", "product-uuids", "mapped-products", "product"}
    what_they_refer_to = {"attributes", "options", "categories"}  # as it stands at the first run
    assert asked == of_products | what_they_refer_to
    client = client_for(world.connection)
    pages = client.product_pages(world.catalog.pim_catalog_id, mapped=True)
    assert shop.products == {one.key: one.body.decode() for page in pages for one in page.products}
    assert not shop.arranged
