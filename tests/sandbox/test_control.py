"""The control page and its JSON."""

import pytest

from sandbox.state import CLIENT_ID, Catalog, Criterion
from tests.sandbox.visits import Visit, soup, text_of

CATALOG = "c0ffee00-0000-4000-8000-000000000000"
SCHEMA = {
    "type": "object",
    "properties": {
        "uuid": {"type": "string"},
        "name": {"type": "string"},
        "photo": {"type": "object"},
    },
    "required": ["uuid", "name"],
}


@pytest.fixture
def visit():
    visit = Visit().log_in()
    visit.connected("write_catalogs")
    visit.pim.catalogs[CATALOG] = Catalog(CATALOG, "Shop", CLIENT_ID, schema=dict(SCHEMA))
    visit.browser = visit.app.test_client()  # nobody is logged in
    return visit


def post(visit, path, body=None):
    return visit.browser.post(f"/sandbox/{path}", json=body)


def test_a_fault_is_armed_listed_and_cleared(visit):
    fault = {"kind": "429", "path": "/products", "times": 2, "after": 1, "retry_after": 7}

    armed = post(visit, "faults", fault)
    listed = visit.browser.get("/sandbox/faults").json
    visit.browser.delete("/sandbox/faults")

    assert armed.status_code == 200
    assert listed == [fault | {"seconds": 1.0}]
    assert visit.pim.faults.waiting() == []


@pytest.mark.parametrize("body", [{"kind": "flood"}, {"kind": "500", "times": "x"}, {}])
def test_an_unknown_fault_is_refused_in_words(visit, body):
    answer = post(visit, "faults", body)

    assert answer.status_code == 422
    assert answer.json["error"].endswith(".")
    assert visit.pim.faults.waiting() == []


def test_the_page_arms_faults_with_its_buttons(visit):
    form = {"kind": "slow", "path": "^/api/rest/", "times": "3", "after": "0", "seconds": "2.5"}

    answer = visit.browser.post("/sandbox/faults", data=form)

    assert answer.location == "/sandbox/"
    (fault,) = visit.pim.faults.waiting()
    assert (fault["kind"], fault["times"], fault["seconds"]) == ("slow", 3, 2.5)
    assert "The fault waits for its call." in text_of(visit.browser.get("/sandbox/"))


def test_every_kind_of_fault_has_a_button(visit):
    page = soup(visit.browser.get("/sandbox/"))

    buttons = {button["value"] for button in page.select(".faults button")}
    assert {"429", "429-bare", "500", "html", "slow", "cut", "early-end"} <= buttons


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Host": "evil.example"},
    ],
)
def test_other_sites_may_not_send_anything(visit, headers):
    answer = visit.browser.post("/sandbox/disconnect", data={}, headers=headers)

    assert answer.status_code == 403
    assert visit.ferry.connected


def test_an_app_is_disconnected(visit):
    token = visit.ferry.token

    post(visit, "disconnect", {"client_id": CLIENT_ID})
    again = post(visit, "disconnect", {"client_id": CLIENT_ID})

    assert not visit.ferry.connected
    assert token in visit.pim.revoked_tokens
    assert again.status_code == 404


def test_an_unknown_form_of_the_key_is_refused(visit):
    assert post(visit, "key-format", {"format": "jwk"}).status_code == 422


class TestCatalogs:
    def test_one_call_selects_maps_and_enables(self, visit):
        body = {
            "enabled": True,
            "auto_map": True,
            "criteria": [{"field": "family", "operator": "IN", "value": ["t_shirts"]}],
        }

        answer = post(visit, f"catalogs/{CATALOG}", body)

        catalog = visit.pim.catalogs[CATALOG]
        assert answer.json["enabled"] is True
        assert catalog.criteria == [Criterion("family", "IN", ["t_shirts"])]
        assert catalog.mapping["name"].source == "name"
        assert visit.browser.get("/sandbox/catalogs").json == [answer.json]

    def test_enabling_needs_the_required_sources(self, visit):
        answer = post(visit, f"catalogs/{CATALOG}", {"enabled": True})

        assert answer.status_code == 422
        assert answer.json["problems"] == {"name": "The source is required."}
        assert not visit.pim.catalogs[CATALOG].enabled

    def test_disabling_needs_nothing(self, visit):
        visit.pim.catalogs[CATALOG].enabled = True

        answer = post(visit, f"catalogs/{CATALOG}", {"enabled": False})

        assert answer.json["enabled"] is False

    @pytest.mark.parametrize(
        "body",
        [
            {"criteria": "all"},
            {"criteria": [{"field": "family"}]},
            {"criteria": [{"field": "mood", "operator": "=", "value": "good"}]},
            {"criteria": [{"field": "enabled", "operator": "=", "value": True}] * 26},
            {"enabled": "yes"},
            {"nonsense": 1},
        ],
    )
    def test_nonsense_is_refused_in_words(self, visit, body):
        answer = post(visit, f"catalogs/{CATALOG}", body)

        assert answer.status_code == 422
        assert answer.json["error"]

    def test_an_unknown_catalog_is_not_found(self, visit):
        assert post(visit, "catalogs/nope", {"enabled": True}).status_code == 404
        assert visit.browser.get("/sandbox/catalogs/nope").status_code == 404

    def test_it_tells_what_the_selection_holds(self, visit):
        catalog = visit.pim.catalogs[CATALOG]
        catalog.criteria = [Criterion("family", "IN", ["t_shirts"])]

        answer = visit.browser.get(f"/sandbox/catalogs/{CATALOG}")

        assert answer.json["uuids"] == [p.uuid for p in visit.pim.listed_products(catalog)]
        assert 0 < len(answer.json["uuids"]) < len(visit.pim.assortment)


class TestProducts:
    @pytest.fixture
    def product(self, visit):
        return next(visit.pim.assortment.products_after())

    def test_a_value_is_edited(self, visit, product):
        body = {"attribute": "name", "data": "New", "locale": "en_US", "scope": None}

        answer = post(visit, f"products/{product.uuid}", body)

        assert answer.status_code == 200
        assert product.edits == {("name", "en_US", None): "New"}
        assert product.updated == visit.clock.now

    def test_a_product_is_disabled_and_deleted(self, visit, product):
        post(visit, f"products/{product.uuid}", {"enabled": False})
        was_enabled = product.enabled
        post(visit, f"products/{product.uuid}", {"delete": True})

        assert not was_enabled
        assert product.uuid not in {p.uuid for p in visit.pim.assortment.products_after()}

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({}, 422),
            ({"attribute": "name"}, 422),
            ({"attribute": "nonsense", "data": 1}, 404),
            ({"nonsense": 1}, 422),
        ],
    )
    def test_nonsense_is_refused_in_words(self, visit, product, body, status):
        answer = post(visit, f"products/{product.uuid}", body)

        assert answer.status_code == status
        assert answer.json["error"]

    def test_an_unknown_product_is_not_found(self, visit):
        assert post(visit, "products/nope", {"delete": True}).status_code == 404


def test_the_counters_start_again(visit):
    before = visit.browser.get("/sandbox/stats").json
    visit.browser.delete("/sandbox/stats")

    assert before["requests"] == {"POST /connect/apps/v1/oauth2/token": 1}
    assert visit.browser.get("/sandbox/stats").json["total"] == 0


def test_the_shop_is_told_what_to_refuse_and_emptied(visit):
    post(visit, "shop", {"reject": ["a", "b"], "secret": "hush"})
    by_form = visit.browser.post("/sandbox/shop", data={"reject": "c  d"})

    assert by_form.status_code == 302
    assert visit.shop.reject == {"c", "d"}
    assert visit.shop.secret == "hush"


def test_the_list_of_refused_products_can_be_cleared_on_the_page(visit):
    visit.shop.reject = {"a"}

    visit.browser.post("/sandbox/shop", data={"reject": ""})

    assert visit.shop.reject == set()


def test_a_body_that_is_no_json_is_refused(visit):
    answer = visit.browser.post("/sandbox/faults", data="{", content_type="application/json")

    assert answer.status_code == 400
