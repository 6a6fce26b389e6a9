"""Withdrawals that wait for a person: exactly what was seen is decided, and nothing else."""

import pytest

from catalogs.models import Catalog
from sync.listings import confirm_held, refuse_held
from sync.models import Listing, Run
from sync.removal import count_to_withdraw, remove_catalog
from sync.runs import start_run
from tests.factories import make_catalog
from tests.sync.processes import at_once

Status = Listing.Status


@pytest.fixture
def held(world):
    """The catalog shrank to its mugs; the rows of what is held, as a page shows them."""
    world.sync()
    world.select(world.catalog, "mugs")
    assert world.sync().status == Run.Status.HELD
    pks = list(Listing.objects.held().order_by("pk").values_list("pk", flat=True))
    assert len(pks) > 30
    return pks


def push(world):
    start_run(world.catalog, Run.Trigger.MANUAL, mode=Run.Mode.PUSH)
    [run] = world.work()
    return run


def test_what_came_back_after_it_was_confirmed_is_not_withdrawn_either(world, held):
    confirm_held(world.catalog, held)
    world.select(world.catalog, "mugs", "t_shirts")

    world.sync()

    assert world.on_shop() == world.listed()
    assert not world.withdrawn() & world.listed()


def test_what_was_refused_and_comes_back_is_an_ordinary_product_again(world, held):
    refuse_held(world.catalog, held)
    world.select(world.catalog)

    run = world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert world.statuses() == {Status.LISTED: len(world.listed())}


def test_a_decision_cannot_be_taken_twice(world, held):
    refuse_held(world.catalog, held[:5])

    assert confirm_held(world.catalog, held[:5]) == 0
    assert refuse_held(world.catalog, held[:5]) == 0


def test_nobody_decides_about_another_catalog(world, held):
    other = make_catalog(world.channel)

    assert confirm_held(other, held) == refuse_held(other, held) == 0


def test_what_another_catalog_comes_to_want_is_held_no_more(world, held):
    other = world.add_catalog("Shirts", raw=False)
    world.select(other, "t_shirts")

    world.sync(other)

    shirts = world.listed(other)
    assert world.statuses()[Status.HELD] == len(held) - len(shirts)
    assert {key: world.shop.live_documents()[key] for key in shirts} == world.documents(other)
    assert not world.withdrawn()


def test_removing_with_withdraw_all_takes_off_held_and_kept_products_too(world, held):
    refuse_held(world.catalog, held[:5])
    number = count_to_withdraw([world.catalog])

    remove_catalog(world.catalog, on_shop=Catalog.OnShop.WITHDRAW, in_pim=Catalog.InPim.KEEP)
    [run] = world.work()

    assert run.withdrawn == number == len(world.shop.items)
    assert world.on_shop() == set()


def test_a_confirmation_during_a_run_takes_nothing_that_came_back(world, held):
    world.select(world.catalog, "mugs", "t_shirts", "backpacks")

    at_once(world.sync, lambda: confirm_held(world.catalog, held))
    push(world)

    assert world.on_shop() == world.listed()
    assert not world.withdrawn() & world.listed()
