"""Ten steps from the app's request to its callback (pim-contract.md 1.3, 1.8)."""

import pytest

from sandbox.state import CLIENT_ID, App, Catalog, Person
from tests.sandbox.visits import AUTHORIZE, Visit, query_of, text_of

KEY = "akeneo_connectivity.connection.connect.apps"


@pytest.fixture
def visit():
    return Visit().log_in()


def test_a_visitor_logs_in_first_and_comes_back():
    visit = Visit()

    to_login = visit.authorize(scope="read_products")
    back = visit.browser.post(to_login.location, data={"username": "julia", "password": "julia"})

    assert to_login.status_code == 302
    assert back.location.startswith(f"{AUTHORIZE}?client_id={CLIENT_ID}&")
    assert "state=s1" in back.location


@pytest.mark.parametrize("client_id", ["", "22222222-2222-4333-8444-555555555555"])
def test_an_unknown_app_ends_on_a_page_of_the_pim(visit, client_id):
    answer = visit.authorize(client_id=client_id, response_type="")

    assert answer.status_code == 302
    assert answer.location == f"/#/connect/apps/authorize?error={KEY}.error.app_not_found"


def test_somebody_without_rights_to_apps_is_refused_before_the_request_is_looked_at(visit):
    visit.pim.people["ann"] = Person("ann", "ann", "Ann", "Lee", "ann@example.com", False, False)

    visit.log_in("ann")

    assert visit.authorize(response_type="").status_code == 403


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ({"response_type": ""}, "response_type.not_blank"),
        ({"response_type": "token", "scope": "x" * 1001}, "response_type.must_be_code"),
        ({"scope[]": "read_products"}, "scope.must_be_a_string"),
        ({"scope": "x" * 1001}, "scope.too_long"),
    ],
)
def test_the_first_broken_rule_is_named(visit, query, key):
    answer = visit.authorize(**query)

    assert answer.location == f"/#/connect/apps/authorize?error={KEY}.constraint.{key}"


def test_an_error_is_shown_in_words_with_and_without_scripts(visit):
    answer = visit.authorize(client_id="nobody")

    without = visit.browser.get("/screens/")
    route = answer.location.removeprefix("/#")
    by_script = visit.browser.get("/screens/route", query_string={"to": route})

    assert "/screens/problem?error=" in without.text
    page = visit.browser.get(by_script.location)
    assert page.status_code == 400
    assert "No app with this client id exists" in text_of(page)


def test_who_may_only_open_apps_cannot_connect_one():
    visit = Visit().log_in("peter")

    answer = visit.authorize(scope="read_products")

    assert answer.status_code == 403
    assert not visit.ferry.connected


def test_a_manager_is_asked_before_an_app_is_connected(visit):
    answer = visit.authorize(scope="read_products")

    assert answer.status_code == 302
    assert answer.location == f"/#/connect/apps/authorize?client_id={CLIENT_ID}"
    assert not visit.ferry.connected


def test_confirming_connects_and_returns_code_then_state(visit):
    visit.authorize(scope="read_products write_catalogs nonsense", state="a b&c")

    answer = visit.consent()

    assert answer.status_code == 302
    assert list(query_of(answer)) == ["code", "state"]
    assert query_of(answer)["state"] == "a b&c"
    assert answer.location.startswith(visit.ferry.callback_url + "?")
    assert visit.ferry.scopes == {"read_products", "write_catalogs"}


def test_the_callback_keeps_its_own_query_and_no_state_is_made_up(visit):
    visit.ferry.callback_url = "http://127.0.0.1:8000/oauth/callback?tenant=7"
    visit.browser.get(
        AUTHORIZE, query_string={"client_id": CLIENT_ID, "response_type": "code", "scope": ""}
    )

    answer = visit.consent()

    assert answer.location.startswith(f"{visit.ferry.callback_url}&code=")
    assert "state" not in query_of(answer)


def test_cancelling_tells_the_app_nothing_and_forgets_the_request(visit):
    visit.authorize(scope="read_products")

    answer = visit.consent("cancel")

    assert answer.location == "/screens/"
    assert not visit.ferry.connected
    assert visit.consent().status_code == 400


def test_a_request_of_another_browser_cannot_be_confirmed(visit):
    visit.authorize(scope="read_products")
    stranger = visit.app.test_client()
    stranger.post("/screens/login", data={"username": "julia", "password": "julia"})

    answer = stranger.post(f"/screens/consent/{CLIENT_ID}", data={"action": "confirm"})

    assert answer.status_code == 400
    assert not visit.ferry.connected


def test_a_form_from_another_site_confirms_nothing(visit):
    visit.authorize(scope="read_products")

    answer = visit.browser.post(
        f"/screens/consent/{CLIENT_ID}",
        data={"action": "confirm"},
        headers={"Origin": "http://evil.example"},
    )

    assert answer.status_code == 403
    assert not visit.ferry.connected


def test_opening_a_connected_app_shows_no_page_at_all(visit):
    visit.connected("read_products openid")

    answer = visit.authorize(scope="read_products openid")

    assert answer.location.startswith(visit.ferry.callback_url)


def test_new_scopes_are_asked_for(visit):
    visit.connected("read_products")

    answer = visit.authorize(scope="read_products read_categories")

    assert answer.location == f"/#/connect/apps/authorize?client_id={CLIENT_ID}"
    assert visit.ferry.scopes == {"read_products"}


def test_a_scope_that_another_one_includes_is_not_new(visit):
    visit.connected("delete_catalogs")

    answer = visit.authorize(scope="read_catalogs write_catalogs")

    assert answer.location.startswith(visit.ferry.callback_url)


def test_fewer_scopes_are_taken_away_without_a_question(visit):
    visit.connected("read_products read_categories")

    visit.authorize(scope="read_products")

    assert visit.ferry.scopes == {"read_products"}


@pytest.mark.parametrize("scope", ["read_products", "read_products write_products", ""])
def test_who_may_only_open_apps_changes_no_scopes(visit, scope):
    visit.connected("read_products read_categories")

    answer = visit.log_in("peter").authorize(scope=scope)

    assert answer.location.startswith(visit.ferry.callback_url)
    assert visit.ferry.scopes == {"read_products", "read_categories"}


class TestConsentToIdentity:
    def test_openid_alone_needs_no_question(self, visit):
        visit.connected("read_products")

        answer = visit.authorize(scope="read_products openid")

        assert answer.location.startswith(visit.ferry.callback_url)
        assert visit.pim.people["julia"].consents == {CLIENT_ID: {"openid"}}

    def test_names_and_addresses_are_asked_for_on_a_screen(self, visit):
        visit.connected("read_products openid")

        answer = visit.authorize(scope="read_products openid profile email")

        assert answer.location == f"/#/connect/apps/authenticate?client_id={CLIENT_ID}"
        assert visit.pim.people["julia"].consents == {CLIENT_ID: {"openid"}}

    def test_agreeing_returns_to_the_app(self, visit):
        visit.connected("read_products openid")
        visit.authorize(scope="read_products openid profile")

        without_tick = visit.browser.post(f"/screens/authenticate/{CLIENT_ID}")
        answer = visit.browser.post(f"/screens/authenticate/{CLIENT_ID}", data={"consent": "on"})

        assert without_tick.status_code == 422
        assert list(query_of(answer)) == ["code", "state"]
        assert visit.pim.people["julia"].consents == {CLIENT_ID: {"openid", "profile"}}

    def test_each_person_is_asked_for_themselves(self, visit):
        visit.connected("read_products openid profile")

        answer = visit.log_in("peter").authorize(scope="read_products openid profile")

        assert answer.location == f"/#/connect/apps/authenticate?client_id={CLIENT_ID}"

    def test_what_is_no_longer_asked_for_is_dropped(self, visit):
        visit.connected("read_products openid profile email")

        visit.authorize(scope="read_products openid email")

        assert visit.pim.people["julia"].consents == {CLIENT_ID: {"openid", "email"}}

    def test_a_request_without_openid_wipes_the_consent(self, visit):
        visit.connected("read_products openid profile")

        visit.authorize(scope="read_products profile")

        assert visit.pim.people["julia"].consents == {}

    def test_the_wizard_wants_the_box_ticked(self, visit):
        visit.authorize(scope="read_products openid profile")

        answer = visit.consent(consent="")

        assert answer.status_code == 422
        assert not visit.ferry.connected


@pytest.mark.parametrize("path", ["connected_app/{app}", "catalogs/{catalog}"])
class TestLinksFromTheApp:
    def test_they_are_for_managers(self, visit, path, catalog_id):
        visit.log_in("peter")

        answer = visit.browser.get(address(path, catalog_id))

        assert answer.status_code == 403

    def test_they_lead_to_a_screen(self, visit, path, catalog_id):
        answer = visit.browser.get(address(path, catalog_id))

        assert answer.status_code == 302
        assert answer.location.startswith("/#/connect/connected-apps/ferry_11111111")
        route = answer.location.removeprefix("/#")
        screen = visit.browser.get("/screens/route", query_string={"to": route})
        assert visit.browser.get(screen.location).status_code == 200

    def test_the_unknown_is_not_found(self, visit, path, catalog_id):
        visit.pim.disconnect(CLIENT_ID)

        assert visit.browser.get(address(path, catalog_id)).status_code == 404


@pytest.fixture
def catalog_id(visit):
    visit.connected()
    catalog = Catalog("c0ffee00-0000-4000-8000-000000000000", "Shop", CLIENT_ID)
    visit.pim.catalogs[catalog.id] = catalog
    return catalog.id


def address(path, catalog_id):
    return "/connect/apps/v1/" + path.format(app=CLIENT_ID, catalog=catalog_id)


def test_a_second_app_is_asked_about_by_itself(visit):
    other = App("99999999-2222-4333-8444-555555555555", "s", "Other", "http://a/x", "http://a/y")
    visit.pim.apps[other.client_id] = other
    visit.authorize(scope="read_products")
    visit.authorize(client_id=other.client_id, scope="read_categories")

    visit.consent()

    assert visit.ferry.connected
    assert visit.ferry.scopes == {"read_products"}
    assert not other.connected
