"""Products whose assets or records changed, as the PIM itself follows them where it can."""

import pytest

from sandbox.data.assets import ATTRIBUTE as PICTURES
from sync.dependencies.looking import UNKNOWN
from sync.models import Run, Watched
from tests.sync.dependencies.conftest import HOUR, put_picture, without

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]

SEARCH = "products-uuid"


@pytest.fixture
def following(mapped, passing_time):
    """A PIM that follows assets, and an app that may not read any."""
    assortment = mapped.world.pim.assortment
    assortment.knows_linked_entities = True
    assortment.linked_types = frozenset({"asset", "reference_entity_record"})
    without(mapped.world, "read_assets")
    Watched.objects.filter(kind=Watched.Kind.LINKED).update(problem="")
    mapped.delta()
    passing_time(HOUR)
    return mapped


def test_an_asset_reaches_its_products_although_the_app_may_not_read_assets(following):
    put_picture(following.world, "picture_1", "second")

    run = following.delta()

    wanted = following.with_value(PICTURES, "picture_1")
    assert (run.mode, run.pulled) == (Run.Mode.DELTA, len(wanted))
    assert following.sent_by(run) == wanted
    assert following.in_step()
    assert "asset-families/<asset_family>/assets" not in following.requests()


def test_what_the_pim_does_not_follow_is_looked_at_one_by_one(mapped):
    """It says nothing of it, and nothing tells that from no change."""
    mapped.world.pim.assortment.knows_linked_entities = True
    Watched.objects.filter(kind=Watched.Kind.LINKED).update(problem="")
    put_picture(mapped.world, "picture_1", "second")

    run = mapped.delta()

    assert mapped.sent_by(run) == mapped.with_value(PICTURES, "picture_1")


def test_a_pim_that_does_not_know_it_is_asked_once_a_day(mapped, passing_time):
    row = Watched.objects.get(kind=Watched.Kind.LINKED)
    passing_time(HOUR)
    mapped.delta()
    asked = SEARCH in mapped.requests()
    passing_time(UNKNOWN.total_seconds())

    mapped.world.pim.traffic.reset()
    mapped.world.sync(mapped.catalog)

    assert "did not accept this" in row.problem
    assert not asked
    assert SEARCH in mapped.requests()
