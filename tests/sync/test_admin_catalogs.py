"""Catalogs in admin: what sets their sync going, and how it stands."""

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import Listing, Run
from tests.factories import (
    make_catalog,
    make_document,
    make_listing,
    make_run,
)
from tests.pages.conftest import messages_of, text_of
from tests.staff import (
    browser_of_staff,
    browser_of_superuser,
    hold,
    make_staff,
    make_troubles,
    park,
    queries_of,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/catalogs/catalog/"
Status = Run.Status


def change(catalog):
    return reverse("admin:catalogs_catalog_change", args=[catalog.pk])


def button(catalog, action):
    return reverse("admin:catalogs_catalog_act", args=[catalog.pk, action])


def do(browser, action, *catalogs):
    values = {"action": action, "_selected_action": [one.pk for one in catalogs]}
    return messages_of(browser.post(LIST, values, follow=True))


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def catalog():
    return make_catalog(name="Autumn")


def test_sync_now_starts_a_run_of_each(browser):
    catalogs = [make_catalog(), make_catalog()]

    said = do(browser, "sync_now", *catalogs)

    runs = Run.objects.values_list("catalog", "status", "trigger", "mode", "started_by")
    assert said == ["2 runs were started."]
    assert sorted(runs) == [(one.pk, "queued", "manual", "full", "staff0") for one in catalogs]


def test_full_sync_reads_everything_though_a_delta_would_do(browser, catalog):
    now = timezone.now()
    make_run(catalog, watermark=now, read_at=now)

    delta = do(browser, "sync_now", catalog)
    Run.objects.filter(status=Status.QUEUED).update(status=Status.SUCCEEDED)
    full = do(browser, "full_sync", catalog)

    assert delta == full == ["1 run was started."]
    assert [run.mode for run in Run.objects.order_by("pk")][1:] == ["delta", "full"]


def test_a_dry_run_is_started_beside_a_run_that_is_under_way(browser, catalog):
    make_run(catalog, status=Status.RUNNING)

    assert do(browser, "dry_run", catalog) == ["1 run was started."]

    run = Run.objects.get(status=Status.QUEUED)
    assert (run.dry_run, run.mode) == (True, "full")


def test_it_says_which_could_not_be_started(browser):
    busy = make_catalog()
    make_run(busy, status=Status.RUNNING)
    resting = [
        make_catalog(archived_at=timezone.now()),
        make_catalog(removing_since=timezone.now()),
    ]

    said = do(browser, "sync_now", make_catalog(), busy, *resting)

    assert said == [
        "1 run was started.",
        "1 catalog has a run under way already.",
        "2 catalogs are archived or being removed, so they are not synced.",
    ]
    assert Run.objects.count() == 2


def test_a_catalog_that_is_being_set_up_is_not_synced_from_here(browser):
    catalog = make_catalog(name="Spring", started_at=None)

    said = do(browser, "sync_now", catalog)
    page = browser.see(change(catalog))

    assert said == [
        "“Spring” is still being set up. Go on there; it syncs once all of it was sent for the "
        "first time."
    ]
    assert not Run.objects.exists()
    assert not page.select('#content form[action*="sync"]')
    assert "Step 5 of 7: look at a few products" in page.get_text()


def test_catalogs_that_are_being_set_up_are_found_and_are_no_trouble(browser):
    make_catalog(name="Ready")
    make_catalog(name="Spring", started_at=None, pim_state="disabled")

    found = browser.see(f"{LIST}?life=setting_up")
    in_trouble = browser.see(f"{LIST}?attention=pim")

    assert "Spring" in found.get_text()
    assert "Ready" not in found.select_one("#result_list").get_text()
    assert not in_trouble.select("#result_list tbody tr")


def test_a_run_is_started_from_the_page_of_a_catalog(browser, catalog):
    page = browser.see(change(catalog))

    response = browser.post(button(catalog, "sync_now"), follow=True)

    buttons = [form["action"] for form in page.select("#content form[action*=act]")]
    assert buttons == [
        button(catalog, name) for name in ("sync_now", "full_sync", "dry_run", "look_at_catalogs")
    ]
    assert response.redirect_chain == [(change(catalog), 302)]
    assert Run.objects.get().catalog == catalog


def test_refused_products_are_sent_again(browser):
    catalogs = [make_catalog(), make_catalog(), make_catalog(archived_at=timezone.now())]
    for catalog in catalogs:
        park(catalog, 2)

    said = do(browser, "retry_parked_products", *catalogs)

    parked = Listing.objects.parked().values_list("catalog", flat=True)
    assert said == ["4 products are sent again."]
    assert set(parked) == {catalogs[2].pk}
    assert sorted(Run.objects.values_list("catalog", "mode")) == [
        (one.pk, "push") for one in catalogs[:2]
    ]


def test_one_refused_product_is_sent_again_from_the_page(browser, catalog):
    park(catalog)

    response = browser.post(button(catalog, "retry_parked_products"), follow=True)

    assert messages_of(response) == ["1 product is sent again."]


def test_nothing_is_sent_again_where_nothing_was_refused(browser, catalog):
    assert do(browser, "retry_parked_products", catalog) == ["0 products are sent again."]
    assert not Run.objects.exists()


def test_catalogs_of_a_channel_change_places(browser, catalog):
    second, third = (make_catalog(catalog.channel, position=number) for number in (1, 2))
    product = {"key": "p", "wanted": make_document()}
    carrier = make_listing(catalog, status="listed", sent=product["wanted"], **product)
    other = make_listing(second, status="carried", **product)

    page = browser.see(change(second))
    response = browser.post(button(second, "move_up"), follow=True)
    down = do(browser, "move_down", third)

    order = list(catalog.channel.catalogs.order_by("position", "pk"))
    carrier.refresh_from_db()
    other.refresh_from_db()
    assert "2 of 3" in text_of(page)
    assert messages_of(response) == ["1 catalog was moved."]
    assert down == ["0 catalogs were moved."]
    assert order == [second, catalog, third]
    assert (carrier.status, other.sent) == ("carried", product["wanted"])


def test_a_page_says_how_it_stands(browser, catalog):
    for _ in range(2):
        document = make_document()
        make_listing(catalog, status=Listing.Status.LISTED, wanted=document, sent=document)
    park(catalog)
    make_run(catalog, status=Status.STOPPED, problem="The channel answered HTTP 401.")

    page = browser.see(change(catalog))

    rows = [text_of(row) for row in page.select("#content tr.data-row")]
    assert rows[:2] == ["On the channel 2", "Refused, need attention 1"]
    assert "The channel answered HTTP 401." in text_of(page)
    assert page.find(
        "a", href=f"/admin/sync/listing/?catalog__id__exact={catalog.pk}&status__exact=parked"
    )


def test_a_page_costs_the_same_with_a_long_history(browser, catalog):
    make_run(catalog)
    park(catalog)
    hold(catalog)
    browser.see(change(catalog))

    few = queries_of(browser, change(catalog))
    for _ in range(10):
        make_run(catalog)
        park(catalog)

    assert queries_of(browser, change(catalog)) == few


@pytest.mark.parametrize(
    ("attention", "names"),
    [
        ("", ["Fine", "Gone", "Held", "Parked", "Put aside", "Stuck"]),
        ("stuck", ["Stuck"]),
        ("held", ["Held"]),
        ("parked", ["Parked"]),
        ("pim", ["Gone"]),
    ],
)
def test_a_filter_finds_what_needs_a_person(browser, attention, names):
    make_troubles()

    page = browser.see(f"{LIST}?attention={attention}")

    found = [text_of(cell) for cell in page.select("th[class*=field-name]")]
    assert sorted(found) == names


def test_a_list_links_to_what_is_held_and_refused(browser, catalog):
    park(catalog, 2)
    hold(catalog)

    cell = browser.see(LIST).select_one("[class*=field-needs]")

    assert text_of(cell) == "1 held · 2 refused"


@pytest.mark.parametrize("action", ["sync_now", "full_sync", "retry_parked_products"])
def test_staff_may_do_no_more_than_they_are_permitted(catalog, action):
    park(catalog)
    browser = browser_of_staff(make_staff("catalogs.change_catalog"))

    do(browser, action, catalog)
    response = browser.post(button(catalog, action))

    assert response.status_code == 403
    assert not Run.objects.exists()
    assert Listing.objects.parked().count() == 1


def test_staff_may_sync_without_changing_anything(catalog):
    browser = browser_of_staff(make_staff("catalogs.view_catalog", "sync.add_run"))

    assert do(browser, "sync_now", catalog) == ["1 run was started."]
