"""Many resources in one call (pim-contract.md 3.5)."""

import json

import pytest

from sandbox.faults import Fault
from tests.sandbox.api import json_of
from tests.sandbox.writes import COLLECTION, Writer, value

PRODUCTS = "/products-uuid"
NEW = "00000000-0000-4000-8000-00000000000a"


@pytest.fixture
def api():
    return Writer()


def named(api, number):
    return [p.uuid for p in list(api.pim.assortment.products_after())[:number]]


def test_each_line_has_its_own_answer_in_order(api):
    [uuid] = named(api, 1)

    answers = api.lines(
        PRODUCTS,
        {"uuid": uuid, "values": {"ean": value("1")}},
        {"uuid": uuid, "values": {"color": value("nonsense")}},
        {"uuid": NEW, "family": "mugs", "values": {"sku": value("NEW-1")}},
        {"uuid": uuid, "nonsense": 1},
    )

    assert answers == [
        {"line": 1, "uuid": uuid, "status_code": 204},
        {
            "line": 2,
            "uuid": uuid,
            "status_code": 422,
            "message": "Validation failed.",
            "errors": [
                {
                    "property": "values",
                    "message": "The nonsense value is not in the color attribute option list.",
                    "attribute": "color",
                    "locale": None,
                    "scope": None,
                }
            ],
        },
        {"line": 3, "uuid": NEW, "status_code": 201},
        {
            "line": 4,
            "uuid": uuid,
            "status_code": 422,
            "message": 'Property "nonsense" does not exist. Check the expected format on the API '
            "documentation.",
            "_links": {
                "documentation": {
                    "href": "http://api.akeneo.com/api-reference.html#patch_products_uuid__uuid_"
                }
            },
        },
    ]
    assert api.product(uuid)["values"]["ean"][0]["data"] == "1"


def test_what_is_no_resource_is_refused_by_its_line_alone(api):
    [uuid] = named(api, 1)

    answers = api.lines(
        PRODUCTS,
        "{",
        "",
        "[]",
        {"uuid": 7},
        {"enabled": True},
        {"uuid": " "},
        json.dumps({"uuid": uuid, "values": {"ean": value("x" * 1_000_001)}}),
        {"uuid": uuid, "values": {"ean": value("2")}},
    )

    invalid = {"status_code": 400, "message": "Invalid json message received"}
    missing = {"status_code": 422, "message": "Uuid is missing."}
    assert answers == [
        {"line": 1, **invalid},
        {"line": 2, **invalid},
        {"line": 3, **invalid},
        {"line": 4, "status_code": 422, "message": "uuid must be of type string."},
        {"line": 5, **missing},
        {"line": 6, **missing},
        {"line": 7, "status_code": 413, "message": "Line is too long."},
        {"line": 8, "uuid": uuid, "status_code": 204},
    ]


def test_of_101_lines_none_is_written(api):
    uuids = named(api, 60)
    lines = [json.dumps({"uuid": uuids[n % 60], "enabled": False}) for n in range(101)]

    answer = api.call(
        "PATCH", PRODUCTS, data="\n".join(lines), headers={"Content-Type": COLLECTION}
    )

    assert answer.status_code == 413
    assert answer.json == {
        "code": 413,
        "message": "Too many resources to process, 100 is the maximum allowed.",
    }
    assert not any(
        p.edits or p.updated == api.pim.clock() for p in map(api.pim.assortment.product, uuids)
    )
    assert len(api.lines(PRODUCTS, *lines[:100])) == 100


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"Content-Type": "application/json"}, f'Only "{COLLECTION}" is allowed.'),
        ({}, f'"{COLLECTION}" has to be specified'),
    ],
)
def test_another_content_type_is_refused(api, headers, said):
    answer = api.call("PATCH", PRODUCTS, data="{}", headers=headers)

    assert answer.status_code == 415
    assert said in answer.json["message"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (PRODUCTS, "create or update products."),
        ("/product-models", "create or update product models."),
        ("/attributes/color/options", "create or update attribute options."),
        ("/attributes", "create or update attributes."),
        ("/families", "create or update families."),
        ("/attribute-groups", "create or update attribute groups."),
    ],
)
def test_who_may_only_read_writes_nothing(path, said):
    api = Writer(20, scopes={"read_products", "read_catalog_structure", "read_attribute_options"})

    answer = api.call("PATCH", path, data="{}", headers={"Content-Type": COLLECTION})

    assert answer.status_code == 403
    assert json_of(answer)["message"] == f"Access forbidden. You are not allowed to {said}"


def test_some_pims_have_the_status_of_a_refused_product_under_another_name(api):
    [uuid] = named(api, 1)
    api.pim.line_status_name = "code"

    answers = api.lines(PRODUCTS, {"uuid": uuid, "nonsense": 1}, {"uuid": uuid})

    assert answers[0]["code"] == 422
    assert "status_code" not in answers[0]
    assert answers[1]["status_code"] == 204


class TestFaults:
    def write(self, api, count=4):
        uuids = named(api, count)
        return uuids, api.lines(
            PRODUCTS, *({"uuid": uuid, "values": {"ean": value("9")}} for uuid in uuids)
        )

    def written(self, api, uuids):
        return [u for u in uuids if api.product(u)["values"]["ean"][0]["data"] == "9"]

    def test_the_answers_break_off_with_the_work(self, api):
        api.pim.faults.add(Fault("lines-cut", "products-uuid"))

        uuids, answers = self.write(api)

        assert [each["line"] for each in answers] == [1, 2]
        assert self.written(api, uuids) == uuids[:2]

    def test_one_line_is_refused(self, api):
        api.pim.faults.add(Fault("line-422", "products-uuid"))

        uuids, answers = self.write(api, 3)

        assert [each["status_code"] for each in answers] == [204, 422, 204]
        assert self.written(api, uuids) == [uuids[0], uuids[2]]

    @pytest.mark.parametrize(
        ("kind", "status", "is_done"),
        [("413", 413, False), ("429", 429, False), ("500", 500, False), ("500-after", 500, True)],
    )
    def test_the_call_fails_before_or_after_the_work(self, api, kind, status, is_done):
        [uuid] = named(api, 1)
        api.pim.faults.add(Fault(kind, "products-uuid"))

        answer = api.patch(f"{PRODUCTS}/{uuid}", values={"ean": value("9")})

        assert answer.status_code == status
        assert self.written(api, [uuid]) == [uuid] * is_done

    def test_the_answer_comes_late_and_the_work_is_done(self, api):
        [uuid] = named(api, 1)
        api.pim.faults.add(Fault("late", "products-uuid", seconds=0))

        answer = api.patch(f"{PRODUCTS}/{uuid}", values={"ean": value("9")})

        assert answer.status_code == 204
        assert api.pim.faults.waiting() == []
        assert self.written(api, [uuid]) == [uuid]
