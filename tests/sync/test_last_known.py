"""What a channel held before that became unknown: from history once, and kept from then on."""

from importlib import import_module

import pytest
from django.apps import apps

from sync.models import Change, Document, Listing
from sync.models.batches import Action
from sync.tidying import without_references
from tests.factories import make_catalog, make_document, make_listing, make_run

pytestmark = pytest.mark.django_db

MIGRATION = import_module("sync.migrations.0015_fill_last_known")


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
