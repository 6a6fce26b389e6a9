"""The page on which a manager says what Akeneo gets to know of the channel."""

import pytest
from django.urls import reverse

from connections.models import AuditRecord
from sync.models import Feedback
from tests.enrichment.conftest import Enrichment
from tests.factories import make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.sync.feedback.conftest import add_attributes
from tests.world import make_world

__all__ = ["make_world"]


@pytest.fixture
def world(make_world, queue):
    world = make_world(3)
    add_attributes(world.pim)
    return Enrichment(world, queue).world


@pytest.fixture
def browser(world):
    return browser_of(make_pim_user(world.connection))


@pytest.fixture
def address(world):
    return reverse("pages:catalog_feedback", args=[world.catalog.uuid])


def choices(page, name):
    return [option["value"] for option in page.select(f'[name="{name}"] option')]


def test_only_attributes_that_fit_are_offered(browser, address):
    page = browser.see(address)

    assert "shop_status" in choices(page, "status")
    assert not {"name", "description", "price", "shop_problem"} & set(choices(page, "status"))
    assert choices(page, "date") == ["", "ean", "release_date", "shop_address", "shop_date"] + [
        "supplier_reference"
    ]
    assert "shop_problem" in choices(page, "problem")
    assert len(page.select("h1")) == len(page.select("form button.primary")) == 1


def test_what_is_chosen_is_stored_and_recorded_and_taken_back(browser, address, world):
    response = browser.post(address, {"status": "shop_status", "date": "shop_date"}, follow=True)

    assert messages_of(response) == ["Saved. After the next run it is written."]
    row = Feedback.objects.get()
    assert row.attributes == {"status": "shop_status", "date": "shop_date"}
    assert AuditRecord.objects.filter(action="catalog_changed").exists()
    chosen = page_of(response).select("option[selected]")
    assert [one["value"] for one in chosen if one["value"]] == ["shop_status", "shop_date"]

    browser.post(address, {"status": "", "date": ""})
    assert not Feedback.objects.exists()


def test_what_does_not_fit_is_said_at_its_field_and_nothing_is_stored(browser, address):
    response = browser.post(address, {"status": "brand", "address": "shop_address"})

    assert response.status_code == 422
    assert "“brand” lacks options in the PIM" in text_of(page_of(response))
    assert not Feedback.objects.exists()


def test_it_opens_when_akeneo_does_not_answer_and_keeps_what_is_set(browser, address, world):
    Feedback.objects.create(catalog=world.catalog, status="shop_status", trouble="No answer.")
    world.connection.pim_url = "http://127.0.0.1:9"
    world.connection.save()

    page = browser.see(address)

    assert "Akeneo does not tell what there is to choose." in text_of(page)
    assert "The last time it could not be written: No answer." in text_of(page)
    assert choices(page, "status") == ["", "shop_status"]


def test_how_many_products_have_no_place_for_it_is_told(browser, address, world):
    Feedback.objects.create(
        catalog=world.catalog, status="shop_status", without_place={"shop_status": 1200}
    )

    assert "1,200 have no place for “shop_status”" in text_of(browser.see(address))


def test_where_nothing_may_be_written_it_leads_to_the_switch(browser, address, world):
    world.connection.enriched_since = None
    world.connection.save()

    page = browser.see(address)

    assert not page.select("main form")
    assert page.select_one("main a.primary")["href"] == reverse("pages:enrichment")
