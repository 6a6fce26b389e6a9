"""Products that need a person: parked and held."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection
from sync.models import Listing, Run
from tests.factories import make_catalog, make_document, make_listing, make_run
from tests.pages.conftest import browser_of, messages_of, page_of, text_of

Status = Listing.Status


def to(name, thing):
    return reverse(f"pages:{name}", args=[thing.uuid])


def link_to(rel, page):
    """The query of the address of the next or previous page, without its anchor."""
    return page.select_one(f".pager a[rel={rel}]")["href"].partition("#")[0]


def park(catalog, **values):
    return make_listing(
        catalog, status=Status.PARKED, wanted=make_document(), problem="Too dear.", **values
    )


def hold(catalog, **values):
    return make_listing(catalog, status=Status.HELD, sent=make_document(), **values)


def status_of(listing):
    listing.refresh_from_db()
    return listing.status


def ids(*listings):
    return ",".join(str(listing.pk) for listing in listings)


def test_parked_products_are_listed_with_what_the_channel_said(browser, catalog):
    park(catalog, label="Rain jacket", identifier="RJ-1")

    row = browser.see(to("parked", catalog)).select_one("#products tbody tr")

    assert text_of(row).startswith("Rain jacket RJ-1 Too dear.")


def test_parked_products_are_listed_page_by_page(browser, catalog):
    for _ in range(25):
        park(catalog)

    first = browser.see(to("parked", catalog))
    page = browser.see(f"{to('parked', catalog)}{link_to('next', first)}")

    assert len(page.select("#products tbody tr")) == 5
    assert "Try all 25 again" in text_of(page)
    assert link_to("prev", page)


def test_the_pages_of_one_cause_stay_with_it(browser, catalog):
    for _ in range(25):
        park(catalog)
    other = park(catalog)
    Listing.objects.filter(pk=other.pk).update(problem="No picture.")
    page = browser.see(to("parked", catalog))
    link = page.find("h3", string="Too dear.").find_parent("li").select_one(".ways a")["href"]

    second = browser.see(f"{to('parked', catalog)}{link_to('next', browser.see(link))}")

    assert len(second.select("#products tbody tr")) == 5


def test_the_catalogs_page_has_the_causes_with_their_first_products(browser, catalog):
    for number in range(5):
        park(catalog, label=f"Shoe {number}")
    lost = park(catalog, label="Lost", failure="internal")
    Listing.objects.filter(pk=lost.pk).update(problem="Something went wrong in Ferry.")

    dear, ours = browser.see(catalog.get_absolute_url()).select("#parked .causes > li")

    assert text_of(dear).startswith("Too dear. 5 products: Shoe 0 , Shoe 1 , Shoe 2 …")
    assert "a failure of Ferry's" in text_of(ours)


def test_the_products_of_one_cause_are_listed_and_tried_again_by_themselves(browser, catalog):
    dear, other = park(catalog, label="Dear"), park(catalog, label="Other")
    Listing.objects.filter(pk=other.pk).update(problem="No picture.")
    page = browser.see(to("parked", catalog))
    link = page.find("h3", string="No picture.").find_parent("li").select_one(".ways a")

    rows = browser.see(link["href"]).select("#products tbody tr")
    browser.post(to("retry_all", catalog), {"cause": link["href"].partition("cause=")[2]})

    assert [row.th.a.string for row in rows] == ["Other"]
    assert (status_of(dear), status_of(other)) == (Status.PARKED, Status.WAITING)


def test_a_cause_that_is_gone_tries_nothing(browser, catalog):
    listing = park(catalog)

    response = browser.post(to("retry_all", catalog), {"cause": "000000000000"}, follow=True)

    assert messages_of(response) == ["No product needs attention any more."]
    assert status_of(listing) == Status.PARKED


def test_one_parked_product_is_tried_again(browser, catalog):
    listing, other = park(catalog), park(catalog)

    response = browser.post(to("retry", listing))

    run = Run.objects.get()
    assert response.url == run.get_absolute_url()
    assert (run.mode, run.trigger) == (Run.Mode.PUSH, Run.Trigger.MANUAL)
    assert status_of(listing) == Status.WAITING
    assert status_of(other) == Status.PARKED


def test_all_parked_products_are_tried_again(browser, catalog):
    listings = [park(catalog) for _ in range(3)]

    response = browser.post(to("retry_all", catalog), follow=True)

    assert {status_of(listing) for listing in listings} == {Status.WAITING}
    assert messages_of(response) == ["3 products sent again."]


def test_a_run_that_is_under_way_takes_them_along(browser, catalog):
    run = make_run(catalog, status=Run.Status.RUNNING)
    park(catalog)

    response = browser.post(to("retry_all", catalog))

    assert response.url == run.get_absolute_url()
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"paused_at": timezone.now(), "paused_by": "Mary"}, "The catalog is paused by Mary."),
        ({"archived_at": timezone.now()}, "The catalog is archived or being removed"),
        ({"unconfirmed_since": timezone.now()}, "The PIM was connected again."),
    ],
)
def test_nothing_is_called_sent_while_its_catalog_rests(browser, catalog, values, says):
    listing = park(catalog)
    Catalog.objects.update(**values)

    one = browser.post(to("retry", listing), follow=True)
    all_of_them = browser.post(to("retry_all", catalog), follow=True)

    for response in (one, all_of_them):
        (said,) = messages_of(response)
        assert said.startswith(says)
        assert response.redirect_chain[-1][0] == catalog.get_absolute_url()
    assert status_of(listing) == Status.PARKED
    assert not Run.objects.exists()


def test_a_product_that_is_not_parked_any_more_is_left_alone(browser, catalog):
    listing = make_listing(catalog, status=Status.LISTED, wanted=make_document(), label="Shoe")

    response = browser.post(to("retry", listing), follow=True)
    again = browser.post(to("retry_all", catalog), follow=True)

    assert messages_of(response) == ["“Shoe” does not need attention any more."]
    assert messages_of(again) == ["No product needs attention any more."]
    assert not Run.objects.exists()


def test_held_products_are_shown_before_anything_is_decided(browser, catalog):
    shoe, shirt = hold(catalog, label="Shoe", identifier="A"), hold(catalog, label="Shirt")

    page = browser.see(to("held", catalog))

    assert page.h1.string.strip() == "2 products left the catalog"
    assert page.find("input", {"name": "listings"})["value"] == ids(shoe, shirt)
    assert page.find("button", {"value": "withdraw"}).string == "Withdraw 2 products"
    assert "Shoe A" in text_of(page)


def test_nothing_held_is_said(browser, catalog):
    assert "Nothing is held" in text_of(browser.see(to("held", catalog)))


@pytest.mark.parametrize("decision", ["withdraw", "keep"])
def test_a_decision_is_confirmed_before_it_is_carried_out(browser, catalog, decision):
    listing = hold(catalog, label="Shoe")

    response = browser.post(to("held", catalog), {"listings": ids(listing), "decision": decision})

    page = page_of(response)
    assert response.status_code == 200
    assert "1 product" in page.h1.string
    assert page.find("input", {"name": "listings"})["value"] == ids(listing)
    assert bool(page.select_one("button.danger")) == (decision == "withdraw")
    assert status_of(listing) == Status.HELD


def test_exactly_what_was_seen_is_withdrawn(browser, catalog):
    seen, later = hold(catalog), hold(catalog)
    values = {"listings": ids(seen), "decision": "withdraw", "confirmed": "on"}

    response = browser.post(to("held", catalog), values)

    run = Run.objects.get()
    assert response.url == run.get_absolute_url()
    assert run.mode == Run.Mode.PUSH
    assert status_of(seen) == Status.WAITING
    assert status_of(later) == Status.HELD


def test_what_came_back_meanwhile_is_not_withdrawn(browser, catalog):
    listing = hold(catalog)
    document = make_document()
    Listing.objects.update(status=Status.LISTED, wanted=document, sent=document)
    values = {"listings": ids(listing), "decision": "withdraw"}

    asked = browser.post(to("held", catalog), values)
    response = browser.post(to("held", catalog), {**values, "confirmed": "on"}, follow=True)

    assert "Nothing to decide any more" in text_of(page_of(asked))
    assert messages_of(response) == ["None of these products waits for a decision any more."]
    assert status_of(listing) == Status.LISTED


def test_held_products_are_kept(browser, catalog):
    listing = hold(catalog)
    values = {"listings": ids(listing), "decision": "keep", "confirmed": "on"}

    response = browser.post(to("held", catalog), values, follow=True)

    assert status_of(listing) == Status.KEPT
    assert messages_of(response) == ["1 product was kept on Web shop."]
    assert not Run.objects.exists()

    again = browser.post(to("held", catalog), values, follow=True)
    assert messages_of(again) == ["None of these products waits for a decision any more."]


def test_a_decision_reaches_only_the_catalog_it_was_made_about(browser, catalog, channel):
    elsewhere = hold(make_catalog(channel))
    values = {"listings": ids(elsewhere), "decision": "withdraw", "confirmed": "on"}

    browser.post(to("held", catalog), values)

    assert status_of(elsewhere) == Status.HELD


def test_an_outsider_cannot_decide_through_a_catalog_of_their_own(outsider, catalog):
    listing = hold(catalog)
    values = {"listings": ids(listing), "decision": "withdraw", "confirmed": "on"}

    browser_of(outsider).post(to("held", catalog), values)

    assert status_of(listing) == Status.HELD


@pytest.mark.parametrize(
    "values",
    [
        {"listings": "", "decision": "withdraw"},
        {"listings": "1;drop", "decision": "withdraw"},
        {"listings": "9" * 30, "decision": "withdraw"},
        {"listings": ",".join(["1"] * 1001), "decision": "withdraw"},
        {"listings": "1", "decision": "explode"},
    ],
)
def test_a_decision_that_cannot_be_read_changes_nothing(browser, catalog, values):
    listing = hold(catalog)

    response = browser.post(to("held", catalog), {**values, "confirmed": "on"})

    assert response.status_code == 422
    assert "decide anew" in text_of(page_of(response))
    assert status_of(listing) == Status.HELD


def test_a_thousand_are_decided_at_once(browser, catalog):
    document = make_document()
    Listing.objects.bulk_create(
        Listing(
            catalog=catalog,
            channel=catalog.channel,
            key=f"00000000-0000-0000-0000-{number:012d}",
            identifier=f"{number:04d}",
            status=Status.HELD,
            sent=document,
        )
        for number in range(1001)
    )

    page = browser.see(to("held", catalog))
    values = {"decision": "withdraw", "confirmed": "on"}
    values["listings"] = page.find("input", {"name": "listings"})["value"]
    second = browser.see(f"{to('held', catalog)}{link_to('next', page)}")
    browser.post(to("held", catalog), values)
    after_that = browser.see(f"{to('held', catalog)}{link_to('next', page)}")

    assert "this page shows 1,000 products of 1,001" in text_of(page)
    assert "1000" in text_of(second.select_one("table"))
    assert "1000" in text_of(after_that.select_one("table"))
    assert Listing.objects.held().count() == 1


def test_the_pages_of_one_reason_stay_with_it(browser, catalog, monkeypatch):
    monkeypatch.setattr("pages.views.listings.HELD_ON_A_PAGE", 2)
    for _ in range(3):
        hold(catalog, held_because="left")
    for _ in range(3):
        hold(catalog, held_because="grew", wanted=make_document())

    page = browser.see(f"{to('held', catalog)}?kind=grew")
    second = browser.see(f"{to('held', catalog)}{link_to('next', page)}")

    assert text_of(second.h1) == "3 new products at once"
    assert len(second.select("main tbody tr")) == 1


def from_run(run, **values):
    return {"decision": "withdraw", "run": str(run.uuid), **values}


def test_a_decision_on_the_page_of_a_run_is_confirmed_in_its_place(browser, catalog):
    run = make_run(catalog, status=Run.Status.HELD, finished_at=timezone.now())
    listing = hold(catalog, label="Shoe")
    values = from_run(run, listings=ids(listing))

    response = browser.htmx("post", to("held", catalog), values)

    part = page_of(response)
    assert not part.html
    assert text_of(part.h2) == "Withdraw 1 product from Web shop?"
    assert part.find("input", {"name": "listings"})["value"] == ids(listing)
    assert part.find("a", string="Back")["href"] == run.get_absolute_url()
    assert status_of(listing) == Status.HELD


@pytest.mark.parametrize(
    ("decision", "status"), [("withdraw", Status.WAITING), ("keep", Status.KEPT)]
)
def test_who_decides_on_the_page_of_a_run_comes_back_to_it(browser, catalog, decision, status):
    run = make_run(catalog, status=Run.Status.HELD, finished_at=timezone.now())
    seen, later = hold(catalog), hold(catalog)
    values = from_run(run, listings=ids(seen), decision=decision, confirmed="on")

    response = browser.post(to("held", catalog), values)

    assert response.url == run.get_absolute_url()
    assert (status_of(seen), status_of(later)) == (status, Status.HELD)


@pytest.mark.parametrize("odd", ["", "x", "00000000-0000-4000-8000-000000000000"])
def test_a_decision_of_no_run_that_is_known_leads_where_it_led(browser, catalog, odd):
    listing = hold(catalog)
    values = {"listings": ids(listing), "decision": "keep", "confirmed": "on", "run": odd}

    assert browser.post(to("held", catalog), values).url == catalog.get_absolute_url()


def test_a_decision_in_place_that_cannot_be_read_leads_to_the_whole_list(browser, catalog):
    response = browser.htmx("post", to("held", catalog), {"decision": "withdraw"})

    assert response["HX-Redirect"] == to("held", catalog)


def test_without_a_connection_a_sync_is_not_offered_beside_what_was_refused(browser, catalog):
    Connection.objects.update(state=Connection.State.DISCONNECTED)

    page = browser.see(reverse("pages:parked", args=[catalog.uuid]))

    assert text_of(page.select_one("main .primary")) == "Back to the catalog"
