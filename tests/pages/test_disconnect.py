"""Our own *Disconnect*: the token is forgotten, the shop and the catalogs stay."""

import pytest
from django.urls import reverse
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from catalogs.tasks import take_up_catalogs
from connections.models import AuditRecord, Connection, PimUser
from sync.models import Run
from tests.pages.conftest import page_of, text_of
from tests.visitor import Visitor

PATH = "/connection/disconnect"


@pytest.fixture
def julia(world):
    """She manages the connection of a world that is in step."""
    visitor = Visitor()
    visitor.open_app(world.url)
    PimUser.objects.update(role=PimUser.Role.MANAGER)
    world.sync()
    return visitor


def connection():
    return Connection.objects.get()


def test_it_asks_first_and_names_what_is_lost(world, julia):
    page = page_of(julia.ferry.get(PATH))

    assert world.catalog.name in text_of(page)
    assert "selection and mapping are lost" in text_of(page)
    assert not page.select_one("input[name=delete_catalogs]").has_attr("checked")
    assert connection().is_connected


def test_it_forgets_the_token_and_leaves_the_rest(world, julia):
    on_shop = world.documents_on_shop()

    response = julia.ferry.post(PATH, follow=True)

    row = connection()
    assert (row.token, row.state, row.ended_by) == ("", "disconnected", "us")
    assert row.problem.startswith(f"Julia Stark disconnected Ferry from {row.host}.")
    assert world.documents_on_shop() == on_shop
    assert list(world.pim.catalogs) == [world.catalog.pim_catalog_id]
    assert not PeriodicTask.objects.filter(name__startswith="Sync catalog", enabled=True)
    page = page_of(response)
    assert page.find("a", href=f"{world.url}/connect/apps/v1/connected_app/{row.client_id}")
    assert AuditRecord.objects.filter(action="disconnected").get().actor == "Julia Stark"


def test_the_second_tick_deletes_the_catalogs_in_the_pim_too(world, julia):
    on_shop = world.documents_on_shop()

    julia.ferry.post(PATH, {"delete_catalogs": "on"})

    assert not world.pim.catalogs
    assert world.documents_on_shop() == on_shop
    assert not connection().is_connected


def test_a_pim_that_does_not_delete_keeps_the_connection(world, julia):
    world.pim.set_scopes(next(iter(world.pim.apps.values())), {"read_products"})
    before = connection().token

    response = julia.ferry.post(PATH, {"delete_catalogs": "on"})

    assert response.status_code == 422
    assert page_of(response).select_one("[role=alert]")
    assert (connection().token, connection().state) == (before, "connected")


def test_a_second_click_changes_nothing(world, julia):
    julia.ferry.post(PATH)
    before = Connection.objects.values().get()

    assert julia.ferry.get(PATH).status_code == 200
    julia.ferry.post(PATH)

    assert Connection.objects.values().get() == before
    assert AuditRecord.objects.filter(action="disconnected").count() == 1


def test_runs_end_and_say_who_did_it(world, julia):
    julia.ferry.post(PATH)

    run = world.sync()

    assert run.status == Run.Status.STOPPED
    assert "Julia Stark disconnected Ferry" in run.problem


def test_opening_it_again_connects_and_waits_for_a_confirmation(world, julia):
    julia.ferry.post(PATH)

    julia.open_app(world.url)
    take_up_catalogs()

    catalog = world.again()
    assert connection().is_connected
    assert (catalog.pim_catalog_id, catalog.is_unconfirmed) == (
        world.catalog.pim_catalog_id,
        True,
    )
    assert catalog.pim_state == Catalog.PimState.ENABLED
    assert connection().forgotten_token == ""


def test_what_was_lost_once_more_is_not_taken_up_before_it_is_connected(world, julia):
    julia.ferry.post(PATH)
    julia.open_app(world.url)
    take_up_catalogs()
    julia.ferry.post(PATH)
    taking_up, compare = (
        reverse(f"pages:{name}", args=[world.catalog.uuid]) for name in ("take_up", "compare")
    )

    shown = julia.ferry.get(taking_up, follow=True)
    julia.ferry.post(compare)

    assert shown.redirect_chain == [(world.catalog.get_absolute_url(), 302)]
    assert "Connect again" in text_of(page_of(shown).main)
    assert not Run.objects.filter(dry_run=True).exists()


def test_a_catalog_that_is_gone_and_may_not_be_made_again_says_so(world, julia):
    julia.ferry.post(PATH)
    world.pim.disconnect(world.connection.client_id)
    world.pim.unknown_scopes = frozenset({"write_catalogs", "delete_catalogs"})
    julia.open_app(world.url)
    take_up_catalogs()

    path = reverse("pages:take_up", args=[world.catalog.uuid])
    page = page_of(julia.ferry.get(path))

    assert world.again().pim_state == Catalog.PimState.GONE
    assert "Ferry may not create catalogs there" in text_of(page.main)
    assert page.main.find("a", href=reverse("pages:connection"))


def test_who_opens_an_app_that_was_never_removed_does_not_become_its_manager(world, julia):
    julia.ferry.post(PATH)

    peter = Visitor("peter")
    peter.open_app(world.url)

    assert PimUser.objects.get(firstname="Peter").role == PimUser.Role.EDITOR


def test_who_connects_an_app_that_was_removed_there_too_is_manager(world, julia):
    julia.ferry.post(PATH)
    world.pim.disconnect(world.connection.client_id)

    Visitor().open_app(world.url)

    newest = PimUser.objects.order_by("-last_seen_at")[0]
    assert (newest.firstname, newest.role) == ("Julia", PimUser.Role.MANAGER)
