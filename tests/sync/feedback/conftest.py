"""A PIM with attributes for feedback, and what a worker does after a run."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from enrichment.models import Offer, Proposal
from enrichment.tasks import work_on_offer
from sync.feedback import ownership
from sync.feedback.settings import set_feedback
from sync.feedback.telling import tell
from sync.models import Feedback, Listing
from tests.enrichment.conftest import Enrichment
from tests.models_world import models

__all__ = ["models"]

CODES = {
    "status": "shop_status",
    "date": "shop_date",
    "address": "shop_address",
    "problem": "shop_problem",
}
TYPES = {
    "shop_status": "pim_catalog_simpleselect",
    "shop_date": "pim_catalog_date",
    "shop_address": "pim_catalog_text",
    "shop_problem": "pim_catalog_textarea",
}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """What is written with today's date is read on the same day, whenever the tests run."""
    with time_machine.travel(datetime.now(UTC).replace(hour=12), tick=True):
        yield


def add_attributes(pim: Any, level: int | None = None) -> None:
    """Add them to each family; to all variants at a level of models, or at the uppermost one."""
    assortment = pim.assortment
    for code, type_ in TYPES.items():
        assortment.attributes[code] = {
            **assortment.attributes["ean"],
            **{"code": code, "type": type_, "labels": {"en_US": code}},
        }
    assortment.options["shop_status"] = {
        one: {"code": one, "attribute": "shop_status", "sort_order": 1, "labels": {}}
        for one in ("live", "waiting", "refused")
    }
    for family in assortment.families.values():
        family["attributes"] = [*family["attributes"], *TYPES]
    for variants in assortment.family_variants.values():
        for one in variants.values():
            sets = one["variant_attribute_sets"]
            place = one if level is None else sets[level]
            name = "common_attributes" if level is None else "attributes"
            place[name] = [*place[name], *TYPES]


class Back:
    """Feedback about the world's catalog."""

    def __init__(self, enrichment: Enrichment) -> None:
        self.enrichment, self.world = enrichment, enrichment.world
        self.catalog = self.world.catalog

    @property
    def row(self) -> Feedback:
        return Feedback.objects.select_related("catalog__channel__connection").get()

    def say(self, *names: str) -> None:
        set_feedback(self.world.again(self.catalog), {name: CODES[name] for name in names or CODES})

    def tell(self) -> Offer | None:
        """What a worker does when it is due: the offer with what became of it."""
        return self._tell(self.row)

    def tell_all(self) -> None:
        """The same of each catalog, in their order."""
        rows = Feedback.objects.select_related("catalog__channel__connection")
        for row in rows.order_by("catalog__position"):
            self._tell(row)

    def _tell(self, row: Feedback) -> Offer | None:
        assert ownership.claim(row)
        offer = tell(row, sleep=self.world.sleep)
        if offer is not None:
            work_on_offer(offer.pk)
            offer.refresh_from_db()
        return offer

    def held(self, item: Any) -> dict[str, Any]:
        """What stands in the PIM of a product or model."""
        values = self.world.pim.assortment.values_of(item)
        held = {name: values[code][0]["data"] for name, code in CODES.items() if values.get(code)}
        return held | ({"date": held["date"][:10]} if "date" in held else {})

    def of(self, uuid: str) -> dict[str, Any]:
        return self.held(self.world.pim.assortment.product(uuid))

    def listing(self, key: str) -> Listing:
        return Listing.objects.get(catalog=self.catalog, key=key)

    @property
    def today(self) -> str:
        return timezone.now().astimezone(self.world.connection.zone).date().isoformat()


def written(offer: Offer) -> int:
    return offer.proposals.filter(state=Proposal.State.WRITTEN).count()


@pytest.fixture
def enrichment(make_world: Any, queue: Any) -> Enrichment:
    world = make_world(45)
    add_attributes(world.pim)
    return Enrichment(world, queue)


@pytest.fixture
def back(enrichment: Enrichment) -> Back:
    return Back(enrichment)
