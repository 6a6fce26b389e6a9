"""What people should know: one notice for each cause, over when all is well again."""

from datetime import timedelta

import pytest
from django.utils import timezone, translation

from catalogs.models import Catalog
from connections.connections import disconnect
from enrichment.attention import LATELY
from enrichment.models import Offer, Proposal
from sync.models import Listing, Notice, Run
from sync.notice_words import sentence_of, way_out_of
from sync.notices import after_run, review_catalogs, review_everything
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_document,
    make_listing,
    make_offer,
    make_proposal,
    make_run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog():
    return make_catalog(name="Web shop")


def ended(catalog, status, **values):
    values = {"mode": Run.Mode.DELTA, **values}
    return make_run(catalog, status=status, finished_at=timezone.now(), **values)


def open_kinds(**about):
    return sorted(Notice.objects.open().filter(**about).values_list("kind", flat=True))


def test_products_that_were_refused_are_one_notice_that_grows_and_ends(catalog):
    run = ended(catalog, Run.Status.SUCCEEDED)
    one = make_listing(catalog, status=Listing.Status.PARKED)
    after_run(run)
    first = Notice.objects.get()
    two = make_listing(catalog, status=Listing.Status.PARKED)
    after_run(run)
    grown = Notice.objects.get()

    assert (first.number, grown.number, grown.opened_at) == (1, 2, first.opened_at)
    assert grown.changed_at > first.changed_at

    one.delete()
    after_run(run)
    assert Notice.objects.get().changed_at == grown.changed_at  # fewer are no news

    two.delete()
    after_run(run)
    assert Notice.objects.get().ended_at is not None


def test_the_same_cause_later_is_another_notice(catalog):
    run = ended(catalog, Run.Status.SUCCEEDED)
    for _ in range(2):
        listing = make_listing(catalog, status=Listing.Status.HELD)
        after_run(run)
        listing.delete()
        after_run(run)

    assert Notice.objects.filter(kind=Notice.Kind.HELD).count() == 2
    assert open_kinds() == []


def test_a_run_that_a_person_stopped_is_no_news(catalog):
    after_run(ended(catalog, Run.Status.STOPPED, stop_asked_at=timezone.now()))

    assert open_kinds() == []


def test_a_failure_stays_open_when_a_person_stopped_the_run_after_it(catalog):
    after_run(ended(catalog, Run.Status.FAILED, problem="The shop is down."))
    for _ in range(2):
        after_run(ended(catalog, Run.Status.STOPPED, stop_asked_at=timezone.now(), problem="Ed."))

    assert [one.said for one in Notice.objects.open()] == ["The shop is down."]


def test_a_look_that_finds_nothing_new_changes_nothing(catalog):
    ended(catalog, Run.Status.FAILED, problem="The shop is down.")
    review_everything()
    before = list(Notice.objects.values())

    review_everything()

    assert list(Notice.objects.values()) == before
    assert [one["said"] for one in before] == ["The shop is down."]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ({"pim_state": Catalog.PimState.DISABLED}, "disabled"),
        ({"pim_state": Catalog.PimState.GONE}, "gone"),
        ({"unconfirmed_since": timezone.now()}, "reconnected"),
    ],
)
def test_a_catalog_that_needs_a_person_is_told(catalog, values, kind):
    ended(catalog, Run.Status.SUCCEEDED)
    Catalog.objects.filter(pk=catalog.pk).update(**values)

    review_everything()

    assert open_kinds(catalog=catalog) == [kind]


def test_a_new_catalog_that_nobody_enabled_yet_is_no_news(catalog):
    Catalog.objects.filter(pk=catalog.pk).update(pim_state=Catalog.PimState.DISABLED)

    review_everything()

    assert open_kinds() == []


def test_a_connection_that_was_lost_is_told_once_for_all_its_catalogs(catalog):
    ended(catalog, Run.Status.FAILED)
    review_everything()

    disconnect(catalog.connection)
    review_everything()

    assert open_kinds() == ["disconnected"]


def test_authorizations_that_the_pim_did_not_grant_are_named():
    make_connection(scopes=["openid", "profile", "email"])

    review_everything()

    [notice] = Notice.objects.open()
    assert notice.kind == "scopes_missing"
    assert "Read the products of its catalogs" in sentence_of(notice)
    with translation.override("fr"):
        assert "Lire les produits de ses catalogues, " in sentence_of(notice)


def test_the_first_whole_sync_is_told_once(catalog):
    first = ended(catalog, Run.Status.SUCCEEDED, mode=Run.Mode.FULL, pushed=1482)
    after_run(first)
    after_run(first)
    after_run(ended(catalog, Run.Status.SUCCEEDED, mode=Run.Mode.FULL, pushed=1))

    [notice] = Notice.objects.filter(kind=Notice.Kind.FIRST_SYNC)
    assert (notice.number, notice.is_open) == (1482, False)
    assert "1,482 products were sent" in sentence_of(notice)


def test_a_trial_tells_nothing(catalog):
    after_run(ended(catalog, Run.Status.FAILED, dry_run=True))

    assert not Notice.objects.exists()


def test_queries_do_not_grow_with_the_catalogs(catalog, django_assert_num_queries):
    def fill(number):
        for _ in range(number):
            other = make_catalog(make_channel(make_connection()))
            ended(other, Run.Status.FAILED)
            make_listing(other, status=Listing.Status.PARKED, wanted=make_document())
        review_everything()

    fill(1)
    with django_assert_num_queries(27):
        review_everything()
    fill(10)
    with django_assert_num_queries(27):
        review_everything()


OF_CONNECTIONS = (
    *(Notice.Kind.DISCONNECTED, Notice.Kind.SCOPES_MISSING),
    *(Notice.Kind.VALUES_WAIT, Notice.Kind.VALUES_REFUSED, Notice.Kind.VALUES_EDITED),
    *(Notice.Kind.OFFER_STOPPED, Notice.Kind.SOURCE_TROUBLE, Notice.Kind.EVENTS_STOPPED),
    Notice.Kind.WEBHOOK_FAILING,
)
OF_CHANNELS = (Notice.Kind.CHANNEL_REFUSED,)
OF_INSTALLATION = (
    *(Notice.Kind.WORKER_SILENT, Notice.Kind.SCHEDULER_SILENT, Notice.Kind.QUEUE_OLD),
    *(Notice.Kind.DISK_SHORT, Notice.Kind.MAIL_DOWN),
)


@pytest.mark.parametrize("kind", Notice.Kind.values)
def test_every_kind_has_words_and_a_way_out(catalog, kind):
    about = {"connection": catalog.connection, "catalog": catalog}
    name = "Web shop"
    if kind in OF_CONNECTIONS:
        about, name = {"connection": catalog.connection}, catalog.connection.host
    elif kind in OF_CHANNELS:
        about = {"connection": catalog.connection, "channel": catalog.channel}
    elif kind in OF_INSTALLATION:
        about, name = {}, ""
    notice = Notice(kind=kind, number=3, said="100 % full.", **about)

    assert name in sentence_of(notice)
    assert way_out_of(notice).path.startswith("/")


def test_two_looks_at_once_make_one_notice(catalog):
    make_listing(catalog, status=Listing.Status.HELD)
    ended(catalog, Run.Status.SUCCEEDED)
    review_catalogs([catalog])

    with pytest.raises(Exception, match="(?i)unique"):
        Notice.objects.create(connection=catalog.connection, catalog=catalog, kind=Notice.Kind.HELD)


def told(connection):
    notices = Notice.objects.open().filter(connection=connection).select_related("connection")
    return {one.kind: (sentence_of(one), way_out_of(one).path) for one in notices}


def test_values_that_wait_were_refused_or_edited_are_told_once_each_until_all_is_well():
    offer = make_offer(state="waiting")
    for state in ("proposed", "proposed", "refused", "outdated", "written"):
        make_proposal(offer, state=state)
    reading = make_offer(offer.connection, state="reading")
    make_proposal(reading)

    review_everything()
    review_everything()
    said = told(offer.connection)

    assert said.keys() == {"values_wait", "values_refused", "values_edited"}
    assert said["values_wait"][0].startswith("2 values for ")
    assert "refused 1 value" in said["values_refused"][0]
    assert said["values_edited"][1] == "/enrichment"

    Proposal.objects.filter(state__in=("proposed", "refused", "outdated")).delete()
    review_everything()

    assert told(offer.connection) == {}


def test_an_offer_that_stopped_with_something_left_is_told_with_its_reason():
    offer = make_offer(state="stopped", problem="Enrichment is switched off.")
    make_proposal(offer, state="approved")
    make_offer(state="stopped", problem="Cut off while it was read.")

    review_everything()

    sentence, _path = told(offer.connection)["offer_stopped"]
    assert sentence.endswith("stopped: Enrichment is switched off.")
    assert Notice.objects.count() == 1


def test_values_refused_long_ago_are_no_news():
    offer = make_offer(state="done")
    make_proposal(offer, state="refused")
    Offer.objects.update(created_at=timezone.now() - LATELY - timedelta(minutes=1))

    review_everything()

    assert not Notice.objects.exists()
