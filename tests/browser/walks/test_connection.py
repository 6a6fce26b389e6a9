"""Authorizations that were not granted; disconnecting, and coming back."""

from catalogs.tasks import take_up_catalogs
from connections.models import Connection
from tests.browser.walks.pim_pages import go_through_pim


def test_who_was_refused_an_authorization_asks_again_and_gets_it(shop_world, come):
    tab = come()
    (app,) = shop_world.pim.apps.values()
    connection = Connection.objects.get()
    fewer = set(connection.scopes) - {"read_categories"}
    connection.token = shop_world.pim.set_scopes(app, fewer)
    connection.scopes = sorted(fewer)
    connection.save()

    tab.open("/")
    assert "Akeneo did not grant everything" in tab.text
    tab.press("Ask again")
    go_through_pim(tab.page, shop_world.url, "julia")

    assert "Akeneo did not grant everything" not in tab.text
    assert "read_categories" in Connection.objects.get().scopes


def test_who_disconnects_and_comes_back_confirms_what_would_change(shop_world, come):
    before = shop_world.documents_on_shop()
    tab = come()
    tab.open("/connection/disconnect")
    tab.press("Disconnect")
    assert not Connection.objects.get().is_connected

    tab.open("/")
    assert "what is on your channels stays there" in tab.text
    tab.press("Connect again")
    go_through_pim(tab.page, shop_world.url, "julia")
    take_up_catalogs()
    tab.open("/")
    tab.press("Take it up again")
    tab.press("Compare")
    shop_world.work()
    tab.open(tab.path)
    assert "Nothing would change" in tab.text
    tab.press("Confirm and sync")
    shop_world.work()

    assert shop_world.documents_on_shop() == before
    assert not shop_world.again().is_unconfirmed
