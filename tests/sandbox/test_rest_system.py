"""What the API says about itself, media files, and apps that are made through it."""

import pytest

from tests.sandbox.api import BASE_URL, ROOT, Api, json_of

PNG, PDF = b"\x89PNG\r\n\x1a\n", b"%PDF-"
ADDRESSES = {
    "activate_url": "https://app.example.com/activate",
    "callback_url": "https://app.example.com/callback",
}


class TestSystem:
    def test_the_list_of_endpoints_needs_no_token(self, api):
        answer = api.call("GET", "", headers={"Authorization": None})

        routes = json_of(answer)["routes"].values()
        assert json_of(answer)["host"] == BASE_URL
        assert {"route": f"{ROOT}/catalogs", "methods": ["GET"]} in routes
        assert {"route": f"{ROOT}/products-uuid/{{product_uuid}}", "methods": ["GET"]} in routes
        assert not [route for route in routes if "test-app" in route["route"]]

    def test_the_version_needs_no_scope(self):
        api = Api(products=0, scopes=set())

        assert json_of(api.get("/system-information")).keys() == {"version", "edition"}
        assert json_of(api.get("/system-information"))["edition"] == "Serenity"


class TestMediaFiles:
    @pytest.fixture
    def product(self, api):
        shown, _ = api.all("/products-uuid", limit=100)
        return next(p for p in shown if "manual" in p["values"])

    @pytest.mark.parametrize(
        ("attribute", "kind", "start"),
        [("image", "image/png", PNG), ("manual", "application/pdf", PDF)],
    )
    def test_a_value_leads_to_a_file_that_can_be_looked_at(
        self, api, product, attribute, kind, start
    ):
        code = product["values"][attribute][0]["data"]

        described = json_of(api.get(f"/media-files/{code}"))
        file = api.get(f"/media-files/{code}/download")

        address = f"{BASE_URL}{ROOT}/media-files/{code}"
        assert described == {
            "_links": {"download": {"href": f"{address}/download"}},
            "code": code,
            "original_filename": code.partition("_")[2],
            "mime_type": kind,
            "size": len(file.data),
            "extension": code.rpartition(".")[2],
        }
        assert file.mimetype == kind
        assert file.data.startswith(start)
        assert file.headers["Content-Disposition"].startswith("attachment; filename=")

    def test_bytes_come_whatever_is_accepted(self, api, product):
        code = product["values"]["image"][0]["data"]

        answer = api.call("GET", f"/media-files/{code}/download", headers={"Accept": "image/png"})

        assert answer.status_code == 200

    def test_the_list_has_every_file_that_a_value_names(self):
        api = Api(products=12)
        products, _ = api.all("/products-uuid", limit=100)
        files, _ = api.all("/media-files", limit=100)

        named = {
            entry["data"]
            for product in products
            for attribute in ("image", "image_detail", "manual")
            for entry in product["values"].get(attribute, [])
        }
        assert named <= {file["code"] for file in files}
        assert json_of(api.get("/media-files", with_count="true"))["items_count"] == len(files)

    @pytest.mark.parametrize("path", ["nothing", "a/b/c/d/nothing.png", "nothing/download"])
    def test_an_unknown_file_is_not_found(self, api, path):
        answer = api.get(f"/media-files/{path}")

        code = path.removesuffix("/download")
        assert (answer.status_code, answer.json) == (
            404,
            {"code": 404, "message": f'Media file "{code}" does not exist.'},
        )


class TestApps:
    """`/test-apps`, where a developer makes apps without the screens."""

    def test_an_app_is_made_listed_and_removed(self, api):
        made = api.call("POST", "/test-apps", json={"name": "Another", **ADDRESSES})
        listed = json_of(api.get("/test-apps"))
        removed = api.call("DELETE", f"/test-apps/{made.json['client_id']}")

        assert made.status_code == 201
        assert made.json.keys() == {"client_id", "client_secret"}
        assert listed[-1] == {
            "id": made.json["client_id"],
            "name": "Another",
            "connected": False,
            **ADDRESSES,
        }
        assert removed.status_code == 204
        assert json_of(api.get("/test-apps")) == listed[:-1]

    def test_a_bad_one_is_refused_field_by_field(self, api):
        bad = {
            "name": "x",
            "activate_url": "http://[",
            "callback_url": "https://a.test/" + "x" * 250,
        }

        answer = api.call("POST", "/test-apps", json=bad)

        assert answer.status_code == 422
        assert answer.json == {
            "errors": [
                {"propertyPath": "name", "message": "The name needs 3 to 255 characters."},
                {"propertyPath": "activate_url", "message": "This is not a web address."},
                {
                    "propertyPath": "callback_url",
                    "message": "The address is longer than 255 characters.",
                },
            ]
        }

    def test_twenty_are_as_many_as_a_pim_has(self, api):
        answers = [
            api.call("POST", "/test-apps", json={"name": f"App {number}", **ADDRESSES})
            for number in range(20)
        ]

        assert [answer.status_code for answer in answers] == [201] * 19 + [422]
        assert answers[-1].json == {
            "errors": [{"propertyPath": "", "message": "A PIM has at most 20 custom apps."}]
        }

    def test_an_unknown_one_is_not_found(self, api):
        answer = api.call("DELETE", "/test-apps/nothing")

        assert answer.json == {
            "code": 404,
            "message": "Test app with nothing client_id was not found.",
        }
