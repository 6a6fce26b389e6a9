"""Why a product is, or is not, in the shop: a sentence, both sides' values, what was sent."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from connections.models import Connection, PimUser
from sync.documents import read_document
from sync.models import Document, Listing, ListingVariant, Run
from tests.factories import (
    make_catalog,
    make_channel,
    make_document,
    make_listing,
    make_pim_user,
)
from tests.pages.conftest import browser_of, messages_of, page_of, text_of
from tests.staff import make_change, queries_of

Status, Left, Held = Listing.Status, Listing.Left, Listing.Held


def document_of(content):
    body = json.dumps(content)
    digest = read_document("", body.encode()).digest
    return Document.objects.create(digest=digest, body=body)


def page_path(listing):
    return reverse("pages:product", args=[listing.key])


def sentence_of(page):
    return text_of(page.select_one(".place-of-product strong"))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"status": Status.WAITING}, "It is not on Web shop yet: it waits to be sent."),
        ({"status": Status.PARKED}, "It is not on Web shop: the channel refused it."),
        ({"status": Status.CARRIED}, "but another catalog of Web shop carries it."),
        ({"status": Status.HIDDEN}, "It is hidden on Web shop"),
        (
            {"status": Status.GONE, "left_because": Left.DESELECTED},
            "It is not on Web shop: it left",
        ),
        ({"status": Status.GONE, "left_because": Left.INCOMPLETE}, "it is not complete in Akeneo."),
        ({"status": Status.HELD, "held_because": Held.GREW}, "it is new, together with"),
        ({"status": Status.HELD, "held_because": Held.LEFT}, "It is still on Web shop: it left"),
    ],
)
def test_one_sentence_says_why(browser, catalog, values, says):
    listing = make_listing(catalog, wanted=make_document(), **values)

    assert says in sentence_of(browser.see(page_path(listing)))


def test_what_is_in_step_says_since_when(browser, catalog):
    document, at = make_document(), timezone.now().replace(2026, 3, 2, 6, 0)
    listing = make_listing(
        catalog, wanted=document, sent=document, status=Status.LISTED, sent_at=at
    )

    page = browser.see(page_path(listing))

    expected = "It is on Web shop exactly as Akeneo has it, since 2 March 2026, 06:00 UTC."
    assert sentence_of(page) == expected


def test_what_left_leads_to_the_selection_in_akeneo(browser, catalog):
    listing = make_listing(catalog, status=Status.GONE, left_because=Left.DESELECTED)

    page = browser.see(page_path(listing))

    assert "Akeneo does not tell apps how a catalog selects" in text_of(page.main)
    assert page.main.find("a", href=catalog.configure_url)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"paused_at": timezone.now()}, "The catalog is paused."),
        ({"pim_state": "disabled"}, "The catalog is disabled in Akeneo."),
        ({"started_at": None}, "Nothing is sent for this catalog at present"),
        ({}, "The next run sends it"),
    ],
)
def test_what_waits_says_for_what(browser, catalog, values, says):
    listing = make_listing(catalog, wanted=make_document())
    type(catalog).objects.update(**values)

    assert says in text_of(browser.see(page_path(listing)).main)


def test_each_channel_has_a_section_and_those_without_it_are_named(browser, connection, catalog):
    listing = make_listing(catalog, status=Status.PARKED)
    feed = make_catalog(make_channel(connection, name="Feed"))
    make_listing(feed, key=listing.key, status=Status.GONE)
    never = make_catalog(make_channel(connection, name="Outlet"))

    page = browser.see(page_path(listing))

    headings = [text_of(one) for one in page.select(".place-of-product h2")]
    assert headings == ["Feed Not on the channel", "Web shop Needs attention"]
    assert "Never on other channels" in text_of(page.main)
    assert page.main.find("a", href=never.configure_url)


def test_what_differs_comes_first_and_is_marked(browser, catalog):
    before = document_of({"name": "Mug", "price": {"amount": 5, "currency": "EUR"}})
    after = document_of({"name": "Mug", "price": {"amount": 6, "currency": "EUR"}})
    listing = make_listing(catalog, wanted=after, sent=before, status=Status.WAITING)

    page = browser.see(page_path(listing))

    rows = [
        [text_of(one) for one in row.select("th, td")] for row in page.select(".values tbody tr")
    ]
    assert rows[0] == ["Price.amount differs", "6", "5"]
    assert ["Name", "Mug", "Mug"] in rows
    assert len(page.select(".values .differs")) == 1


def test_languages_stand_below_each_other_and_long_texts_are_folded(browser, catalog):
    text = "A very long story. " * 30
    names = [{"locale": "en", "value": "Mug"}, {"locale": "fr", "value": "Tasse"}]
    document = document_of({"name": names, "description": text})
    listing = make_listing(catalog, wanted=document, sent=document, status=Status.LISTED)

    page = browser.see(page_path(listing))

    values = {text_of(row.th): row.td for row in page.select(".values tbody tr")}
    assert [text_of(one) for one in values["Name"].select(".value")] == ["en Mug", "fr Tasse"]
    assert text.strip()[:100] in text_of(values["Description"].summary)


def test_what_a_channel_holds_for_certain_is_told_apart(browser, catalog):
    unknown = Document.objects.get_or_create(digest=Document.UNKNOWN, defaults={"body": "null"})[0]
    listing = make_listing(
        catalog, wanted=make_document("New"), sent=unknown, last_known=make_document("Old")
    )

    page = browser.see(page_path(listing))

    assert "it is not certain what Web shop holds" in text_of(page.main)
    assert "Old" in text_of(page.select_one(".values"))


def test_a_model_lists_its_variants_and_a_variant_names_its_model(browser, channel):
    catalog = make_catalog(channel, shape="models")
    uuid = "0a1b2c3d-0000-4000-8000-000000000001"
    axes = [{"code": "color", "value": "blue", "label": "Blue"}]
    wanted = document_of(
        {"code": "mug", "variants": [{"uuid": uuid, "variation_axes_values": axes}]}
    )
    model = make_listing(catalog, key="a/mug", label="Mug", wanted=wanted)
    ListingVariant.objects.create(listing=model, uuid=uuid)

    page, of_variant = browser.see(page_path(model)), browser.see(f"/products/{uuid}")

    assert f"Blue {uuid}" in text_of(page.main)
    assert "It is a variant of Mug" in text_of(of_variant.main)
    assert of_variant.main.find("a", href=page_path(model))


HOSTILE = [
    "a%00b",
    "%25",
    "%2e%2e%2f",
    "a" * 10_000,
    "%ED%A0%80",
    "x/y/z",
    "' OR 1=1",
    "%F0%9F%AB%96",
]


@pytest.mark.parametrize("key", HOSTILE)
def test_whatever_an_address_names_is_answered(browser, catalog, key):
    assert browser.get(f"/products/{key}").status_code == 404
    assert browser.post(f"/products/{key}/sync").status_code in (302, 404)
    assert not Run.objects.exists()


@pytest.mark.parametrize("write", [str.upper, lambda key: key.replace("-", "")])
def test_a_uuid_is_known_however_it_is_written(browser, catalog, write):
    listing = make_listing(catalog, key="00e50675-da0f-4f03-b764-ef0fb9a9e677", label="Mug")

    response = browser.get(f"/products/{write(listing.key)}", follow=True)

    assert response.redirect_chain == [(page_path(listing), 302)]
    assert text_of(page_of(response).h1) == "Mug"


def test_another_pims_product_says_nothing_of_itself(outsider, catalog):
    listing = make_listing(catalog, label="Secret mug", identifier="SECRET-1")
    model = make_listing(catalog, key="secret-model", label="Secret model")
    browser = browser_of(outsider)

    page = browser.see(page_path(listing))
    unknown = browser.see("/products/00000000-0000-4000-8000-00000000ffff")

    assert text_of(page.h1) == text_of(unknown.h1) == "A product that Ferry does not carry"
    assert "secret" not in text_of(page).lower()
    assert browser.get(page_path(model)).status_code == 404


@pytest.mark.parametrize("number", [1, 5])
def test_the_number_of_queries_stays_the_same(browser, connection, catalog, number):
    listing = make_listing(catalog, wanted=make_document(), sent=make_document())
    for _ in range(number):
        other = make_catalog(make_channel(connection))
        make_listing(other, key=listing.key, wanted=make_document(), sent=make_document())
        make_change(listing, before=make_document())

    assert queries_of(browser, page_path(listing)) == 15


@pytest.fixture
def replaced(catalog):
    """A product of which the last run sent another name."""
    before, after = make_document("Mug"), make_document("Mgu")
    listing = make_listing(catalog, wanted=after, sent=after, status=Status.LISTED, label="Mug")
    return make_change(listing, before=before, after=after)


def earlier_path(change):
    return reverse("pages:send_earlier", args=[change.listing.uuid, change.pk])


def test_a_manager_sends_the_earlier_version_after_a_look_at_it(browser, replaced):
    path = earlier_path(replaced)
    assert browser.see(page_path(replaced.listing)).main.find("a", href=path)

    page = browser.see(path)
    seen = page.main.find("input", {"name": "seen"})["value"]
    response = browser.post(path, {"seen": seen})

    row = [text_of(one) for one in page.select_one("main tbody tr").select("th, td")]
    run = Run.objects.live().get()
    assert row == ["Name", "Mgu", "Mug"]
    assert (response.url, run.started_by) == (run.get_absolute_url(), "Mary Smith")
    assert Listing.objects.get().wanted == replaced.before
    again = browser.post(path, {"seen": seen}, follow=True)
    assert messages_of(again) == ["The earlier version waits to be sent already."]


@pytest.mark.parametrize("seen", ["", "0" * 16, "\0"])
def test_what_nobody_has_looked_at_is_not_sent(browser, replaced, seen):
    response = browser.post(earlier_path(replaced), {"seen": seen}, follow=True)

    assert "changed meanwhile" in messages_of(response)[0]
    assert not Run.objects.live().exists()


@pytest.mark.parametrize("role", [PimUser.Role.VIEWER, PimUser.Role.EDITOR])
def test_who_is_no_manager_sees_all_and_sends_nothing(connection, replaced, role):
    browser = browser_of(make_pim_user(connection, role=role))

    page = browser.see(page_path(replaced.listing))

    assert not page.main.find("a", href=earlier_path(replaced))
    assert browser.post(earlier_path(replaced)).status_code == 403
    assert (page.main.find("form") is None) == (role == PimUser.Role.VIEWER)


def test_a_change_of_another_product_is_not_found(browser, catalog, replaced):
    other = make_listing(catalog)

    response = browser.get(reverse("pages:send_earlier", args=[other.uuid, replaced.pk]))

    assert response.status_code == 404
    assert "There is nothing here" in text_of(page_of(response))


def test_without_a_connection_the_page_says_so_and_offers_no_sync(browser, connection, catalog):
    key = "0a9be0d1-9a0c-4c3a-a0a0-6c5f0f3f2a11"
    make_listing(catalog, key=key)
    Connection.objects.filter(pk=connection.pk).update(state=Connection.State.DISCONNECTED)

    page = browser.see(reverse("pages:product", args=[key]))
    response = browser.post(reverse("pages:sync_product", args=[key]))

    assert [text_of(one) for one in page.select("main .primary")] == ["Connect again"]
    (said,) = messages_of(browser.get(response.url))
    assert said == "There is no catalog that could be synced now."
    assert not Run.objects.exists()
