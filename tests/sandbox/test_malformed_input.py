"""Whatever arrives at whatever address, the answer is a refusal and not an internal error."""

import json
import re
from typing import Any

import pytest

from sandbox.json_text import read_json
from sandbox.state import CLIENT_ID
from tests.sandbox.api import BASE_URL, SCOPES, Api, flat_schema, json_of
from tests.sandbox.listening import subscriber_body, subscription_body

DEEP = "[" * 3000
# Each of these alone has broken something that reads numbers, JSON, dates, addresses or paths.
TEXTS = ["9" * 5000, DEEP, "http://[", "9999-12-31T23:59:59-14:00", "²"]
PATHS = ["x" * 5000, "../../etc/passwd", "%", "é\x00", "[", "{}", "'\"<script>"]
API_PARAMETERS = [
    *("limit", "page", "with_count", "search", "search_after", "updated_after", "updated_before"),
    *("pagination_type", "attributes", "locales", "scope", "search_locale", "scopes"),
]
PAGE_PARAMETERS = ["to", "error", "next", "q", "state", "client_id", "response_type", "scope[]"]
BODIES = [
    *(text.encode() for text in (*TEXTS, "", "NaN", "null", "[1]", "{")),
    b"\xff\xfe",
    b'{"name": "\\ud800"}',
    b'{"contact": [], "config": [], "events": [[]], "id": [], "client_id": [], "allowed": true}',
    b'{"contact": {"notification_channels": [[]]}, "config": {"url": "http://[", "secret": []}}',
    b'{"name": 1e999}',
    b'{"kind": [], "path": {}, "enabled": 1, "criteria": {}, "format": [], "reject": 1}',
    b'{"name": [], "managed_locales": {}, "managed_currencies": [[]], "$schema": {}}',
    b'{"attribute": "name", "data": {}, "locale": [], "scope": {}, "product": []}',
    b'{"action": "push", "items": [{"key": [], "document": []}]}',
    b'{"search": "{\\"uuid\\": [{\\"operator\\": [], \\"value\\": {}}]}"}',
    b'{"catalog_limit": [], "unknown_scopes": [[]], "disabled_answer": {}, "latency_ms": "x"}',
    b'{"criteria": [{"field": "family", "operator": "IN", "value": [[]]}]}',
    b'{"uuid": "00000000-0000-4000-8000-00000000000a", "values": {"name": [[], {"data": 1}]}}',
    b'{"code": "x", "type": {}, "group": [], "labels": {"en_US": []}, "attributes": [{}]}',
    b'[{"code": "x", "values": {"media": [{"locale": [], "channel": {}, "data": []}]}}, 1]',
    b'--b\r\nContent-Disposition: form-data; name="product"\r\n\r\n{"identifier": []}\r\n--b--',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="\x00"\r\n\r\nx\r\n--b--',
    b"times=x&after=x&seconds=x&activate_url=http://[&unknown_scopes=x&action=%ff",
]
WRITABLE = ("products", "catalog_structure", "attribute_options", "assets", "asset_families")
HEADERS = [
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer \x80"},
    {"Accept": "é"},
    {"Content-Type": "application/json; charset=klingon"},
    {"Content-Type": "multipart/form-data"},
    {"Content-Length": "abc"},
    {"Host": "["},
    {"Origin": "["},
]


class World:
    """A PIM with a mapped catalog, and a manager's browser that carries the app's token."""

    def __init__(self):
        self.api = Api(20, SCOPES | {f"write_{name}" for name in WRITABLE})
        self.api.pim.add_assets()
        self.api.pim.option_pace.per_second = 0
        self.api.app.config["PROPAGATE_EXCEPTIONS"] = True
        assortment = self.api.pim.assortment
        uuid = next(assortment.products_after()).uuid
        catalog = self.api.catalog(schema=flat_schema(name={"type": "string"}), name="sku")
        self.known = {
            "catalog_id": catalog.id,
            "client_id": CLIENT_ID,
            "code": "t_shirts",
            "family": "t_shirts",
            "asset_family": "product_pictures",
            "asset_attribute": "kind",
            "attribute": "color",
            "entity": "brands",
            "model_code": next(iter(assortment.models)),
            **dict.fromkeys(("product_uuid", "key", "name"), uuid),
            "filename": "sandbox.css",
            **self.subscribe(),
        }
        self.browser = self.api.app.test_client()
        self.browser.post("/screens/login", data={"username": "julia", "password": "julia"})

    def subscribe(self):
        """Tick the box of the Event Platform; the ids of a subscriber and of a subscription."""
        self.api.pim.events.allow(CLIENT_ID, True)
        self.headers = {
            "X-PIM-URL": BASE_URL,
            "X-PIM-TOKEN": self.api.token,
            "X-PIM-CLIENT-ID": CLIENT_ID,
        }
        path, ids = "/event-platform/api/v1/subscribers", {}
        for name, body in (
            ("subscriber", subscriber_body()),
            ("subscription", subscription_body()),
        ):
            made = self.api.client.post(path, json=body, headers=self.headers)
            ids[f"{name}_id"] = json_of(made)["id"]
            path += f"/{ids[f'{name}_id']}/subscriptions"
        return ids

    def address(self, rule, filler=None):
        """An address of the rule: its variable parts are things that exist, or all the filler."""
        return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: filler or self.known[part[1]], rule.rule)

    def send(self, method, path, **options):
        """The answer's status; what nobody handles is raised, not answered."""
        token = self.api.pim.apps[CLIENT_ID].token
        headers = {"Authorization": f"Bearer {token}", **self.headers, **options.pop("headers", {})}
        return self.browser.open(path, method=method, headers=headers, **options).status_code


def endpoints():
    """Every address with its methods, but those that take away what the others need, or time."""
    return [
        (rule, method)
        for rule in Api(0).app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if not (method == "DELETE" and rule.arguments)
        and not rule.rule.endswith(("/disconnect", "/logout", "/rotate-key"))
    ]


@pytest.fixture(scope="module")
def world():
    return World()


@pytest.fixture(autouse=True)
def nothing_fails_on_purpose(world):
    yield
    world.api.pim.faults.clear()
    world.api.pim.latency = 0.0


@pytest.mark.parametrize(
    ("rule", "method"), [pytest.param(*each, id=f"{each[1]} {each[0]}") for each in endpoints()]
)
def test_no_address_breaks(world, rule, method):
    path = world.address(rule)
    requests: list[dict[str, Any]] = [{"headers": headers} for headers in HEADERS]
    if method == "GET":
        names = API_PARAMETERS if rule.rule.startswith("/api/") else PAGE_PARAMETERS
        requests += [{"query_string": {name: text}} for text in TEXTS for name in names]
    else:
        types = (
            *("application/json", "application/x-www-form-urlencoded"),
            *("application/vnd.akeneo.collection+json", "multipart/form-data; boundary=b"),
        )
        requests += [{"data": body, "content_type": kind} for body in BODIES for kind in types]

    statuses = {world.send(method, path, **request) for request in requests}
    statuses |= {world.send(method, world.address(rule, part)) for part in PATHS}

    assert max(statuses) < 500


@pytest.mark.parametrize(
    "operator", ["=", ">", "IN", "CONTAINS", "BETWEEN", "SINCE LAST N DAYS", 1, []]
)
@pytest.mark.parametrize(
    "name",
    [
        *("uuid", "family", "parent", "categories", "enabled", "updated", "completeness", "sku"),
        *("name", "is_new", "materials", "release_date", "delivery_days", "weight", "price"),
        *("image", "quality_score"),
    ],
)
def test_no_search_breaks(world, name, operator):
    values: list[Any] = [None, True, 10**30, "", [], [None], [[]], [{}], {}]
    values += [{"amount": "x", "unit": []}, {"amount": 1e300, "currency": "EUR"}]
    values += [["2024-01-01 00:00:00", None]]
    places: list[Any] = [None, [], "en_US"]
    searches = [
        {name: [{"operator": operator, "value": value, "locale": place, "scope": place}]}
        for value in values
        for place in places
    ]

    answers = [
        world.api.get("/products-uuid", search=json.dumps(search), limit=1) for search in searches
    ]

    assert {answer.status_code for answer in answers} <= {200, 422}


@pytest.mark.parametrize(
    "text",
    [
        *("", "{", "NaN", "[Infinity]", "1e999", '"\\ud800"', '{"\\udfff": 1}', DEEP),
        *("[" * 101 + "]" * 101, '{"a":' * 101 + "1" + "}" * 101, "9" * 5000, b'"\xff"'),
    ],
)
def test_what_is_no_json_to_a_pim_is_none_here(text):
    with pytest.raises(ValueError):  # noqa: PT011  (the text depends on what is wrong)
        read_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": [1, 2.5, null, true, "\\u00e9"]}', {"a": [1, 2.5, None, True, "é"]}),
        ('"\\ud83d\\ude00"', "😀"),
        ("[" * 100 + "]" * 100, json.loads("[" * 100 + "]" * 100)),
    ],
)
def test_json_is_read(text, value):
    assert read_json(text) == value
