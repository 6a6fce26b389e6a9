"""Every page of the gallery, as people with other eyes, hands and screens have it."""

import pytest

from tests.browser import audits
from tests.gallery.scenes import GALLERY, Scene


@pytest.mark.parametrize("scene", GALLERY, ids=lambda scene: scene.name)
def test_a_page_is_for_everybody(scene: Scene, gallery_world, window, app_url):
    """axe finds nothing in both schemes, nothing is small or sticks out, Tab reaches everything.

    And as for every tab: no error, nothing that the policy forbids, no request to anybody else.
    """
    path, who = scene.set_up(gallery_world)

    with window.lent(app_url, who) as tab:
        status = tab.show(path, sent=scene.sent)
        audits.prepare(tab)
        found = [*audits.accessibility(tab), *audits.layout(tab), *audits.keyboard(tab)]

    assert status == scene.status
    assert [*found, *tab.faults] == []
