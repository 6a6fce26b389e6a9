"""The page of a run, and the fragments that move by themselves."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection, PimUser
from sync.models import Change, Listing, Run
from sync.models.batches import Action
from tests.factories import make_document, make_listing, make_pim_user, make_run
from tests.pages.conftest import browser_of, page_of, text_of

Phase, Status = Run.Phase, Run.Status


def strip_of(run):
    return reverse("pages:run_strip", args=[run.uuid])


def refuse(run, listing, message, outcome=Change.Outcome.REFUSED):
    Change.objects.create(
        run=run, listing=listing, action=Action.PUSH, outcome=outcome, message=message
    )


def live(catalog, **values):
    return make_run(catalog, status=Status.RUNNING, **values)


def ended(catalog, **values):
    return make_run(catalog, read_at=timezone.now(), finished_at=timezone.now(), **values)


def test_a_live_run_moves_by_itself(browser, catalog):
    run = live(catalog, phase=Phase.READING, total=1482, pulled=741)

    page = browser.see(run.get_absolute_url())

    moving = page.find(id="run")
    assert (moving["hx-get"], moving["hx-trigger"]) == (run.get_absolute_url(), "every 1s")
    assert "Reading the products : 741 of 1,482 products" in text_of(moving)
    assert 15 < int(moving.progress["value"]) < 60
    assert page.noscript.meta["http-equiv"] == "refresh"


def test_a_fragment_is_only_what_moves(browser, catalog):
    run = live(catalog, phase=Phase.PUSHING, to_send=10, pushed=4, failed=1)

    response = browser.htmx("get", run.get_absolute_url())

    page = page_of(response)
    assert not page.html
    assert "5 of 10 products" in text_of(page)
    assert page.find("title", recursive=False), "htmx takes a title at the root only"
    assert page.title.string.endswith("% · Run of Web shop products · Ferry")


def test_the_last_fragment_stops_moving_and_says_so(browser, catalog):
    run = ended(catalog, pushed=3)

    page = page_of(browser.htmx("get", run.get_absolute_url()))

    assert not page.find(id="run").has_attr("hx-get")
    assert page.find(id="messages")["hx-swap-oob"] == "innerHTML"
    assert "The run has ended: done." in text_of(page)


def test_what_it_waits_for_is_told(browser, catalog):
    run = live(catalog, phase=Phase.PUSHING, note="The channel answered HTTP 429. Next try in 5 s.")

    assert "Next try in 5 s." in text_of(browser.see(run.get_absolute_url()))


def test_a_run_that_nobody_takes_up_says_so(browser, catalog):
    run = make_run(catalog, status=Status.QUEUED)
    fresh = text_of(browser.see(run.get_absolute_url()))
    Run.objects.update(created_at=timezone.now() - timedelta(minutes=1))

    waiting = text_of(browser.see(run.get_absolute_url()))

    assert "No worker has taken it up yet" not in fresh
    assert "No worker has taken it up yet" in waiting


def test_a_run_whose_process_went_silent_says_so(browser, catalog):
    run = live(catalog, heartbeat_at=timezone.now() - timedelta(minutes=1))

    assert "gone silent" in text_of(browser.see(run.get_absolute_url()))


def test_an_ended_run_tells_what_happened(browser, catalog):
    run = ended(catalog, pulled=1482, changed=37, pushed=36, withdrawn=2, failed=1)

    page = browser.see(run.get_absolute_url())
    story = [sentence.string for sentence in page.select(".story li")]

    assert story == [
        "1,482 products were read from Akeneo. 37 of them differ from before.",
        "36 products were sent to Web shop and accepted.",
        "2 products were withdrawn from Web shop.",
        "1 product was refused by Web shop; see below what it said.",
    ]


def test_a_run_with_nothing_to_do_says_so(browser, catalog):
    since = timezone.now().replace(2026, 11, 24, 9, 5)
    run = ended(catalog, mode=Run.Mode.DELTA, since=since)

    text = text_of(browser.see(run.get_absolute_url()))

    read = "0 products changed in Akeneo or came into the catalog"
    assert f"{read} since 24 November 2026, 09:05 UTC." in text
    assert "There was nothing to send: Web shop has everything already." in text


def test_a_dry_run_says_what_would_happen(browser, catalog):
    run = ended(catalog, dry_run=True, pulled=10, changed=5, to_send=3, leaving=1)

    page = browser.see(run.get_absolute_url())

    text = text_of(page)
    assert "3 products would be sent to Web shop. 1 product would be withdrawn." in text
    assert "until a person decides" not in text
    assert [text_of(one) for one in page.select(".tiles dt")] == [
        "Read from Akeneo",
        "Different from before",
    ]


@pytest.mark.parametrize(("leaving", "asks"), [(2, True), (1, False)])
def test_a_dry_run_says_that_so_much_would_be_asked_about(browser, catalog, leaving, asks):
    for _ in range(2):
        make_listing(catalog, wanted=make_document(), sent=make_document())
    run = ended(catalog, dry_run=True, leaving=leaving)

    text = text_of(browser.see(run.get_absolute_url()))

    assert ("a sync holds them until a person decides" in text) == asks


def causes_on(page):
    return [text_of(one) for one in page.select(".causes > li")]


def test_what_was_refused_is_grouped_by_what_the_channel_said_then(browser, catalog):
    run = ended(catalog, failed=3)
    for label, price in (("Jacket", 990), ("Coat", 1200)):
        parked = make_listing(catalog, status=Listing.Status.PARKED, label=label, problem="Later.")
        refuse(run, parked, f"{price} EUR is too dear.")
    refuse(run, make_listing(catalog, label="Shoe"), "", Change.Outcome.UNANSWERED)
    refuse(ended(catalog), make_listing(catalog, label="Of another run"), "No.")

    dear, silent = causes_on(browser.see(run.get_absolute_url()))

    assert dear.startswith("990 EUR is too dear. 2 products: Jacket , Coat Correct the products")
    assert silent.startswith("Web shop did not say what became of it. 1 product: Shoe")


def test_a_product_refused_three_times_counts_once_with_what_was_said_last(browser, catalog):
    run = ended(catalog, failed=1)
    listing = make_listing(catalog, status=Listing.Status.PARKED)
    for message in ("First.", "Second.", "Third."):
        refuse(run, listing, message)

    (cause,) = causes_on(browser.see(run.get_absolute_url()))

    assert cause.startswith("Third. 1 product:")


def hold(catalog, number, **values):
    for one in range(number):
        values = {"held_because": "left", "sent": make_document(), **values}
        make_listing(catalog, status=Listing.Status.HELD, label=f"Shoe {one}", **values)


def held_on(page):
    return page.find(id="held")


def test_the_first_of_what_is_held_are_decided_about_on_the_page(browser, catalog):
    hold(catalog, 22)
    hold(catalog, 1, held_because="grew", wanted=make_document())
    run = ended(catalog, status=Status.HELD, held=23)

    held = held_on(browser.see(run.get_absolute_url()))

    shown = Listing.objects.held_because("left").order_by("pk")[:10]
    assert text_of(held.h2) == "Held for your decision"
    assert text_of(held.select_one(".big")) == "22 products left the catalog"
    assert len(held.select("tbody tr a")) == 10
    covered = held.find("input", {"name": "listings"})["value"]
    assert covered == ",".join(str(one.pk) for one in shown)
    assert held.form["hx-target"] == "#held"
    assert text_of(held.select_one("button.primary.danger")) == "Withdraw 10 products"
    assert "You decide about these 10 first, of 22. 1 more is held for another reason." in text_of(
        held
    )
    assert held.find("a", href=reverse("pages:held", args=[catalog.uuid]))


def test_who_may_not_decide_sees_what_is_held_and_why_not(catalog, connection):
    hold(catalog, 1)
    run = ended(catalog, status=Status.HELD, held=1)
    for role in (PimUser.Role.VIEWER, PimUser.Role.EDITOR):
        browser = browser_of(make_pim_user(connection, role=role))

        page = browser.see(run.get_absolute_url())

        assert "Shoe 0" in text_of(held_on(page))
        assert "what is held is decided by managers" in text_of(held_on(page))
        assert not page.main.select("button")
        assert text_of(page.select_one(".primary")) == "Back to the catalog"


def test_a_run_that_sends_what_was_released_is_seen_beside(browser, catalog):
    run = ended(catalog, status=Status.HELD)
    sending = live(catalog, mode=Run.Mode.PUSH, phase=Phase.PUSHING)

    page = browser.see(run.get_absolute_url())

    assert page.select_one(".strip a")["href"] == sending.get_absolute_url()


def test_a_live_run_says_how_long_it_will_go_on(browser, catalog):
    began = timezone.now() - timedelta(minutes=10)
    run = live(catalog, phase=Phase.PUSHING, to_send=100, pushed=51, started_at=began)

    text = text_of(browser.see(run.get_absolute_url()).find(id="run"))

    assert "about 3 minutes left" in text


def test_a_run_that_stopped_at_the_channel_leads_there(browser, catalog):
    run = ended(catalog, status=Status.STOPPED, phase=Phase.PUSHING, problem="HTTP 401.")

    page = browser.see(run.get_absolute_url())

    assert page.select_one(".primary")["href"] == catalog.channel.get_absolute_url()
    assert page.select_one(".primary").string == "Check Web shop"


@pytest.mark.parametrize(
    ("state", "action"),
    [
        (Catalog.PimState.DISABLED, "Enable it in Akeneo"),
        (Catalog.PimState.GONE, "Delete the catalog here"),
    ],
)
def test_a_run_that_stopped_at_the_pim_leads_to_the_catalog(browser, catalog, state, action):
    Catalog.objects.update(pim_state=state)
    run = make_run(catalog, status=Status.STOPPED, phase=Phase.STARTING, problem="No.")

    assert action in text_of(browser.see(run.get_absolute_url()).select_one(".primary"))


def test_a_run_that_lost_the_connection_leads_to_connecting_again(browser, catalog):
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    run = make_run(catalog, status=Status.STOPPED, phase=Phase.READING, problem="Disconnected.")

    primary = browser.see(run.get_absolute_url()).select_one(".primary")

    assert primary.string == "Connect again"
    assert primary["href"].startswith("/oauth/activate?pim_url=https%3A%2F%2Facme")


def test_the_strip_moves_and_reloads_the_page_at_the_end(browser, catalog):
    run = live(catalog, phase=Phase.PUSHING, to_send=4, pushed=1)

    moving = browser.htmx("get", strip_of(run))
    Run.objects.update(status=Status.SUCCEEDED)
    last = browser.htmx("get", strip_of(run))

    assert page_of(moving).select_one(".strip")["hx-get"] == strip_of(run)
    assert "HX-Refresh" not in moving
    assert last["HX-Refresh"] == "true"


def test_who_watches_a_removal_is_led_home_when_the_run_is_gone(browser, catalog):
    run = live(catalog)
    address, strip = run.get_absolute_url(), strip_of(run)
    catalog.delete()

    for response in (browser.htmx("get", address), browser.htmx("get", strip)):
        assert response.status_code == 404
        assert response["HX-Redirect"] == "/"
    assert "has been removed" in text_of(browser.see("/"))


def test_many_refused_products_cost_no_more_queries(browser, catalog, django_assert_num_queries):
    run = ended(catalog, failed=15)
    for _ in range(15):
        refuse(run, make_listing(catalog, status=Listing.Status.PARKED), "Too dear.")

    with django_assert_num_queries(10):
        browser.get(run.get_absolute_url())


def test_a_run_that_is_put_off_says_why_and_until_when(browser, catalog):
    note = "Web shop has not answered since 12:04; the next try is at 12:12 UTC."
    later = timezone.now() + timedelta(minutes=5)
    run = make_run(catalog, status=Status.QUEUED, not_before=later, note=note)

    page = text_of(browser.see(run.get_absolute_url()))
    catalogs_page = text_of(browser.see(catalog.get_absolute_url()))
    home = text_of(browser.see(reverse("pages:home")))

    assert "Put off" in page
    assert note in page
    assert "No worker has taken it up" not in page
    assert f"{note} Nothing is lost" in catalogs_page
    assert "Put off" in home
    assert note in home
    assert "Next step" not in home
