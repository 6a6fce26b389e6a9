"""Refusal reports that were read before, are older than what they refuse, or use other names."""

import json
import os
import time
from datetime import datetime, timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from catalogs.channels import adapter_for, change_channel, create_channel
from sync.models import Feed, Listing
from sync.refusals import read_report
from tests.channels.feed_stages import FOR_GOOGLE
from tests.factories import make_catalog, make_connection, make_document, make_listing

pytestmark = pytest.mark.whole_runs

LISTED, PARKED = Listing.Status.LISTED, Listing.Status.PARKED


def refused(feed, text, *, ago=0):
    path = feed.folder / "products.refused.csv"
    path.write_text(text, "utf-8")
    os.utime(path, (time.time() - ago, time.time() - ago))


def first_of(feed):
    return Listing.objects.filter(channel=feed.channel).order_by("key")[0]


def read(channel, text, **options):
    channel.refresh_from_db()
    return read_report(channel, adapter_for(channel), text.encode(), **options)


def let_time_pass(feed, minutes):
    """As if everything so far had happened earlier."""
    by = timedelta(minutes=minutes)
    Listing.objects.filter(channel=feed.channel).update(sent_at=F("sent_at") - by)
    Feed.objects.update(published_at=F("published_at") - by, place_since=F("place_since") - by)
    row = Feed.objects.get()
    row.written = [[begin - by.seconds, end - by.seconds] for begin, end in row.written]
    row.reports = {
        digest: str(datetime.fromisoformat(at) - by) for digest, at in row.reports.items()
    }
    row.save()


def test_the_same_refusal_twice_is_one_attempt(feed):
    first = first_of(feed)
    report = f"uuid,error\n{first.key},No brand.\n"

    told = [read(feed.channel, report).parked, read(feed.channel, report).parked]

    first.refresh_from_db()
    assert told == [1, 1]
    assert (first.status, first.attempt_count, first.problem) == (PARKED, 1, "No brand.")


def test_another_reason_for_a_parked_product_is_told_and_no_further_attempt(feed):
    first = first_of(feed)
    read(feed.channel, f"uuid,error\n{first.key},No brand.\n")

    read(feed.channel, f"uuid,error\n{first.key},Blurred image.\n")

    first.refresh_from_db()
    assert (first.attempt_count, first.problem) == (1, "Blurred image.")


def test_a_report_that_is_sent_again_does_not_park_what_went_out_since(feed):
    first = first_of(feed)
    report = f"uuid,error\n{first.key},No brand.\n"
    read(feed.channel, report)
    let_time_pass(feed, 10)
    feed.sync()  # a person asked for it, so what is parked is tried again

    again = read(feed.channel, report)

    first.refresh_from_db()
    assert (first.status, again.parked, again.elsewhere) == (LISTED, 0, 1)


def test_a_report_beside_that_is_older_than_the_edition_parks_nothing_again(feed):
    first = first_of(feed)
    let_time_pass(feed, 60)
    refused(feed, f"uuid,error\n{first.key},No brand.\n", ago=1800)
    feed.sync()
    is_parked = Listing.objects.get(pk=first.pk).status == PARKED
    let_time_pass(feed, 10)
    feed.sync()

    refused(feed, f"uuid,error\n{first.key},No brand.\nA,another line\n", ago=900)
    feed.sync()

    assert is_parked
    assert Listing.objects.get(pk=first.pk).status == LISTED


def test_a_report_made_between_sending_and_writing_is_about_the_edition_before(feed):
    first = first_of(feed)
    let_time_pass(feed, 60)
    before = timezone.now() - timedelta(minutes=30)
    Listing.objects.filter(pk=first.pk).update(sent_at=before - timedelta(minutes=5))
    report = f"uuid,error\n{first.key},No brand.\n"

    assert read(feed.channel, report, changed_at=before).elsewhere == 1


def test_a_report_from_before_the_channel_had_the_place_is_not_even_opened(feed, tmp_path):
    feed.folder.joinpath("products.refused.csv").unlink(missing_ok=True)
    other = tmp_path / "other"
    other.mkdir()
    report = other / "products.refused.csv"
    report.write_text("secret heading;of others\n1;2\n")
    os.utime(report, (time.time() - 60, time.time() - 60))
    settings = {**feed.channel.settings, "destination": str(other)}
    change_channel(feed.channel, name="Feed", values=settings, by_staff=True)

    feed.sync()
    feed.sync()

    assert Feed.objects.get().report_problem == ""
    assert Feed.objects.get().report_digest == ""


@pytest.fixture
def google(db, tmp_path):
    return create_channel(
        make_connection(),
        name="Google",
        kind="file",
        values={"destination": str(tmp_path), "format": "google", "currency": "EUR"},
        by_staff=True,
    )


def listed(channel, identifier, **document):
    body = {**FOR_GOOGLE, "title": "Mug", **document}
    sent = make_document(identifier)
    sent.body = json.dumps(body)
    sent.save()
    catalog = channel.catalogs.first() or make_catalog(channel)
    return make_listing(
        catalog, identifier=identifier, wanted=sent, sent=sent, status=Listing.Status.LISTED
    )


def test_googles_id_finds_the_product(google):
    mug = listed(google, "SKU-MUG", id="G-1")
    hat = listed(google, "SKU-HAT", id="G-2")

    told = read(google, "Item ID,Description\nG-1,No brand.\nG-3,No such thing.\n")

    mug.refresh_from_db()
    hat.refresh_from_db()
    assert (mug.status, mug.problem, hat.status) == (PARKED, "No brand.", LISTED)
    assert told.unknown == ["G-3"]


def test_what_the_feed_wrote_counts_before_another_products_identifier(google):
    mug = listed(google, "SKU-MUG", id="SKU-HAT")
    hat = listed(google, "SKU-HAT", id="G-2")

    read(google, "id,message\nSKU-HAT,No brand.\n")

    mug.refresh_from_db()
    hat.refresh_from_db()
    assert (mug.status, hat.status) == (PARKED, LISTED)


def test_a_uuid_counts_before_everything_and_an_identifier_when_nothing_else_fits(google):
    mug = listed(google, "SKU-MUG", id="G-1")
    hat = listed(google, "SKU-HAT", id=mug.key)

    read(google, f"id,message\n{mug.key},No brand.\nSKU-HAT,Blurred.\n")

    mug.refresh_from_db()
    hat.refresh_from_db()
    assert (mug.problem, hat.problem) == ("No brand.", "Blurred.")


def test_the_column_that_people_chose_finds_the_product(google):
    values = {
        **google.settings,
        "format": "csv",
        "columns": "Offer=seller_code\nTitle=title",
        "refusal_columns": "offer, error",
    }
    change_channel(google, name="Feed", values=values, by_staff=True)
    mug = listed(google, "SKU-MUG", seller_code="M 7")

    told = read(google, "Offer;Error\nM 7;No brand.\n")

    mug.refresh_from_db()
    assert (told.parked, mug.problem) == (1, "No brand.")
