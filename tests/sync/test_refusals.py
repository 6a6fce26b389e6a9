"""Refusal reports: what the receiver of a feed refused is parked with its words."""

import pytest

from catalogs.channels import adapter_for, change_channel, create_channel
from connections.models import AuditRecord
from outbound.errors import ConfigurationError
from sync.models import Change, Feed, FeedEntry, Listing, Run
from sync.refusals import read_report

pytestmark = pytest.mark.whole_runs

PARKED = Listing.Status.PARKED


def change(feed, **values):
    settings = {"destination": str(feed.folder), "refusals": "beside", **values}
    change_channel(feed.channel, name="Feed", values=settings, by_staff=True)


def refused(feed, text):
    (feed.folder / "products.refused.csv").write_text(text, "utf-8")


def some(feed, number):
    return list(Listing.objects.filter(channel=feed.channel).order_by("key")[:number])


def read(feed, text):
    return read_report(feed.channel, adapter_for(feed.channel), text.encode())


def test_what_lies_beside_the_feed_is_read_by_the_next_run(feed):
    first, second, other = some(feed, 3)
    refused(feed, f"sku;message\r\n{first.identifier};No brand.\r\n{second.key};Blurred image.\r\n")

    run = feed.sync()

    assert run.status == Run.Status.SUCCEEDED
    parked = Listing.objects.filter(status=PARKED).order_by("key")
    assert [(one.key, one.problem) for one in parked] == [
        (first.key, "No brand."),
        (second.key, "Blurred image."),
    ]
    assert all(one.failure == "product" for one in parked)


def test_what_was_refused_stays_in_the_feed(feed):
    [first] = some(feed, 1)
    refused(feed, f"uuid,error\n{first.key},No brand.\n")
    feed.sync()
    before = (feed.folder / "products.jsonl").read_text()

    feed.pim.edit_product(sorted(feed.listed())[-1], "sku", "EDITED-1")
    feed.sync()

    after = (feed.folder / "products.jsonl").read_text()
    assert first.key in before
    assert first.key in after


def test_the_same_report_parks_nothing_a_second_time(feed):
    [first] = some(feed, 1)
    refused(feed, f"uuid,error\n{first.key},No brand.\n")
    feed.sync()
    Listing.objects.filter(pk=first.pk).update(status=Listing.Status.LISTED, problem="")

    feed.sync()

    assert not Listing.objects.parked().exists()


def test_an_edit_lets_a_refused_product_go_out_again(feed):
    [first] = some(feed, 1)
    refused(feed, f"uuid,error\n{first.key},No brand.\n")
    feed.sync()

    feed.pim.edit_product(first.key, "sku", "EDITED-1")
    feed.sync()

    listing = Listing.objects.get(pk=first.pk)
    assert (listing.status, listing.problem) == (Listing.Status.LISTED, "")


def test_a_feed_of_changes_says_a_refused_product_again_once_it_is_tried(feed):
    change(feed, content="changes")
    feed.sync()
    [first] = some(feed, 1)
    refused(feed, f"uuid,error\n{first.key},No brand.\n")
    run = feed.sync()
    assert Listing.objects.get(pk=first.pk).status == PARKED, run.problem
    files = set(feed.folder.glob("products-*.jsonl"))

    feed.sync()  # a person asked for it, so what is parked is tried again

    [new] = set(feed.folder.glob("products-*.jsonl")) - files
    assert new.read_text().count("\n") == 1
    assert first.key in new.read_text()
    assert not FeedEntry.objects.filter(is_refused=True).exists()


def test_unknown_keys_and_products_that_changed_since_are_told(feed):
    first, second = some(feed, 2)
    Listing.objects.filter(pk=second.pk).update(status=Listing.Status.WAITING)

    outcome = read(feed, f"uuid,error\n{first.key},A\n{second.key},B\nNO-SUCH,C\n")

    assert (outcome.parked, outcome.elsewhere, outcome.unknown) == (1, 1, ["NO-SUCH"])
    assert outcome.sentence == (
        "1 product marked as refused. 1 product changed since or not in the feed, so nothing was "
        "marked there. Unknown: “NO-SUCH”."
    )
    record = AuditRecord.objects.get(action=AuditRecord.Action.REFUSALS_READ)
    assert record.details == {"parked": 1, "elsewhere": 1, "unknown": 1}


def test_a_report_that_cannot_be_read_stops_no_run_and_is_told(feed):
    refused(feed, "sku;message\n\n\nA;B;C\nD\n")

    run = feed.sync()
    again = feed.sync()

    assert {run.status, again.status} == {Run.Status.SUCCEEDED}
    assert Feed.objects.get().report_problem.startswith("Line 5 of the refusal report has 1 col")


def test_another_channels_products_are_unknown(feed):
    other = feed.add_catalog(
        "Other",
        raw=False,
        channel=create_channel(
            feed.connection,
            name="Other",
            kind="file",
            values={"destination": str(feed.folder / "other")},
            by_staff=True,
        ),
    )
    feed.sync(other)
    [first] = some(feed, 1)

    outcome = read(feed, f"uuid,error\n{first.key},A\n")

    assert outcome.parked == 1
    assert Listing.objects.get(pk=first.pk).status == PARKED
    assert not Listing.objects.filter(catalog=other).parked().exists()


def test_a_large_report_is_refused(feed):
    with pytest.raises(ConfigurationError, match="larger than 10 MB"):
        read(feed, "uuid,error\n" + "x" * 10_485_760)


def test_products_that_fit_no_more_are_parked_and_leave_the_feed(feed):
    [first] = some(feed, 1)
    source = feed.pim.catalogs[feed.catalog.pim_catalog_id].mapping["name"]
    feed.pim.edit_product(first.key, source.source, "Snowman ☃", source.locale, source.scope)
    feed.sync()

    change(feed, format="csv", encoding="latin-1")
    run = feed.sync()

    listing = Listing.objects.get(pk=first.pk)
    assert (run.status, run.failed) == (Run.Status.SUCCEEDED, 1)
    assert (listing.status, listing.sent_id) == (PARKED, None)
    assert "the character “☃”" in listing.problem
    assert first.key not in (feed.folder / "products.csv").read_text("latin-1")
    assert Change.objects.filter(listing=listing, outcome=Change.Outcome.REFUSED).exists()

    change(feed, format="csv")
    feed.sync()

    assert first.key in (feed.folder / "products.csv").read_text()


def test_characters_that_no_database_takes_stop_no_run(feed):
    [first] = some(feed, 1)
    refused(feed, f"uuid,error\n{first.key}\0,No\0 brand.\n\0,nothing\nA\0B,No brand.\n")

    run = feed.sync()

    assert run.status == Run.Status.SUCCEEDED
    [parked] = Listing.objects.filter(status=PARKED)
    assert (parked.key, parked.problem) == (first.key, "No brand.")
