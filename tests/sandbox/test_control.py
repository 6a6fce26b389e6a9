"""The control page and its JSON."""

import pytest

from sandbox.state import CLIENT_ID, Catalog, Criterion
from tests.sandbox.visits import TOKEN, Visit, one, soup, text_of, token_form

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


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "flood"},
        {"kind": ["500"]},
        {"kind": "500", "times": "x"},
        {"kind": "500", "times": 0},
        {"kind": "500", "after": -1},
        {"kind": "slow", "seconds": 3601},
        {"kind": "500", "path": "("},
        {"kind": "500", "nonsense": 1},
    ],
)
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


def test_an_app_gets_a_new_secret_and_keeps_its_token(visit):
    old, token = visit.ferry.client_secret, visit.ferry.token

    answer = post(visit, "regenerate-secret", {"client_id": CLIENT_ID})

    assert answer.json == {"client_id": CLIENT_ID, "client_secret": visit.ferry.client_secret}
    assert visit.ferry.client_secret != old
    assert visit.ferry.token == token
    code = visit.log_in().connect("write_catalogs")
    assert visit.exchange(code).json == {"error": "invalid_client"}
    with_new_one = token_form(code, answer.json["client_secret"])
    assert visit.browser.post(TOKEN, data=with_new_one).status_code == 200


def test_the_page_makes_a_new_secret_and_shows_it(visit):
    form = one(soup(visit.browser.get("/sandbox/")), f'button[formaction][value="{CLIENT_ID}"]')

    visit.browser.post(form["formaction"], data={"client_id": CLIENT_ID})

    shown = text_of(visit.browser.get("/sandbox/"))
    assert f"The new secret of Ferry is {visit.ferry.client_secret}" in shown


@pytest.mark.parametrize("client_id", ["nobody", "", 5, None])
def test_nobodys_secret_is_not_renewed(visit, client_id):
    old = visit.ferry.client_secret

    assert post(visit, "regenerate-secret", {"client_id": client_id}).status_code == 404
    assert visit.ferry.client_secret == old


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
            ({"attribute": "name", "data": "New"}, 422),
            ({"attribute": "name", "data": "New", "locale": "es_ES"}, 422),
            ({"attribute": "sku", "data": "X-1", "locale": "en_US"}, 422),
            ({"attribute": "description", "data": "x", "locale": "fr_FR", "scope": "print"}, 422),
            ({"attribute": "sku", "data": 1}, 422),
            ({"attribute": "color", "data": "nonsense"}, 422),
            ({"attribute": "materials", "data": "cotton"}, 422),
            ({"attribute": "is_new", "data": "yes"}, 422),
            ({"attribute": "delivery_days", "data": 1.5}, 422),
            ({"attribute": "weight", "data": {"amount": 1, "unit": "METER"}}, 422),
            ({"attribute": "price", "data": [{"amount": 1, "currency": "CHF"}]}, 422),
            ({"attribute": "release_date", "data": "soon"}, 422),
            ({"attribute": "image", "data": "nonsense.png"}, 422),
        ],
    )
    def test_nonsense_is_refused_in_words(self, visit, product, body, status):
        answer = post(visit, f"products/{product.uuid}", body)

        assert answer.status_code == status
        assert answer.json["error"]

    @pytest.mark.parametrize(
        ("attribute", "data", "stored"),
        [
            ("sku", "X-1", "X-1"),
            ("is_new", False, False),
            ("delivery_days", 3, 3),
            ("color", "red", "red"),
            ("materials", ["linen", "cotton", "linen"], ["cotton", "linen"]),
            (
                "weight",
                {"amount": 250, "unit": "GRAM"},
                {"amount": "250.0000", "unit": "GRAM", "symbol": "g"},
            ),
            (
                "price",
                [{"amount": 9.5, "currency": "USD"}, {"amount": "9", "currency": "EUR"}],
                [{"amount": "9.00", "currency": "EUR"}, {"amount": "9.50", "currency": "USD"}],
            ),
            ("release_date", "2025-03-01", "2025-03-01T00:00:00+00:00"),
            ("name", None, None),
        ],
    )
    def test_data_are_stored_as_the_pim_has_them(self, visit, product, attribute, data, stored):
        locale = "en_US" if attribute == "name" else None
        body = {"attribute": attribute, "data": data, "locale": locale}

        answer = post(visit, f"products/{product.uuid}", body)

        assert answer.json == {"uuid": product.uuid, "identifier": product.identifier}
        assert product.edits == {(attribute, locale, None): stored}

    def test_the_page_renames_disables_and_deletes_by_sku(self, visit, product):
        def send(**fields):
            form = {"product": product.identifier, "attribute": "name", "locale": "en_US"}
            return visit.browser.post("/sandbox/products", data=form | fields)

        send(data="New")
        send(data="", enabled="false")
        was_enabled = product.enabled
        answer = send(data="", delete="true")

        assert product.edits == {("name", "en_US", None): "New"}
        assert not was_enabled
        assert answer.location == "/sandbox/"
        assert visit.pim.assortment.find_product(product.identifier) is None
        assert f"{product.identifier} is deleted." in text_of(visit.browser.get("/sandbox/"))

    def test_a_model_is_edited(self, visit):
        code = next(iter(visit.pim.assortment.models))
        body = {"attribute": "name", "data": "New", "locale": "en_US"}

        answer = post(visit, f"models/{code}", body)

        assert answer.json == {"code": code}
        assert visit.pim.assortment.models[code].edits == {("name", "en_US", None): "New"}
        assert post(visit, "models/nope", body).status_code == 404

    def test_products_and_models_are_shown_with_their_values(self, visit, product):
        code = next(iter(visit.pim.assortment.models))
        body = {"attribute": "name", "data": "New", "locale": "en_US"}
        post(visit, f"products/{product.uuid}", body)

        by_uuid = visit.browser.get(f"/sandbox/products/{product.uuid}").json
        by_sku = visit.browser.get(f"/sandbox/products/{product.identifier}").json
        model = visit.browser.get(f"/sandbox/models/{code}").json

        assert by_uuid == by_sku
        assert {e["locale"]: e["data"] for e in by_uuid["values"]["name"]}["en_US"] == "New"
        assert model["code"] == code
        assert visit.browser.get("/sandbox/products/nope").status_code == 404
        assert visit.browser.get("/sandbox/models/nope").status_code == 404

    def test_a_product_is_found_by_the_sku_that_it_is_given(self, visit, product):
        old = product.identifier

        post(visit, f"products/{old}", {"attribute": "sku", "data": "OTHER"})

        assert visit.browser.get("/sandbox/products/OTHER").json["uuid"] == product.uuid
        assert visit.browser.get(f"/sandbox/products/{old}").status_code == 404

    def test_an_unknown_product_is_not_found(self, visit):
        assert post(visit, "products/nope", {"delete": True}).status_code == 404


class TestPim:
    SETTINGS = {
        "catalog_limit": 200,
        "disabled_answer": "error",
        "put_schema_status": 200,
        "schema_versions": [],
        "relative_links": False,
        "inline_variants": False,
        "axis_values_name": "variation_axes_values",
        "unknown_scopes": [],
        "latency_ms": 0,
        "assets": False,
        "line_status_name": "status_code",
        "wrong_level": "refused",
        "option_writes_per_second": 3,
    }

    def test_what_is_given_is_set_and_the_rest_stays(self, visit):
        before = visit.browser.get("/sandbox/pim").json
        changes = {"put_schema_status": 201, "unknown_scopes": ["read_assets"], "latency_ms": 5}

        answer = post(visit, "pim", changes)

        assert before == self.SETTINGS
        assert answer.json == self.SETTINGS | changes
        assert (visit.pim.put_schema_status, visit.pim.latency) == (201, 0.005)
        assert visit.pim.unknown_scopes == {"read_assets"}

    def test_the_page_sets_all_of_it(self, visit):
        page = soup(visit.browser.get("/sandbox/"))
        form = next(f for f in page.select("form") if f["action"] == "/sandbox/pim")
        names = {field["name"] for field in form.select("[name]")}
        fields = {
            "catalog_limit": "3",
            "disabled_answer": "message",
            "put_schema_status": "201",
            "schema_versions": "1.0.0 1.0.1",
            "relative_links": "true",
            "inline_variants": "true",
            "axis_values_name": "variant_axes_values",
            "unknown_scopes": "read_assets write_assets",
            "latency_ms": "7",
            "assets": "true",
            "line_status_name": "code",
            "wrong_level": "ignored",
            "option_writes_per_second": "0",
        }

        answer = visit.browser.post("/sandbox/pim", data=fields)

        assert names == fields.keys() == self.SETTINGS.keys()
        assert answer.location == "/sandbox/"
        assert visit.browser.get("/sandbox/pim").json == {
            "catalog_limit": 3,
            "disabled_answer": "message",
            "put_schema_status": 201,
            "schema_versions": ["1.0.0", "1.0.1"],
            "relative_links": True,
            "inline_variants": True,
            "axis_values_name": "variant_axes_values",
            "unknown_scopes": ["read_assets", "write_assets"],
            "latency_ms": 7,
            "assets": True,
            "line_status_name": "code",
            "wrong_level": "ignored",
            "option_writes_per_second": 0,
        }

    @pytest.mark.parametrize(
        "body",
        [
            {"catalog_limit": -1},
            {"catalog_limit": "3"},
            {"disabled_answer": "loudly"},
            {"disabled_answer": []},
            {"put_schema_status": 204},
            {"schema_versions": ["9.9.9"]},
            {"schema_versions": "1.0.3"},
            {"relative_links": "yes"},
            {"unknown_scopes": ["openid"]},
            {"unknown_scopes": "read_assets"},
            {"latency_ms": 60_001},
            {"assets": "yes"},
            {"line_status_name": "status"},
            {"wrong_level": []},
            {"option_writes_per_second": -1},
            {"nonsense": 1},
        ],
    )
    def test_nonsense_is_refused_in_words_and_changes_nothing(self, visit, body):
        answer = post(visit, "pim", body | {"catalog_limit": body.get("catalog_limit", 5)})

        assert answer.status_code == 422
        assert answer.json["error"]
        assert visit.browser.get("/sandbox/pim").json == self.SETTINGS

    def test_a_new_schema_is_answered_with_the_status_that_is_set(self, visit):
        post(visit, "pim", {"put_schema_status": 201})
        schema = {
            "$schema": "https://api.akeneo.com/mapping/product/1.0.3/schema",
            "type": "object",
            "properties": {"uuid": {"type": "string"}},
        }

        answer = visit.browser.put(
            f"/api/rest/v1/catalogs/{CATALOG}/mapping-schemas/product",
            json=schema,
            headers={"Authorization": f"Bearer {visit.ferry.token}"},
        )

        assert (answer.status_code, answer.json) == (201, schema)


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
