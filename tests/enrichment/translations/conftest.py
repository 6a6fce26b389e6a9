"""A PIM with texts to translate."""

from pathlib import Path

import pytest

from enrichment.models import Proposal
from enrichment.translations.places import TextPlace
from tests.enrichment.conftest import Enrichment
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
