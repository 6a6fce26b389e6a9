"""Every fault of the sandbox while a catalog is created with its mapping schema.

A person creates it; where that fails they are told, and create it once more. Then one run is
enough, and the PIM keeps no catalog that nobody knows of.
"""

import pytest

from catalogs.catalogs import create_catalog
from catalogs.models import Catalog
from connections.models import Connection
from outbound.errors import OutboundError
from sandbox.faults import KINDS, Fault
from sync.models import Run
from tests.faults.scenario import PRODUCTS, assert_within_limits

pytestmark = pytest.mark.usefixtures("small_pages")

CALLS = {"catalog": r"/catalogs$", "schema": r"/mapping-schemas/product$"}
# Early ends and errors with status 200 are of lists of products, a new catalog is disabled anyway,
# and connecting again has tests of its own.
NOT_HERE = {"early-end", "error-200", "disable", "disable-after-page", "disconnect"}
KINDS_HERE = [kind for kind in KINDS if kind not in NOT_HERE]
# The answer is lost after the PIM created the catalog: nobody can tell, and the person is told so.
MAY_BE_LEFT = {("cut", "catalog"), ("500-after", "catalog")}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS_HERE)
def test_created_at_last(make_world, passing_time, kind, call):
    world = make_world(PRODUCTS)
    world.sleep = passing_time
    world.catalog.delete()
    known, left, was_stored = set(world.pim.catalogs), set[str](), False
    world.pim.faults.add(Fault(kind, CALLS[call], seconds=0.1, retry_after=1))

    try:
        catalog = create_catalog(world.channel, name="Mapped", every=30, raw=False)
    except OutboundError:
        left = set(world.pim.catalogs) - known
        was_stored = Catalog.objects.exists()
        catalog = create_catalog(world.channel, name="Mapped", every=30, raw=False)
    world.catalog = catalog
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.enabled = True
    world.pim.auto_map(there)
    run = world.sync()

    assert world.pim.faults.waiting() == []
    assert not was_stored
    assert not left or (kind, call) in MAY_BE_LEFT
    assert set(world.pim.catalogs) == known | left | {catalog.pim_catalog_id}
    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    assert world.shop.live_documents() == world.documents(catalog)
    assert Connection.objects.get().is_connected
    assert_within_limits(world)
