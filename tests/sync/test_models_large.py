"""Models with as many variants as shops take, and catalogs with many of them."""

import sqlite3

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from sync.model_recording import keep_variants, let_go_of_variants
from sync.models import ListingVariant, Run
from tests.factories import make_catalog, make_listing, make_run
from tests.models_world import use_models
from tests.sync.test_models import in_step, pushes

pytestmark = pytest.mark.whole_runs

VARIANTS = 2000


@pytest.fixture
def few_parameters():
    """SQLite as it usually is; some systems allow more."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        before = connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32766)
        yield
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, before)
    else:
        yield


def uuids(model, number=VARIANTS):
    return [f"00000000-0000-4000-{model:04d}-{one:012d}" for one in range(number)]


def keep(catalog, variants):
    with transaction.atomic():
        keep_variants(catalog, variants)


@pytest.mark.django_db(transaction=True)
def test_twenty_models_lose_all_their_variants_at_once(few_parameters):
    catalog = make_catalog()
    for number in range(20):
        make_listing(catalog, key=f"model-{number}")
    full = {f"model-{number}": uuids(number) for number in range(20)}
    keep(catalog, full)
    assert ListingVariant.objects.count() == 20 * VARIANTS

    with CaptureQueriesContext(connection) as queries:
        keep(catalog, {code: uuids[:1] for code, uuids in full.items()})

    assert ListingVariant.objects.count() == 20
    assert len(queries) < 20


@pytest.mark.django_db(transaction=True)
def test_a_model_lets_go_of_all_its_variants_in_few_statements(few_parameters):
    catalog = make_catalog()
    make_listing(catalog, key="model")
    keep(catalog, {"model": uuids(0)})
    run = make_run(catalog, status=Run.Status.RUNNING)

    with CaptureQueriesContext(connection) as queries:
        let_go_of_variants(run, {("model", uuid) for uuid in uuids(0)[1:]})

    assert list(ListingVariant.objects.values_list("uuid", flat=True)) == uuids(0)[:1]
    assert len(queries) < 10


@pytest.mark.slow
def test_a_model_with_two_thousand_variants_is_carried_and_followed(
    make_world, passing_time, monkeypatch
):
    world = make_world(1)
    world.sleep = passing_time
    [code, _] = world.pim.add_bicycles()
    models = use_models(world, monkeypatch)
    above = world.pim.assortment.product(models.variants(code)[0]).parent
    for number in range(VARIANTS - len(models.variants(code))):
        product = world.pim.add_product(f"BYC-{number}", "bicycles")
        world.pim.hang_product(product.uuid, above)
    assert in_step(models, world.sync())
    assert len(models.on_shop()[code]["variants"]) == VARIANTS
    passing_time(3 * 3600)
    world.sync()
    before = pushes(models)

    world.pim.disable_product(models.variants(code)[0])
    run = world.sync()

    assert in_step(models, run)
    assert (run.mode, pushes(models)[code]) == (Run.Mode.DELTA, before[code] + 1)
    assert len(models.on_shop()[code]["variants"]) == VARIANTS - 1
