"""Catalogs that say what their products carry, on the sandbox PIM and a shop that can do it all."""

import json

import pytest

from catalogs.channels import create_channel
from catalogs.content import set_content
from catalogs.models import Catalog
from channels.base import ConfigurationError, TransientError
from channels.registry import KINDS
from connections.clients import client_for
from sandbox.completeness import completenesses
from sandbox.data.associations import Link
from sandbox.state import Source
from sync.models import AwaitedLink, Departure, Listing, Run
from sync.runs import create_run, mode_due
from tests.channels.able import AbleAdapter, AbleShop
from tests.channels.memory import SHOPS

pytestmark = pytest.mark.usefixtures("small_pages")

Status = Listing.Status


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.setitem(KINDS, "able", AbleAdapter)
    monkeypatch.setitem(SHOPS, "able", AbleShop())
    return SHOPS["able"]


@pytest.fixture
def world(make_world, shop):
    world = make_world(25)
    world.catalog.delete()
    world.channel = create_channel(
        world.connection, name="Able", kind="able", values={"shop": "able"}, by_staff=True
    )
    world.catalog = world.add_catalog("Content", raw=False)
    in_pim(world).mapping = {
        "uuid": Source("uuid"),
        "sku": Source("sku"),
        "name": Source("name"),
    }
    return world


def in_pim(world):
    return world.pim.catalogs[world.catalog.pim_catalog_id]


def setting(world, **values):
    set_content(world.again(), **values)
    return world.again()


def on_shop(shop):
    return {key: json.loads(body) for key, body in shop.products.items()}


def requests(world):
    """What the PIM was asked for since the last look."""
    asked = world.pim.traffic.as_json()["requests"]
    world.pim.traffic.reset()
    return asked


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


def lose_name(world, key):
    """Make the product incomplete; return what mends it."""
    name = world.pim.assortment.value(world.pim.assortment.product(key), "name", "de_DE", None)
    world.pim.edit_product(key, "name", None, "de_DE")
    return lambda: world.pim.edit_product(key, "name", name, "de_DE")


def complete_in_print(world):
    assortment = world.pim.assortment
    products = [assortment.product(key) for key in world.listed()]
    return {
        product.uuid
        for product in products
        if all(
            each["data"] == 100
            for each in completenesses(assortment, product, assortment.values_of(product))
            if each["scope"] == "print"
        )
    }


class TestOnlyWhenComplete:
    def test_what_is_not_complete_is_never_sent_and_says_what_it_lacks(self, world, shop):
        lost = sorted(complete_in_print(world))[0]
        lose_name(world, lost)
        setting(world, complete_for="print")

        run = world.sync()

        assert run.status == Run.Status.SUCCEEDED
        assert set(shop.products) == complete_in_print(world)
        assert lost not in {product.key for product in shop.given}
        listing = Listing.objects.get(key=lost)
        assert (listing.status, listing.left_because) == (Status.GONE, "incomplete")
        assert listing.problem.startswith("Not complete in the PIM: ")
        assert " %" in listing.problem
        assert listing.label or listing.identifier

    def test_it_arrives_when_it_becomes_complete_and_leaves_when_it_is_not_any_more(
        self, world, shop
    ):
        setting(world, complete_for="print")
        world.sync()
        key = sorted(shop.products)[0]
        others = set(shop.products) - {key}

        mend = lose_name(world, key)
        left = world.sync()
        on_shop_then = set(shop.products)
        listing = Listing.objects.get(key=key)
        mend()
        world.sync()

        assert (left.mode, left.withdrawn) == (Run.Mode.DELTA, 1)
        assert on_shop_then == others
        assert (listing.status, listing.left_because) == (Status.GONE, "incomplete")
        assert "%" in listing.problem
        assert set(shop.products) == others | {key}
        assert Listing.objects.get(key=key).problem == ""
        assert not Departure.objects.exists()

    def test_it_stays_on_the_shop_where_that_is_what_is_set(self, world, shop):
        setting(world, complete_for="print", when_incomplete="leave")
        world.sync()
        key = sorted(shop.products)[0]

        lose_name(world, key)
        world.sync()

        assert key in shop.products
        assert Listing.objects.get(key=key).status == Status.KEPT

    def test_many_at_once_are_held_for_a_person(self, world, shop):
        world.sync()
        everything = set(shop.products)
        setting(world, complete_for="print")
        Catalog.objects.update(fuse_count=0, fuse_percent=1)
        incomplete = everything - complete_in_print(world)
        for key in sorted(complete_in_print(world))[:3]:
            lose_name(world, key)
            incomplete.add(key)

        run = world.sync()

        assert (run.status, run.held) == (Run.Status.HELD, len(incomplete))
        assert set(shop.products) == everything

    def test_a_delta_does_not_ask_for_incomplete_products_one_by_one(self, world, shop):
        setting(world, complete_for="print")
        for key in sorted(complete_in_print(world))[:3]:
            lose_name(world, key)
        Run.objects.update(watermark=None)
        world.sync()
        requests(world)

        run = world.sync()

        assert (run.mode, run.changed) == (Run.Mode.DELTA, 0)
        assert not [path for path in requests(world) if path.endswith("mapped-products/*")]

    def test_a_dry_run_says_what_would_leave_and_changes_nothing(self, world, shop):
        setting(world, complete_for="print")
        world.sync()
        key = sorted(shop.products)[0]
        lose_name(world, key)
        before = sorted(Listing.objects.values_list("key", "status", "problem"))

        run = create_run(world.again(), Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True)
        [run] = world.work()

        assert (run.status, run.leaving, run.changed) == (Run.Status.SUCCEEDED, 1, 0)
        assert sorted(Listing.objects.values_list("key", "status", "problem")) == before
        assert list(run.differences.values_list("key", "action")) == [(key, "withdraw")]

    def test_a_pim_that_says_nothing_of_any_product_changes_nothing(self, world, shop):
        setting(world, complete_for="print")
        world.sync()
        before = dict(shop.products)
        world.between.edit_json(
            r"/products-uuid\?", lambda page: page["_embedded"]["items"].clear(), times=999
        )

        run = world.sync(full=True)

        assert run.status == Run.Status.FAILED
        assert shop.products == before

    @pytest.mark.parametrize("said", [None, "soon", [7], [{"scope": "print"}]])
    def test_what_is_said_by_halves_takes_nothing_off_the_shop(self, world, shop, said):
        setting(world, complete_for="print")
        world.sync()
        before = dict(shop.products)
        spoilt = sorted(before)[0]

        def spoil(page):
            for one in page["_embedded"]["items"]:
                if one["uuid"] == spoilt:
                    one["completenesses"] = said

        world.between.edit_json(r"/products-uuid\?", spoil, times=999)

        run = world.sync(full=True)

        assert run.status == Run.Status.SUCCEEDED
        assert shop.products == before

    def test_a_pim_that_tells_no_completeness_at_all_changes_nothing(self, world, shop):
        setting(world, complete_for="print")
        world.sync()
        before = dict(shop.products)

        def spoil(page):
            for one in page["_embedded"]["items"]:
                del one["completenesses"]

        world.between.edit_json(r"/products-uuid\?", spoil, times=999)

        run = world.sync(full=True)

        assert (run.status, run.withdrawn) == (Run.Status.FAILED, 0)
        assert shop.products == before


class TestCategories:
    def test_products_say_their_categories_and_the_shop_gets_the_tree(self, world, shop):
        setting(world, category_root="master", locales={"en_US": "en"}, locale="en_US")

        world.sync()

        assortment = world.pim.assortment
        below = assortment.with_children({"master"}) - {"master"}
        assert {key: set(one["pim_categories"]) for key, one in on_shop(shop).items()} == {
            key: set(assortment.product(key).categories) & below for key in world.listed()
        }
        tree = shop.trees["master"]
        assert {one.code for one in tree} == below
        assert {one.label("en") for one in tree} == {
            assortment.categories[code]["labels"]["en_US"] for code in below
        }
        known = {None}
        for one in tree:
            assert one.parent in known
            known.add(one.code)

    def test_it_follows_at_a_delta_only_when_the_tree_changed(self, world, shop):
        setting(world, category_root="master")
        world.sync()
        world.sync()
        assert shop.arranged == ["master"]

        code = shop.trees["master"][0].code
        world.pim.assortment.categories[code]["labels"]["en_US"] = "Renamed"
        run = world.sync()

        assert run.mode == Run.Mode.DELTA
        assert shop.arranged == ["master", "master"]
        assert shop.trees["master"][0].label("en_US") == "Renamed"

    def test_another_root_takes_the_first_tree_away(self, world, shop):
        setting(world, category_root="master")
        world.sync()

        setting(world, category_root="clothing")
        world.sync()

        assert shop.trees.keys() == {"master", "clothing"}
        assert shop.trees["master"] == []
        assert {one.parent for one in shop.trees["clothing"]} == {None}

    def test_products_that_would_lose_all_their_categories_wait_for_a_person(self, world, shop):
        setting(world, category_root="master")
        world.sync()

        setting(world, category_root="")
        run = world.sync()

        assert (run.status, run.held) == (Run.Status.HELD, len(world.listed()))
        assert all(one["pim_categories"] for one in on_shop(shop).values())

    def test_a_root_that_is_gone_stops_the_run_before_anything_is_lost(self, world, shop):
        setting(world, category_root="master")
        world.sync()
        before = dict(shop.products)
        setting(world, category_root="no-such")

        run = world.sync()

        assert run.status == Run.Status.STOPPED
        assert "no-such" in run.problem
        assert shop.products == before
        assert shop.arranged == ["master"]

    @pytest.mark.parametrize("full", [False, True])
    def test_a_tree_with_nothing_in_it_takes_no_navigation_away(self, world, shop, full):
        setting(world, category_root="master")
        world.sync()
        before, tree = dict(shop.products), shop.trees["master"]

        def empty(page):
            items = page["_embedded"]["items"]
            items[:] = [one for one in items if one["code"] == "master"]
            page["items_count"] = 1

        world.between.edit_json(r"/rest/v1/categories\?", empty, times=100)

        run = world.sync(full=full)

        assert run.status == Run.Status.STOPPED
        assert "master" in run.problem
        assert (shop.products, shop.trees["master"]) == (before, tree)

    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            (ConfigurationError("Grant the app the collections."), Run.Status.STOPPED),
            (TransientError("The shop is busy."), Run.Status.FAILED),
        ],
    )
    def test_a_shop_that_refuses_the_tree_gets_no_products_that_would_miss_it(
        self, world, shop, fault, status
    ):
        setting(world, category_root="master")
        shop.arrange_fault = fault

        first = world.sync()
        shop.arrange_fault = None
        sent = dict(shop.products)
        world.sync()

        assert (first.status, sent) == (status, {})
        assert first.problem.startswith(fault.message)
        assert set(shop.products) == world.listed()
        assert shop.arranged == ["master"]


class TestLinks:
    @pytest.fixture
    def pair(self, world):
        """A product that is listed, and one that is not yet and that it links to."""
        first, second = sorted(world.listed())[:2]
        for key in world.listed():
            world.pim.assortment.product(key).links = {}
        world.pim.associate(first, "UPSELL", Link(second))
        world.pim.assortment.product(second).enabled = False
        return first, second

    def test_it_is_sent_again_when_the_awaited_product_arrives(self, world, shop, pair):
        first, second = pair
        setting(world, relations={"UPSELL": "related"})
        world.sync()
        waiting = list(AwaitedLink.objects.values_list("key", "awaited", "has_arrived"))
        before = len([one for one in shop.given if one.key == first])
        world.pim.assortment.product(second).enabled = True

        run = world.sync()

        assert waiting == [(first, second, False)]
        assert run.status == Run.Status.SUCCEEDED
        assert [one.key for one in shop.given][-2:] == [second, first]
        assert len([one for one in shop.given if one.key == first]) == before + 1
        assert not AwaitedLink.objects.exists()
        assert Listing.objects.get(key=first).status == Status.LISTED
        assert world.sync().pushed == 0

    def test_what_arrives_in_the_same_call_is_linked_too(self, world, shop, pair):
        first, second = pair
        world.pim.assortment.product(second).enabled = True
        setting(world, relations={"UPSELL": "related"})

        world.sync()

        assert not AwaitedLink.objects.exists()
        assert len([one for one in shop.given if one.key == first]) == 2

    def test_a_run_that_died_before_it_sent_it_again_leaves_that_to_the_next(
        self, world, shop, pair
    ):
        first, second = pair
        setting(world, relations={"UPSELL": "related"})
        world.sync()
        AwaitedLink.objects.update(has_arrived=True)  # and then it died
        before = len(shop.given)

        world.sync()

        assert [one.key for one in shop.given[before:]] == [first]

    def test_it_is_forgotten_when_the_link_or_the_product_is_gone(self, world, shop, pair):
        first, second = pair
        setting(world, relations={"UPSELL": "related"})
        world.sync()
        assert AwaitedLink.objects.count() == 1

        world.pim.associate(first, "UPSELL")
        world.sync()
        assert not AwaitedLink.objects.exists()

        world.pim.associate(first, "UPSELL", Link(second))
        world.sync()
        assert AwaitedLink.objects.count() == 1
        world.pim.assortment.product(first).enabled = False
        world.sync()

        assert first not in shop.products
        assert not AwaitedLink.objects.exists()

    def test_a_shop_that_awaits_for_ever_is_not_called_for_ever(self, world, shop, pair):
        first, second = pair
        world.pim.assortment.product(second).enabled = True
        world.pim.associate(second, "UPSELL", Link(first))
        setting(world, relations={"UPSELL": "related"})
        shop.awaits_for_ever = {first: (second,), second: (first,)}

        run = world.sync()

        assert run.status == Run.Status.SUCCEEDED
        assert len([one for one in shop.given if one.key == first]) == 2


class TestWhoOwnsATarget:
    def test_what_is_set_on_new_products_only_is_not_sent_again(self, world, shop):
        setting(world, set_when={"name": "new", "sku": "empty"})
        world.sync()
        key = sorted(shop.products)[0]
        first = shop.last(key)
        world.pim.edit_product(key, "name", "Renamed", "en_US")

        world.sync()

        later = shop.last(key)
        assert first.data["name"]
        assert "name" not in later.data
        assert later.data["sku"] == first.data["sku"]
        assert later.if_empty == first.if_empty == {"sku"}

    def test_a_product_that_comes_back_is_new(self, world, shop):
        setting(world, set_when={"name": "new"})
        world.sync()
        key = sorted(shop.products)[0]
        world.pim.assortment.product(key).enabled = False
        world.sync()
        world.pim.assortment.product(key).enabled = True

        world.sync()

        assert shop.last(key).data["name"]


def test_a_remark_of_the_shop_stays_with_the_listed_product(world, shop):
    key = sorted(world.listed())[0]
    shop.remarks[key] = "Its picture could not be fetched."

    run = world.sync()

    listing = Listing.objects.get(key=key)
    assert (run.status, run.failed) == (Run.Status.SUCCEEDED, 0)
    assert (listing.status, listing.problem) == (Status.LISTED, "Its picture could not be fetched.")


def test_values_that_no_shop_is_chosen_for_are_left_out_and_offered(world, shop):
    in_pim(world).mapping["shops"] = Source("materials")
    world.sync()
    met = set(world.again().unknown_shops)
    assert met
    material = sorted(met)[0]
    assert all(one.get("shops", []) == [] for one in on_shop(shop).values())

    setting(world, shops={**world.again().shops, material: "2"})
    world.sync()

    assert set(world.again().unknown_shops) == met - {material}
    assert {"2"} == {
        one for document in on_shop(shop).values() for one in document.get("shops", [])
    }


def test_a_value_that_no_database_takes_is_no_shop(world, shop):
    in_pim(world).mapping["shops"] = Source("materials")
    key = sorted(world.listed())[0]

    def spoil(page):
        for one in page["_embedded"]["items"]:
            if one["uuid"] == key:
                one["shops"] = ["a\0b", "known"]

    world.between.edit_json(r"/mapped-products\?", spoil, times=999)

    assert world.sync().status == Run.Status.SUCCEEDED
    assert "known" in world.again().unknown_shops
    assert "a\0b" not in world.again().unknown_shops


class TestWithoutSettings:
    def test_the_pim_is_asked_for_nothing_more_and_bytes_stay_to_the_letter(self, world, shop):
        requests(world)

        world.sync()

        asked = {path.rsplit("/", 1)[-1] for path in requests(world)}
        # The last of them is the mapping schema, which a full run compares with ours.
        assert asked == {"<catalog_id>", "product-uuids", "mapped-products", "product"}
        client = client_for(world.connection)
        pages = client.product_pages(world.catalog.pim_catalog_id, mapped=True)
        assert shop.products == {
            one.key: one.body.decode() for page in pages for one in page.products
        }
        assert not shop.arranged
