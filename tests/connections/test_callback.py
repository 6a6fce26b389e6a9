"""The whole way in, through the PIM's own pages: log-in, consent, code, token, ID token."""

from datetime import timedelta
from urllib.parse import urlsplit

from django.db import connection as database
from django.utils import timezone

from connections.abilities import wanted_scopes
from connections.connections import register
from connections.models import Authorization, Connection, PimUser
from sandbox.identity import subject
from tests.connections.conftest import (
    app_of,
    connection_to,
    control,
    refusal_in,
    signed_in_as,
    stored,
)
from tests.pages.conftest import page_of, text_of
from tests.visitor import CALLBACK, Visitor, query_of

IDENTITY = {"openid", "profile", "email"}


def raw(column, table="connections_connection"):
    """The column as it lies in the database."""
    with database.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")  # noqa: S608  # names of this module
        return [value for (value,) in cursor.fetchall()]


def test_connect_ends_at_home_signed_in(pim, julia):
    response = julia.open_app(pim.base_url)

    assert (response.status_code, response["Location"]) == (302, "/")
    home = page_of(julia.ferry.get("/"))
    assert home.h1.string == "Welcome to Ferry"
    assert home.select_one(".who").get_text(" ", strip=True) == (
        f"Julia Stark {pim.base_url.removeprefix('http://')}"
    )


def test_it_stores_the_connection_and_who_came(pim, julia):
    before = timezone.now()

    julia.open_app(pim.base_url)

    connection, app = connection_to(pim), app_of(pim)
    assert connection.state == Connection.State.CONNECTED
    assert connection.token == app.token
    assert connection.scopes == sorted(wanted_scopes())
    assert set(connection.scopes) == app.scopes | IDENTITY
    assert connection.connected_at is not None
    assert connection.connected_at >= before
    assert (connection.disconnected_at, connection.problem) == (None, "")
    person = PimUser.objects.get()
    assert person.connection == connection
    assert (person.iss, person.sub) == (pim.base_url, subject(app, pim.people["julia"]))
    assert (person.firstname, person.lastname) == ("Julia", "Stark")
    assert person.email == "julia@example.com"
    assert person.last_seen_at >= before


def test_token_and_secret_are_encrypted_in_the_row(pim, julia):
    julia.open_app(pim.base_url)

    app = app_of(pim)
    (token,), (secret,) = raw("token"), raw("client_secret")
    assert app.token not in token
    assert app.client_secret not in secret
    assert token.startswith("gAAAA")
    assert secret.startswith("gAAAA")


def test_nothing_that_opens_anything_lies_in_the_authorizations_row(pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))
    julia.ferry.get(callback)

    written = " ".join(str(value) for value in Authorization.objects.values().get().values())
    for value in (*query_of(callback).values(), app_of(pim).token):
        assert value not in written


def test_open_app_is_the_same_way_in(pim, julia):
    julia.open_app(pim.base_url)
    first = stored()

    response = julia.open_app(pim.base_url)

    again = stored()
    assert response["Location"] == "/"
    assert signed_in_as(julia) == "Julia Stark"
    assert again["connections"][0]["token"] == first["connections"][0]["token"]
    for rows in (first, again):
        for row in (*rows["connections"], *rows["people"]):
            for name in ("updated_at", "last_seen_at"):
                row.pop(name, None)
    assert again == first


def test_open_app_in_another_browser_signs_in_there_as_well(pim, julia):
    julia.open_app(pim.base_url)
    elsewhere = Visitor("julia")

    elsewhere.open_app(pim.base_url)

    assert signed_in_as(julia) == signed_in_as(elsewhere) == "Julia Stark"
    assert PimUser.objects.count() == 1


def test_it_ends_where_it_was_started_for(pim, julia):
    response = julia.open_app(pim.base_url, next="/help?page=2")

    assert response["Location"] == "/help?page=2"


def test_it_ends_at_home_when_it_was_started_for_another_site(pim, julia):
    response = julia.open_app(pim.base_url, next="https://evil.example/")

    assert response["Location"] == "/"


def test_there_is_no_page_of_ferry_between_the_pim_and_home(pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))

    assert urlsplit(callback).path == CALLBACK
    assert julia.ferry.get(callback).status_code == 302


def test_a_person_who_may_not_manage_apps_opens_a_connected_one(pim, julia, peter):
    julia.open_app(pim.base_url)

    peter.open_app(pim.base_url)

    assert signed_in_as(peter) == "Peter Quill"
    assert signed_in_as(julia) == "Julia Stark"
    assert connection_to(pim).token == app_of(pim).token
    assert connection_to(pim).scopes == sorted(wanted_scopes())


def test_such_a_person_comes_in_with_the_scopes_that_there_are(pim, julia, peter):
    julia.open_app(pim.base_url)
    app = app_of(pim)
    pim.set_scopes(app, {"read_products", "read_catalogs"})

    response = peter.open_app(pim.base_url)

    connection = connection_to(pim)
    assert response["Location"] == "/"
    assert connection.scopes == sorted({"read_products", "read_catalogs"} | IDENTITY)
    assert connection.token == app.token
    assert "New catalogs cannot be created" in text_of(page_of(peter.ferry.get("/")))


def test_a_manager_is_asked_for_what_is_missing_and_the_new_token_is_kept(pim, julia):
    julia.open_app(pim.base_url)
    old = pim.set_scopes(app_of(pim), {"read_products"})

    julia.open_app(pim.base_url)

    connection = connection_to(pim)
    assert connection.token == app_of(pim).token != old
    assert connection.scopes == sorted(wanted_scopes())


def test_fewer_scopes_than_asked_for_are_stored_as_granted(pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))
    pim.set_scopes(app_of(pim), {"read_products"})

    julia.ferry.get(callback)

    assert connection_to(pim).scopes == sorted({"read_products"} | IDENTITY)
    assert connection_to(pim).state == Connection.State.CONNECTED
    assert signed_in_as(julia) == "Julia Stark"


def test_a_refused_consent_never_comes_back(pim, julia):
    before = stored()

    address = julia.refuse(julia.activate(pim.base_url))

    assert address.startswith(pim.base_url)
    assert stored() == before
    assert Authorization.objects.get().used_at is None
    assert signed_in_as(julia) == ""


def test_after_a_refusal_a_second_thought_works(pim, julia):
    julia.refuse(julia.activate(pim.base_url))

    julia.open_app(pim.base_url)

    assert signed_in_as(julia) == "Julia Stark"


def test_a_pim_that_disconnected_the_app_can_connect_it_again(pim, julia):
    julia.open_app(pim.base_url)
    pim.disconnect(app_of(pim).client_id)
    Connection.objects.update(
        state=Connection.State.DISCONNECTED,
        problem="The app has been disconnected.",
        connected_at=timezone.now() - timedelta(days=1),
        disconnected_at=timezone.now(),
    )

    julia.open_app(pim.base_url)

    connection = connection_to(pim)
    assert connection.state == Connection.State.CONNECTED
    assert connection.token == app_of(pim).token
    assert (connection.problem, connection.disconnected_at) == ("", None)
    assert connection.connected_at is not None
    assert timezone.now() - connection.connected_at < timedelta(minutes=1)


def test_a_pim_of_the_published_app_is_stored_when_it_first_connects(settings, start_pim, julia):
    pim = start_pim()
    app = app_of(pim)
    Connection.objects.all().delete()
    settings.AKENEO_CLIENT_ID, settings.AKENEO_CLIENT_SECRET = app.client_id, app.client_secret

    julia.open_app(pim.base_url)

    connection = connection_to(pim)
    assert (connection.state, connection.client_id) == (Connection.State.CONNECTED, "")
    assert connection.token == app.token
    assert raw("client_secret") == [""]


def test_the_key_may_change_between_two_ways_in(pim, julia):
    julia.open_app(pim.base_url)
    control(pim, "rotate-key")

    julia.open_app(pim.base_url)

    assert signed_in_as(julia) == "Julia Stark"
    assert PimUser.objects.count() == 1


def test_a_bare_key_is_as_good_as_a_certificate(pim, julia):
    control(pim, "key-format", format="spki")

    julia.open_app(pim.base_url)

    assert signed_in_as(julia) == "Julia Stark"


def test_a_secret_that_was_renewed_while_the_person_logged_in_is_used(pim, julia):
    callback = julia.agree(julia.activate(pim.base_url))
    app = app_of(pim)
    app.client_secret = "renewed"
    register(pim.base_url, client_id=app.client_id, client_secret="renewed")

    assert julia.ferry.get(callback).status_code == 302


def test_a_pim_that_hides_who_the_person_is_gets_nobody_in(pim, julia):
    before = stored()
    callback = julia.agree(julia.activate(pim.base_url))
    pim.people["julia"].consents.clear()

    said = refusal_in(julia.ferry.get(callback), 403)

    assert "did not say who you are" in said
    assert stored() == before
    assert signed_in_as(julia) == ""


def test_people_who_share_an_address_and_a_name_are_two(pim, julia, peter):
    """The PIM verifies no address (`email_verified` is false), and everybody may edit their own."""
    shared = {"firstname": "Julia", "lastname": "Stark", "email": "julia@example.com"}
    for name, value in shared.items():
        setattr(pim.people["peter"], name, value)

    julia.open_app(pim.base_url)
    peter.open_app(pim.base_url)

    assert list(PimUser.objects.values_list(*shared)) == [tuple(shared.values())] * 2
    assert {person.role for person in PimUser.objects.all()} == {"manager", "editor"}


def test_another_spelling_of_its_address_is_the_same_pim(pim, julia):
    julia.open_app(pim.base_url)

    for spelling in (f"{pim.base_url}/", pim.base_url.replace("http", "HTTP"), f" {pim.base_url} "):
        julia.open_app(spelling)

    assert Connection.objects.count() == PimUser.objects.count() == 1


def test_a_pim_that_calls_itself_otherwise_gets_nobody_in(pim, julia):
    before, address = stored(), pim.base_url
    callback = julia.agree(julia.activate(address))
    pim.base_url = "http://127.0.0.1:9"  # what its ID tokens are issued by

    said = refusal_in(julia.ferry.get(callback), 400)

    assert "could not be verified" in said
    assert stored() == before
    assert signed_in_as(julia) == ""
