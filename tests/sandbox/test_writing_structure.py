"""Options, attributes, their groups and families, written (pim-contract.md 3.9)."""

import json

import pytest

from tests.sandbox.api import json_of
from tests.sandbox.writes import Writer, messages, value

COLORS = "/attributes/color/options"


@pytest.fixture
def api():
    return Writer(30)


def option(api, code, attribute="color"):
    return api.get(f"/attributes/{attribute}/options/{code}").json


class TestOptions:
    def test_options_are_created_and_changed(self, api):
        last = max(o["sort_order"] for o in api.pim.assortment.options["color"].values())

        answers = api.lines(
            COLORS,
            {"code": "mauve", "labels": {"en_US": "Mauve", "fr_FR": "Mauve"}},
            {"code": "mauve", "labels": {"en_US": "Purple", "fr_FR": None}, "sort_order": 3},
            {"code": "ecru"},
        )

        assert [(a["code"], a["status_code"]) for a in answers] == [
            ("mauve", 201),
            ("mauve", 204),
            ("ecru", 201),
        ]
        assert option(api, "mauve") == {
            "code": "mauve",
            "attribute": "color",
            "sort_order": 3,
            "labels": {"en_US": "Purple"},
        }
        assert option(api, "ecru")["sort_order"] == last + 1

    def test_a_product_takes_it_then(self, api):
        product = api.simple()
        body = {"uuid": product.uuid, "values": {"materials": value(["new_one"])}}

        before = api.lines("/products-uuid", body)
        api.lines("/attributes/materials/options", {"code": "new_one"})
        after = api.lines("/products-uuid", body)

        assert [before[0]["status_code"], after[0]["status_code"]] == [422, 204]

    def test_one_by_one(self, api):
        created = api.post(COLORS, code="mauve", labels={"en_US": "Mauve"})
        again = api.post(COLORS, code="mauve")
        changed = api.patch(f"{COLORS}/mauve", labels={"de_DE": "Malve"})

        assert [a.status_code for a in (created, again, changed)] == [201, 422, 204]
        assert created.headers["Location"].endswith("/api/rest/v1/attributes/color/options/mauve")
        assert option(api, "mauve")["labels"] == {"en_US": "Mauve", "de_DE": "Malve"}

    @pytest.mark.parametrize(
        ("resource", "said"),
        [
            ({"code": "a-b"}, "Option code may contain only letters (at least one), numbers and"),
            ({"code": "a", "labels": {"xx_XX": "A"}}, 'The locale "xx_XX" does not exist.'),
            ({"code": "a", "labels": "A"}, 'Property "labels" expects an array as data'),
            ({"code": "a", "sort_order": "1"}, 'Property "sort_order" expects an integer'),
            ({"code": "a", "attribute": "size"}, "must match the attribute code"),
            ({"code": "a", "nonsense": 1}, 'Property "nonsense" does not exist.'),
            ({"labels": {}}, "Code is missing."),
        ],
    )
    def test_what_is_no_option_is_refused(self, api, resource, said):
        [answer] = api.lines(COLORS, resource)

        assert answer["status_code"] == 422
        assert said in messages(answer)[0]
        assert "a" not in api.pim.assortment.options["color"]

    @pytest.mark.parametrize("attribute", ["name", "nope"])
    def test_other_attributes_have_none(self, api, attribute):
        answer = api.post(f"/attributes/{attribute}/options", code="a")

        assert answer.status_code == 404

    def test_three_such_calls_a_second_are_taken(self, api):
        statuses = [api.post(COLORS, code=f"c{n}").status_code for n in range(4)]
        refused = api.post(COLORS, code="c9")
        api.pim.option_pace.per_second = 0

        assert statuses == [201, 201, 201, 429]
        assert refused.headers["Retry-After"] == "1"
        assert refused.json["code"] == 429
        assert api.post(COLORS, code="c9").status_code == 201
        assert api.get(COLORS).status_code == 200


class TestAttributes:
    def test_an_attribute_is_created_and_a_family_has_it(self, api):
        product = api.simple()
        family = json_of(api.get(f"/families/{product.family}"))

        answers = [
            *api.lines("/attribute-groups", {"code": "translations", "labels": {"en_US": "T"}}),
            *api.lines(
                "/attributes",
                {
                    "code": "translationStatus",
                    "type": "pim_catalog_simpleselect",
                    "group": "translations",
                    "localizable": True,
                    "is_read_only": True,
                    "labels": {"en_US": "Translation status"},
                },
            ),
            *api.lines("/attributes/translationStatus/options", {"code": "TRANSLATED"}),
            *api.lines(
                "/families",
                {
                    "code": product.family,
                    "attributes": [*family["attributes"], "translationStatus"],
                },
            ),
            *api.lines(
                "/products-uuid",
                {
                    "uuid": product.uuid,
                    "values": {"translationStatus": value("TRANSLATED", "fr_FR")},
                },
            ),
        ]

        attribute = json_of(api.get("/attributes/translationStatus"))
        assert [a["status_code"] for a in answers] == [201, 201, 201, 204, 204]
        assert attribute["localizable"] is attribute["is_read_only"] is True
        assert attribute["group_labels"] == {"en_US": "T"}
        assert api.get("/attribute-groups/translations").json["attributes"] == ["translationStatus"]
        assert "translationStatus" in json_of(api.get(f"/families/{product.family}"))["attributes"]
        assert api.product(product.uuid)["values"]["translationStatus"][0]["data"] == "TRANSLATED"

    def test_what_comes_to_a_family_with_variants_lives_at_its_models(self, api):
        family = json_of(api.get("/families/mugs"))
        model = next(c for c, m in api.pim.assortment.models.items() if m.family == "mugs")
        api.lines("/attributes", {"code": "x", "type": "pim_catalog_text", "group": "general"})

        api.lines("/families", {"code": "mugs", "attributes": [*family["attributes"], "x"]})
        [answer] = api.lines("/product-models", {"code": model, "values": {"x": value("1")}})

        assert answer["status_code"] == 204

    @pytest.mark.parametrize(
        ("resource", "said"),
        [
            ({"code": "x"}, "This value should not be blank."),
            ({"code": "x", "type": "pim_nope", "group": "general"}, 'does not exist, "pim_nope"'),
            ({"code": "x", "type": "pim_catalog_text", "group": "nope"}, 'not exist, "nope" given'),
            ({"code": "x y", "type": "pim_catalog_text", "group": "general"}, "may contain only"),
            ({"code": "x", "type": "pim_catalog_metric", "group": "general"}, "metric family"),
            ({"code": "name", "localizable": False}, "cannot be changed"),
            ({"code": "name", "nonsense": 1}, 'Property "nonsense" does not exist.'),
            ({"code": "name", "max_characters": "many"}, 'Property "max_characters" expects'),
        ],
    )
    def test_what_is_no_attribute_is_refused(self, api, resource, said):
        before = json.dumps(api.pim.assortment.attributes)

        [answer] = api.lines("/attributes", resource)

        assert answer["status_code"] == 422
        assert said in messages(answer)[0]
        assert json.dumps(api.pim.assortment.attributes) == before

    def test_one_by_one(self, api):
        created = api.post("/attributes", code="x", type="pim_catalog_boolean", group="general")
        again = api.post("/attributes", code="x", type="pim_catalog_boolean", group="general")
        changed = api.patch("/attributes/x", labels={"en_US": "X"})
        other = api.patch("/attributes/x", code="y")

        assert [a.status_code for a in (created, again, changed, other)] == [201, 422, 204, 422]
        assert json_of(api.get("/attributes/x"))["labels"] == {"en_US": "X"}

    @pytest.mark.parametrize(
        "resource",
        [
            {"code": "mugs", "attributes": ["nope"]},
            {"code": "mugs", "attributes": "name"},
            {"code": "mugs", "attribute_as_label": "hood"},
            {"code": "mugs", "attribute_requirements": {"shop": []}},
            {"code": "mu gs"},
        ],
    )
    def test_what_is_no_family_is_refused(self, api, resource):
        before = json.dumps(api.pim.assortment.families)

        [answer] = api.lines("/families", resource)

        assert answer["status_code"] == 422
        assert json.dumps(api.pim.assortment.families) == before
