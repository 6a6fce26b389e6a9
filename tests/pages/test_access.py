"""Every address of the pages, tried by the manager, by an outsider and by nobody."""

from datetime import time
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalogs.models import Window
from enrichment.kept_files import new_file
from enrichment.models import Offer, Source, TranslationOrder
from pages.urls import urlpatterns
from sync.models import Listing, Run
from tests.factories import (
    make_catalog,
    make_channel,
    make_document,
    make_listing,
    make_offer,
    make_order,
    make_proposal,
    make_run,
)
from tests.pages.conftest import browser_of, page_of, text_of
from tests.staff import make_change

OPEN = {"home": "get", "help": "get"}
OWN = {  # nobody else's to see
    **{"connection": "get", "choose_kind": "get", "new_channel": "get", "disconnect": "get"},
    **{"product": "get", "credentials": "get", "notices": "get"},
    **{"support_bundle": "get", "products": "get", "product_link": "get"},
    **{"requests": "get", "requests_settings": "get", "requests_attributes": "get"},
    **{"translations": "get", "texts_for_translators": "get", "texts_for_service": "get"},
    **{"new_files_source": "get"},
    **{"enrichment": "get", "new_source": "get", "alerts": "get", "alert_webhook": "get"},
    **{"events": "get", "events_off": "get", "enrichment_off": "get"},
}
OWN_CHANGES = [
    "ask_again",
    "sync_product",
    "change_time_zone",
    "own_time_zone",
    "change_environment",
    "switch_enrichment",
    "offer_file",
    "create_requests_attributes",
    "bring_translations",
    "offer_files",
    *("alert_address", "remove_alert_address", "alert_choices", "test_alerts"),
    *("set_alert_webhook", "change_alert_webhook"),
    *("events_on", "events_suspend", "events_secret"),
]
BY_LINK = {
    "confirm_address",
    "stop_alerts",
    "invitation",
    "new_secret",
    "fetch_feed",
}  # for whoever has it; tested apart
OF_AKENEO = {"requests_file", "requests_texts"}  # what Akeneo has right now; tested apart
KEPT = {"offered_picture"}  # what Ferry keeps as long as it waits; tested apart
PAGES = [
    *("channel", "edit_channel", "delete_channel", "new_catalog"),
    *(
        "catalog",
        "catalog_settings",
        "catalog_content",
        "catalog_feedback",
        "held",
        "parked",
        "preview_of_catalog",
        "delete_catalog",
        "run",
        "run_strip",
    ),
    "stop_run",
    *("take_up", "difference", "difference_file", "preview", "undo", "send_earlier"),
    *("pause", "pause_channel", "timetable", "remove_from_timetable"),
    *("fields", "field", "another_channel", "feed"),
    "set_up",
    *("source", "remove_source"),
    *("offer", "offer_strip", "offer_results", "undo_offer"),
    *("texts", "texts_strip", "texts_file"),
]
CHANGES = [
    *("check_channel", "move_catalog", "sync", "trial", "look", "resume", "archive", "restore"),
    *("retry_all", "retry", "compare", "confirm", "change_role", "take_pims_version"),
    *("resume_channel", "send_now", "refresh_fields", "send_fields"),
    *("feed_address", "feed_refusals"),
    *("send_texts", "stop_texts"),
    *("decide_offer", "offer_again", "pause_source", "look_at_source"),
    *("notice_enabled", "look_first", "send_first", "send_all", "pause_setup"),
]


@pytest.fixture
def address(channel, catalog, manager, settings, tmp_path):
    """The address of a page about something that the manager's PIM owns."""
    listing = make_listing(catalog, status=Listing.Status.PARKED)
    catalog.unconfirmed_since = timezone.now()  # or there is nothing to take up
    catalog.save()
    run = make_run(catalog)
    dry_run = make_run(catalog, dry_run=True, finished_at=timezone.now())
    channel.fields = [{"code": "stock", "type": "number", "title": "Stock", "description": ""}]
    channel.save()
    window = Window.objects.create(channel=channel, days=[1], begins=time(6), ends=time(22))

    source = Source.objects.create(connection=channel.connection, kind="values", name="ERP")
    offer = make_proposal(make_offer(channel.connection, state=Offer.State.DONE)).offer
    settings.STATE_FOLDER = tmp_path
    kept = uuid4()
    texts = make_order(channel.connection, state=TranslationOrder.State.DONE, file=kept)
    with new_file(kept) as file:
        file.write(b"<xliff/>")

    def address(name):
        if "source" in name and name not in ("new_source", "new_files_source"):
            return reverse(f"pages:{name}", args=[source.uuid])
        if "offer" in name and name not in ("offer_file", "offer_files"):
            return reverse(f"pages:{name}", args=[offer.uuid])
        if name in ("texts", "texts_strip", "texts_file", "send_texts", "stop_texts"):
            return reverse(f"pages:{name}", args=[texts.uuid])
        if name == "new_channel":
            return reverse("pages:new_channel", args=["http"])
        if name in ("product", "sync_product"):
            return reverse(f"pages:{name}", args=[listing.key])
        if name in (*OPEN, *OWN, *OWN_CHANGES):
            return reverse(f"pages:{name}")
        of_channel = ("channel", "edit_channel", "check_channel", "move_catalog")
        of_fields = ("fields", "refresh_fields", "send_fields", "another_channel")
        if name == "field":
            return reverse("pages:field", args=[channel.uuid, "stock"])
        if name == "remove_from_timetable":
            return reverse(f"pages:{name}", args=[channel.uuid, "window", window.pk])
        timing = ("pause_channel", "resume_channel", "timetable")
        if name in (*of_channel, *of_fields, *timing, "delete_channel", "new_catalog"):
            return reverse(f"pages:{name}", args=[channel.uuid])
        if name in ("feed", "feed_address", "feed_refusals"):
            folder = {"destination": "/srv/feeds"}
            feeds = make_channel(channel.connection, kind="file", settings=folder)
            return reverse(f"pages:{name}", args=[feeds.uuid])
        if name == "change_role":
            return reverse("pages:change_role", args=[manager.uuid])
        if name == "send_earlier":
            confirmed = make_catalog(channel, position=3)
            sent = make_listing(confirmed, wanted=make_document(), sent=make_document("now"))
            change = make_change(sent, before=make_document("before"), after=sent.sent)
            return reverse("pages:send_earlier", args=[sent.uuid, change.pk])
        if name in ("retry", "preview", "take_pims_version", "send_now"):
            return reverse(f"pages:{name}", args=[listing.uuid])
        if name == "difference_file":
            return reverse("pages:difference_file", args=[dry_run.uuid, "csv"])
        if name == "difference":
            return reverse("pages:difference", args=[dry_run.uuid])
        if name == "set_up":
            new = make_catalog(channel, started_at=None, position=1)
            return reverse("pages:set_up", args=[new.uuid])
        if name == "stop_run":
            live = make_run(make_catalog(channel, position=2), status=Run.Status.RUNNING)
            return reverse("pages:stop_run", args=[live.uuid])
        if name in ("run", "run_strip", "undo"):
            return reverse(f"pages:{name}", args=[run.uuid])
        return reverse(f"pages:{name}", args=[catalog.uuid])

    return address


def test_every_address_is_tried_here():
    names = {pattern.name for pattern in urlpatterns}

    assert names == {*OPEN, *BY_LINK, *OF_AKENEO, *KEPT, *OWN, *OWN_CHANGES, *PAGES, *CHANGES}


@pytest.mark.parametrize("name", [*OPEN, *OWN, *PAGES])
def test_the_manager_sees_it(name, browser, address):
    assert browser.get(address(name)).status_code == 200


@pytest.mark.parametrize("name", [*PAGES, *CHANGES])
def test_an_outsider_is_told_there_is_nothing(name, outsider, address):
    method = "post" if name in CHANGES else "get"

    response = getattr(browser_of(outsider), method)(address(name))

    assert response.status_code == 404
    assert "There is nothing here" in text_of(page_of(response))


@pytest.mark.parametrize(
    "name", ["edit_channel", "new_catalog", "held", "delete_catalog", "timetable", "pause"]
)
def test_an_outsider_cannot_send_its_form(name, outsider, address):
    assert browser_of(outsider).post(address(name), {"name": "Mine"}).status_code == 404


@pytest.mark.parametrize("name", [*OWN, *OWN_CHANGES, *PAGES, *CHANGES])
def test_nobody_is_told_how_to_open_the_app(name, address):
    method = "post" if name in (*CHANGES, *OWN_CHANGES) else "get"

    response = getattr(Client(), method)(address(name))

    assert response.status_code == 403
    assert "Connected apps" in text_of(page_of(response))


@pytest.mark.parametrize("name", OPEN)
def test_anybody_may_read_it(name, address, db):
    assert Client().get(address(name)).status_code == 200


@pytest.mark.parametrize("name", [*CHANGES, *OWN_CHANGES])
def test_nothing_changes_by_looking(name, browser, address):
    assert browser.get(address(name)).status_code == 405


def test_a_fragment_reloads_the_page_when_the_session_has_ended(address):
    response = Client().get(address("run"), headers={"HX-Request": "true"})

    assert response.status_code == 403
    assert response["HX-Refresh"] == "true"


def test_a_change_without_the_token_of_a_page_is_refused(manager, address):
    browser = browser_of(manager)
    browser.handler.enforce_csrf_checks = True

    response = browser.post(address("pause"))

    assert response.status_code == 403
    assert "Please try once more" in text_of(page_of(response))


def test_a_person_whose_account_is_gone_is_nobody(manager, browser):
    manager.delete()

    assert "Open Ferry from your PIM" in text_of(page_of(browser.get("/")))
