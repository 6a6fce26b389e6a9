"""What is old is forgotten, unless somebody still needs it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from enrichment.models import (
    Offer,
    OfferProblem,
    Proposal,
    RequestedTranslation,
    ServiceTranslation,
    Source,
    WrittenValue,
)
from sync.documents import read_document, store_documents
from sync.models import Batch, Change, Difference, Document, Listing, Run
from sync.models.batches import Action
from sync.runs import last_read
from sync.tidying import (
    KEEP,
    KEEP_ANSWERS,
    KEEP_DIFFERENCES,
    KEEP_IDLE_RUNS,
    KEEP_RUNS,
    forget_old_history,
)
from tests.factories import (
    make_catalog,
    make_connection,
    make_document,
    make_listing,
    make_offer,
    make_proposal,
    make_run,
)

pytestmark = pytest.mark.django_db(transaction=True)

OLD = timezone.now() - KEEP - timedelta(hours=1)
YOUNG = timezone.now() - KEEP + timedelta(hours=1)


def aged(row, moment=OLD):
    type(row).objects.filter(pk=row.pk).update(created_at=moment, updated_at=moment)
    return row


def make_change(listing, run, **values):
    return Change.objects.create(
        listing=listing, run=run, action=Action.PUSH, outcome=Change.Outcome.ACCEPTED, **values
    )


def make_batch(run, *listings, **values):
    items = [[listing.pk, listing.wanted_id] for listing in listings]
    return Batch.objects.create(
        run=run, channel=run.catalog.channel, action=Action.PUSH, items=items, **values
    )


@pytest.fixture
def catalog():
    return make_catalog()


def kept(model):
    return set(model.objects.values_list("pk", flat=True))


def test_old_changes_go_and_young_ones_stay(catalog):
    listing, run = make_listing(catalog), make_run(catalog)
    aged(make_change(listing, run))
    young = aged(make_change(listing, run), YOUNG)

    assert forget_old_history() == 1

    assert kept(Change) == {young.pk}


def test_differences_of_dry_runs_go_after_two_weeks(catalog):
    run = make_run(catalog, dry_run=True)
    old, young = (
        Difference.objects.create(run=run, key=key, action=Action.PUSH) for key in ("old", "young")
    )
    aged(old, timezone.now() - KEEP_DIFFERENCES - timedelta(minutes=1))
    aged(young, timezone.now() - KEEP_DIFFERENCES + timedelta(minutes=1))

    forget_old_history()

    assert kept(Difference) == {young.pk}


def test_old_batches_go_unless_they_are_under_way(catalog):
    run = make_run(catalog)
    for state in (Batch.State.SETTLED, Batch.State.DISSOLVED):
        aged(make_batch(run, state=state))
    under_way = aged(make_batch(run))
    young = aged(make_batch(run, state=Batch.State.SETTLED), YOUNG)

    forget_old_history()

    assert kept(Batch) == {under_way.pk, young.pk}


def test_old_runs_go_beyond_the_number_that_is_kept(catalog):
    too_many = aged(make_run(catalog))
    old = [aged(make_run(catalog)) for _ in range(KEEP_RUNS)]
    other = aged(make_run())

    forget_old_history()

    assert kept(Run) == {run.pk for run in [*old, other]}
    assert too_many.pk not in kept(Run)


def test_runs_that_events_began_for_nothing_go_after_two_days(catalog):
    def begun(trigger=Run.Trigger.EVENT, age=KEEP_IDLE_RUNS + timedelta(hours=1), **values):
        values = {"mode": Run.Mode.PRODUCT, "status": Run.Status.SUCCEEDED, **values}
        return make_run(catalog, trigger=trigger, finished_at=timezone.now() - age, **values)

    idle = begun()
    kept = [
        begun(age=KEEP_IDLE_RUNS - timedelta(hours=1)),
        begun(trigger=Run.Trigger.MANUAL),
        begun(mode=Run.Mode.DELTA),
        begun(pushed=1),
        begun(failed=1),
        begun(status=Run.Status.FAILED),
    ]

    forget_old_history()

    assert set(Run.objects.all()) == set(kept)
    assert idle not in kept


def test_a_run_with_changes_that_are_kept_stays(catalog):
    old = aged(make_run(catalog))
    for _ in range(KEEP_RUNS):
        make_run(catalog)
    make_change(make_listing(catalog), old)

    forget_old_history()

    assert old.pk in kept(Run)


def test_a_run_that_is_alive_stays_however_old(catalog):
    live = aged(make_run(catalog, status=Run.Status.RUNNING))
    for _ in range(KEEP_RUNS):
        make_run(catalog)

    forget_old_history()

    assert live.pk in kept(Run)


@pytest.mark.parametrize("mode", [Run.Mode.FULL, Run.Mode.DELTA])
def test_the_run_that_the_next_delta_starts_from_stays_however_old(catalog, mode):
    before = aged(make_run(catalog, mode=mode, read_at=OLD - timedelta(days=1), watermark=OLD))
    last = aged(make_run(catalog, mode=mode, read_at=OLD, watermark=OLD))
    for _ in range(2 * KEEP_RUNS):
        make_run(catalog, mode=mode, status=Run.Status.STOPPED)

    forget_old_history()

    assert last_read(catalog) == last
    assert before.pk not in kept(Run)


def test_documents_that_nothing_points_to_go_after_a_day(catalog):
    day = timezone.now() - timedelta(days=1, hours=1)
    unused = aged(make_document("unused"), day)
    fresh = aged(make_document("fresh"), timezone.now() - timedelta(hours=23))
    wanted, sent, before, after = (
        aged(make_document(name), day) for name in ("wanted", "sent", "before", "after")
    )
    listing = make_listing(catalog, wanted=wanted, sent=sent)
    make_change(listing, make_run(catalog), before=before, after=after)

    assert forget_old_history() == 1

    assert kept(Document) == {one.pk for one in (fresh, wanted, sent, before, after)}
    assert unused.pk not in kept(Document)


def test_what_a_batch_under_way_carries_stays_though_something_newer_is_wanted(catalog):
    carried = aged(make_document("carried"))
    listing = make_listing(catalog, wanted=carried, status=Listing.Status.IN_FLIGHT)
    withdrawn = make_listing(catalog, wanted=None, status=Listing.Status.IN_FLIGHT)
    make_batch(make_run(catalog, status=Run.Status.RUNNING), listing, withdrawn)
    Listing.objects.filter(pk=listing.pk).update(wanted=make_document("newer"))

    forget_old_history()

    assert carried.pk in kept(Document)


def test_a_document_that_is_about_to_be_used_again_stays():
    """The PIM went back to what it said long ago; the page is being recorded."""
    read = read_document("u", b'{"uuid":"u"}')
    pk = aged(Document.objects.get(pk=store_documents([read])[read.digest])).pk

    again = store_documents([read])
    forget_old_history()

    assert again == {read.digest: pk}
    assert kept(Document) == {pk}


def test_what_services_answered_goes_after_a_year():
    made = {"connection": make_connection(), "source_locale": "en_US", "target_locale": "fr_FR"}
    for digest, days in (("old", 1), ("young", -1)):
        row = ServiceTranslation.objects.create(service="deepl", text_digest=digest, **made)
        age = timezone.now() - KEEP_ANSWERS - timedelta(days=days)
        ServiceTranslation.objects.filter(pk=row.pk).update(created_at=age)

    forget_old_history()

    assert ServiceTranslation.objects.get().text_digest == "young"


def test_requests_go_once_they_are_over():
    source = Source.objects.create(connection=make_connection(), kind="translations", name="R")
    long_ago = timezone.now() - KEEP - timedelta(days=1)
    for key, state, when in (
        ("over", "translated", long_ago),
        ("open", "in_progress", long_ago),
        ("young", "refused", timezone.now()),
    ):
        RequestedTranslation.objects.create(
            source=source, subject="model", key=key, locale="fr_FR", state=state, checked_at=when
        )

    forget_old_history()

    assert set(RequestedTranslation.objects.values_list("key", flat=True)) == {"open", "young"}


def test_old_offers_go_with_their_values_and_what_was_written_last_stays():
    old = aged(make_offer(state="done"))
    make_proposal(old, state="written")
    OfferProblem.objects.create(offer=old, line=2, message="No number.")
    WrittenValue.objects.create(
        connection=old.connection,
        subject="product",
        key="mug",
        attribute="name",
        digest="d",
        written_at=OLD,
    )
    young = aged(make_offer(state="done"), YOUNG)
    make_proposal(young, state="written")

    forget_old_history()

    assert list(Offer.objects.all()) == [young]
    assert Proposal.objects.get().offer == young
    assert not OfferProblem.objects.exists()
    assert WrittenValue.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "of_value"),
    [("waiting", "proposed"), ("stopped", "approved"), ("writing", "written")],
)
def test_an_offer_that_waits_or_is_under_way_stays_however_old(state, of_value):
    offer = aged(make_offer(state=state))
    make_proposal(offer, state=of_value)

    forget_old_history()

    assert Proposal.objects.count() == 1
