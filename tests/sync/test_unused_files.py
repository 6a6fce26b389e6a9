"""Files that nobody needs any more go, and nothing that somebody needs goes with them."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from catalogs.media.store import media_store
from catalogs.media.tidying import remove_leftovers
from catalogs.models import MediaFile
from sync.models import Document
from sync.privacy.erase import erase_pim
from sync.unused_files import KEEP, forget_unused_files
from tests.factories import make_catalog, make_channel, make_connection, make_listing

pytestmark = pytest.mark.django_db(transaction=True)

LONG = KEEP + timedelta(days=8)


@pytest.fixture(autouse=True)
def store(settings, tmp_path):
    settings.MEDIA_STORE = str(tmp_path)
    return media_store()


@pytest.fixture
def connection():
    return make_connection()


def path_of(name):
    return f"/api/rest/v1/media-files/a/{name}/download"


def keep(content):
    with media_store().arriving() as arriving:
        arriving.write(content.encode())
        media_store().keep(arriving)
        return arriving.digest


def make_file(connection, name, *, content="", unseen_for=LONG):
    return MediaFile.objects.create(
        connection=connection,
        address=path_of(name),
        digest=keep(content or name),
        name=name,
        seen_at=timezone.now() - unseen_for,
    )


def make_product(connection, *names, field="wanted"):
    catalog = make_catalog(make_channel(connection))
    addresses = ",".join(f'"{connection.pim_url}{path_of(name)}"' for name in names)
    body = f'{{"images":[{addresses}]}}'
    document = Document.objects.create(digest=f"{names}"[:64], body=body)
    return make_listing(catalog, **{field: document})


def is_there(digest):
    try:
        media_store().open(digest).close()
    except FileNotFoundError:
        return False
    return True


def tidy_for_a_day(days=2):
    """Every hour of a day that begins so many days from now."""
    begin = timezone.now() + timedelta(days=days)
    for hour in range(24):
        with time_machine.travel(begin + timedelta(hours=hour)):
            yield remove_leftovers()


def test_what_no_document_names_is_forgotten_and_the_rest_stays(connection):
    used = make_file(connection, "used.png")
    sent = make_file(connection, "sent.png")
    make_file(connection, "unused.png")
    young = make_file(connection, "young.png", unseen_for=timedelta(days=3))
    make_product(connection, "used.png")
    make_product(connection, "sent.png", field="sent")

    assert forget_unused_files() == 1

    assert set(MediaFile.objects.all()) == {used, sent, young}


def test_another_pims_document_keeps_no_file(connection):
    other = make_connection()
    make_file(connection, "front.png")
    make_product(other, "front.png")

    assert forget_unused_files() == 1


def test_documents_are_looked_through_no_more_than_once_a_week(
    connection, django_assert_num_queries
):
    make_file(connection, "used.png")
    make_product(connection, "used.png")
    forget_unused_files()

    with django_assert_num_queries(1):
        forget_unused_files()


def test_files_without_a_row_are_removed_within_a_day_and_others_stay(connection):
    kept = make_file(connection, "kept.png")
    leftover = keep("leftover")

    assert sum(tidy_for_a_day()) == 1

    assert is_there(kept.digest)
    assert not is_there(leftover)


def test_a_file_that_was_just_kept_may_get_its_row_yet():
    digest = keep("just kept")

    assert sum(tidy_for_a_day(days=0)) == 0

    assert is_there(digest)


def test_a_store_that_fails_stops_no_tidying(settings, caplog):
    settings.MEDIA_STORE = "s3://"

    assert remove_leftovers() == 0
    assert "was not tidied" in caplog.text


def test_erasing_a_pim_removes_its_files_and_none_that_another_needs(connection):
    other = make_connection()
    own = make_file(connection, "own.png")
    shared = make_file(connection, "a.png", content="the same logo")
    make_file(other, "b.png", content="the same logo")

    counts = erase_pim(connection)

    assert counts["media"] == 2
    assert not is_there(own.digest)
    assert is_there(shared.digest)
    assert MediaFile.objects.get().connection == other
