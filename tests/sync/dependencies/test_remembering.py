"""What was seen is remembered with what is to be read because of it, or not at all."""

from datetime import timedelta

import pytest
from django.utils import timezone

from pim.changes import Condition
from sync import ownership
from sync.dependencies.kinds import Look
from sync.dependencies.naming import Named
from sync.dependencies.remembering import new_row, remember
from sync.models import Run, ToRead, Watched
from tests.factories import make_catalog, make_document, make_listing, make_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    return make_listing(make_catalog(), key="one", wanted=make_document("it"))


@pytest.fixture
def run(listing):
    run = make_run(listing.catalog, mode=Run.Mode.DELTA, status=Run.Status.QUEUED)
    assert ownership.claim(run)
    return run


def a_row(run):
    watermark = timezone.now() - timedelta(hours=1)
    row = new_row(run.catalog.connection, Watched.Kind.CATEGORIES, "", watermark)
    row.save()
    return Watched.objects.get()


def found(**seen):
    return Look(timezone.now(), seen, (Condition("categories", ("mugs",)),))


ONE = Named(frozenset({"one"}))


def test_of_two_that_look_at_once_one_remembers(run):
    row, same = a_row(run), Watched.objects.get()
    remember(run, row, found(mugs=["first"]), [run.catalog], ONE)
    ToRead.objects.all().delete()

    remember(run, same, found(mugs=["second"]), [run.catalog], ONE)

    assert Watched.objects.get().seen == {"mugs": ["first"]}
    assert not ToRead.objects.exists()


def test_of_two_that_look_for_the_first_time_one_remembers(run):
    connection = run.catalog.connection
    rows = [new_row(connection, Watched.Kind.MODELS, "", timezone.now()) for _ in range(2)]
    for row in rows:
        remember(run, row, found(shirt=["today"]), [run.catalog], ONE)

    assert Watched.objects.count() == ToRead.objects.count() == 1


def test_a_run_that_was_lost_remembers_nothing(run):
    row = a_row(run)
    Run.objects.update(owner="another")

    with pytest.raises(ownership.RunLost):
        remember(run, row, found(mugs=["new"]), [run.catalog], ONE)

    assert Watched.objects.get().seen == {}
    assert not ToRead.objects.exists()


def test_what_cannot_be_noted_is_not_remembered_as_seen(run, monkeypatch):
    """As when the process dies, or the database goes, between the two."""
    row = a_row(run)

    def die(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(ToRead.objects, "bulk_create", die)
    with pytest.raises(KeyboardInterrupt):
        remember(run, row, found(mugs=["new"]), [run.catalog], ONE)

    assert Watched.objects.get().seen == {}


def test_what_has_no_names_is_everything_of_all_catalogs(run):
    other = make_catalog(run.catalog.channel)

    remember(run, a_row(run), found(mugs=["new"]), [run.catalog, other], None)

    assert set(ToRead.objects.values_list("catalog", "key")) == {
        (run.catalog.pk, ToRead.EVERYTHING),
        (other.pk, ToRead.EVERYTHING),
    }


def test_a_run_that_reads_everything_answers_for_its_own_catalog(run):
    other = make_listing(make_catalog(run.catalog.channel), key="one", wanted=make_document("it"))
    run.mode = Run.Mode.FULL
    run.save()

    remember(run, a_row(run), found(mugs=["new"]), [run.catalog, other.catalog], ONE)

    assert set(ToRead.objects.values_list("catalog", "key")) == {
        (run.catalog.pk, ToRead.EVERYTHING),
        (other.catalog.pk, "one"),
    }
