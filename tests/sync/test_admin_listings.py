"""Listings in admin: why a product is where it is, and what staff decides about it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.pauses import pause
from outbound.errors import FailureKind
from sync.models import Change, Document, Listing, Run
from sync.models.batches import Action
from tests.factories import make_catalog, make_document, make_listing, make_run
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import (
    browser_of_staff,
    browser_of_superuser,
    make_change,
    make_staff,
    queries_of,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/sync/listing/"
DECIDE = reverse("admin:sync_listing_decide")
Status = Listing.Status


def change(row):
    return reverse(f"admin:sync_{row._meta.model_name}_change", args=[row.pk])


def button(listing, action):
    return reverse("admin:sync_listing_act", args=[listing.pk, action])


def choose(browser, action, *listings, **values):
    chosen = {"action": action, "_selected_action": [one.pk for one in listings], **values}
    return browser.post(LIST, chosen, follow=True)


def decision(page):
    """What the form on the page for a decision sends."""
    form = page.find("form", action=DECIDE)
    names = ("listings", "decision")
    return {name: form.find("input", {"name": name})["value"] for name in names}


def park(catalog, **values):
    return make_listing(catalog, status=Status.PARKED, wanted=make_document(), **values)


def hold(catalog, **values):
    return make_listing(catalog, status=Status.HELD, **{"sent": make_document(), **values})


def statuses(*listings):
    return [Listing.objects.get(pk=one.pk).status for one in listings]


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def catalog():
    return make_catalog(name="Autumn")


def test_a_page_shows_wanted_and_sent_side_by_side(browser, catalog):
    wanted = Document.objects.create(digest="w", body='{"name":"Jacket","price":12.50,"ean":"1"}')
    sent = Document.objects.create(digest="s", body='{"name":"Jacket","price":12.5,"size":"M"}')
    listing = make_listing(catalog, status=Status.WAITING, wanted=wanted, sent=sent)

    page = browser.see(change(listing))

    sheets = {text_of(sheet.h2): sheet.pre.get_text() for sheet in page.select("section")}
    assert sheets == {
        "Wanted by the PIM": '{\n  "name": "Jacket",\n  "price": 12.50,\n  "ean": "1"\n}',
        "Sent, and accepted by the channel": (
            '{\n  "name": "Jacket",\n  "price": 12.5,\n  "size": "M"\n}'
        ),
    }
    assert "They differ in: ean, price, size." in text_of(page)


def test_a_page_says_when_they_are_equal_or_missing(browser, catalog):
    document = make_document()
    equal = make_listing(catalog, wanted=document, sent=document)
    new = make_listing(catalog, wanted=document)

    assert "They are equal." in text_of(browser.see(change(equal)))
    assert "Nothing." in text_of(browser.see(change(new)).select("section")[1])


def test_a_document_cannot_write_into_the_page(browser, catalog):
    document = make_document("<script>alert(1)</script>")
    listing = make_listing(catalog, wanted=document, label="<b>bold</b>")

    page = browser.see(change(listing))

    assert "<script>alert(1)</script>" in page.select("section")[0].pre.get_text()
    assert not page.select("#content b, #content section script")


def test_a_page_shows_its_history(browser, catalog):
    listing = park(catalog, problem="Too dear.")
    first = make_change(listing)
    second = make_change(listing, outcome=Change.Outcome.REFUSED, message="Too dear.")

    page = browser.see(change(listing))

    rows = page.select("#content tr.data-row")
    assert [text_of(row).split("UTC ")[1] for row in rows] == [
        f"Sent Refused Too dear. run {second.run_id} of Autumn",
        f"Sent Accepted run {first.run_id} of Autumn",
    ]


def test_a_page_costs_the_same_with_a_long_history(browser, catalog):
    listing = park(catalog)
    make_change(listing)
    browser.see(change(listing))

    few = queries_of(browser, change(listing))
    for _ in range(30):
        make_change(listing)

    page = browser.see(change(listing))
    assert queries_of(browser, change(listing)) == few
    history = browser.see(page.find("a", string="Its whole history")["href"])
    assert len(history.select("#result_list tbody tr")) == 20  # the first page of 31


def test_a_change_shows_what_was_there_before_and_after(browser, catalog):
    listing = make_listing(catalog)
    row = make_change(listing, before=make_document("old"), after=make_document("new"))
    gone = make_change(listing, before=row.after, after=None, action=Action.WITHDRAW)

    page, withdrawn = browser.see(change(row)), browser.see(change(gone))

    assert [sheet.pre.get_text() for sheet in page.select("section")] == [
        '{\n  "name": "old"\n}',
        '{\n  "name": "new"\n}',
    ]
    assert "Nothing." in text_of(withdrawn.select("section")[1])


@pytest.mark.parametrize("what", ["key", "identifier", "label", "external_id"])
def test_a_listing_is_found_by_what_people_know(browser, catalog, what):
    listing = make_listing(catalog, external_id="shop-77", label="Rain jacket")
    make_listing(catalog)

    page = browser.see(f"{LIST}?q={getattr(listing, what)}")

    assert [text_of(cell) for cell in page.select("th[class*=field-product]")] == ["Rain jacket"]


def test_lists_can_be_filtered(browser, catalog):
    park(catalog, label="A", failure=FailureKind.PRODUCT)
    hold(make_catalog(name="Other"), label="B")

    def found(query):
        cells = browser.see(LIST + query).select("th[class*=field-product]")
        return [text_of(cell) for cell in cells]

    assert found("?status__exact=held") == ["B"]
    assert found("?failure__exact=product") == ["A"]
    assert found(f"?catalog__id__exact={catalog.pk}") == ["A"]
    assert found(f"?channel__id__exact={catalog.channel_id}") == ["A"]


def test_catalogs_of_one_name_are_told_apart_in_the_filter(browser, catalog):
    park(catalog)
    park(make_catalog(name="Autumn"))

    page = browser.see(LIST)

    choices = [text_of(link) for link in page.select("#changelist-filter a[href*=catalog__id]")]
    assert choices == sorted(
        f"Autumn (Web shop, {one.connection.host})"
        for one in [catalog, Listing.objects.exclude(catalog=catalog).get().catalog]
    )


def test_refused_products_are_sent_again(browser, catalog):
    parked = [park(catalog), park(make_catalog())]
    listed = make_listing(catalog, status=Status.LISTED)
    resting = park(make_catalog(archived_at=timezone.now()))

    response = choose(browser, "retry_listings", *parked, listed, resting)

    runs = Run.objects.order_by("catalog").values_list("catalog", "mode", "started_by")
    assert messages_of(response) == ["2 products are sent again."]
    assert statuses(*parked, listed, resting) == ["waiting", "waiting", "listed", "parked"]
    assert list(runs) == [(one.catalog_id, "push", "staff0") for one in parked]


def test_what_a_paused_catalog_was_refused_stays_refused(browser, catalog):
    parked = park(catalog)
    pause(catalog, reason="Stocktaking")

    listed = messages_of(choose(browser, "retry_listings", parked))
    chosen = {"action": "retry_parked_products", "_selected_action": [catalog.pk]}
    of_catalog = messages_of(browser.post("/admin/catalogs/catalog/", chosen, follow=True))

    for warning, result in (listed, of_catalog):
        assert "Stocktaking. Resume it to sync it again." in warning
        assert result == "0 products are sent again."
    assert statuses(parked) == [Status.PARKED]
    assert not Run.objects.exists()


def test_one_refused_product_is_sent_again_from_its_page(browser, catalog):
    listing = park(catalog)

    page = browser.see(change(listing))
    response = browser.post(button(listing, "retry_listings"), follow=True)

    buttons = [form["action"] for form in page.select("#content form[action*=act]")]
    offered = ["sync_products", "retry_listings", "send_listings_now"]
    assert buttons == [button(listing, name) for name in offered]
    assert messages_of(response) == ["1 product is sent again."]


@pytest.mark.parametrize(
    ("action", "says", "after", "runs"),
    [
        ("withdraw_held", "2 products were released to be withdrawn.", Status.WAITING, 2),
        ("keep_held", "2 products were kept on the channel.", Status.KEPT, 0),
    ],
)
def test_a_decision_is_asked_for_and_covers_what_was_listed(
    browser, catalog, action, says, after, runs
):
    chosen = [hold(catalog, label="A"), hold(make_catalog(), label="B")]
    later = hold(catalog)

    asked = page_of(choose(browser, action, *chosen))
    untouched = statuses(*chosen, later)
    response = browser.post(DECIDE, decision(asked), follow=True)

    rows = [text_of(row)[0] for row in asked.select("#content tr.data-row")]
    assert rows == ["A", "B"]
    assert set(untouched) == {Status.HELD}
    assert statuses(*chosen, later) == [after, after, Status.HELD]
    assert messages_of(response) == [says]
    assert Run.objects.filter(mode=Run.Mode.PUSH).count() == runs


@pytest.mark.parametrize(
    ("action", "reason", "asks", "presses", "says"),
    [
        ("withdraw_held", "emptied", "sent at once", "Send them", "released to be sent"),
        ("withdraw_held", "grew", "sent at once", "Send them", "released to be sent"),
        ("keep_held", "emptied", "kept on the channel", "Keep them", "kept on the channel"),
        ("keep_held", "grew", "not sent", "Leave them out", "left as it was"),
    ],
)
def test_what_would_be_sent_is_not_called_withdrawn(
    browser, catalog, action, reason, asks, presses, says
):
    sent = None if reason == "grew" else make_document("before")
    listing = hold(catalog, wanted=make_document("after"), sent=sent, held_because=reason)

    asked = page_of(choose(browser, action, listing))
    response = browser.post(DECIDE, decision(asked), follow=True)

    form = asked.find("form", action=DECIDE)
    assert asks in text_of(asked)
    assert "taken off" not in text_of(asked)
    assert text_of(form.button) == presses
    assert messages_of(response)[0].startswith("1 product was")
    assert says in messages_of(response)[0]


def test_a_decision_about_several_reasons_says_what_becomes_of_each(browser, catalog):
    left = hold(catalog)
    grew = hold(catalog, wanted=make_document(), sent=None, held_because="grew")

    asked = page_of(choose(browser, "withdraw_held", left, grew))
    response = browser.post(DECIDE, decision(asked), follow=True)

    assert "Left the catalog with many others, 1 in all: taken off" in text_of(asked)
    assert "New, with more than the catalog had, 1 in all: sent at once" in text_of(asked)
    assert text_of(asked.find("form", action=DECIDE).button) == "Withdraw and send them"
    assert messages_of(response) == ["2 products were released to be withdrawn or sent."]


def test_what_came_back_meanwhile_is_not_decided_about(browser, catalog):
    listing = hold(catalog)
    asked = page_of(choose(browser, "withdraw_held", listing))
    Listing.objects.update(status=Status.LISTED)

    response = browser.post(DECIDE, decision(asked), follow=True)

    assert messages_of(response) == ["0 products were released to be withdrawn."]
    assert statuses(listing) == [Status.LISTED]


def test_a_decision_about_more_than_a_page_says_so(browser, catalog):
    values = {"channel": catalog.channel, "status": Status.HELD}
    Listing.objects.bulk_create(
        Listing(catalog=catalog, key=str(number), **values) for number in range(1001)
    )
    one = Listing.objects.first()

    asked = page_of(choose(browser, "keep_held", one, select_across="1"))
    browser.post(DECIDE, decision(asked))

    assert "More were chosen than fit on one page" in text_of(asked)
    assert Listing.objects.filter(status=Status.KEPT).count() == 1000
    assert Listing.objects.held().count() == 1


def test_one_held_product_is_decided_about_from_its_page(browser, catalog):
    listing = hold(catalog)

    asked = page_of(browser.post(button(listing, "keep_held")))
    browser.post(DECIDE, decision(asked))

    assert statuses(listing) == [Status.KEPT]


def test_there_is_nothing_to_decide_about_what_is_not_held(browser, catalog):
    listing = park(catalog)

    response = choose(browser, "withdraw_held", listing)

    assert messages_of(response) == ["None of these products is held."]


@pytest.mark.parametrize("listings", ["", "x", "1,", "1;2", ",".join(["1"] * 1001)])
def test_a_decision_that_cannot_be_read_changes_nothing(browser, catalog, listings):
    listing = hold(catalog)

    values = {"listings": listings, "decision": "withdraw"}
    response = browser.post(DECIDE, values, follow=True)

    assert messages_of(response) == ["That decision could not be read. Choose the products again."]
    assert statuses(listing) == [Status.HELD]


def test_nothing_is_decided_by_a_mere_look(browser):
    assert browser.get(DECIDE).status_code == 405


def test_staff_who_may_only_look_decide_nothing(catalog):
    parked, held = park(catalog), hold(catalog)
    browser = browser_of_staff(make_staff("sync.view_listing"))

    page = browser.see(change(parked))
    choose(browser, "retry_listings", parked)
    retried = browser.post(button(parked, "retry_listings"))
    decided = browser.post(DECIDE, {"listings": str(held.pk), "decision": "withdraw"})

    assert not page.select("#content form[action*=act]")
    assert (retried.status_code, decided.status_code) == (403, 403)
    assert statuses(parked, held) == [Status.PARKED, Status.HELD]
    assert not Run.objects.exists()


def test_chosen_products_are_synced_by_themselves_one_run_a_catalog(browser):
    one, other = make_catalog(), make_catalog()
    resting = make_catalog(archived_at=timezone.now())
    busy = make_catalog(name="Busy")
    make_run(busy, status=Run.Status.RUNNING)
    listings = [make_listing(catalog) for catalog in (one, one, other, resting, busy)]

    said = messages_of(choose(browser, "sync_products", *listings))

    runs = {run.catalog: run.keys for run in Run.objects.filter(mode=Run.Mode.PRODUCT)}
    assert runs == {one: [listings[0].key, listings[1].key], other: [listings[2].key]}
    assert said == [
        "A run of “Busy” is under way. Try again when it has ended.",
        "1 catalog is archived or being removed, so it is not synced.",
        "2 runs were started.",
    ]


def test_syncing_needs_the_permission_to_start_runs():
    listing = make_listing()
    browser = browser_of_staff(make_staff("sync.view_listing", "sync.change_listing"))

    assert browser.post(button(listing, "sync_products")).status_code == 403


def test_the_pims_version_is_taken_again_for_what_was_undone(browser):
    undone, other = make_listing(set_aside="d" * 64), make_listing()

    buttons = [
        form["action"] for form in browser.see(change(undone)).select("#content form[action*=act]")
    ]
    said = messages_of(choose(browser, "take_pims_version", undone, other))
    again = messages_of(choose(browser, "take_pims_version", other))

    offered = ("sync_products", "take_pims_version", "send_listings_now")
    assert buttons == [button(undone, name) for name in offered]
    assert [run.keys for run in Run.objects.all()] == [[undone.key]]
    assert not Listing.objects.set_aside_by_person().exists()
    assert said == ["1 run was started."]
    assert again == ["What the PIM says counts already for all of these."]
