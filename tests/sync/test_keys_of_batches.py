"""Under one key one body: a batch that was given up is not taken up when the call would differ."""

import json
from dataclasses import dataclass, field

import pytest

from catalogs.channels import create_channel
from catalogs.models import Catalog
from channels.base import Outcome, PushResult, TransientError
from channels.registry import KINDS
from sync import ownership
from sync.batches import dissolve
from sync.models import Listing, Run
from sync.models.batches import Action
from sync.ordering import reorder
from sync.removal import remove_catalog
from sync.runs import create_run
from tests.channels.memory import SHOPS, MemoryAdapter, Shop
from tests.factories import make_catalog, make_channel, make_document, make_listing
from tests.sync.one_batch import claim_batch, contents_of

pytestmark = [pytest.mark.whole_runs, pytest.mark.django_db(transaction=True)]


@dataclass
class RememberingShop(Shop):
    """Carries out a key once, and answers the same key with what it did before.

    `bodies`: everything that came under each key, with what the call says of each product.
    """

    bodies: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    deaf: bool = False


class RememberingAdapter(MemoryAdapter):
    kind = "remembering"
    batch_size = 1

    @property
    def shop(self) -> RememberingShop:
        shop = super().shop
        assert isinstance(shop, RememberingShop)
        return shop

    def push(self, products, *, idempotency_key):
        said = tuple(f"{one.key} {one.external_id} {one.is_known} {one.body}" for one in products)
        came = self.shop.bodies.setdefault(idempotency_key, [])
        came.append(said)
        results = [PushResult(one.key, Outcome.ACCEPTED) for one in products]
        if len(came) == 1:
            results = super().push(products, idempotency_key=idempotency_key)
        if self.shop.deaf:
            raise TransientError("The shop did not answer.")
        return results


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.setitem(KINDS, "remembering", RememberingAdapter)
    monkeypatch.setitem(SHOPS, "remembering", RememberingShop())
    return SHOPS["remembering"]


@pytest.fixture
def world(make_world, shop, waited):
    world = make_world(8)
    world.catalog.delete()
    world.channel = create_channel(
        world.connection,
        name="Remembering",
        kind="remembering",
        values={"shop": "remembering"},
        by_staff=True,
    )
    world.catalog = world.add_catalog("First")
    return world


def in_turn(runs):
    assert all(run.status == Run.Status.SUCCEEDED for run in runs)


def start(catalog):
    run = create_run(catalog, Run.Trigger.SCHEDULE, mode=Run.Mode.PUSH)
    assert ownership.claim(run)
    return run


@pytest.fixture
def given_up():
    """A batch of one product that the channel may have carried out, and the run that claimed it."""
    catalog = make_catalog(make_channel())
    make_listing(catalog, wanted=make_document())
    run = start(catalog)
    batch = claim_batch(run, Action.PUSH, 1)
    assert batch is not None
    batch.tries = 1
    batch.save()
    dissolve(run, batch)
    return run, batch


def test_it_is_taken_up_under_its_key_where_nothing_changed(given_up):
    run, batch = given_up

    assert claim_batch(run, Action.PUSH, 1) == batch


@pytest.mark.parametrize("learned", [{"external_id": "gid-1"}, {"sent_at": "2026-01-01T00:00Z"}])
def test_what_became_known_of_a_product_meanwhile_gives_the_call_another_key(given_up, learned):
    run, batch = given_up
    Listing.objects.update(**learned)

    again = claim_batch(run, Action.PUSH, 1)

    assert again is not None
    assert again.key != batch.key


@pytest.mark.parametrize("learned", [{"external_id": "gid-1"}, {"sent_at": "2026-01-01T00:00Z"}])
def test_what_became_known_of_a_product_under_way_dissolves_its_batch(given_up, learned):
    run, _ = given_up
    batch = claim_batch(run, Action.PUSH, 1)
    assert batch is not None
    assert contents_of(batch) is not None

    Listing.objects.update(**learned)

    assert contents_of(batch) is None


def test_a_key_is_not_used_again_after_a_removed_catalog_sent_something_else(world, shop):
    """The batches of a catalog go with it, and with them what else was sent meanwhile."""
    first, second = world.catalog, world.add_catalog("Second", raw=False)
    shop.deaf = True
    world.sync(first)
    [uuid] = shop.products
    shop.deaf = False
    world.sync(second)
    reorder(world.channel, [second.uuid, first.uuid])
    in_turn(world.work())
    assert json.loads(shop.products[uuid]) == world.documents(second)[uuid]

    remove_catalog(second, on_shop=Catalog.OnShop.LEAVE, in_pim=Catalog.InPim.KEEP)
    while runs := world.work():
        in_turn(runs)

    assert json.loads(shop.products[uuid]) == world.documents(first)[uuid]
    assert all(len(set(bodies)) == 1 for bodies in shop.bodies.values())
