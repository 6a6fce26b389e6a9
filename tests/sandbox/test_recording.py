"""What is written down of the exchanges between an app and the PIM."""

import base64
import json

import pytest

from sandbox.faults import Fault
from sandbox.recording import Recorder


@pytest.fixture
def exchanges(api, tmp_path):
    """Reads what was recorded so far."""
    file = tmp_path / "exchanges.jsonl"
    api.pim.recorder = Recorder(file)
    yield lambda: [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    api.pim.recorder.close()


def test_an_exchange_is_kept_with_both_sides(api, exchanges):
    answer = api.call("POST", "/catalogs", json={"name": "Été"}, query_string={"a": "ü"})

    (exchange,) = exchanges()
    assert exchange["method"] == "POST"
    assert (exchange["path"], exchange["query"]) == ("/api/rest/v1/catalogs", "a=%C3%BC")
    assert ["Authorization", f"Bearer {api.token}"] in exchange["request_headers"]
    assert json.loads(exchange["request_body"]) == {"name": "Été"}
    assert exchange["status"] == 201
    assert ["Content-Type", "application/json"] in exchange["response_headers"]
    assert json.loads(exchange["response_body"]) == answer.json
    assert "id" not in exchange


def test_bytes_are_kept_as_base64_and_nothing_as_null(api, exchanges):
    (file, *_) = api.get("/media-files").json["_embedded"]["items"]
    answer = api.get(f"/media-files/{file['code']}/download")

    exchange = exchanges()[-1]
    assert base64.b64decode(exchange["response_body"]["base64"]) == answer.data
    assert exchange["request_body"] is None


def test_the_form_of_a_token_request_is_kept(api, exchanges):
    api.client.post("/connect/apps/v1/oauth2/token", data={"client_id": "x", "code": "y"})

    assert exchanges()[0]["request_body"] == "client_id=x&code=y"
    assert exchanges()[0]["status"] == 400


def test_an_answer_that_was_spoiled_on_purpose_says_so(api, exchanges):
    api.pim.faults.add(Fault("500"))

    api.get("/catalogs")
    api.get("/catalogs")

    assert [(e["status"], e.get("id")) for e in exchanges()] == [(500, "fault:500"), (200, None)]


@pytest.mark.parametrize("path", ["/screens/login", "/shop/", "/sandbox/", "/shop/api/stats"])
def test_what_people_look_at_is_not_kept(api, exchanges, path):
    api.client.get(path)

    assert exchanges() == []
