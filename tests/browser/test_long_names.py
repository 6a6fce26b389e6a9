"""Names as long as Akeneo allows, without a space, on a narrow screen."""

import pytest

from sync.models import Listing
from tests.browser import audits
from tests.factories import make_document, make_listing, make_pim_user


@pytest.fixture
def listing(gallery_world):
    sent = make_document()
    values = {"status": Listing.Status.LISTED, "wanted": sent, "sent": sent}
    return make_listing(gallery_world.catalog, label="x" * 255, **values)


@pytest.fixture
def tab(gallery_world, open_tab):
    return open_tab(make_pim_user(gallery_world.connection), viewport=audits.NARROW)


def test_the_page_of_a_product_stays_narrow(listing, tab):
    tab.open(f"/products/{listing.key}")
    audits.prepare(tab)

    assert audits.narrow(tab) == []
