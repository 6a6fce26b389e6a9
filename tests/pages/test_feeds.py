"""The page of a feed: what was written, its address, and reports of what was refused."""

import os

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from channels.feeds import mark_of
from connections.models import AuditRecord, PimUser
from sync.models import Feed, FeedFile, Listing
from tests.factories import make_catalog, make_channel, make_document, make_listing, make_pim_user
from tests.pages.conftest import browser_of, messages_of, page_of, text_of

CONTENT = b'{"uuid":"a"}\n'


@pytest.fixture
def feed(connection, tmp_path):
    """A feed that was written to a folder."""
    channel = make_channel(
        connection, name="Feed", kind="file", settings={"destination": str(tmp_path)}
    )
    (tmp_path / "products.jsonl").write_bytes(CONTENT)
    (tmp_path / "products.manifest.json").write_text("{}")
    (tmp_path / "secrets.jsonl").write_text("of others")
    feed = Feed.objects.create(
        channel=channel,
        published_at=timezone.now(),
        file_name="products.jsonl",
        products=1500,
        size=2048,
        number=12,
    )
    note_written(feed, tmp_path / "products.jsonl")
    note_written(feed, tmp_path / "products.manifest.json")
    return feed


def note_written(feed, path):
    """As publishing does it before a file takes its place."""
    FeedFile.objects.create(feed=feed, name=path.name, mark=mark_of(path.stat()))


def page(feed):
    return f"/channels/{feed.channel.uuid}/feed"


def made(browser, feed):
    """Make an address and return where it leads."""
    response = browser.post(f"{page(feed)}/address", {"address": "new", "sure": "yes"})
    shown = page_of(response).find("input", id="productsjsonl")["value"]
    return shown[shown.index("/feeds/") :]


def upload(browser, feed, text):
    report = SimpleUploadedFile("refused.csv", text.encode(), "text/csv")
    response = browser.post(f"{page(feed)}/refusals", {"report": report}, follow=True)
    return messages_of(response)


def test_it_says_what_was_written_last(browser, feed):
    said = text_of(browser.see(page(feed)))

    assert "Products in it 1,500" in said
    assert "Size 2.0" in said


def test_the_channels_page_leads_there(browser, feed):
    assert browser.see(f"/channels/{feed.channel.uuid}").find("a", href=page(feed))


def test_other_channels_have_no_feed(browser, channel):
    assert browser.get(f"/channels/{channel.uuid}/feed").status_code == 404


def test_whoever_has_the_address_can_fetch_the_feed(browser, feed):
    address = made(browser, feed)

    response = Client().get(address)

    assert response.status_code == 200
    assert response.getvalue() == CONTENT
    assert response["Content-Type"] == "application/jsonl"
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Cache-Control"] == "private, no-cache"
    assert not response.cookies


def test_its_manifest_can_be_fetched_too(browser, feed):
    response = Client().get(made(browser, feed).replace(".jsonl", ".manifest.json"))

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_what_is_known_is_not_sent_again(browser, feed, tmp_path):
    address = made(browser, feed)
    first = Client().get(address)

    by_etag = Client().get(address, headers={"If-None-Match": first["ETag"]})
    by_date = Client().get(address, headers={"If-Modified-Since": first["Last-Modified"]})
    (tmp_path / "new").write_bytes(b'{"uuid":"b"}\n')
    os.replace(tmp_path / "new", tmp_path / "products.jsonl")
    note_written(feed, tmp_path / "products.jsonl")
    changed = Client().get(address, headers={"If-None-Match": first["ETag"]})

    assert (by_etag.status_code, by_date.status_code) == (304, 304)
    assert by_etag["ETag"] == first["ETag"]
    assert changed.getvalue() == b'{"uuid":"b"}\n'


@pytest.mark.parametrize("if_range", ["", '"another"'])
def test_a_part_is_answered_by_the_whole(browser, feed, if_range):
    asked = {"Range": "bytes=1-2", "If-Range": if_range}

    response = Client().get(made(browser, feed), headers=asked)

    assert (response.status_code, response.getvalue()) == (200, CONTENT)
    assert response["Accept-Ranges"] == "none"


def test_who_wants_the_rest_of_another_edition_gets_nothing(browser, feed):
    response = Client().get(made(browser, feed), headers={"If-Match": '"another"'})

    assert (response.status_code, response.content) == (412, b"")


def test_head_tells_the_size_and_sends_nothing(browser, feed):
    response = Client().head(made(browser, feed))

    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["ETag"]


@pytest.mark.parametrize(
    "name", ["secrets.jsonl", "products.csv", "..%2Fproducts.jsonl", ".products.jsonl.abc.tmp"]
)
def test_nothing_but_the_feeds_own_files_can_be_fetched(browser, feed, name):
    address = made(browser, feed).replace("products.jsonl", name)

    assert Client().get(address).status_code == 404


def test_a_file_that_somebody_else_put_there_is_not_served(browser, feed, tmp_path):
    address = made(browser, feed)
    (tmp_path / "products.jsonl").write_bytes(b"of others")

    assert Client().get(address).status_code == 404
    assert Client().head(address).status_code == 404


def test_a_pipe_in_the_place_of_the_file_holds_nobody_up(browser, feed, tmp_path):
    address = made(browser, feed)
    (tmp_path / "products.jsonl").unlink()
    os.mkfifo(tmp_path / "products.jsonl")

    assert Client().get(address).status_code == 404


def test_a_file_that_takes_its_place_while_somebody_fetches_it_is_sent(
    browser, feed, tmp_path, monkeypatch
):
    address = made(browser, feed)
    new = tmp_path / "new"
    new.write_bytes(b"newer")
    open_file = os.open

    def replace_before_opening(path, *flags):
        if new.exists():
            FeedFile.objects.create(feed=feed, name="products.jsonl", mark=mark_of(new.stat()))
            os.replace(new, tmp_path / "products.jsonl")
        return open_file(path, *flags)

    monkeypatch.setattr(os, "open", replace_before_opening)

    assert Client().get(address).getvalue() == b"newer"


def test_a_wrong_key_and_a_file_that_is_not_there_are_nothing(browser, feed, tmp_path):
    address = made(browser, feed)
    (tmp_path / "products.jsonl").unlink()

    assert Client().get(address).status_code == 404
    assert Client().get(f"/feeds/{'x' * 43}/products.jsonl").status_code == 404


@pytest.mark.django_db
def test_a_name_that_no_database_takes_is_nothing():
    assert Client().get(f"/feeds/{'x' * 43}/%00").status_code == 404


def test_nothing_is_sent_to_or_changed_by_an_address(browser, feed):
    assert Client().post(made(browser, feed)).status_code == 405


def test_another_address_ends_the_earlier_one(browser, feed):
    earlier = made(browser, feed)

    later = made(browser, feed)

    assert earlier != later
    assert Client().get(earlier).status_code == 404
    assert Client().get(later).status_code == 200


def test_an_address_ends_only_when_somebody_ticked_that(browser, feed):
    address = made(browser, feed)

    browser.post(f"{page(feed)}/address", {"address": "remove"})
    meanwhile = Client().get(address).status_code
    browser.post(f"{page(feed)}/address", {"address": "remove", "sure": "yes"})

    assert (meanwhile, Client().get(address).status_code) == (200, 404)
    actions = AuditRecord.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["feed_address_made", "feed_address_removed"]


def test_the_address_is_shown_once_and_only_its_digest_is_kept(browser, feed):
    key = made(browser, feed).split("/")[2]

    assert key not in str(Feed.objects.values())
    assert key not in browser.get(page(feed)).content.decode()


def test_a_feed_on_another_machine_has_no_address_here(browser, feed):
    address = made(browser, feed)
    feed.channel.settings = {"destination": "s3://bucket/in"}
    feed.channel.save()

    assert Client().get(address).status_code == 404
    assert "fetched where it is written to" in text_of(browser.see(page(feed)))


def test_a_feed_of_changes_serves_its_manifest_and_every_edition(browser, feed, tmp_path):
    key = made(browser, feed).split("/")[2]
    name = "products-20261128T120000Z-000007.removed.jsonl"
    (tmp_path / name).write_bytes(CONTENT)
    note_written(feed, tmp_path / name)
    feed.channel.settings = {"destination": str(tmp_path), "content": "changes"}
    feed.channel.save()

    assert Client().get(f"/feeds/{key}/{name}").status_code == 200
    assert Client().get(f"/feeds/{key}/products.manifest.json").status_code == 200
    assert Client().get(f"/feeds/{key}/products.jsonl").status_code == 404


def test_fetching_is_cheap(browser, feed, django_assert_num_queries):
    address = made(browser, feed)

    with django_assert_num_queries(1):
        Client().get(address)


def test_a_report_parks_its_products_with_the_words_of_the_marketplace(browser, feed):
    document = make_document("sent")
    listing = make_listing(
        make_catalog(feed.channel), wanted=document, sent=document, status=Listing.Status.LISTED
    )

    told = upload(browser, feed, f"sku;message\n{listing.identifier};No brand.\nNO-SUCH;x\n")

    listing.refresh_from_db()
    assert told == ["1 product marked as refused. Unknown: “NO-SUCH”."]
    assert (listing.status, listing.problem) == (Listing.Status.PARKED, "No brand.")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "The refusal report is empty"),
        ("sku;message\nA;B\nC\n", "Line 3 of the refusal report has 1 columns; the header has 2."),
        ("name,colour\n", "no column that is known as the key; it has name, colour."),
    ],
)
def test_a_report_that_cannot_be_read_is_told(browser, feed, text, told):
    assert told in upload(browser, feed, text)[0]


def test_sending_no_report_is_told(browser, feed):
    response = browser.post(f"{page(feed)}/refusals", follow=True)

    assert messages_of(response) == ["Choose the file of the report first."]


@pytest.mark.parametrize("what", ["address", "refusals"])
def test_editors_change_nothing(feed, connection, what):
    editor = make_pim_user(connection, role=PimUser.Role.EDITOR)

    assert browser_of(editor).post(f"{page(feed)}/{what}").status_code == 403
    assert Feed.objects.get().address_digest == ""
