"""What a channel held before that became unknown: from history once, and kept from then on."""

from importlib import import_module

import pytest
from django.apps import apps

from catalogs.models import Catalog
from channels.base import Outcome, PushResult
from sync import ownership
from sync.batches import claim_batches
from sync.models import Change, Document, Listing, Run
from sync.models.batches import Action
from sync.runs import create_run
from sync.settling import settle
from sync.tidying import without_references
from tests.factories import make_catalog, make_channel, make_document, make_listing, make_run

pytestmark = pytest.mark.django_db

MIGRATION = import_module("sync.migrations.0017_fill_last_known")


@pytest.fixture
def unknown():
    return Document.objects.create(digest=Document.UNKNOWN, body="null")


def accepted(listing, document):
    run = make_run(listing.catalog)
    Change.objects.create(
        run=run, listing=listing, action=Action.PUSH, after=document, outcome="accepted"
    )


def test_the_upgrade_takes_it_from_history_also_of_a_sibling_catalog(unknown):
    first = make_catalog()
    listing = make_listing(first, key="shoes", sent=unknown)
    sibling = make_listing(make_catalog(first.channel), key="shoes")
    older, newer = make_document("older"), make_document("newer")
    accepted(listing, older)
    accepted(sibling, newer)
    clear = make_listing(first, sent=make_document("clear"))
    accepted(clear, older)

    MIGRATION.fill(apps, None)

    held = dict(Listing.objects.values_list("pk", "last_known"))
    assert held == {listing.pk: newer.pk, sibling.pk: None, clear.pk: None}


def test_the_upgrade_knows_nothing_where_history_is_gone(unknown):
    listing = make_listing(sent=unknown)

    MIGRATION.fill(apps, None)

    listing.refresh_from_db()
    assert listing.last_known is None


def test_such_a_document_is_in_use(unknown):
    document = make_document()
    make_listing(sent=unknown, last_known=document)

    assert not without_references(Document.objects.all()).exists()


@pytest.mark.django_db(transaction=True)
def test_a_product_that_comes_back_while_it_is_being_hidden_stays_what_it_is_to_the_channel():
    channel = make_channel(settings={"endpoint": "https://shop.example.com/in", "hides": "yes"})
    catalog = make_catalog(channel, when_disabled=Catalog.OnLeaving.HIDE)
    held = make_document("held")
    listing = make_listing(catalog, sent=held, external_id="gid-1", left_because="disabled")
    run = create_run(catalog, Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    assert ownership.claim(run)
    [batch] = claim_batches(run, Action.HIDE, 1, 1, hides=True)
    Listing.objects.update(wanted=make_document("back"))

    settle(run, batch, [PushResult(listing.key, Outcome.ACCEPTED)])

    listing.refresh_from_db()
    assert listing.sent is not None
    assert (listing.sent.digest, listing.last_known) == (Document.HIDDEN, held)
    assert (listing.status, listing.external_id) == (Listing.Status.WAITING, "gid-1")
