"""Other addresses of files: the page that saves the choice says what is sent again for it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from catalogs.channels import create_channel
from sync.models import Document, Listing
from tests.factories import make_catalog, make_document, make_listing
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import browser_of_superuser

PICTURE = "https://acme.cloud.akeneo.com/api/rest/v1/media-files/a/b_c.png/download"
CHOICE = {
    "name": "Web shop",
    "set_endpoint": "https://shop.example.com/in",
    "set_secret": "",
    "set_batch_size": "100",
    "set_hides": "no",
    "set_media": "ferry",
}
TOLD = "Pictures and other files have other addresses now. 2 products are sent again for that"


@pytest.fixture
def channel(connection):
    """Three products stand on it, two of them with a picture."""
    values = {"endpoint": CHOICE["set_endpoint"]}
    channel = create_channel(connection, name="Web shop", kind="http", values=values, by_staff=True)
    catalog = make_catalog(channel)
    plain = make_document()
    pictured = Document.objects.create(digest="0" * 64, body=f'{{"image": "{PICTURE}"}}')
    an_hour_ago = timezone.now() - timedelta(hours=1)
    for document in (plain, pictured, pictured):
        make_listing(
            catalog,
            wanted=document,
            sent=document,
            sent_at=an_hour_ago,
            status=Listing.Status.LISTED,
        )
    return channel


def test_the_page_says_how_many_products_are_sent_again(browser, channel):
    before = text_of(browser.see(f"/channels/{channel.uuid}"))

    response = browser.post(f"/channels/{channel.uuid}/edit", CHOICE, follow=True)

    assert "other addresses" not in before
    assert TOLD in text_of(page_of(response))


def test_staff_is_told_too(channel):
    page = reverse("admin:catalogs_channel_change", args=[channel.pk])

    response = browser_of_superuser().post(page, CHOICE, follow=True)

    assert any(TOLD in message for message in messages_of(response))
