"""Targets that are set on new products only, after calls whose answers were lost."""

import json
from dataclasses import dataclass, field

import pytest

from catalogs.channels import create_channel
from catalogs.content import set_content
from catalogs.models import Catalog
from channels.base import Outcome, PushResult, TransientError
from channels.registry import KINDS
from sync.models import Change, Listing, Run
from sync.ordering import archive
from tests.channels.memory import SHOPS, Shop
from tests.channels.shop import MemoryShopAdapter
from tests.models_world import Models
from tests.sync.test_models_delta import add_variant

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@dataclass
class DeafShop(Shop):
    """Carries out every call; while it is `deaf` nobody hears of it. `heard`: bodies by key."""

    deaf: bool = False
    heard: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def last(self, key):
        return json.loads([bodies[key] for _, bodies in self.heard if key in bodies][-1])


class DeafAdapter(MemoryShopAdapter):
    kind = "deaf"

    @classmethod
    def hides(cls, values):
        return True

    @property
    def shop(self) -> DeafShop:
        shop = super().shop
        assert isinstance(shop, DeafShop)
        return shop

    def push(self, products, *, idempotency_key):
        self.shop.heard.append((idempotency_key, {one.key: one.body for one in products}))
        return self._answer(super().push(products, idempotency_key=idempotency_key))

    def withdraw(self, keys, *, idempotency_key):
        return self._answer(super().withdraw(keys, idempotency_key=idempotency_key))

    def hide(self, keys, *, idempotency_key):
        return self._answer([PushResult(key, Outcome.ACCEPTED) for key in keys])

    def _answer(self, results):
        if self.shop.deaf:
            raise TransientError("The shop did not answer.")
        return results


@pytest.fixture
def shop(monkeypatch):
    monkeypatch.setitem(KINDS, "deaf", DeafAdapter)
    monkeypatch.setitem(SHOPS, "deaf", DeafShop())
    return SHOPS["deaf"]


@pytest.fixture
def models(world, shop, waited):
    world.channel = create_channel(
        world.connection, name="Deaf", kind="deaf", values={"shop": "deaf"}, by_staff=True
    )
    world.catalog = world.add_catalog("Models", raw=False, shape=Catalog.Shape.MODELS)
    set_content(world.again(), set_when={"sku": "new"})
    assert world.sync().status == Run.Status.SUCCEEDED
    return Models(world)


def skus(document):
    return {one["uuid"]: one.get("sku") for one in document["variants"]}


def test_a_new_variant_has_all_its_targets_when_it_is_sent_again_in_doubt(models, shop):
    code = models.codes[0]
    uuid = add_variant(models, code)
    shop.deaf = True
    models.world.sync()
    shop.deaf = False

    run = models.world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert {one for one, sku in skus(shop.last(code)).items() if sku} == {uuid}


def test_a_new_variant_has_them_also_when_history_is_pruned_meanwhile(models, shop):
    code = models.codes[0]
    uuid = add_variant(models, code)
    shop.deaf = True
    models.world.sync()
    Change.objects.all().delete()  # as its age does
    shop.deaf = False

    run = models.world.sync()

    assert run.status == Run.Status.SUCCEEDED
    assert {one for one, sku in skus(shop.last(code)).items() if sku} == {uuid}


def test_a_new_variant_has_them_also_when_another_catalog_takes_the_model_over(models, shop):
    """History is the first catalog's then; what the channel held goes with the model."""
    first, code = models.world.catalog, models.codes[0]
    second = models.world.add_catalog("Second", raw=False, shape=Catalog.Shape.MODELS)
    set_content(models.world.again(second), set_when={"sku": "new"})
    models.world.sync(second)
    uuid = add_variant(models, code)
    shop.deaf = True
    models.world.sync(first)
    models.world.sync(second)
    shop.deaf = False

    archive(first)
    models.world.work()

    assert Listing.objects.on_channel().get(key=code).catalog == second
    assert {one for one, sku in skus(shop.last(code)).items() if sku} == {uuid}


def test_a_new_variant_has_them_when_its_model_was_hidden_before(models, shop):
    code = models.codes[0]
    Catalog.objects.update(when_disabled=Catalog.OnLeaving.HIDE)
    uuids = models.variants(code)
    for uuid in uuids:
        models.world.pim.disable_product(uuid)
    models.world.sync()
    assert Listing.objects.get(key=code).status == Listing.Status.HIDDEN
    Change.objects.all().delete()
    for uuid in uuids:
        models.world.pim.enable_product(uuid)
    new = add_variant(models, code)

    models.world.sync()

    assert {one for one, sku in skus(shop.last(code)).items() if sku} == {new}


def test_a_product_whose_withdrawal_got_no_answer_comes_back_with_all_its_targets(models, shop):
    uuid = models.simple[0]
    models.world.pim.disable_product(uuid)
    shop.deaf = True
    models.world.sync()
    assert uuid not in shop.products
    models.world.pim.enable_product(uuid)
    shop.deaf = False

    models.world.sync()

    assert json.loads(shop.products[uuid])["sku"]


def test_what_is_sent_under_a_key_never_changes_with_the_settings(models, shop):
    code = models.codes[0]
    add_variant(models, code)
    shop.deaf = True
    models.world.sync()
    set_content(models.world.again(), set_when={})
    shop.deaf = False

    models.world.sync()

    bodies: dict[str, dict[str, str]] = {}
    for key, sent in shop.heard:
        assert bodies.setdefault(key, sent) == sent
    assert all(skus(shop.last(code)).values())
    assert not Listing.objects.exclude(status=Listing.Status.LISTED).exists()
