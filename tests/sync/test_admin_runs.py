"""Runs, batches, feeds and documents in admin: looked at only."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import Batch, Change, Checkpoint, Difference, Document, Feed, Listing, Run
from sync.models.batches import Action
from tests.factories import make_catalog, make_document, make_listing, make_run
from tests.pages.conftest import messages_of, page_of, text_of
from tests.staff import (
    browser_of_staff,
    browser_of_superuser,
    make_change,
    make_everything,
    make_staff,
    queries_of,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/sync/run/"
OWNED = ("run", "listing", "batch", "change", "document", "checkpoint", "feed", "difference")


def change(row):
    return reverse(f"admin:sync_{row._meta.model_name}_change", args=[row.pk])


def make_batch(run, listings=(), **values):
    defaults = {
        "action": Action.PUSH,
        "items": [[one.pk, one.wanted_id] for one in listings],
        "digest": "d" * 64,
    }
    channel = run.catalog.channel
    return Batch.objects.create(run=run, channel=channel, **{**defaults, **values})


def rows_of(page):
    return [text_of(row) for row in page.select("#content tr.data-row")]


@pytest.fixture
def browser():
    return browser_of_superuser()


@pytest.fixture
def catalog():
    return make_catalog(name="Autumn")


def test_workers_rows_are_never_added_changed_or_deleted(browser):
    rows = [row for row in make_everything() if row._meta.model_name in OWNED]
    statuses = set()

    for row in rows:
        name = f"admin:sync_{row._meta.model_name}"
        statuses |= {
            browser.post(reverse(f"{name}_add"), {}).status_code,
            browser.post(reverse(f"{name}_change", args=[row.pk]), {}).status_code,
            browser.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"}).status_code,
        }
        page = browser.see(reverse(f"{name}_changelist"))
        assert not page.find("option", value="delete_selected")
        assert not page.select(".addlink")

    assert len(rows) == len(OWNED)
    assert statuses == {403}
    assert all(type(row)._default_manager.filter(pk=row.pk).exists() for row in rows)


def test_a_run_says_what_it_did_who_works_on_it_and_what_is_wrong(browser, catalog):
    run = make_run(
        catalog,
        status=Run.Status.STOPPED,
        problem="The channel answered HTTP 401.",
        owner="shop-host|4711|99|nonce",
        started_by="Mary",
        listed=1500,
        pulled=12,
        pushed=3,
        failed=1,
        started_at=timezone.now() - timedelta(seconds=95),
        finished_at=timezone.now(),
    )

    page = text_of(browser.see(change(run)))

    assert "1,500 listed, 12 read, 3 sent, 1 refused" in page
    assert "The channel answered HTTP 401." in page
    assert "Process 4711 on shop-host" in page
    assert "1 min 35 s" in page
    assert "nonce" not in page


def test_a_run_sums_up_its_batches_and_leads_to_them(browser, catalog):
    run, other = make_run(catalog), make_run(catalog)
    for number in range(12):
        make_batch(run, tries=2, problem="Slow." if number == 11 else "")
    make_batch(other)

    page = browser.see(change(run))

    more = page.find("a", string="All 12 batches, 24 calls in all")
    assert len([row for row in rows_of(page) if "Under way" in row]) == 10
    assert "Slow." in rows_of(page)[0]
    assert len(browser.see(more["href"]).select("#result_list tbody tr")) == 12


def test_a_dry_run_leads_to_its_difference_which_can_be_exported(browser, catalog):
    run, other = (make_run(catalog, dry_run=True) for _ in range(2))
    fields = [["name", '"Shoe"', '"Boot"']]
    mine = Difference.objects.create(
        run=run, key="k1", label="Shoe", action=Action.PUSH, fields=fields
    )
    for one, key, action in ((run, "k2", Action.WITHDRAW), (other, "k3", Action.PUSH)):
        Difference.objects.create(run=one, key=key, action=action)

    page = browser.see(change(run))
    found = browser.see(page.find("a", string="1", href=re.compile("action__exact=push"))["href"])
    values = {"action": "export_json_lines", "_selected_action": [mine.pk]}
    exported = browser.post("/admin/sync/difference/", values)

    assert rows_of(page) == ["Would be sent 1", "Would be withdrawn 1"]
    assert len(found.select("#result_list tbody tr")) == 1
    assert rows_of(browser.see(change(mine))) == ["name Shoe Boot"]
    assert b'"before":"Shoe","after":"Boot"' in b"".join(exported.streaming_content)


def test_a_run_leads_to_what_became_of_its_products(browser, catalog):
    run = make_run(catalog)
    for outcome in (Change.Outcome.ACCEPTED, Change.Outcome.ACCEPTED, Change.Outcome.REFUSED):
        make_change(make_listing(catalog), run=run, outcome=outcome)
    make_change(make_listing(catalog))

    page = browser.see(change(run))

    assert rows_of(page)[:2] == ["Sent Accepted 2", "Sent Refused 1"]
    refused = page.find("a", string="1", href=True)
    assert len(browser.see(refused["href"]).select("#result_list tbody tr")) == 1


def test_a_page_of_a_run_costs_the_same_however_long_it_was(browser, catalog):
    run = make_run(catalog)
    make_batch(run)
    make_change(make_listing(catalog), run=run)
    Checkpoint.objects.create(run=run, part=Checkpoint.Part.LISTING, pages=3)
    browser.see(change(run))

    few = queries_of(browser, change(run))
    for _ in range(15):
        make_batch(run)
        make_change(make_listing(catalog), run=run)
    Checkpoint.objects.create(run=run, part=Checkpoint.Part.PRODUCTS)

    assert queries_of(browser, change(run)) == few


def test_a_run_that_nobody_works_on_stands_out(browser, catalog):
    silent = timezone.now() - timedelta(minutes=5)
    make_run(catalog, status=Run.Status.RUNNING, heartbeat_at=silent)
    make_run(status=Run.Status.RUNNING)
    make_run(heartbeat_at=silent)

    def found(query):
        cells = browser.see(LIST + query).select("[class*=field-status_label]")
        return [text_of(cell) for cell in cells]

    assert found("") == ["Succeeded", "Running", "Nobody works on it"]
    assert found("?worker=silent") == ["Nobody works on it"]
    assert found("?worker=live") == ["Running", "Nobody works on it"]


def test_runs_can_be_filtered_and_searched(browser, catalog):
    make_run(catalog, status=Run.Status.FAILED, mode=Run.Mode.DELTA, started_by="Mary")
    make_run(trigger=Run.Trigger.MANUAL, dry_run=True)

    def number(query):
        return len(browser.see(LIST + query).select("#result_list tbody tr"))

    assert number("") == 2
    for query in (
        "?status__exact=failed",
        "?mode__exact=delta",
        "?trigger__exact=manual",
        "?dry_run__exact=1",
        f"?catalog__id__exact={catalog.pk}",
        "?q=Mary",
        "?q=Autumn",
    ):
        assert number(query) == 1, query


def test_a_batch_lists_its_products_in_order(browser, catalog):
    listings = [make_listing(catalog, label=name, wanted=make_document()) for name in "BA"]
    gone = make_listing(catalog)
    batch = make_batch(make_run(catalog), [*listings, gone])
    gone.delete()

    page = browser.see(change(batch))

    assert [row.split()[0] for row in rows_of(page)] == ["B", "A", "Forgotten"]
    assert page.find("a", string=str(listings[0].wanted))


def test_batches_are_counted_without_their_content(browser, catalog):
    run = make_run(catalog)
    make_batch(run, [make_listing(catalog, wanted=make_document()) for _ in range(3)])

    page = browser.see("/admin/sync/batch/")

    assert text_of(page.select_one("[class*=field-number]")) == "3"


def test_a_feed_says_whether_it_is_written(browser, catalog):
    feed = Feed.objects.create(channel=catalog.channel, version=4, published_version=4)
    written = text_of(browser.see(change(feed)))
    Feed.objects.update(version=5)
    behind = text_of(browser.see(change(feed)))
    Feed.objects.update(publisher=make_run(catalog))
    under_way = text_of(browser.see(change(feed)))

    assert "Standing Written" in written
    assert "Standing Not written yet" in behind
    assert "Standing Being written" in under_way


def test_a_document_says_who_wants_and_who_has_it(browser, catalog):
    document = make_document("Jacket")
    make_listing(catalog, label="A", wanted=document)
    make_listing(catalog, label="B", wanted=document, sent=document)

    page = browser.see(change(document))

    assert '"name": "Jacket"' in page.select_one("section pre").get_text()
    assert [row.split()[0] for row in rows_of(page)] == ["A", "B", "B"]


def test_a_document_that_is_no_json_or_very_long_is_shown_all_the_same(browser):
    odd = Document.objects.create(digest="odd", body="<not json>")
    long = Document.objects.create(digest="long", body=f'{{"a":"{"x" * 200_000}"}}')

    assert browser.see(change(odd)).select_one("section pre").get_text() == "<not json>"
    page = browser.see(change(long))
    assert len(page.select_one("section pre").get_text()) == 100_000
    assert "It is longer than shown here." in text_of(page)


def test_a_batch_is_found_by_its_key(browser, catalog):
    batch = make_batch(make_run(catalog), key=UUID(int=7))
    make_batch(make_run(catalog))

    page = browser.see(f"/admin/sync/batch/?q={batch.key}")

    assert len(page.select("#result_list tbody tr")) == 1


def make_undoable(catalog):
    run = make_run(catalog, pushed=1)
    document = make_document()
    listing = make_listing(catalog, wanted=document, sent=document)
    make_change(listing, run=run, before=make_document(), after=document)
    return run


def act(run):
    return reverse("admin:sync_run_act", args=[run.pk, "undo"])


def test_a_run_is_undone_after_a_confirmation_with_the_numbers(browser, catalog):
    run = make_undoable(catalog)

    button = browser.see(change(run)).select_one("#content form[action*=act]")["action"]
    asked = page_of(browser.post(button))
    confirm = reverse("admin:sync_run_undo", args=[run.pk])
    response = browser.post(asked.find("form", action=confirm)["action"], follow=True)

    undoing = Run.objects.get(mode=Run.Mode.UNDO)
    assert button == act(run)
    assert "1 get their earlier content" in text_of(asked)
    assert (undoing.undoes, undoing.started_by) == (run, "staff0")
    assert messages_of(response) == ["The run that undoes it was started."]
    assert str(run) in text_of(browser.see(change(undoing)))


def test_undoing_refuses_what_it_cannot_do(browser, catalog):
    run, nothing = make_undoable(catalog), make_run(catalog)
    both = {"action": "undo", "_selected_action": [run.pk, nothing.pk]}

    assert "Choose one run" in messages_of(browser.post(LIST, both, follow=True))[0]
    said = messages_of(browser.post(act(nothing), follow=True))
    assert said == ["Nothing of this run can be put back, now or any more."]
    make_run(catalog, status=Run.Status.RUNNING)
    confirm = reverse("admin:sync_run_undo", args=[run.pk])
    assert "is under way" in messages_of(browser.post(confirm, follow=True))[0]
    Run.objects.live().delete()
    Listing.objects.update(wanted=make_document())
    assert "Nothing can be put back" in messages_of(browser.post(confirm, follow=True))[0]
    assert browser.get(confirm).status_code == 405
    assert not Run.objects.filter(mode=Run.Mode.UNDO).exists()


@pytest.mark.parametrize("lacking", ["sync.add_run", "sync.change_listing"])
def test_undoing_needs_both_permissions(catalog, lacking):
    run = make_undoable(catalog)
    granted = {"sync.view_run", "sync.add_run", "sync.change_listing"} - {lacking}
    browser = browser_of_staff(make_staff(*granted))

    assert browser.post(act(run)).status_code == 403
    assert browser.post(reverse("admin:sync_run_undo", args=[run.pk])).status_code == 403
