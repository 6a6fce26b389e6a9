"""What may end a run before its next step, seen in one query."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.models import Catalog
from connections.models import Connection, Installation
from sync.models import Run
from sync.signs import something_is_up
from tests.factories import make_catalog, make_run

pytestmark = pytest.mark.django_db

HERE = "https://ferry.example.com"


@pytest.fixture
def run(settings):
    settings.BASE_URL = HERE
    Installation.objects.create(base_url=HERE)
    run = make_run(make_catalog())
    return Run.objects.select_related("catalog__channel__connection").get(pk=run.pk)


def of_catalog(**values):
    return lambda run: Catalog.objects.filter(pk=run.catalog_id).update(**values)


def of_installation(**values):
    return lambda run: Installation.objects.update(**values)


def disconnected(run):
    Connection.objects.update(state=Connection.State.DISCONNECTED)


@pytest.mark.parametrize(
    "happens",
    [
        of_catalog(paused_at=timezone.now()),
        of_catalog(removing_since=timezone.now()),
        of_catalog(on_shop=Catalog.OnShop.WITHDRAW),
        of_catalog(in_pim=Catalog.InPim.DELETE),
        of_catalog(unconfirmed_since=timezone.now()),
        of_installation(base_url="https://old.example.com"),
        of_installation(decision=Installation.Decision.COPY),
        disconnected,
    ],
)
def test_each_sign_is_seen_in_one_query(run, happens, django_assert_num_queries):
    assert not something_is_up(run)

    happens(run)

    with django_assert_num_queries(1):
        assert something_is_up(run)


def test_a_pause_that_is_over_is_none(run):
    over = timezone.now() - timedelta(minutes=1)
    Catalog.objects.filter(pk=run.catalog_id).update(paused_at=over, pause_ends_at=over)

    assert not something_is_up(run)


def test_before_any_pim_was_connected_there_is_no_copy(run):
    Installation.objects.all().delete()

    assert not something_is_up(run)
