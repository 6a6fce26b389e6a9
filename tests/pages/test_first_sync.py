"""The last steps of setting up: ten products first, then everything, watched and paused."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from sync.models import Listing, Run
from tests.factories import make_catalog, make_document, make_listing, make_run
from tests.pages.conftest import messages_of, text_of
from tests.pages.setting_up import do, make_first, make_look, primary_of, step_of

Mode, Status = Run.Mode, Run.Status


@pytest.fixture
def catalog(channel):
    return make_catalog(
        channel, name="New one", started_at=None, pim_state=Catalog.PimState.DISABLED
    )


@pytest.fixture
def path(catalog):
    return reverse("pages:set_up", args=[catalog.uuid])


def test_ten_are_sent_and_looked_at(browser, path, catalog):
    make_look(catalog)
    page = browser.see(f"{path}?step=6")
    assert text_of(primary_of(page)) == "Send these 10"
    assert "Shoe 3" in text_of(page)

    response = do(browser, "send_first", catalog)
    again = do(browser, "send_first", catalog)

    assert response.url == again.url == f"{path}?step=6"
    run = Run.objects.live().get()
    assert (run.mode, run.keys) == (Mode.PRODUCT, [f"key-{one}" for one in range(10)])
    assert browser.see(f"{path}?step=6").select_one(".strip")


def test_what_became_of_the_ten_is_shown_with_the_way_to_each(browser, path, catalog):
    make_look(catalog)
    make_first(catalog, pushed=9, failed=1)
    sent = make_document()
    make_listing(
        catalog, key="key-0", status="listed", wanted=sent, sent=sent, external_id="P-7", label="A"
    )
    refused = {"status": Listing.Status.PARKED, "problem": "Too dear."}
    make_listing(catalog, key="key-1", wanted=sent, label="B", **refused)

    page = browser.see(path)

    assert step_of(page) == "Step 6 of 7"
    rows = [text_of(row) for row in page.select("tbody tr")]
    assert rows[0].endswith("On the channel Web shop calls it P-7 What was sent")
    assert "Too dear." in rows[1]
    assert page.find("a", href=reverse("pages:product", args=["key-0"]))
    assert "refused 1 product" in text_of(page)
    assert text_of(primary_of(page)) == "Next: send all 1,482"


def test_where_the_shop_has_pages_for_it_the_product_is_one_click_away(browser, channel):
    channel.kind, channel.settings = "shopify", {"shop": "acme.myshopify.com"}
    channel.save()
    catalog = make_catalog(channel, started_at=None)
    make_look(catalog)
    make_first(catalog)
    sent = make_document()
    of_shop = {"external_id": "gid://shopify/Product/77", "status": "listed"}
    make_listing(catalog, key="key-0", wanted=sent, sent=sent, **of_shop)

    page = browser.see(reverse("pages:set_up", args=[catalog.uuid]))

    assert page.find("a", href="https://acme.myshopify.com/admin/products/77")


def test_the_last_step_says_how_long_and_what_follows(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)

    page = browser.see(f"{path}?step=7")

    assert text_of(page.h1) == "Send all 1,482 products to Web shop"
    assert text_of(primary_of(page)) == "Send all 1,482"
    assert "Ferry syncs by itself every 30 minutes. Not before." in text_of(page)


def test_everything_is_sent_by_one_click_and_by_two(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)

    response = do(browser, "send_all", catalog)
    do(browser, "send_all", catalog)

    assert response.url == f"{path}?step=7"
    assert Run.objects.live().get().mode == Mode.FULL
    page = browser.see(path)
    assert page.select_one(".strip")
    assert page.find("form", action=reverse("pages:pause_setup", args=[catalog.uuid]))


def test_time_left_is_told_once_it_can_be(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    began = timezone.now() - timedelta(minutes=10)
    make_run(
        catalog,
        status=Status.RUNNING,
        phase=Run.Phase.PUSHING,
        to_send=100,
        pushed=50,
        started_at=began,
    )

    assert "about 3 minutes left" in text_of(browser.see(path)).replace("\xa0", " ")


def test_a_pause_is_resumed_where_it_was(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    run = make_run(catalog, status=Status.RUNNING)
    do(browser, "pause_setup", catalog)
    Run.objects.filter(pk=run.pk).update(status=Status.STOPPED, problem="The catalog is paused.")

    page = browser.see(path)
    assert text_of(primary_of(page)) == "Resume"
    assert not page.select(".panel.bad")
    do(browser, "send_all", catalog)

    assert not Catalog.objects.get(pk=catalog.pk).is_paused
    assert Run.objects.live().get().mode == Mode.FULL


def test_what_stopped_it_is_no_news_once_the_first_were_sent_again(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    make_run(catalog, status=Status.STOPPED, problem="The catalog is paused by Mary.")
    make_first(catalog)

    page = browser.see(f"{path}?step=7")

    assert not page.select(".panel.bad")
    assert text_of(primary_of(page)) == "Go on"


def test_large_numbers_are_written_as_people_read_them(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    make_run(catalog, status=Status.STOPPED, problem="Full.")
    listed = {"catalog": catalog, "channel": catalog.channel, "sent": make_document()}
    Listing.objects.bulk_create(
        Listing(key=str(one), status=Listing.Status.LISTED, **listed) for one in range(1000)
    )

    page = browser.see(f"{path}?step=7")

    assert "1,000 products are on" in text_of(page)


def test_a_run_that_stopped_says_why_and_goes_on(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    make_run(catalog, status=Status.STOPPED, problem="The folder is full.", phase="pushing")

    page = browser.see(path)

    assert "The folder is full." in text_of(page)
    assert text_of(primary_of(page)) == "Go on"


def test_a_catalog_that_was_disabled_at_the_last_step_leads_back_to_akeneo(browser, path, catalog):
    make_look(catalog)
    make_first(catalog)
    make_run(catalog, status=Status.STOPPED, problem="It is disabled.")
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.DISABLED)

    page = browser.see(f"{path}?step=7")

    assert step_of(page) == "Step 4 of 7"
    assert "is not enabled in Akeneo any more" in text_of(page)


def test_what_another_catalog_carries_is_not_called_sent(browser, path, catalog):
    make_look(catalog)
    make_first(catalog, pushed=0)
    for one in range(10):
        make_listing(
            catalog, key=f"key-{one}", status=Listing.Status.CARRIED, wanted=make_document()
        )

    first = text_of(browser.see(f"{path}?step=6"))
    make_run(catalog, finished_at=timezone.now())
    Catalog.objects.filter(pk=catalog.pk).update(started_at=timezone.now())
    end = text_of(browser.see(path))

    assert "They are sent." not in first
    assert "10 of these were not sent by this catalog: another one carries them" in first
    assert "10 are carried by another catalog of Web shop" in end


def test_the_end_says_what_happens_from_now_on(browser, path, catalog):
    make_look(catalog)
    make_run(catalog, finished_at=timezone.now())
    Catalog.objects.filter(pk=catalog.pk).update(started_at=timezone.now())
    sent = make_document()
    make_listing(catalog, status="listed", wanted=sent, sent=sent)

    page = browser.see(path)

    assert step_of(page) == "All 7 steps are done"
    assert text_of(page.h1) == "“New one” is set up"
    assert "1 product is on Web shop." in text_of(page)
    assert "carried by another catalog" not in text_of(page)
    assert "Every 30 minutes Ferry reads in Akeneo what changed" in text_of(page)
    assert primary_of(page)["href"] == catalog.get_absolute_url()


def test_a_tab_that_comes_late_is_told_so(browser, catalog):
    make_look(catalog)
    make_first(catalog)
    Catalog.objects.filter(pk=catalog.pk).update(started_at=timezone.now())

    response = do(browser, "send_all", catalog)

    assert "is set up already" in messages_of(browser.get(response.url))[0]
    assert not Run.objects.live().exists()


def test_the_ten_that_were_sent_are_to_be_looked_at(browser, catalog):
    make_look(catalog)
    make_first(catalog)

    home = text_of(browser.see(reverse("pages:home")))

    assert "Step 6 of 7: look at the first products on the channel, then send everything." in home
    assert "send the first 10" not in home


@pytest.mark.parametrize(("step", "mode"), [(5, Mode.SAMPLE), (6, Mode.PRODUCT)])
def test_a_step_that_is_put_off_says_why(browser, path, catalog, step, mode):
    make_look(catalog)
    note = "The PIM has not answered; the next try is at 12:12 UTC."
    later = timezone.now() + timedelta(minutes=5)
    waiting = {"status": Status.QUEUED, "not_before": later, "note": note}
    make_run(catalog, mode=mode, dry_run=mode == Mode.SAMPLE, keys=["key-0"], **waiting)

    page = browser.see(f"{path}?step={step}")

    assert "Put off" in text_of(page.select_one(".panel.busy"))
    assert note in text_of(page.select_one(".panel.busy"))
