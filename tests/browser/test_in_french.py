"""Pages whose sentences are long in French, on a narrow screen."""

import pytest

from tests.browser import audits
from tests.gallery.scenes import PAGES

SCENES = [
    one for one in PAGES if one.name in ("catalog-channel-paused", "channel-paused", "enrichment")
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_nothing_sticks_out(scene, gallery_world, open_tab):
    path, who = scene.set_up(gallery_world)
    tab = open_tab(who, locale="fr-FR", viewport=audits.NARROW)
    tab.open(path)
    audits.prepare(tab)

    assert audits.narrow(tab) == []
