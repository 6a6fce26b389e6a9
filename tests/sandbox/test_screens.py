"""The PIM's screens, as people use them."""

import pytest

from sandbox.state import CLIENT_ID, Catalog, Criterion, Source
from tests.sandbox.visits import TOKEN, Visit, one, soup, text_of, token_form

SCHEMA = {
    "$schema": "https://api.akeneo.com/mapping/product/1.0.3/schema",
    "type": "object",
    "properties": {
        "uuid": {"type": "string"},
        "name": {"type": "string", "title": "Name", "description": "What customers read."},
        "weight": {"type": "number", "title": "Weight"},
        "price": {"type": "number", "title": "Price"},
        "text": {"type": "string", "title": "Text"},
    },
    "required": ["uuid", "name"],
}
SCREEN = "/screens/catalogs/c0ffee00-0000-4000-8000-000000000000"


@pytest.fixture
def visit():
    return Visit().log_in()


@pytest.fixture
def catalog(visit):
    visit.connected("write_catalogs")
    catalog = Catalog(SCREEN.rpartition("/")[2], "Shop", CLIENT_ID, schema=SCHEMA)
    visit.pim.catalogs[catalog.id] = catalog
    return catalog


def save(visit, action="save", **fields):
    return visit.browser.post(SCREEN, data={"action": action, "only_enabled": "on"} | fields)


def test_every_screen_asks_a_visitor_to_log_in():
    browser = Visit().browser

    for path in ("/screens/", "/screens/apps", SCREEN, f"/screens/consent/{CLIENT_ID}"):
        answer = browser.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/screens/login?next=")


def test_a_wrong_password_is_told_on_the_page():
    answer = Visit().browser.post("/screens/login", data={"username": "julia", "password": "no"})

    assert answer.status_code == 422
    assert "The username or the password is wrong." in text_of(answer)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_logging_in_leads_nowhere_else(target):
    answer = Visit().browser.post(
        "/screens/login",
        query_string={"next": target},
        data={"username": "julia", "password": "julia"},
    )

    assert answer.location == "/screens/"


def test_the_cookie_is_named_for_the_port():
    visit = Visit().log_in()

    assert visit.browser.get_cookie("sandbox_0") is not None


def test_connecting_leads_to_the_app_with_the_address_of_the_pim(visit):
    page = soup(visit.browser.get("/screens/"))

    link = one(page, ".tile a.primary")
    answer = visit.browser.get(str(link["href"]))

    assert link.text == "Connect"
    assert answer.location == f"{visit.ferry.activate_url}?pim_url=http%3A%2F%2Flocalhost"


def test_who_may_only_open_apps_finds_no_way_to_connect_one():
    visit = Visit().log_in("peter")

    home = visit.browser.get("/screens/")
    direct = visit.browser.get(f"/screens/apps/{CLIENT_ID}/open")

    assert soup(home).select(".tile a.primary") == []
    assert direct.status_code == 403


def test_a_connected_app_can_be_opened_by_both(visit):
    visit.connected()
    visit.log_in("peter")

    link = one(soup(visit.browser.get("/screens/")), ".tile a.primary")

    assert link.text == "Open app"
    assert visit.browser.get(str(link["href"])).location.startswith(visit.ferry.activate_url)


def test_the_wizard_asks_step_by_step(visit):
    visit.authorize(scope="read_products openid profile")

    first = visit.browser.get(f"/screens/consent/{CLIENT_ID}")
    second = visit.consent("next")
    last = one(soup(second), "form")

    assert "Your first and last name" in text_of(first)
    assert "View products" in text_of(second)
    assert len(last.select('input[name="consent"][value="on"]')) == 1
    assert last["action"] == f"/screens/consent/{CLIENT_ID}"


def test_disconnecting_asks_first(visit, catalog):
    path = f"/screens/apps/{CLIENT_ID}/disconnect"

    question = visit.browser.get(path)
    still_connected = visit.ferry.connected
    visit.browser.post(path)

    assert "its catalog is deleted" in text_of(question)
    assert still_connected
    assert not visit.ferry.connected
    assert visit.pim.catalogs == {}


def test_a_custom_app_gets_an_id_and_a_secret(visit):
    form = {"name": "Other", "activate_url": "http://a.test/x", "callback_url": "http://a.test/y"}

    answer = visit.browser.post("/screens/apps/new", data=form)

    page = visit.browser.get(answer.location)
    other = list(visit.pim.apps.values())[-1]
    assert other.name == "Other"
    assert other.client_id in page.text
    assert other.client_secret in page.text


def test_a_custom_app_needs_a_name_and_addresses(visit):
    answer = visit.browser.post("/screens/apps/new", data={"name": "x", "activate_url": "here"})

    assert answer.status_code == 422
    assert "The name needs 3 to 255 characters." in text_of(answer)
    assert text_of(answer).count("This is not a web address.") == 2
    assert list(visit.pim.apps) == [CLIENT_ID]


def test_a_pim_has_at_most_twenty_custom_apps(visit):
    form = {"name": "Other", "activate_url": "http://a.test/x", "callback_url": "http://a.test/y"}

    answers = [visit.browser.post("/screens/apps/new", data=form) for _ in range(20)]

    assert [answer.status_code for answer in answers] == [302] * 19 + [422]
    assert "A PIM has at most 20 custom apps." in text_of(answers[-1])


def test_a_new_secret_ends_the_old_one(visit):
    old = visit.ferry.client_secret
    code = visit.connect()

    visit.browser.post(f"/screens/apps/{CLIENT_ID}/secret")

    new = visit.ferry.client_secret
    assert new != old
    assert visit.exchange(code).json == {"error": "invalid_client"}
    assert visit.browser.post(TOKEN, data=token_form(code, new)).status_code == 200
    assert new in visit.browser.get(f"/screens/apps/{CLIENT_ID}").text


def test_only_a_manager_makes_a_new_secret():
    visit = Visit().log_in("peter")
    old = visit.ferry.client_secret

    answer = visit.browser.post(f"/screens/apps/{CLIENT_ID}/secret")

    assert answer.status_code == 403
    assert visit.ferry.client_secret == old


@pytest.mark.parametrize("path", ["/screens/nothing", "/shop/nothing", "/nothing"])
def test_an_unknown_page_is_told_in_the_sandboxs_own_way(visit, path):
    answer = visit.browser.get(path)

    assert answer.status_code == 404
    assert one(soup(answer), "h1").text == "Not found"
    assert one(soup(answer), "main a")["href"] == "/screens/"


def test_a_form_from_another_site_is_refused(visit):
    visit.connected()

    answer = visit.browser.post(
        f"/screens/apps/{CLIENT_ID}/disconnect", headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert answer.status_code == 403
    assert visit.ferry.connected


class TestCatalog:
    def test_it_is_for_managers(self, visit, catalog):
        visit.log_in("peter")

        assert visit.browser.get(SCREEN).status_code == 403
        assert save(visit, enabled="on").status_code == 403
        assert not catalog.enabled

    def test_it_shows_every_target_with_its_help(self, visit, catalog):
        page = visit.browser.get(SCREEN)

        rows = [label["for"] for label in soup(page).select(".map th label")]
        assert rows == ["name", "weight", "price", "text"]
        assert "What customers read." in text_of(page)

    def test_saving_without_a_required_source_saves_nothing(self, visit, catalog):
        answer = save(visit, enabled="on", **{"weight.source": "weight"})

        assert answer.status_code == 422
        assert one(soup(answer), "#name_problem").text == "The source is required."
        assert one(soup(answer), '#weight option[value="weight"]').has_attr("selected")
        assert not catalog.enabled
        assert catalog.mapping == {}

    def test_saving_keeps_what_was_chosen_and_fills_in_the_rest(self, visit, catalog):
        answer = save(
            visit,
            enabled="on",
            **{
                "name.source": "name",
                "name.locale": "fr_FR",
                "weight.source": "weight",
                "weight.unit": "GRAM",
                "price.source": "price",
                "text.source": "description",
            },
        )

        assert answer.status_code == 302
        assert catalog.enabled
        assert {code: catalog.mapping[code] for code in ("name", "weight", "price", "text")} == {
            "name": Source("name", "fr_FR"),
            "weight": Source("weight", parameters={"unit": "GRAM"}),
            "price": Source("price", parameters={"currency": "EUR"}),
            "text": Source("description", "en_US", "ecommerce"),
        }

    def test_a_source_of_another_type_is_refused(self, visit, catalog):
        answer = save(visit, **{"name.source": "name", "weight.source": "name"})

        assert answer.status_code == 422
        assert one(soup(answer), "#weight_problem").text == "This source does not fit the target."

    def test_mapping_automatically_and_saving_again_changes_nothing(self, visit, catalog):
        save(visit, "auto-map", enabled="on")
        mapped = dict(catalog.mapping)

        page = soup(visit.browser.get(SCREEN))
        fields = {
            str(select["name"]): one(page, f'[name="{select["name"]}"] [selected]')["value"]
            for select in page.select(".map select")
        }
        answer = save(visit, enabled="on", **fields)

        assert answer.status_code == 302
        assert mapped["name"] == Source("name", "en_US")
        assert catalog.mapping == mapped
        assert catalog.enabled

    def test_the_selection_is_saved(self, visit, catalog):
        family, category = "t_shirts", "clothing"

        save(
            visit,
            families=[family],
            categories=[category],
            subcategories="on",
            **{"name.source": "name"},
        )

        assert catalog.criteria == [
            Criterion("enabled", "=", True),
            Criterion("family", "IN", [family]),
            Criterion("category", "IN CHILDREN", [category]),
        ]
        page = soup(visit.browser.get(SCREEN))
        assert one(page, f'input[value="{family}"]').has_attr("checked")
        assert one(page, f'[name="categories"] [value="{category}"]').has_attr("selected")

    def test_an_unknown_family_is_refused(self, visit, catalog):
        answer = save(visit, families=["boats"], **{"name.source": "name"})

        assert answer.status_code == 422
        assert catalog.criteria == [Criterion("enabled", "=", True)]

    def test_a_catalog_without_a_schema_has_nothing_to_map(self, visit, catalog):
        catalog.schema = None

        answer = save(visit, enabled="on")

        assert answer.status_code == 302
        assert catalog.enabled
        assert "nothing to map" in text_of(visit.browser.get(SCREEN))

    def test_an_unknown_catalog_is_not_found(self, visit):
        assert visit.browser.get(SCREEN).status_code == 404
