"""A PIM with texts to translate."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from enrichment.models import Proposal
from enrichment.translations.places import TextPlace
from tests.enrichment.conftest import Enrichment
from tests.enrichment.translations.services.stand_in import KEY, StandIn, standing_in
from tests.enrichment.translations.translating import Translating


@pytest.fixture
def translating(enrichment: Enrichment, tmp_path: Path) -> Translating:
    return Translating(enrichment.world, tmp_path)


@pytest.fixture
def lamp(enrichment: Enrichment) -> TextPlace:
    """The name of a product without models, English alone."""
    uuid = enrichment.uuids[0]
    enrichment.pim.edit_product(uuid, "name", "Lamp", "en_US")
    enrichment.pim.edit_product(uuid, "name", None, "fr_FR")
    return TextPlace(Proposal.Subject.PRODUCT, uuid, "name")


@pytest.fixture
def names(enrichment: Enrichment, lamp: TextPlace) -> int:
    """Names in English alone: how many there are, the lamp's among them, all different."""
    for number, uuid in enumerate(enrichment.uuids):
        if uuid != lamp.key:
            enrichment.pim.edit_product(uuid, "name", f"Thing {number}", "en_US")
            enrichment.pim.edit_product(uuid, "name", None, "fr_FR")
    return len(enrichment.uuids)


@pytest.fixture
def stand_in(settings: Any) -> Iterator[StandIn]:
    with standing_in() as server:
        settings.DEEPL_API_KEY, settings.DEEPL_URL = KEY, server.url
        yield server
