"""A PIM that was disconnected and connected again: nothing moves before a person says so."""

import json

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command

from catalogs.models import Catalog
from catalogs.reconnection import take_up
from catalogs.tasks import take_up_catalogs
from connections.models import AuditRecord, Connection, PimUser
from outbound.errors import ConfigurationError
from sync.foreground import run_here
from sync.models import Listing, Run
from sync.reconnection import confirm_dry_run, confirmable_run, last_dry_run
from sync.runs import create_run
from sync.tasks import start_scheduled_run
from tests.visitor import Visitor

pytestmark = pytest.mark.whole_runs

DISABLED, ENABLED = Catalog.PimState.DISABLED, Catalog.PimState.ENABLED


@pytest.fixture
def mapped(make_world):
    """A world whose only catalog is mapped and in step with the shop."""
    world = make_world(12)
    world.catalog.delete()
    world.catalog = world.add_catalog("Mapped", raw=False)
    assert world.sync().status == Run.Status.SUCCEEDED
    return world


@pytest.fixture
def julia():
    return Visitor()


def lose(world):
    """The app is removed in the PIM, and a run notices."""
    world.pim.disconnect(world.connection.client_id)
    run = world.sync()
    assert run.status == Run.Status.STOPPED
    assert Connection.objects.get().state == Connection.State.DISCONNECTED


def configure_as_before(world):
    """What people do in the PIM's screen: choose, map, enable."""
    there = world.pim.catalogs[world.again().pim_catalog_id]
    there.enabled = True
    if not world.catalog.raw:
        world.pim.auto_map(there)


def dry_run(world):
    return run_here(world.again(), full=True, dry_run=True, sleep=world.sleep)


def calls_of(world):
    return world.shop.stats()


def test_an_identical_mapping_pushes_nothing(mapped, julia):
    on_shop, calls = mapped.documents_on_shop(), calls_of(mapped)
    old_id = mapped.again().pim_catalog_id
    lose(mapped)

    julia.open_app(mapped.url)
    take_up_catalogs()

    catalog = mapped.again()
    assert catalog.pim_catalog_id != old_id
    assert (catalog.pim_state, catalog.is_unconfirmed) == (DISABLED, True)
    assert catalog.made_again_at is not None
    schema = mapped.pim.catalogs[catalog.pim_catalog_id].schema
    assert "name" in json.dumps(schema)

    configure_as_before(mapped)
    compared = dry_run(mapped)
    assert (compared.status, compared.changed, compared.leaving) == ("succeeded", 0, 0)
    run = confirm_dry_run(compared)
    [done] = mapped.work()

    assert done.pk == run.pk
    assert (done.status, done.mode, done.pushed, done.withdrawn) == ("succeeded", "full", 0, 0)
    assert mapped.documents_on_shop() == on_shop
    assert calls_of(mapped) == calls


def test_nothing_moves_before_a_dry_run_is_confirmed(mapped, julia):
    before, calls = mapped.documents_on_shop(), calls_of(mapped)
    lose(mapped)
    julia.open_app(mapped.url)
    take_up_catalogs()
    mapped.pim.catalogs[mapped.again().pim_catalog_id].enabled = True  # nothing is mapped

    runs = [mapped.sync(), mapped.sync(full=True)]
    start_scheduled_run(mapped.catalog.pk)
    compared = dry_run(mapped)

    assert [run.status for run in runs] == [Run.Status.STOPPED] * 2
    assert all("confirmed" in run.problem for run in runs)
    assert not Run.objects.live().exists()
    assert (compared.status, compared.changed) == (Run.Status.SUCCEEDED, 12)
    assert (mapped.documents_on_shop(), calls_of(mapped)) == (before, calls)
    assert mapped.statuses() == {"listed": 12}


def test_the_command_says_that_a_person_is_needed(mapped, julia, capsys):
    lose(mapped)
    julia.open_app(mapped.url)

    with pytest.raises(SystemExit) as raised:
        call_command("sync_catalog", mapped.catalog.pk, "--json")

    answer = json.loads(capsys.readouterr().out)
    assert raised.value.code != 0
    assert answer["status"] == "stopped"
    assert "confirmed" in answer["problem"]


def test_a_confirmation_covers_the_last_dry_run_only(mapped, julia):
    lose(mapped)
    julia.open_app(mapped.url)
    take_up_catalogs()
    configure_as_before(mapped)
    earlier, later = dry_run(mapped), dry_run(mapped)

    with pytest.raises(ConfigurationError, match="not the last one"):
        confirm_dry_run(earlier)

    assert mapped.again().is_unconfirmed
    assert last_dry_run(mapped.again()) == later


def test_a_dry_run_from_before_confirms_nothing(mapped, julia):
    earlier = dry_run(mapped)
    lose(mapped)
    julia.open_app(mapped.url)

    assert confirmable_run(mapped.again()) is None
    with pytest.raises(ConfigurationError):
        confirm_dry_run(earlier)


def test_confirming_twice_starts_no_second_run(mapped, julia):
    lose(mapped)
    julia.open_app(mapped.url)
    take_up_catalogs()
    configure_as_before(mapped)
    compared = dry_run(mapped)

    first, second = confirm_dry_run(compared), confirm_dry_run(compared)

    assert first == second
    taken_up = AuditRecord.objects.filter(action=AuditRecord.Action.TAKEN_UP_AGAIN)
    assert taken_up.count() == 1


def test_a_catalog_that_is_still_there_keeps_its_id_and_waits_too(world, julia):
    old_id = world.catalog.pim_catalog_id
    world.sync()
    kept = dict(world.pim.catalogs)
    lose(world)
    world.pim.catalogs.update(kept)

    julia.open_app(world.url)
    take_up_catalogs()

    catalog = world.again()
    assert (catalog.pim_catalog_id, catalog.made_again_at) == (old_id, None)
    assert (catalog.pim_state, catalog.is_unconfirmed) == (ENABLED, True)


def test_taking_up_twice_or_after_a_crash_makes_one_catalog(world, julia):
    lose(world)
    julia.open_app(world.url)
    crashed = world.again()  # an attempt that died after the PIM had made its catalog
    take_up(crashed)
    Catalog.objects.filter(pk=crashed.pk).update(
        pim_catalog_id=world.catalog.pim_catalog_id, pim_state=Catalog.PimState.GONE
    )

    take_up_catalogs()
    take_up_catalogs()

    assert list(world.pim.catalogs) == [world.again().pim_catalog_id]


def test_a_reconnection_that_nobody_noticed_is_noticed_by_the_token(world, julia):
    julia.open_app(world.url)
    world.sync()
    world.pim.disconnect(world.connection.client_id)

    julia.open_app(world.url)

    assert world.again().is_unconfirmed
    assert Connection.objects.get().state == Connection.State.CONNECTED


def test_granting_other_scopes_is_no_reconnection(world, julia):
    julia.open_app(world.url)
    app = next(iter(world.pim.apps.values()))
    world.pim.set_scopes(app, {"read_products"})

    julia.open_app(world.url)

    assert not world.again().is_unconfirmed
    assert Connection.objects.get().token == app.token


def test_who_reconnects_is_manager_and_the_run_under_way_ends(world, julia):
    lose(world)

    julia.open_app(world.url)

    assert {one.role for one in PimUser.objects.filter(firstname="Julia")} >= {"manager"}
    actions = AuditRecord.objects.order_by("pk").values_list("action", flat=True)
    assert [one for one in actions if one in ("lost", "connected")] == ["lost", "connected"]


def test_a_run_of_a_sibling_sends_nothing_of_an_unconfirmed_catalog(world, julia):
    second = world.add_catalog("Second")
    world.sync()
    world.sync(second)
    lose(world)
    julia.open_app(world.url)
    take_up_catalogs()
    for catalog in Catalog.objects.all():
        world.pim.catalogs[catalog.pim_catalog_id].enabled = True
    world.select(world.again(), "shoes")  # many leave the first; the second held them too
    before = world.documents_on_shop()

    confirm_dry_run(dry_run(world))
    [run] = world.work()

    assert run.status == Run.Status.SUCCEEDED
    waiting = Listing.objects.filter(catalog=second, status=Listing.Status.WAITING)
    assert not waiting.exclude(sent=None).filter(sent_at__gt=run.started_at).exists()
    assert world.on_shop() == set(before)


def test_the_page_leads_from_the_loss_to_the_first_sync(mapped, julia):
    lose(mapped)
    julia.open_app(mapped.url)
    take_up_catalogs()
    catalog = mapped.again()
    address = f"/catalogs/{catalog.uuid}/take-up"

    def page():
        response = julia.ferry.get(address)
        assert response.status_code == 200
        return BeautifulSoup(response.content, "html.parser")

    told = page().get_text(" ", strip=True)
    assert "must be made again by hand" in told
    shown = [row.th.get_text() for row in page().select("tbody tr")]
    assert shown[:3] == ["Product UUID", "SKU", "Name"]
    document = Listing.objects.order_by("identifier", "pk")[0].sent
    assert document is not None
    assert json.loads(document.body)["sku"] in told

    configure_as_before(mapped)
    julia.ferry.post(f"/catalogs/{catalog.uuid}/look")
    assert page().select_one("button.primary").string == "Compare"
    julia.ferry.post(f"/catalogs/{catalog.uuid}/compare")
    mapped.work()
    assert page().select_one("button.primary").string == "Confirm and sync"
    run = page().select_one("input[name=run]")["value"]
    answer = julia.ferry.post(f"/catalogs/{catalog.uuid}/confirm", {"run": run})

    [done] = mapped.work()
    assert answer["Location"] == done.get_absolute_url()
    assert (done.status, done.pushed) == ("succeeded", 0)
    assert julia.ferry.get(address)["Location"] == catalog.get_absolute_url()


def test_a_token_that_was_replaced_is_no_disconnection(world):
    app = next(iter(world.pim.apps.values()))
    world.pim.set_scopes(app, {"read_products"})

    run = world.sync()

    assert run.status == Run.Status.STOPPED
    assert "Connect again" in run.problem
    assert Connection.objects.get().state == Connection.State.CONNECTED


def test_the_first_run_reads_everything_even_if_another_was_queued(mapped, julia):
    lose(mapped)
    queued = create_run(mapped.again(), Run.Trigger.SCHEDULE)
    assert queued.mode == Run.Mode.DELTA
    julia.open_app(mapped.url)
    take_up_catalogs()
    configure_as_before(mapped)
    mapped.pim.catalogs[mapped.again().pim_catalog_id].mapping.pop("brand")

    run = confirm_dry_run(dry_run(mapped))
    [done] = mapped.work()

    assert (run.pk, done.pk) == (queued.pk, queued.pk)
    assert (done.mode, done.pushed) == (Run.Mode.FULL, 12)
    assert not any("brand" in document for document in mapped.documents_on_shop().values())
