"""Ten thousand products with pictures: each file is had once and uploaded once, and no more.

`make bench-media` has all of them in a Shopify shop too, which takes too long for a test.
"""

from collections import Counter
from contextlib import contextmanager
from hashlib import sha256

import pytest
from django.db import connection as database

from catalogs.channels import change_channel, create_channel
from sandbox.records import Source
from sync.models import Run
from tests.channels.shopify.server import TOKEN, running_shop
from tests.sync.media.pictures import add_catalog, codes, content, downloaded, pictures

pytestmark = pytest.mark.slow

PRODUCTS = 10_700  # one in twenty is disabled
FEW = 1_070
MOST_CALLS = 4  # at the same time, of one connection (pim-contract.md 3.7)
BULK_FILE = "changes.jsonl"


@pytest.fixture
def small_pages():
    """None here: pages as they are in life."""


@pytest.fixture
def shop():
    with running_shop(locales=[{"locale": "en_US", "primary": True}]) as stand_in:
        shop = stand_in.shop
        shop.bucket.maximum = shop.bucket.left = 1e9  # or the test would wait
        shop.file_seconds = shop.bulk_seconds = 0.0
        yield shop


def with_pictures(make_world, products):
    """A PIM with small pictures, most of them different, for a channel that wants addresses."""
    world = make_world(products)
    world.pim.small_pictures = True
    world.catalog.delete()
    values = {"endpoint": f"{world.url}/shop/ingest", "batch_size": "100", "media": "ferry"}
    change_channel(world.channel, name="Shop", values=values, by_staff=True)
    world.catalog = add_catalog(world)
    return world


def sell_at_shopify(world, shop, family):
    channel = create_channel(
        world.connection,
        name="Shopify",
        kind="shopify",
        values={"shop": shop.url, "access_token": TOKEN, "publish": "nowhere"},
        by_staff=True,
    )
    catalog = world.add_catalog("Shopify", raw=False, channel=channel)
    world.pim.catalogs[catalog.pim_catalog_id].mapping = {
        "uuid": Source("uuid"),
        "title": Source("name"),
        "images": Source("image"),
    }
    world.select(catalog, family)
    return catalog


@contextmanager
def counted():
    """Statements to the database, one by one: thousands of their texts would be too many."""
    counts: Counter[str] = Counter()

    def count(execute, *call):
        counts["statements"] += 1
        return execute(*call)

    with database.execute_wrapper(count):
        yield counts


def uploads(shop):
    """How often each content was uploaded, by its digest; what changes in bulk is no file."""
    return Counter(
        sha256(content).hexdigest() for name, content in shop.uploads if name != BULK_FILE
    )


@pytest.fixture
def few(make_world):
    return with_pictures(make_world, FEW)


@pytest.fixture
def many(make_world):
    return with_pictures(make_world, PRODUCTS)


def test_ten_thousand_products_have_each_picture_once(few, many, shop):
    with counted() as of_few:
        run_of_few = few.sync()
    with counted() as of_many:
        run = many.sync()

    wanted = codes(many)
    files = set(wanted.values())
    assert len(wanted) >= 10_000
    assert len(files) > len(wanted) / 2
    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(wanted))
    assert downloaded(many) == run.files == len(files)
    assert pictures(many).keys() == wanted.keys()
    assert many.pim.traffic.as_json()["most_concurrent"]["pim"] <= MOST_CALLS
    a_product = [
        counts["statements"] / one.pushed for counts, one in ((of_few, run_of_few), (of_many, run))
    ]
    assert a_product[1] <= a_product[0] * 1.1

    # Without a change nothing moves, whatever is read.
    many.pim.traffic.reset()
    runs = [many.sync(full=True), many.sync()]
    assert {(one.status, one.files, one.pushed) for one in runs} == {(Run.Status.SUCCEEDED, 0, 0)}
    assert downloaded(many) == 0

    # Whoever uploads them takes what is there, each content once.
    catalog = sell_at_shopify(many, shop, "mugs")
    run = many.sync(catalog)
    sold = codes(many, catalog)
    contents = {content(many, code) for code in sold.values()}
    assert (run.status, run.pushed, downloaded(many)) == (Run.Status.SUCCEEDED, len(sold), 0)
    assert uploads(shop) == Counter(sha256(one).hexdigest() for one in contents)
    shop.calls.clear()
    assert many.sync(catalog, full=True).status == Run.Status.SUCCEEDED
    assert (downloaded(many), shop.calls) == (0, [])

    # One product shows another picture, which nobody has yet.
    shop.uploads.clear()
    uuid = next(iter(sold))
    values = many.pim.assortment.values_of(many.pim.assortment.product(uuid))
    many.pim.edit_product(uuid, "image", values["image_detail"][0]["data"])
    runs = [many.sync(), many.sync(catalog)]
    assert [(one.files, one.pushed) for one in runs] == [(1, 1), (0, 1)]
    assert (downloaded(many), uploads(shop).total()) == (1, 1)
