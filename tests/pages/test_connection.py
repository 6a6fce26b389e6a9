from django.urls import reverse

from connections.models import Connection
from pages.views import connection as views
from tests.factories import make_pim_user
from tests.pages.conftest import text_of


def test_it_says_what_is_granted_in_words(browser, connection):
    connection.scopes = ["openid", "read_products", "write_catalogs"]
    connection.save()

    page = browser.see("/connection")

    rows = [text_of(row) for row in page.select("section tbody tr")]
    assert "Read the products of its catalogs Yes" in rows
    assert "Delete catalogs it created No A catalog that you delete here stays in the PIM." in rows


def test_it_says_when_there_are_more_people(browser, connection, monkeypatch):
    monkeypatch.setattr(views, "_PEOPLE", 2)
    path = reverse("pages:connection")
    make_pim_user(connection)
    two = text_of(browser.see(path))
    make_pim_user(connection)

    assert "Those who were here last are shown" not in two
    assert "Those who were here last are shown" in text_of(browser.see(path))


def test_it_lists_the_people_of_this_pim_only(browser, connection, outsider):
    make_pim_user(connection, firstname="Ken", lastname="Ndiaye", email="ken@example.com")

    text = text_of(browser.see("/connection"))

    assert "Mary Smith (you)" in text
    assert "Ken Ndiaye ken@example.com" in text
    assert "Olga" not in text


def test_it_shows_no_token(browser, connection):
    assert connection.token not in browser.get("/connection").content.decode()


def test_it_explains_a_lost_connection(browser):
    Connection.objects.update(state=Connection.State.DISCONNECTED, problem="Removed in the PIM.")

    page = browser.see("/connection")

    assert "Removed in the PIM." in text_of(page)
    assert "Disconnected" in page.h1.get_text()


def test_signing_out_ends_the_session(browser):
    response = browser.post(reverse("connections:sign_out"), follow=True)

    assert response.redirect_chain == [("/", 302)]
    assert browser.get("/connection").status_code == 403
