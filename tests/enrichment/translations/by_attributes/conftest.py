"""A PIM whose people ask for translations by attributes, and what a worker does about it."""

from typing import Any

import pytest

from enrichment.looking import look_at
from enrichment.models import Offer, Proposal, RequestedTranslation, Source
from enrichment.ownership import claim
from enrichment.translations.by_attributes.creating import create_missing
from enrichment.translations.by_attributes.setting_up import set_up
from enrichment.translations.by_attributes.steering import Steering
from enrichment.working import work_on
from tests.enrichment.conftest import Enrichment
from tests.enrichment.translations.services.stand_in import KEY, standing_in
from tests.models_world import models

__all__ = ["models"]

STEERING = Steering(source_locale="en_US")
FLAG, LOCALES, STATUS = STEERING.attributes


def add_to_families(pim: Any, level: int | None = None) -> None:
    """Add the attributes to each family; to all variants at a level, or at the uppermost model."""
    for family in pim.assortment.families.values():
        family["attributes"] = [*family["attributes"], FLAG, LOCALES, STATUS]
    for variants in pim.assortment.family_variants.values():
        for one in variants.values():
            sets = one["variant_attribute_sets"]
            place = one if level is None else sets[level]
            name = "common_attributes" if level is None else "attributes"
            place[name] = [*place[name], FLAG, LOCALES, STATUS]


class Asking:
    """People of the world's PIM, and the source that serves them."""

    def __init__(self, enrichment: Enrichment) -> None:
        self.enrichment, self.world, self.pim = enrichment, enrichment.world, enrichment.pim
        self.connection = enrichment.connection
        self.uuids = enrichment.uuids

    def set_up(self, *, approved: bool = False, **changes: Any) -> Source:
        steering = Steering(source_locale="en_US", **changes)
        return set_up(self.connection, steering, approved=approved)

    def ask(self, uuid: str, *locales: str) -> None:
        self.pim.edit_product(uuid, LOCALES, list(locales))
        self.pim.edit_product(uuid, FLAG, True)

    def ask_of_model(self, code: str, *locales: str) -> None:
        self.pim.edit_model(code, LOCALES, list(locales))
        self.pim.edit_model(code, FLAG, True)

    def look(self) -> str:
        """A look of a worker; return what is wrong with the source afterwards."""
        source = Source.objects.select_related("connection").get(kind="translations")
        assert look_at(source, by="", sleep=self.world.sleep)
        return source.problem

    def write(self) -> None:
        """What workers do with all that is approved."""
        for offer in Offer.objects.filter(state=Offer.State.WRITING).order_by("pk"):
            assert claim(offer)
            work_on(offer, sleep=self.world.sleep)

    def held(self, item: Any) -> dict[str, Any]:
        """The flag and the status that stand in the PIM, the latter by language."""
        values = self.pim.assortment.values_of(item)
        statuses = {one["locale"]: one["data"] for one in values.get(STATUS, ())}
        return {"flag": [one["data"] for one in values.get(FLAG, ())], **statuses}

    def of(self, uuid: str) -> dict[str, Any]:
        return self.held(self.pim.assortment.product(uuid))

    def states(self) -> dict[tuple[str, str], str]:
        rows = RequestedTranslation.objects.all()
        return {(row.key, row.locale): row.state for row in rows}


def texts() -> Any:
    """The translations that were offered."""
    return Proposal.objects.exclude(attribute__in=[FLAG, LOCALES, STATUS])


@pytest.fixture
def stand_in(settings: Any) -> Any:
    with standing_in() as server:
        settings.DEEPL_API_KEY, settings.DEEPL_URL = KEY, server.url
        yield server


@pytest.fixture
def asking(enrichment: Enrichment, stand_in: Any) -> Asking:
    """The attributes were created by Ferry, and the families got them."""
    assert create_missing(enrichment.connection, STEERING) == []
    add_to_families(enrichment.pim)
    return Asking(enrichment)


@pytest.fixture
def lamp(asking: Asking) -> str:
    """A product without models, with one text in English and none in French."""
    uuid = asking.uuids[0]
    for attribute, values in asking.pim.assortment.values_of(
        asking.pim.assortment.product(uuid)
    ).items():
        if asking.pim.assortment.attributes[attribute]["localizable"]:
            for one in list(values):
                asking.pim.edit_product(uuid, attribute, None, one["locale"], one["scope"])
    asking.pim.edit_product(uuid, "name", "Lamp", "en_US")
    return uuid
