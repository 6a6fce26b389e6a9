"""Files that apps send: for values, and for assets (pim-contract.md 3.10)."""

import io
import json

import pytest

from tests.sandbox.api import json_of
from tests.sandbox.writes import WRITING, Writer, messages, value

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
FAMILY = "product_pictures"
ASSETS = f"/asset-families/{FAMILY}/assets"


@pytest.fixture
def api():
    api = Writer(40, WRITING | {"write_assets", "read_asset_families"})
    api.pim.add_assets()
    return api


def send(api, path="/media-files", name="front.png", data=PNG, **fields):
    form = {
        key: json.dumps(text) if isinstance(text, dict) else text for key, text in fields.items()
    }
    return api.call("POST", path, data={**form, "file": (io.BytesIO(data), name)})


def code_of(answer):
    return answer.headers["Location"].partition("/media-files/")[2]


def about(identifier, attribute="image", **more):
    return {"identifier": identifier, "attribute": attribute, "locale": None, "scope": None} | more


class TestMediaFiles:
    def test_a_file_becomes_the_value_at_once(self, api):
        product = api.simple()

        answer = send(api, product=about(product.identifier))

        code = code_of(answer)
        described = json_of(api.get(f"/media-files/{code}"))
        assert (answer.status_code, answer.data) == (201, b"")
        assert api.product(product.uuid)["values"]["image"][0]["data"] == code
        assert (described["original_filename"], described["size"]) == ("front.png", len(PNG))
        assert api.get(f"/media-files/{code}/download").data == PNG
        assert code in [f["code"] for f in api.all("/media-files", limit=100)[0]]

    def test_its_code_is_a_value_for_other_products_and_models(self, api):
        product, other = api.simple(), api.variant(levels=2)
        parent = other.parent
        code = code_of(send(api, product=about(product.identifier)))

        [answer] = api.lines("/product-models", {"code": parent, "values": {"image": value(code)}})

        assert answer["status_code"] == 204
        assert api.product(other.uuid)["values"]["image"][0]["data"] == code

    def test_a_model_has_files_too(self, api):
        model = api.variant(levels=2).parent
        place = {"code": model, "attribute": "image", "locale": None, "scope": None}

        answer = send(api, product_model=place)

        assert api.model(model)["values"]["image"][0]["data"] == code_of(answer)

    def test_the_same_file_sent_twice_is_two(self, api):
        product = api.simple()

        codes = {code_of(send(api, product=about(product.identifier))) for _ in range(2)}

        assert len(codes) == 2

    @pytest.mark.parametrize(
        ("fields", "name", "said"),
        [
            ({}, "a.png", "You should at least give one of the following properties"),
            ({"product": about("SKU"), "product_model": about("SKU")}, "a.png", "You should give"),
            ({"product": about("nope")}, "a.png", 'Product "nope" does not exist.'),
            ({"product": {"identifier": "SKU"}}, "a.png", "Product property must contain"),
            ({"product": about("SKU", "nope")}, "a.png", "The nope attribute does not exist"),
            ({"product": about("SKU", locale="en_US")}, "a.png", "does not require a locale"),
            ({"product": about("SKU")}, "a.txt",
             "The txt file extension is not allowed for the image attribute. Allowed extensions "
             "are png, jpg."),
        ],
    )  # fmt: skip
    def test_what_cannot_be_is_refused_and_not_kept(self, api, fields, name, said):
        product = api.simple()
        before = api.product(product.uuid)
        known = json.loads(json.dumps(fields).replace("SKU", product.identifier))

        answer = send(api, name=name, **known)

        assert answer.status_code == 422
        assert said in messages(answer.json)[0]
        assert api.product(product.uuid) == before
        assert api.pim.assortment.uploads == {}

    def test_a_file_larger_than_the_attribute_allows_is_refused(self, api):
        product = api.simple()

        answer = send(api, data=bytes(10 * 1024 * 1024 + 1), product=about(product.identifier))

        assert messages(answer.json) == [
            "The file is too large (10.00 MB). Allowed maximum size is 10 MB."
        ]

    def test_no_form_and_no_file_are_refused(self, api):
        product = json.dumps(about(api.simple().identifier))

        no_form = api.post("/media-files", product=product)
        no_file = api.call(
            "POST", "/media-files", data={"product": product, "other": (io.BytesIO(b""), "a")}
        )
        no_json = send(api, product="{")

        assert [a.status_code for a in (no_form, no_file, no_json)] == [415, 422, 400]
        assert no_file.json["message"] == 'Property "file" is required.'

    def test_it_needs_the_right_to_write_products(self):
        api = Writer(20, {"read_products"})

        answer = send(api, product=about(api.simple().identifier))

        assert answer.status_code == 403


class TestAssets:
    def upload(self, api, name="front.png"):
        answer = send(api, "/asset-media-files", name)
        assert answer.status_code == 201
        return answer.headers["Asset-media-file-code"]

    def save(self, api, *assets):
        return api.call("PATCH", ASSETS, json=list(assets))

    def test_an_edition_without_assets_does_not_know_them(self):
        api = Writer(20, WRITING | {"write_assets"})

        statuses = {
            api.get("/asset-families").status_code,
            api.get(ASSETS).status_code,
            self.save(api, {"code": "a"}).status_code,
            send(api, "/asset-media-files").status_code,
        }

        assert statuses == {404}

    @pytest.mark.parametrize(
        ("method", "path"),
        [("GET", "/asset-families"), ("GET", ASSETS), ("PATCH", ASSETS), ("PATCH", f"{ASSETS}/a")],
    )
    def test_and_where_it_has_them_they_need_their_scopes(self, method, path):
        api = Writer(20, WRITING)
        api.pim.add_assets()

        answer = api.call(method, path, json=[] if method == "PATCH" else None)

        assert answer.status_code == 403
        assert json_of(answer)["message"].startswith("Access forbidden. You are not allowed to ")

    def test_an_asset_holds_a_file_and_products_hold_the_asset_in_order(self, api):
        product = api.simple()
        file = self.upload(api)

        answer = self.save(
            api,
            {
                "code": "b",
                "values": {
                    "media": [{"locale": None, "channel": None, "data": file}],
                    "alt_text": [{"locale": "fr_FR", "channel": None, "data": "De face"}],
                },
            },
            {"code": "a"},
        )
        [linked] = api.lines(
            "/products-uuid", {"uuid": product.uuid, "values": {"pictures": value(["b", "a"])}}
        )

        asset = json_of(api.get(f"{ASSETS}/b"))
        assert answer.json == [
            {"code": "b", "status_code": 201},
            {"code": "a", "status_code": 201},
        ]
        link = asset["values"]["media"][0]["_links"]["download"]["href"]
        assert link.endswith(f"/asset-media-files/{file}")
        assert api.get(f"/asset-media-files/{file}").data == PNG
        assert linked["status_code"] == 204
        assert api.product(product.uuid)["values"]["pictures"][0]["data"] == ["b", "a"]

    def test_values_are_merged_by_place(self, api):
        alt = [{"locale": loc, "channel": None, "data": loc} for loc in ("fr_FR", "de_DE")]
        self.save(api, {"code": "a", "values": {"alt_text": alt}})

        answer = api.patch(
            f"{ASSETS}/a", values={"alt_text": [{"locale": "fr_FR", "channel": None, "data": None}]}
        )

        assert answer.status_code == 204
        assert json_of(api.get(f"{ASSETS}/a"))["values"] == {"alt_text": alt[1:]}

    def test_a_product_takes_only_assets_that_there_are(self, api):
        product = api.simple()

        [answer] = api.lines(
            "/products-uuid", {"uuid": product.uuid, "values": {"pictures": value(["nope"])}}
        )

        assert '"nope" do not exist' in messages(answer)[0]

    @pytest.mark.parametrize(
        ("asset", "said"),
        [
            ({"code": "a b"}, "only contain letters"),
            ({"code": "a", "nonsense": 1}, "Property 'nonsense' does not exist."),
            ({"code": "a", "values": {"nope": []}}, 'Attribute "nope" does not exist'),
            ({"code": "a", "values": {"alt_text": [
                {"locale": None, "channel": None, "data": "x"}]}}, "A locale is expected"),
            ({"code": "a", "values": {"photographer": [
                {"locale": "en_US", "channel": None, "data": "x"}]}}, "A locale is not expected"),
            ({"code": "a", "values": {"alt_text": [
                {"locale": "it_IT", "channel": None, "data": "x"}]}}, "not activated"),
            ({"code": "a", "values": {"alt_text": [{"locale": "en_US", "scope": None}]}}, "keys"),
            ({"code": "a", "values": {"media": [
                {"locale": None, "channel": None, "data": "nope.png"}]}}, "is not valid"),
            ({"code": "a", "values": {"kind": [
                {"locale": None, "channel": None, "data": "nope"}]}}, "is not valid"),
            ({"code": "a", "values": {"rights_until": [
                {"locale": None, "channel": None, "data": "soon"}]}}, "is not valid"),
            ({"values": {}}, "Code is missing."),
        ],
    )  # fmt: skip
    def test_what_is_no_asset_is_refused_and_its_neighbours_are_not(self, api, asset, said):
        answer = self.save(api, asset, {"code": "good"})

        assert [each["status_code"] for each in answer.json] == [422, 201]
        assert said in messages(answer.json[0])[0]

    def test_at_most_a_hundred_go_at_once(self, api):
        answer = self.save(api, *({"code": f"a{n}"} for n in range(101)))

        assert answer.status_code == 413
        assert json_of(api.get(ASSETS))["_embedded"]["items"] == []

    def test_assets_come_in_pages_and_by_code(self, api):
        for start in (0, 100):
            self.save(api, *({"code": f"a{n:03}"} for n in range(start, start + 100)))
        self.save(api, {"code": "last"})
        search = json.dumps({"code": [{"operator": "IN", "value": ["last", "a007", "nope"]}]})

        items, pages = api.all(ASSETS)
        found, _ = api.all(ASSETS, search=search)

        assert (len(items), pages) == (201, 3)
        assert [each["code"] for each in found] == ["a007", "last"]

    def test_a_family_says_what_its_assets_hold(self, api):
        family = json_of(api.get(f"/asset-families/{FAMILY}"))
        attributes = json_of(api.get(f"/asset-families/{FAMILY}/attributes"))
        options = json_of(api.get(f"/asset-families/{FAMILY}/attributes/kind/options"))

        assert family["attribute_as_main_media"] in [each["code"] for each in attributes]
        assert [each["code"] for each in options] == ["front", "detail", "in_use"]
        assert api.get("/asset-families/nope").status_code == 404
        assert json_of(api.get("/attributes/pictures"))["reference_data_name"] == FAMILY
