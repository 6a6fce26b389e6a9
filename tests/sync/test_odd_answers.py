"""Answers of the PIM that no fault of the sandbox makes: lists that end early, odd products."""

from typing import Any

import pytest

from connections.clients import client_for
from outbound.errors import TransientError
from pim.values import UuidPage
from sync import ownership, pull
from sync.models import Document, Listing, Run
from sync.pull import pull_run
from sync.recording import record_uuids
from sync.runs import create_run
from tests.channels.receiver import Answer, running_receiver

pytestmark = [pytest.mark.usefixtures("small_pages"), pytest.mark.slow]

UUIDS = r"/product-uuids\?"
PRODUCTS = r"/products\?"
EVERY_TRY = 8


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    return world


def ends_here(page):
    """A page that has lost its end, and with it the way to the next."""
    del page["_embedded"]["items"][4:]
    page["_links"].pop("next", None)


def test_a_listing_that_ends_early_withdraws_nothing(world):
    world.sync()
    gone = sorted(world.listed())[0]
    world.pim.disable_product(gone)
    before = world.documents_on_shop()
    world.between.edit_json(UUIDS, ends_here, after=1)

    run = world.sync()

    assert run.status == Run.Status.FAILED
    assert "list of products ended early" in run.problem
    assert world.documents_on_shop() == before

    assert world.sync().withdrawn == 1
    assert world.documents_on_shop() == world.documents_in_pim()


def test_a_listing_that_ended_early_is_no_complete_one_after_a_crash_either(world):
    """Its last page was recorded, and then the process died."""
    world.sync()
    run = create_run(world.catalog, Run.Trigger.MANUAL)
    ownership.claim(run)
    few = sorted(world.listed())[:4]
    record_uuids(run, UuidPage(tuple(few), None, len(world.listed()), ""), page_size=100)
    taken_up = Run.objects.get(pk=run.pk)

    with pytest.raises(TransientError, match="ended early"):
        pull_run(taken_up, client_for(world.connection), go_on=lambda: None)


def test_a_page_of_the_listing_that_repeats_the_one_before_makes_it_no_complete_one(world):
    world.sync()
    before = world.documents_on_shop()
    first: list[str] = []
    world.between.edit_json(UUIDS, lambda page: first.extend(page["_embedded"]["items"]))
    world.between.edit_json(
        UUIDS, lambda page: page["_embedded"].update(items=list(first)), after=1
    )

    run = world.sync()

    assert run.status == Run.Status.FAILED
    assert "list of products ended early" in run.problem
    assert world.documents_on_shop() == before


def test_products_that_come_while_the_listing_is_read_do_not_make_it_incomplete(world):
    world.sync()
    uuids = sorted(world.listed())
    world.pim.disable_product(uuids[2])
    world.between.meanwhile(UUIDS, lambda: world.pim.enable_product(uuids[2]))

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    world.sync()  # whether the product came before its page was read is chance
    assert world.documents_on_shop() == world.documents_in_pim()


def test_products_that_go_while_the_listing_is_read_do_not_make_it_incomplete(world):
    uuids = sorted(world.listed())
    world.between.meanwhile(UUIDS, lambda: world.pim.delete_product(uuids[-1]))

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()


def test_products_missing_from_a_page_that_ends_early_are_read_one_by_one(world):
    world.between.edit_json(PRODUCTS, ends_here, after=1)

    run = world.sync()

    assert (run.status, run.pulled) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert world.documents_on_shop() == world.documents_in_pim()


def test_what_the_ranges_did_not_bring_is_read_by_following_links(world, monkeypatch):
    monkeypatch.setattr(pull, "ONE_BY_ONE", 5)
    world.between.edit_json(PRODUCTS, ends_here)

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert world.documents_on_shop() == world.documents_in_pim()


def test_too_many_missing_products_mean_that_the_pages_ended_early(world, monkeypatch):
    monkeypatch.setattr(pull, "ONE_BY_ONE", 5)
    world.between.edit_json(PRODUCTS, ends_here, times=4)  # the three ranges, then the links

    run = world.sync()

    assert run.status == Run.Status.FAILED
    assert "pages of products ended early" in run.problem
    assert world.on_shop() == set()

    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()


def test_products_that_come_twice_are_sent_once(world):
    seen: dict[str, list[Any]] = {UUIDS: [], PRODUCTS: []}

    def repeat(path):
        def change(page):
            items = page["_embedded"]["items"]
            items += seen[path]
            seen[path] = items[:3]

        return change

    for path in seen:
        world.between.edit_json(path, repeat(path), times=3)

    run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert world.documents_on_shop() == world.documents_in_pim()
    assert Listing.objects.count() == len(world.listed())


def test_a_uuid_in_capitals_is_the_same_product(world):
    world.sync()

    def shout(page):
        items = page["_embedded"]["items"]
        items[:] = [item.upper() for item in items]

    world.between.edit_json(UUIDS, shout, times=3)
    world.between.edit_json(
        PRODUCTS,
        lambda page: [
            item.update(uuid=item["uuid"].upper()) for item in page["_embedded"]["items"]
        ],
        times=3,
    )

    run = world.sync(full=True)

    assert (run.status, run.withdrawn) == (Run.Status.SUCCEEDED, 0)
    assert set(Listing.objects.values_list("key", flat=True)) == world.listed()
    assert world.on_shop() == world.listed()


def test_a_catalog_of_exactly_full_pages_ends_with_an_empty_one(world):
    for uuid in sorted(world.listed())[20:]:
        world.pim.delete_product(uuid)
    world.pim.traffic.reset()

    run = world.sync()

    assert (run.status, run.listed, run.pushed) == (Run.Status.SUCCEEDED, 20, 20)
    requests = world.pim.traffic.as_json()["requests"]
    assert requests["GET /api/rest/v1/catalogs/<catalog_id>/product-uuids"] == 3
    assert requests["GET /api/rest/v1/catalogs/<catalog_id>/products"] == 2


@pytest.mark.parametrize(
    "item",
    [
        b'{"sku":"without a uuid"}',
        b'"00000000-0000-4000-8000-000000000000"',
        b'{"uuid":"00000000-0000-4000-8000-000000000000","a":"\\ud800"}',
        b'{"uuid":"00000000-0000-4000-8000-000000000000","a":"\0"}',
        b'{"uuid":"00000000-0000-4000-8000-000000000000","a":"\xff"}',
        b'{"uuid":"00000000-0000-4000-8000-000000000000","a":%s1%s}' % (b"[" * 5000, b"]" * 5000),
    ],
    ids=lambda item: item[:60],
)
def test_what_is_no_product_ends_the_run_and_changes_nothing(world, item):
    world.sync()
    world.pim.edit_product(sorted(world.listed())[0], "sku", "NEW", None, None)
    before = world.documents_on_shop()
    world.between.edit(
        PRODUCTS, lambda body: body.replace(b'"items":[', b'"items":[%s,' % item), times=EVERY_TRY
    )

    run = world.sync()

    assert run.status == Run.Status.FAILED
    assert "gave an unexpected answer" in run.problem
    assert world.documents_on_shop() == before

    assert world.sync().status == Run.Status.SUCCEEDED
    assert world.documents_on_shop() == world.documents_in_pim()


@pytest.mark.parametrize(
    "value",
    [
        b"12.50",
        b"1e400",
        b"-0.0",
        b"9" * 5000,
        b'"\\u0000 \\u00e9 \\/ \\ud83d\\ude00"',
        '"é \u2028 😀"'.encode(),
        b"[" * 900 + b"]" * 900,
    ],
    ids=lambda value: value[:30],
)
def test_an_odd_value_reaches_the_channel_to_the_letter(world, value):
    marked = b'"items":[{"odd":%s,' % value
    world.between.edit(PRODUCTS, lambda body: body.replace(b'"items":[{', marked))

    with running_receiver(script=Answer()) as receiver:
        world.channel.settings |= {"endpoint": receiver.url}
        world.channel.save()
        run = world.sync()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, len(world.listed()))
    assert any(b'"document":{"odd":%s,' % value in one.body for one in receiver.received)
    bodies = Document.objects.values_list("body", flat=True)
    assert sum(body.startswith(f'{{"odd":{value.decode()},') for body in bodies) == 1
