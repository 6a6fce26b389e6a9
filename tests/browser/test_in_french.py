"""Pages in French: long sentences on a narrow screen, and what scripts say."""

import pytest
from django.utils import timezone

from sync.models import Notice
from tests.browser import audits
from tests.factories import make_pim_user
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


def test_a_heading_of_a_column_is_not_broken(gallery_world, open_tab):
    catalog, now = gallery_world.catalog, timezone.now()
    about = {"connection": catalog.connection, "catalog": catalog, "number": 1_482}
    Notice.objects.create(
        kind=Notice.Kind.FIRST_SYNC, opened_at=now, changed_at=now, ended_at=now, **about
    )
    tab = open_tab(make_pim_user(gallery_world.connection), locale="fr-FR")
    tab.open("/notices")
    audits.prepare(tab)

    assert audits.layout(tab) == []


def test_what_the_script_says_is_french(gallery_world, open_tab):
    tab = open_tab(make_pim_user(gallery_world.connection), locale="fr-FR")
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.open("/connection/product-link")

    tab.page.locator("[data-copy]").first.click()

    tab.page.locator(".copyable [role=status]").first.get_by_text("Copié.").wait_for()
