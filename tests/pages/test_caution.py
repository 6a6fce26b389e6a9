"""What a manager decides about products that leave, lose a value or come in great numbers."""

import pytest
from django.urls import reverse

from catalogs.models import Catalog
from connections.models import AuditRecord
from sync.models import EmptiedTarget, Listing
from tests.factories import make_catalog, make_document, make_listing, make_pim_user
from tests.pages.conftest import browser_of

pytestmark = pytest.mark.django_db

Held = Listing.Held
Status = Listing.Status


@pytest.fixture
def catalog():
    return make_catalog()


@pytest.fixture
def browser(catalog):
    return browser_of(make_pim_user(catalog.connection))


def settings_of(catalog, **values):
    present = {"name": catalog.name, "every": catalog.every}
    return {**present, **values}


def test_what_becomes_of_products_that_leave_is_set_with_the_other_settings(browser, catalog):
    address = reverse("pages:catalog_settings", args=[catalog.uuid])
    page = browser.see(address)
    offered = [option["value"] for option in page.select("[name=when_disabled] option")]

    values = {"when_disabled": "leave", "fuse_percent": "10", "growth_count": ""}
    response = browser.post(address, settings_of(catalog, **values))

    catalog.refresh_from_db()
    assert response.status_code == 302
    assert offered == ["withdraw", "leave"]  # this channel cannot hide
    assert (catalog.when_disabled, catalog.when_absent) == ("leave", "withdraw")
    assert (catalog.fuse_percent, catalog.fuse_count, catalog.growth_count) == (10, 20, 1000)
    [record] = AuditRecord.objects.filter(action="catalog_changed")
    assert record.details == {"when_disabled": "leave", "fuse_percent": 10}


@pytest.mark.parametrize(
    "values", [{"fuse_percent": "0"}, {"fuse_percent": "101"}, {"when_absent": "hide"}]
)
def test_what_cannot_be_is_told_and_stores_nothing(browser, catalog, values):
    address = reverse("pages:catalog_settings", args=[catalog.uuid])

    response = browser.post(address, settings_of(catalog, **values))

    assert response.status_code == 422
    assert list(Catalog.objects.values()) == [
        {**Catalog.objects.values().get(), "fuse_percent": 5, "when_absent": "withdraw"}
    ]


def test_hiding_is_offered_where_the_channel_can(browser, catalog):
    catalog.channel.settings |= {"hides": "yes"}
    catalog.channel.save()

    page = browser.see(reverse("pages:catalog_settings", args=[catalog.uuid]))

    offered = [option["value"] for option in page.select("[name=when_disabled] option")]
    assert offered == ["withdraw", "hide", "leave"]


def hold(catalog, number, because, **values):
    for _ in range(number):
        listing = make_listing(catalog, status=Status.HELD, held_because=because, **values)
        if because == Held.EMPTIED:
            EmptiedTarget.objects.create(listing=listing, target="description")


def test_each_kind_of_what_is_held_has_its_own_list(browser, catalog):
    hold(catalog, 2, Held.LEFT, wanted=None, sent=None)
    hold(catalog, 21, Held.EMPTIED, wanted=make_document("less"))
    hold(catalog, 3, Held.GREW, wanted=make_document("new"))

    address = reverse("pages:held", args=[catalog.uuid])
    first = browser.see(address)
    emptied = browser.see(f"{address}?kind=emptied")
    new = browser.see(f"{address}?kind=grew")

    assert [link["href"] for link in first.select(".tabs a")] == [
        "?kind=left",
        "?kind=emptied",
        "?kind=grew",
    ]
    assert first.h1.string.strip() == "2 products left the catalog"
    assert emptied.h1.string.strip() == "21 products would lose a value"
    assert "21 products would lose “Description”" in emptied.main.get_text(" ", strip=True)
    assert new.h1.string.strip() == "3 new products at once"


@pytest.mark.parametrize(
    ("because", "title", "status"),
    [
        (Held.EMPTIED, "Send 2 products to Web shop?", Status.WAITING),
        (Held.GREW, "Send 2 products to Web shop?", Status.WAITING),
    ],
)
def test_held_changes_are_sent_after_a_confirmation(browser, catalog, because, title, status):
    hold(catalog, 2, because, wanted=make_document("now"))
    address = reverse("pages:held", args=[catalog.uuid])
    pks = ",".join(str(pk) for pk in Listing.objects.values_list("pk", flat=True))

    asked = browser.post(address, {"decision": "withdraw", "listings": pks})
    values = {"decision": "withdraw", "listings": pks, "confirmed": "on"}
    browser.post(address, values)

    assert title in asked.content.decode()
    assert set(Listing.objects.values_list("status", "let_through")) == {(status, True)}


def test_held_changes_that_are_refused_are_set_aside(browser, catalog):
    hold(catalog, 1, Held.GREW, wanted=make_document("now"))
    listing = Listing.objects.get()
    values = {"decision": "keep", "listings": str(listing.pk), "confirmed": "on"}

    browser.post(reverse("pages:held", args=[catalog.uuid]), values)

    digest = listing.wanted and listing.wanted.digest
    listing.refresh_from_db()
    assert (listing.status, listing.wanted, listing.set_aside) == (Status.GONE, None, digest)
