"""Setting up: the steps follow from what is stored, and nothing syncs by itself before the end."""

import pytest
from django_celery_beat.models import PeriodicTask

from catalogs.catalogs import create_catalog
from catalogs.models import Catalog
from catalogs.pauses import pause, resume
from catalogs.setting_up import start
from outbound.errors import ConfigurationError
from sandbox.faults import Fault
from sync import ownership
from sync.foreground import run_here
from sync.models import Listing, Look, Run
from sync.runs import push_what_waits
from sync.setting_up import (
    pause_sending,
    refuse_setting_up,
    send_all,
    send_first,
    setup_of,
    start_look,
)
from sync.status import status_lines
from sync.steps import Step
from sync.tasks import start_scheduled_run

pytestmark = pytest.mark.whole_runs


@pytest.fixture
def catalog(world):
    return create_catalog(world.channel, name="New one", every=30, raw=False, is_started=False)


def enable(world, catalog, *, is_on=True):
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.enabled = is_on
    if is_on:
        world.pim.auto_map(there)
    state = Catalog.PimState.ENABLED if is_on else Catalog.PimState.DISABLED
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=state)
    catalog.refresh_from_db()


@pytest.fixture
def looked(world, catalog):
    """The catalog after people have looked at its products."""
    enable(world, catalog)
    start_look(catalog)
    world.work()
    return world.again(catalog)


@pytest.fixture
def sent(world, looked):
    """The catalog after its first ten products were sent."""
    send_first(looked)
    world.work()
    return world.again(looked)


def schedule_of(catalog):
    return PeriodicTask.objects.get(name__contains=str(catalog.uuid))


def line_of(catalog):
    return next(
        line for line in status_lines() if (line["type"], line["id"]) == ("catalog", catalog.pk)
    )


def test_each_step_follows_from_what_is_stored(world, catalog):
    steps = [setup_of(catalog).step]
    enable(world, catalog)
    steps.append(setup_of(catalog).step)
    start_look(catalog)
    world.work()
    setup = setup_of(catalog)
    steps.append(setup.step)
    assert setup.reachable == Step.FIRST
    send_first(catalog)
    world.work()
    setup = setup_of(catalog)
    steps.append(setup.step)
    assert setup.reachable == Step.ALL
    send_all(catalog)
    steps.append(setup_of(catalog).step)

    assert steps == [Step.CONFIGURE, Step.LOOK, Step.LOOK, Step.FIRST, Step.ALL]


def test_a_new_catalog_is_not_started_by_its_schedule(world, catalog):
    enable(world, catalog)

    start_scheduled_run(catalog.pk)

    assert not Run.objects.exists()
    assert not schedule_of(catalog).enabled


def test_the_first_ten_are_sent_and_no_others(world, looked):
    keys = {one["key"] for one in Look.objects.get().first}

    send_first(looked)
    (run,) = world.work()

    assert (run.status, run.pushed) == (Run.Status.SUCCEEDED, 10)
    assert world.on_shop() == keys
    assert not world.again(looked).is_started


def test_the_second_click_sends_no_other_ten(world, looked):
    one = send_first(looked)

    assert send_first(looked) == one
    world.work()
    assert send_first(looked) == one
    assert Run.objects.filter(mode=Run.Mode.PRODUCT).count() == 1


def test_another_look_changes_nothing_about_the_ten(world, sent):
    keys = setup_of(sent).keys
    before = world.on_shop()
    start_look(sent)
    world.work()

    again = send_first(sent, again=True)

    assert again.keys == sorted(keys)
    world.work()
    assert world.on_shop() == before


def test_nothing_is_sent_before_somebody_looked(world, catalog):
    enable(world, catalog)

    with pytest.raises(ConfigurationError, match="Look at a few products first"):
        send_first(catalog)
    with pytest.raises(ConfigurationError, match="Go through the steps"):
        send_all(catalog)

    assert not Run.objects.exists()


def test_everything_is_sent_and_the_schedule_starts_then(world, sent):
    send_all(sent)
    assert not schedule_of(sent).enabled

    (run,) = world.work()

    assert (run.status, run.problem, run.mode) == (Run.Status.SUCCEEDED, "", Run.Mode.FULL)
    assert world.on_shop() == world.listed(sent)
    assert world.again(sent).is_started
    assert schedule_of(sent).enabled


def test_the_second_click_on_everything_goes_to_the_same_run(world, sent):
    one = send_all(sent)

    assert send_all(sent) == one


def test_another_tab_that_comes_late_is_told_so(world, sent):
    send_all(sent)
    world.work()

    with pytest.raises(ConfigurationError, match="is set up already"):
        send_all(sent)
    with pytest.raises(ConfigurationError, match="is set up already"):
        send_first(sent)


def test_it_is_paused_and_goes_on(world, sent):
    run = send_all(sent)
    pause_sending(sent)
    world.work()
    run.refresh_from_db()
    assert (run.status, world.again(sent).is_started) == (Run.Status.STOPPED, False)
    assert setup_of(world.again(sent)).step == Step.ALL

    send_all(world.again(sent))
    world.work()

    assert world.on_shop() == world.listed(sent)
    assert world.again(sent).is_started


def test_the_first_ten_are_sent_again_after_a_pause(world, sent):
    send_all(sent)
    pause_sending(sent)
    world.work()

    again = send_first(world.again(sent), again=True)
    world.work()
    send_all(world.again(sent))
    world.work()

    again.refresh_from_db()
    assert again.status == Run.Status.SUCCEEDED
    assert world.again(sent).is_started


def test_who_paused_a_catalog_that_is_being_set_up_goes_on_by_sending(world, looked):
    pause(looked, reason="Lunch")

    first = send_first(world.again(looked))
    world.work()

    first.refresh_from_db()
    assert first.status == Run.Status.SUCCEEDED
    assert setup_of(world.again(looked)).reachable == Step.ALL


def test_a_run_that_died_half_way_is_taken_up_and_starts_the_schedule(world, sent):
    run = send_all(sent)
    dead = Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)
    assert ownership.claim(dead)
    assert setup_of(world.again(sent)).step == Step.ALL
    Run.objects.filter(pk=run.pk).update(owner="")

    world.work()

    assert world.again(sent).is_started
    assert world.on_shop() == world.listed(sent)


def test_a_catalog_that_was_disabled_at_the_last_step_sends_nothing_more(world, sent):
    before = world.on_shop()
    there = world.pim.catalogs[sent.pim_catalog_id]
    there.enabled = False

    send_all(sent)
    (run,) = world.work()

    assert run.status == Run.Status.STOPPED
    assert "is disabled in the PIM" in run.problem
    assert world.on_shop() == before
    setup = setup_of(world.again(sent))
    assert (setup.step, setup.catalog.is_started) == (Step.CONFIGURE, False)
    there.enabled = True
    enable(world, sent)
    send_all(world.again(sent))
    world.work()
    assert world.again(sent).is_started


def test_a_catalog_that_was_deleted_in_the_pim_is_told_in_words(world, sent):
    before = world.on_shop()
    del world.pim.catalogs[sent.pim_catalog_id]

    send_all(sent)
    (run,) = world.work()

    assert "was deleted in the PIM" in run.problem
    assert world.on_shop() == before
    assert line_of(sent)["state"] == "gone"


def test_a_shop_that_refuses_leaves_the_first_step_open(world, looked, waited):
    world.pim.faults.add(Fault("500", "/shop/ingest$", times=1000))

    send_first(looked)
    (run,) = world.work()

    assert run.status == Run.Status.FAILED
    assert setup_of(world.again(looked)).reachable == Step.FIRST


def test_thousands_after_the_first_ten_are_no_growth(world, sent):
    """The fuse holds what more than doubles a catalog; a first sync is none of that."""
    Catalog.objects.filter(pk=sent.pk).update(growth_count=5)

    send_all(world.again(sent))
    (run,) = world.work()

    assert (run.status, run.held) == (Run.Status.SUCCEEDED, 0)
    assert world.on_shop() == world.listed(sent)


def test_what_waited_for_the_channels_hours_is_no_growth_either(world, sent):
    Catalog.objects.filter(pk=sent.pk).update(growth_count=5)
    send_all(world.again(sent))
    pause(world.channel)
    world.work()
    assert len(world.on_shop()) == 10

    resume(world.channel)
    push_what_waits(world.again(sent))
    (run,) = world.work()

    assert (run.status, run.held) == (Run.Status.SUCCEEDED, 0)
    assert world.on_shop() == world.listed(sent)


def test_sync_status_says_the_step(world, catalog):
    assert line_of(catalog)["state"] == "setting_up"
    assert line_of(catalog)["step"].startswith("Step 4 of 7: configure it in Akeneo")
    enable(world, catalog)
    assert line_of(catalog)["step"].startswith("Step 5 of 7")


def test_the_command_stays_direct(world, catalog):
    """Whoever syncs it by the command has decided: a full run starts it."""
    enable(world, catalog)

    run = run_here(world.again(catalog), full=False, dry_run=False, sleep=world.sleep)

    assert run.status == Run.Status.SUCCEEDED
    assert world.again(catalog).is_started


def test_a_dry_run_starts_nothing(world, catalog):
    enable(world, catalog)

    run_here(world.again(catalog), full=True, dry_run=True, sleep=world.sleep)

    assert not world.again(catalog).is_started


def test_a_catalog_of_the_command_is_started_at_once(world):
    assert world.catalog.is_started
    assert schedule_of(world.catalog).enabled
    refuse_setting_up(world.catalog)


def test_starting_twice_is_once(world, catalog):
    assert start(catalog)
    assert not start(world.again(catalog))


def test_what_a_refused_one_of_the_ten_says_is_kept(world, looked):
    refused = Look.objects.get().first[0]["key"]
    world.shop.reject = {refused}

    send_first(looked)
    (run,) = world.work()

    assert (run.status, run.pushed, run.failed) == (Run.Status.SUCCEEDED, 9, 1)
    assert Listing.objects.get(key=refused).problem
    assert setup_of(world.again(looked)).reachable == Step.ALL


def test_how_far_it_is_costs_four_queries(catalog, django_assert_num_queries):
    with django_assert_num_queries(4):
        setup_of(catalog)
