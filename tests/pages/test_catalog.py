"""The page of one catalog, and what its buttons do."""

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Circuit, Connection
from sync.explaining import disabled
from sync.models import Listing, Run
from tests.factories import (
    make_catalog,
    make_channel,
    make_circuit,
    make_document,
    make_listing,
    make_run,
)
from tests.pages.conftest import API, messages_of, page_of, text_of

Status = Listing.Status
PimState = Catalog.PimState


def to(name, thing):
    return reverse(f"pages:{name}", args=[thing.uuid])


def answer_enabled(pim, catalog, enabled, **kwargs):
    body = {"id": catalog.pim_catalog_id, "name": catalog.name, "enabled": enabled}
    return pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json=body, **kwargs)


def disable(catalog):
    catalog.pim_state = PimState.DISABLED
    catalog.save()


def test_it_offers_to_sync(browser, catalog):
    page = browser.see(catalog.get_absolute_url())

    assert page.select_one("button.primary").string == "Sync now"
    assert page.find("a", href=catalog.configure_url)
    assert "Akeneo lets only people in who may manage apps" in text_of(page)


def test_its_state_and_numbers_are_shown(browser, catalog):
    document = make_document()
    for _ in range(3):
        make_listing(catalog, status=Status.LISTED, wanted=document, sent=document)
    make_listing(catalog, status=Status.WAITING, wanted=document)
    make_listing(catalog, status=Status.CARRIED, wanted=document)
    make_run(catalog, finished_at=timezone.now())

    page = browser.see(catalog.get_absolute_url())

    tiles = [text_of(tile) for tile in page.select(".tiles > div")]
    assert "On Web shop 3" in tiles
    assert "Waiting to be sent 1" in tiles
    assert "Carried by another catalog 1" in tiles
    assert "Products wait to be sent" in page.h1.get_text()


def test_sync_now_starts_a_run(browser, catalog, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as queued:
        response = browser.post(to("sync", catalog))

    run = Run.objects.get()
    assert response.url == run.get_absolute_url()
    assert (run.trigger, run.started_by) == (Run.Trigger.MANUAL, "Mary Smith")
    assert len(queued) == 1


def test_sync_now_goes_to_the_run_that_is_under_way(browser, catalog):
    run = make_run(catalog, status=Run.Status.RUNNING)

    response = browser.post(to("sync", catalog), follow=True)

    assert response.redirect_chain == [(run.get_absolute_url(), 302)]
    assert messages_of(response) == ["A run was under way already. This is it."]
    assert Run.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"archived_at": timezone.now()}, "archived"),
        ({"removing_since": timezone.now()}, "being removed"),
    ],
)
def test_a_catalog_that_was_put_aside_is_not_synced(browser, channel, changes, says):
    catalog = make_catalog(channel, **changes)

    response = browser.post(to("sync", catalog), follow=True)

    assert says in messages_of(response)[0]
    assert not Run.objects.exists()
    assert not page_of(response).find("button", string="Sync now")


def test_a_live_run_takes_the_place_of_the_button(browser, catalog):
    run = make_run(catalog, status=Run.Status.RUNNING)

    page = browser.see(catalog.get_absolute_url())

    assert page.select_one(".primary")["href"] == run.get_absolute_url()
    assert page.select_one(".strip progress")


def test_a_catalog_that_is_not_enabled_leads_to_akeneo_and_looks_by_itself(browser, catalog):
    disable(catalog)

    page = browser.see(catalog.get_absolute_url())

    assert page.select_one(".primary")["href"] == catalog.configure_url
    looking = page.find(id="pim-state")
    assert looking["hx-post"] == to("look", catalog)
    assert looking["hx-trigger"] == "every 10s"


def test_an_enabled_catalog_does_not_ask_the_pim_all_the_time(browser, catalog):
    page = browser.see(catalog.get_absolute_url())

    assert not page.find(attrs={"hx-trigger": True})


def test_the_page_notices_that_the_catalog_was_enabled(browser, catalog, pim):
    disable(catalog)
    answer_enabled(pim, catalog, True)

    response = browser.htmx("post", to("look", catalog))

    catalog.refresh_from_db()
    assert catalog.pim_state == PimState.ENABLED
    assert response["HX-Refresh"] == "true"
    assert "The catalog is enabled in Akeneo." in text_of(browser.see(catalog.get_absolute_url()))


def test_the_page_goes_on_looking_while_nothing_changed(browser, catalog, pim):
    disable(catalog)
    answer_enabled(pim, catalog, False)

    response = browser.htmx("post", to("look", catalog))

    assert "HX-Refresh" not in response
    assert page_of(response).find(id="pim-state")["hx-trigger"] == "every 10s"


def test_a_pim_that_does_not_answer_is_told_at_once_and_not_asked_again(browser, catalog, pim):
    disable(catalog)
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", status=503)

    response = browser.htmx("post", to("look", catalog))

    state = page_of(response).find(id="pim-state")
    assert state.select_one(".problem")
    assert not state.has_attr("hx-trigger")
    assert len(pim.calls) == 1


def test_look_again_works_without_javascript(browser, catalog, pim):
    answer_enabled(pim, catalog, False)

    response = browser.post(to("look", catalog), follow=True)

    assert messages_of(response) == ["The catalog is not enabled in Akeneo."]


def test_a_catalog_deleted_in_the_pim_is_told_with_the_way_out(browser, catalog, pim):
    gone = {"code": 404, "message": f'Catalog "{catalog.pim_catalog_id}" does not exist'}
    pim.get(f"{API}/catalogs/{catalog.pim_catalog_id}", json=gone, status=404)
    make_listing(catalog, status=Status.LISTED, wanted=make_document(), sent=make_document())

    response = browser.post(to("look", catalog), follow=True)

    assert messages_of(response) == ["The catalog was deleted in Akeneo."]
    assert "1 product stays on Web shop as now." in text_of(page_of(response))
    assert page_of(response).find("a", href=to("delete_catalog", catalog))


def test_a_lost_connection_is_told_instead_of_offering_to_sync(browser, catalog, connection):
    Connection.objects.update(state=Connection.State.DISCONNECTED, problem="Disconnected there.")

    page = browser.see(catalog.get_absolute_url())

    assert "Disconnected there." in text_of(page)
    assert "Not known while Ferry is disconnected." in text_of(page)
    assert not page.find("button", string="Look again")
    assert page.select_one(".primary").string == "Connect again"


def test_a_stopped_run_leads_to_what_happened(browser, catalog):
    run = make_run(catalog, status=Run.Status.STOPPED, problem="The channel answered HTTP 401.")

    page = browser.see(catalog.get_absolute_url())

    assert "The channel answered HTTP 401." in text_of(page)
    assert page.find("a", string="See what happened")["href"] == run.get_absolute_url()


def test_a_catalog_that_was_enabled_again_is_not_called_disabled(browser, catalog):
    make_run(catalog, status=Run.Status.STOPPED, problem=disabled(catalog).message)

    page = browser.see(catalog.get_absolute_url())
    home = browser.see("/")

    assert "is disabled in the PIM" not in text_of(page) + text_of(home)
    assert "and is enabled again" in text_of(page)
    assert page.find("button", string="Sync now")
    assert "This needs you" not in text_of(home)


def test_runs_are_listed_page_by_page(browser, catalog):
    for _ in range(12):
        make_run(catalog, finished_at=timezone.now(), pushed=1234)

    page = browser.see(catalog.get_absolute_url())
    link = page.find("a", string="Next")["href"]
    older = browser.see(f"{catalog.get_absolute_url()}{link}")

    assert len(page.select("#runs tbody tr")) == 10
    assert len(older.select("#runs tbody tr")) == 2
    assert "1,234" in text_of(page.find(id="runs"))
    assert link.endswith("#runs")


@pytest.mark.parametrize("number", ["0", "99", "nonsense"])
def test_a_page_that_is_not_there_is_another_one(browser, catalog, number):
    make_run(catalog)

    assert browser.see(f"{catalog.get_absolute_url()}?runs={number}&parked={number}")


def test_runs_of_single_products_can_be_left_out(browser, catalog):
    """Events begin them many a minute, and a person looks for what the night brought."""
    for _ in range(11):
        make_run(catalog, mode=Run.Mode.FULL, status=Run.Status.SUCCEEDED, pulled=1234)
    for _ in range(11):
        make_run(catalog, mode=Run.Mode.PRODUCT, trigger="event", status=Run.Status.SUCCEEDED)
    page = browser.see(catalog.get_absolute_url())
    assert "1,234" not in text_of(page.find(id="runs"))

    whole = browser.see(catalog.get_absolute_url() + link_called(page, "Leave out runs"))

    assert text_of(whole.find(id="runs")).count("1,234") == 10
    older = browser.see(catalog.get_absolute_url() + link_called(whole, "Next"))
    assert text_of(older.find(id="runs")).count("1,234") == 1
    assert link_called(older, "Show runs of single products too") == "?#runs"


def test_nobody_is_offered_to_leave_out_what_there_is_not(browser, catalog):
    make_run(catalog, mode=Run.Mode.DELTA, status=Run.Status.SUCCEEDED)

    assert "single products" not in text_of(browser.see(catalog.get_absolute_url()).find(id="runs"))


def link_called(page, words):
    return next(a["href"] for a in page.select("#runs a") if words in a.text)


def test_many_products_and_runs_cost_no_more_queries(browser, catalog, django_assert_num_queries):
    def add(number):
        for _ in range(number):
            make_run(catalog, finished_at=timezone.now())
            make_listing(catalog, status=Status.PARKED, wanted=make_document())

    add(1)
    with django_assert_num_queries(16):
        browser.get(catalog.get_absolute_url())

    add(15)
    with django_assert_num_queries(16):
        browser.get(catalog.get_absolute_url())


def test_its_other_pages_are_one_click_away_and_not_among_its_buttons(browser, catalog):
    page = browser.see(catalog.get_absolute_url())

    names = ["parked", "held", "preview_of_catalog", "catalog_content"]
    names += ["catalog_feedback", "catalog_settings"]
    ways = {link["href"] for link in page.select(".tabs-of a")}
    assert ways == {catalog.get_absolute_url(), *(to(name, catalog) for name in names)}
    buttons = [text_of(one) for one in page.select(".actions :is(a, button)")]
    assert buttons == ["Preview changes", "Sync now"]


def test_a_product_of_it_is_found_and_shown_as_the_channel_gets_it(browser, catalog):
    shoe = make_listing(catalog, label="Shoe", wanted=make_document())
    make_listing(catalog, label="Jacket", wanted=make_document())

    first = browser.see(to("preview_of_catalog", catalog))
    found = browser.see(f"{to('preview_of_catalog', catalog)}?q=sho")
    nothing = browser.see(f"{to('preview_of_catalog', catalog)}?q=trousers")

    assert len(first.select(".found a")) == 2
    assert [link["href"] for link in found.select(".found a")] == [to("preview", shoe)]
    assert "No product of this catalog is called like that" in text_of(nothing)
    assert browser.see(catalog.get_absolute_url()).find("a", href=to("preview", shoe))


def test_another_catalogs_product_is_not_found(browser, channel, catalog):
    make_listing(make_catalog(channel, position=1), label="Shoe", wanted=make_document())

    assert not browser.see(f"{to('preview_of_catalog', catalog)}?q=Shoe").select(".found a")


def test_it_says_who_does_not_answer(browser, catalog):
    circuit = make_circuit(catalog.connection, catalog.channel)
    other = make_circuit(catalog.connection, make_channel(catalog.connection, name="Elsewhere"))
    sentence = f"{circuit} It is tried again by itself."

    assert sentence in text_of(browser.see(catalog.get_absolute_url()))
    assert str(other) not in text_of(browser.see(catalog.get_absolute_url()))

    Circuit.objects.update(failures=4)
    assert sentence not in text_of(browser.see(catalog.get_absolute_url()))
