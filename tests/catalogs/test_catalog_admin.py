"""Catalogs in admin: what is created and renamed here is so in the PIM."""

import pytest
import requests
import responses
from django.urls import reverse
from django.utils import timezone
from django_celery_beat.models import PeriodicTask

from catalogs.models import Catalog
from catalogs.schedules import apply_schedule
from connections.models import Connection
from tests.factories import make_catalog, make_channel, make_connection
from tests.pages.conftest import API, PIM, messages_of, page_of, text_of
from tests.staff import browser_of_staff, browser_of_superuser, make_staff

pytestmark = pytest.mark.django_db

LIST = "/admin/catalogs/catalog/"
ADD = reverse("admin:catalogs_catalog_add")


def change(catalog):
    return reverse("admin:catalogs_catalog_change", args=[catalog.pk])


def do(browser, action, *catalogs):
    values = {"action": action, "_selected_action": [one.pk for one in catalogs]}
    return messages_of(browser.post(LIST, values, follow=True))


def row_of(catalog):
    catalog.refresh_from_db()
    return catalog.name, catalog.every, catalog.is_paused, catalog.archived_at is not None


def is_scheduled(catalog):
    return PeriodicTask.objects.get(name__contains=str(catalog.uuid)).enabled


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def channel():
    return make_channel(make_connection(pim_url=PIM))


@pytest.fixture
def catalog(channel):
    catalog = make_catalog(channel, name="Autumn")
    apply_schedule(catalog)
    return catalog


@pytest.fixture
def pim():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def filled(on, **changes):
    return {"channel": on.pk, "name": "Autumn", "every": "60", **changes}


def settings_of(catalog, **changes):
    return {"name": catalog.name, "every": catalog.every, **changes}


def accept(pim):
    pim.post(f"{API}/catalogs", json={"id": "c1", "name": "Autumn", "enabled": False}, status=201)
    return pim.put(f"{API}/catalogs/c1/mapping-schemas/product", status=204)


def answer_rename(pim, catalog):
    address = f"{API}/catalogs/{catalog.pim_catalog_id}"
    body = {"id": catalog.pim_catalog_id, "name": catalog.name, "enabled": True}
    pim.get(address, json=body)
    return pim.patch(address, json=body)


def test_a_catalog_is_created_on_both_sides(browser, channel, pim):
    schema = accept(pim)

    response = browser.post(ADD, filled(channel))

    catalog = Catalog.objects.get()
    assert response.url == LIST
    assert (catalog.channel, catalog.name, catalog.every) == (channel, "Autumn", 60)
    assert (catalog.pim_catalog_id, catalog.raw) == ("c1", False)
    assert schema.call_count == 1
    assert is_scheduled(catalog)


def test_a_raw_catalog_gets_no_schema_and_may_have_no_schedule(browser, channel, pim):
    schema = accept(pim)

    browser.post(ADD, filled(channel, raw="on", every=""))

    catalog = Catalog.objects.get()
    assert (catalog.raw, catalog.every, schema.call_count) == (True, None, 0)


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"name": ""}, "name", "required"),
        ({"name": " "}, "name", "required"),
        ({"name": "x" * 256}, "name", "at most 255"),
        ({"every": "0"}, "every", "greater than or equal to 1"),
        ({"every": "44641"}, "every", "less than or equal to 44640"),
        ({"channel": "999"}, "channel", "Select a valid choice"),
    ],
)
def test_bad_input_is_told_at_its_field(browser, channel, pim, changes, field, says):
    response = browser.post(ADD, filled(channel, **changes))

    row = page_of(response).find(id=f"id_{field}").find_parent(class_="field-line")
    assert says in text_of(row)
    assert not pim.calls
    assert not Catalog.objects.exists()


def test_nothing_is_created_on_a_channel_that_goes(browser, channel, pim):
    channel.removing_since = timezone.now()
    channel.save()

    response = browser.post(ADD, filled(channel))

    assert "Select a valid choice" in text_of(page_of(response))
    assert not pim.calls


LIMIT = {
    "code": 422,
    "message": "Validation failed.",
    "errors": [{"property": "", "message": "You can create up to 15 catalogs per app"}],
}


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"json": LIMIT, "status": 422}, "no room for another catalog"),
        ({"json": {"code": 403, "message": "Access forbidden."}, "status": 403}, "does not allow"),
        ({"body": "<html>Bad gateway</html>", "status": 502}, "Look in the PIM"),
        ({"body": requests.ConnectionError("refused")}, "Look in the PIM"),
        ({"json": {"code": 401, "message": "Invalid token."}, "status": 401}, "no longer accepts"),
    ],
)
def test_a_pim_that_refuses_is_told_in_the_form(browser, channel, pim, answer, says):
    pim.post(f"{API}/catalogs", **answer)

    response = browser.post(ADD, filled(channel))

    page = page_of(response)
    assert response.status_code == 200
    assert says in text_of(page.select(".errornote")[-1])
    assert page.find("input", {"name": "name"})["value"] == "Autumn"
    assert not Catalog.objects.exists()
    assert not PeriodicTask.objects.filter(task__contains="start_scheduled_run").exists()


def test_a_schema_that_is_refused_leaves_nothing_behind(browser, channel, pim):
    pim.post(f"{API}/catalogs", json={"id": "c1", "name": "Autumn", "enabled": False}, status=201)
    schema = f"{API}/catalogs/c1/mapping-schemas/product"
    pim.put(schema, json={"code": 422, "message": "Mapping schema is not valid."}, status=422)
    deleted = pim.delete(f"{API}/catalogs/c1", status=204)

    response = browser.post(ADD, filled(channel))

    assert "did not accept this" in text_of(page_of(response))
    assert deleted.call_count == 1
    assert not Catalog.objects.exists()


@pytest.mark.parametrize("state", [Connection.State.REGISTERED, Connection.State.DISCONNECTED])
def test_a_pim_that_is_not_connected_is_told_in_the_form(browser, channel, pim, state):
    Connection.objects.update(state=state)

    response = browser.post(ADD, filled(channel))

    assert response.status_code == 200
    assert "onnect" in text_of(page_of(response).select_one("#content-main"))
    assert not Catalog.objects.exists()


def test_it_is_renamed_here_and_in_the_pim(browser, catalog, pim):
    renamed = answer_rename(pim, catalog)

    browser.post(change(catalog), settings_of(catalog, name="Winter"))

    assert row_of(catalog)[0] == "Winter"
    assert b'"Winter"' in renamed.calls[0].request.body


def test_a_name_that_the_pim_refuses_changes_nothing(browser, catalog, pim):
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", status=503)

    response = browser.post(change(catalog), settings_of(catalog, name="Winter", every="5"))

    row = page_of(response).find(id="id_name").find_parent(class_="field-line")
    assert "cannot answer at the moment" in text_of(row)
    assert row_of(catalog) == ("Autumn", 30, False, False)


def test_schedule_pause_and_archive_follow_the_form_without_asking_the_pim(browser, catalog, pim):
    browser.post(change(catalog), settings_of(catalog, every="90", paused="on", archived="on"))
    put_aside = row_of(catalog), is_scheduled(catalog)
    browser.post(change(catalog), settings_of(catalog))

    assert put_aside == (("Autumn", 90, True, True), False)
    assert row_of(catalog) == ("Autumn", 90, False, False)
    assert is_scheduled(catalog)
    assert not pim.calls


def test_it_may_sync_only_when_somebody_asks(browser, catalog):
    browser.post(change(catalog), settings_of(catalog, every=""))

    assert row_of(catalog)[1] is None
    assert not PeriodicTask.objects.filter(name__contains=str(catalog.uuid)).exists()


def test_a_link_leads_to_its_configuration_in_akeneo(browser, catalog):
    page = browser.see(change(catalog))

    assert page.find("a", string="Configure in Akeneo")["href"] == catalog.configure_url


def test_several_are_paused_resumed_archived_and_restored(browser, channel):
    catalogs = [make_catalog(channel, name=name) for name in ("A", "B")]
    going = make_catalog(channel, removing_since=timezone.now())

    said = [
        do(browser, action, *catalogs, going)
        for action in ("pause_catalogs", "resume_catalogs", "archive_catalogs", "restore_catalogs")
    ]

    assert said == [
        ["2 catalogs were paused."],
        ["2 catalogs were resumed."],
        ["2 catalogs were archived."],
        ["2 catalogs were restored."],
    ]
    assert {row_of(one)[2:] for one in [*catalogs, going]} == {(False, False)}


def test_each_of_these_does_what_it_says(browser, catalog):
    states = []
    for action in ("pause_catalogs", "archive_catalogs", "resume_catalogs", "restore_catalogs"):
        assert do(browser, action, catalog)[0].startswith("1 catalog was ")
        states.append((*row_of(catalog)[2:], is_scheduled(catalog)))

    assert states == [
        (True, False, False),
        (True, True, False),
        (False, True, False),
        (False, False, True),
    ]


def test_what_staff_did_stands_in_the_history(browser, catalog):
    do(browser, "pause_catalogs", catalog)

    history = browser.see(reverse("admin:catalogs_catalog_history", args=[catalog.pk]))

    assert "Paused" in text_of(history)


def test_the_pim_is_asked_whether_they_are_enabled(browser, channel, pim):
    enabled, gone, unwell = (make_catalog(channel, name=name) for name in ("A", "B", "C"))
    body = {"id": enabled.pim_catalog_id, "name": "A", "enabled": False}
    pim.get(f"{API}/catalogs/{enabled.pim_catalog_id}", json=body)
    not_found = {"code": 404, "message": "Catalog does not exist."}
    pim.get(f"{API}/catalogs/{gone.pim_catalog_id}", json=not_found, status=404)
    pim.get(f"{API}/catalogs/{unwell.pim_catalog_id}", status=500)

    refused, asked = do(browser, "look_at_catalogs", enabled, gone, unwell)

    states = dict(Catalog.objects.values_list("name", "pim_state"))
    assert refused.startswith("C: ")
    assert asked == "The PIM was asked about 2 catalogs."
    assert states == {"A": "disabled", "B": "gone", "C": "enabled"}


def test_a_catalog_being_removed_can_only_be_looked_at(browser, channel):
    catalog = make_catalog(channel, removing_since=timezone.now())

    page = browser.see(change(catalog))
    response = browser.post(change(catalog), settings_of(catalog, name="Other"))

    assert not page.find("input", {"name": "name"})
    assert response.status_code == 403


def test_lists_are_in_the_order_of_channels_and_can_be_filtered(browser, channel):
    other = make_channel(channel.connection, name="Another shop")
    make_catalog(channel, name="Second", position=1)
    make_catalog(channel, name="First", position=0, archived_at=timezone.now())
    make_catalog(other, name="Other", pim_state=Catalog.PimState.GONE, paused_at=timezone.now())

    def found(query=""):
        cells = browser.see(LIST + query).select("th[class*=field-name]")
        return [text_of(cell) for cell in cells]

    assert found() == ["Other", "First", "Second"]
    assert found("?pim_state__exact=gone") == ["Other"]
    assert found("?paused=yes") == ["Other"]
    assert found("?life=archived") == ["First"]
    assert found("?life=active") == ["Other", "Second"]
    assert found(f"?channel__id__exact={other.pk}") == ["Other"]
    assert found("?q=Second") == ["Second"]


def test_staff_may_do_no_more_than_they_are_permitted(catalog, channel, pim):
    browser = browser_of_staff(make_staff("catalogs.view_catalog"))

    changed = browser.post(change(catalog), settings_of(catalog, name="Other"))
    added = browser.post(ADD, filled(channel))
    do(browser, "pause_catalogs", catalog)

    assert {changed.status_code, added.status_code} == {403}
    assert row_of(catalog) == ("Autumn", 30, False, False)
    assert not pim.calls


def test_what_products_carry_is_set_here_too_and_judged_alike(browser, catalog, pim):
    tables = {"set_when": '{"name": "new"}', "complete_for": "ecommerce"}

    browser.post(change(catalog), settings_of(catalog, **tables))
    refused = browser.post(change(catalog), settings_of(catalog, set_when='{"uuid": "new"}'))
    browser.post(change(catalog), settings_of(catalog, complete_for=""))

    catalog.refresh_from_db()
    assert "no field “uuid” that could be left to it" in text_of(page_of(refused))
    assert (catalog.set_when, catalog.complete_for) == ({"name": "new"}, "")
    assert catalog.content_changed_at is not None
    assert not pim.calls
