"""A look that dies: the next one does the rest, and nothing is paid for twice."""

import os
import signal

import pytest

from enrichment.models import Offer, RequestedTranslation, Source
from enrichment.tasks import take_up_unfinished_offers
from enrichment.translations.services.base import Limits
from enrichment.translations.services.deepl import DeepL
from tests.enrichment.translations.by_attributes.conftest import texts
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.slow


@pytest.fixture
def lamps(asking):
    """Products with one text each in English, all different, and none in French."""
    uuids = asking.uuids
    for number, uuid in enumerate(uuids):
        asking.pim.edit_product(uuid, "name", f"Lamp {number}", "en_US")
        asking.pim.edit_product(uuid, "name", None, "fr_FR")
        asking.ask(uuid, "fr_FR")
    return uuids


def test_killed_while_the_service_works_the_next_look_goes_on(asking, lamps, stand_in, monkeypatch):
    asking.set_up()
    monkeypatch.setattr(DeepL, "limits", Limits(texts=1, bytes=10_000))
    with stand_in.holding() as arrived:
        child = start_child(asking.look)
        assert arrived.wait(60)
        os.kill(child, signal.SIGKILL)
        assert killed(child)
        first, stand_in.received = stand_in.texts, []
        stand_in.release()
        between = (asking.states(), [asking.of(uuid)["flag"] for uuid in lamps])
        take_up_unfinished_offers()

        assert asking.look() == ""

    asking.write()
    assert between == ({}, [[True]] * len(lamps))
    assert not set(first) & set(stand_in.texts)
    assert set(texts().open().values_list("key", flat=True)) == set(lamps)
    assert [asking.of(uuid)["flag"] for uuid in lamps] == [[False]] * len(lamps)
    cut_off = Offer.objects.get(state=Offer.State.STOPPED)
    assert "offered again by itself" in cut_off.problem


def test_killed_while_it_answers_the_next_look_tells_no_other(asking, lamps, stand_in):
    asking.set_up()
    write = r"/products-uuid\?|/products-uuid$"
    asking.look()
    with asking.world.between.holding(write, answered=True) as held:
        child = start_child(asking.write)
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    asking.look()
    asking.write()

    assert [asking.of(uuid) for uuid in lamps] == [{"flag": [False], "fr_FR": "INPROGRESS"}] * len(
        lamps
    )
    assert RequestedTranslation.objects.count() == len(lamps)
    assert Source.objects.get().problem == ""
    assert len(stand_in.texts) == len(set(stand_in.texts))
