"""One product: synced by itself from its page, and its document as the channel gets it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from connections.models import PimUser
from sync.models import Listing, Run
from tests.factories import make_catalog, make_document, make_listing, make_pim_user, make_run
from tests.pages.conftest import browser_of, messages_of, text_of

Status = Listing.Status


@pytest.fixture
def listing(catalog):
    return make_listing(catalog, wanted=make_document("Boot"), sent=make_document("Shoe"))


def page_path(listing):
    return reverse("pages:product", args=[listing.key])


def sync_path(listing):
    return reverse("pages:sync_product", args=[listing.key])


def test_it_is_synced_from_its_page(browser, listing, catalog):
    page = browser.see(page_path(listing))

    response = browser.post(page.main.find("form")["action"])

    run = Run.objects.get()
    assert [text_of(button) for button in page.select(".primary")] == ["Sync this product"]
    assert (run.catalog, run.mode, run.keys) == (catalog, Run.Mode.PRODUCT, [listing.key])
    assert run.started_by == "Mary Smith"
    assert response.url == run.get_absolute_url()
    assert "It is about 1 product alone." in text_of(browser.see(response.url))


def test_each_catalog_that_has_it_gets_a_run(browser, channel, listing):
    other = make_catalog(channel)
    make_listing(other, key=listing.key)
    make_catalog(channel, name="Without it")

    response = browser.post(sync_path(listing), follow=True)

    assert set(Run.objects.values_list("catalog", flat=True)) == {listing.catalog_id, other.pk}
    assert messages_of(response) == ["2 runs started, one for each catalog."]


def test_a_product_that_nobody_knows_is_looked_for_in_every_catalog(browser, channel, catalog):
    make_catalog(channel, archived_at=timezone.now())
    make_catalog(channel, unconfirmed_since=timezone.now())
    path = "/products/00000000-0000-4000-8000-000000000001"

    browser.post(f"{path}/sync")

    assert [run.catalog for run in Run.objects.all()] == [catalog]


def test_while_a_run_is_under_way_it_says_so(browser, listing, catalog):
    make_run(catalog, status=Run.Status.RUNNING)

    response = browser.post(sync_path(listing), follow=True)

    assert messages_of(response) == [
        "A run of “Web shop products” is under way. Try again when it has ended."
    ]


def test_without_a_catalog_there_is_nothing_to_press(browser, listing, catalog):
    catalog.archived_at = timezone.now()
    catalog.save()

    page = browser.see(page_path(listing))
    response = browser.post(sync_path(listing), follow=True)

    assert not page.main.find("form")
    assert messages_of(response) == ["There is no catalog that could be synced now."]


def test_the_preview_shows_what_is_sent_beside_what_is_there(browser, listing):
    page = browser.see(reverse("pages:preview", args=[listing.uuid]))

    rows = [[text_of(cell) for cell in row.select("th, td")] for row in page.select("tbody tr")]
    assert rows == [["Name", "Shoe", "Boot"], ["Name", "Boot"]]
    assert '"name": "Boot"' in page.pre.get_text()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"wanted": None, "status": Status.GONE}, "sends nothing of this product"),
        ({"status": Status.CARRIED}, "another catalog of Web shop carries the product"),
        ({"sent": "Boot"}, "Web shop holds exactly this"),
    ],
)
def test_the_preview_says_why_nothing_will_change(browser, listing, values, says):
    if "sent" in values:
        values = {"sent": make_document(values["sent"])}
    Listing.objects.update(**values)

    assert says in text_of(browser.see(reverse("pages:preview", args=[listing.uuid])))


def test_a_viewer_sees_the_preview_and_no_button(connection, listing):
    browser = browser_of(make_pim_user(connection, role=PimUser.Role.VIEWER))

    for path in (page_path(listing), reverse("pages:preview", args=[listing.uuid])):
        page = browser.see(path)
        assert not page.main.find("form")
        assert len(page.select(".primary")) == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"left_because": "disabled", "status": "gone"}, "It was disabled in Akeneo."),
        (
            {"left_because": "absent", "status": "kept"},
            "It was deleted in Akeneo, or this app is not permitted to see it any more.",
        ),
        (
            {"held_because": "emptied", "status": "held"},
            "it would lose a value, together with suspiciously many others.",
        ),
    ],
)
@pytest.mark.django_db
def test_it_says_why_a_product_left_or_is_held(values, said):
    listing = make_listing(**values)
    browser = browser_of(make_pim_user(listing.channel.connection))

    page = browser.see(reverse("pages:product", args=[listing.key]))

    assert said in page.main.get_text(" ", strip=True)
