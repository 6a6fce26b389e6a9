"""Writing many resources in a call: what each answer, and each missing one, means."""

import json
from typing import Any

import pytest
import requests
import responses

from outbound.errors import NotSent
from outbound.governor import Unlimited
from pim.client import PimClient
from pim.errors import (
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Unauthorized,
)
from pim.writing import LineAnswer, LineError, Outcome
from tests.pim.conftest import API, PIM, TOKEN

URL = f"{API}/products-uuid"
LINES = [{"uuid": name, "enabled": True} for name in ("a", "b", "c")]


def answers(*lines):
    return "\n".join(json.dumps(line) for line in lines)


def ok(line, uuid, status=204):
    return {"line": line, "uuid": uuid, "status_code": status}


def sent(call):
    """The lines of a request."""
    return [json.loads(line) for line in call.request.body.split(b"\n")]


def write(client, lines=LINES):
    return client.writing().update_products(lines)


def outcomes(found):
    return [(each.key, str(each.outcome)) for each in found]


WRITTEN = [("a", "updated"), ("b", "updated"), ("c", "updated")]


def test_each_line_has_an_answer(http, client):
    refused: dict[str, Any] = {
        "line": 2,
        "uuid": "b",
        "status_code": 422,
        "message": "Validation failed.",
        "errors": [
            {
                "property": "values",
                "message": "The x value is not in the color attribute option list.",
                "attribute": "color",
                "locale": None,
                "scope": "print",
            },
            {"property": "identifier", "message": "The same identifier is already set"},
        ],
    }
    http.patch(URL, body=answers(ok(1, "a"), refused, ok(3, "c", 201)))

    found = write(client)

    assert [(each.line, each.key, each.outcome, each.status) for each in found] == [
        (1, "a", Outcome.UPDATED, 204),
        (2, "b", Outcome.REFUSED, 422),
        (3, "c", Outcome.CREATED, 201),
    ]
    assert [each.is_written for each in found] == [True, False, True]
    assert found[1].errors == (
        LineError("values", refused["errors"][0]["message"], "color", None, "print"),
        LineError("identifier", "The same identifier is already set"),
    )
    assert found[1].words == (
        "The x value is not in the color attribute option list. The same identifier is already set"
    )
    [call] = http.calls
    assert sent(call) == LINES
    assert call.request.headers["Content-Type"] == "application/vnd.akeneo.collection+json"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"line": 1, "uuid": "a", "code": 422, "message": "No."}, (422, "No.")),
        ({"line": 1, "status_code": 400, "message": "Invalid json"}, (400, "Invalid json")),
        ({"line": 1, "uuid": "A", "status_code": 413, "message": "Long."}, (413, "Long.")),
        ({"line": 1, "uuid": "a", "status_code": 404, "message": []}, (404, "")),
    ],
)
def test_a_refusal_is_read_however_the_pim_writes_it(http, client, answer, said):
    http.patch(URL, body=answers(answer))

    [found] = write(client, LINES[:1])

    assert (found.outcome, (found.status, found.words)) == (Outcome.REFUSED, said)


@pytest.mark.parametrize(
    "first",
    [
        answers(ok(1, "a")),  # the work broke off
        answers(ok(1, "a"), ok(2, "b")) + '\n{"line":3,"uu',  # so did the answer
        answers(ok(1, "a"), {"line": 2, "uuid": "b", "status_code": 500, "message": "Oops"}),
        answers(ok(1, "a"), {"line": 2, "uuid": "b", "status_code": 429}),
        answers(ok(1, "a"), ok(2, "c"), ok(3, "b")),  # answers to other lines
        answers(ok(1, "a"), ok(9, "b"), ok(0, "c"), {"uuid": "b", "status_code": 204}),
        answers(ok(1, "a"), {"line": 2, "uuid": "b"}, {"line": True, "uuid": "c"}),
        answers(ok(1, "a"), [], 7) + "\n\xff",
        answers(ok(3, "c"), ok(1, "a")),
    ],
)
def test_lines_without_an_answer_are_sent_again_and_no_others(http, client, waits, first):
    http.patch(URL, body=first.encode("latin-1"))
    http.add_callback(responses.PATCH, URL, callback=accepted)

    assert outcomes(write(client)) == WRITTEN

    known = {
        each["uuid"]
        for line in first.split("\n")
        if (each := read(line)) and each.get("status_code") == 204
        if each.get("line", 0) in (1, 2, 3) and "abc"[each["line"] - 1] == each["uuid"]
    }
    assert [each["uuid"] for each in sent(http.calls[1])] == sorted({"a", "b", "c"} - known)
    assert len(waits) == 1


def read(line):
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def accepted(request):
    lines = [json.loads(line) for line in request.body.split(b"\n")]
    return 200, {}, answers(*(ok(n, line["uuid"]) for n, line in enumerate(lines, 1)))


def test_what_stays_without_an_answer_is_unknown_and_no_success(http, client):
    http.patch(URL, body=answers(ok(1, "a"), {"line": 2, "uuid": "b", "status_code": 503}))
    http.patch(URL, body="")

    found = write(client)

    assert outcomes(found) == [("a", "updated"), ("b", "unknown"), ("c", "unknown")]
    assert found[1].status == 503
    assert "no answer to a part" in found[2].message
    assert len(http.calls) == 8


@pytest.mark.parametrize("then", [{"status": 401}, {"status": 403}, {"status": 500}])
def test_what_was_answered_is_not_forgotten_when_the_rest_fails(http, client, then):
    http.patch(URL, body=answers(ok(1, "a")))
    http.patch(URL, **then)

    found = write(client)

    assert outcomes(found) == [("a", "updated"), ("b", "unknown"), ("c", "unknown")]
    assert found[2].message


@pytest.mark.parametrize(
    ("answer", "raised"),
    [
        ({"status": 401}, Unauthorized),
        ({"status": 403, "json": {"message": "Access forbidden."}}, Forbidden),
        ({"status": 404}, NotFound),
        ({"status": 429}, RateLimited),
        ({"body": requests.exceptions.ConnectTimeout()}, NotSent),
    ],
)
def test_a_call_that_certainly_wrote_nothing_says_so(http, client, answer, raised):
    http.patch(URL, **answer)

    with pytest.raises(raised):
        write(client)


@pytest.mark.parametrize(
    "answers_",
    [
        [{"status": 500}],
        [{"body": requests.exceptions.ReadTimeout()}],
        [{"body": "<html>"}],
        [{"body": requests.exceptions.ReadTimeout()}, {"status": 429}],
        [{"status": 502}, {"body": requests.exceptions.ConnectTimeout()}],
    ],
)
def test_after_a_try_that_may_have_arrived_the_outcome_is_unknown(http, client, answers_):
    for each in answers_:
        http.patch(URL, **each)

    with pytest.raises(OutcomeUnknown, match="Look in the PIM"):
        write(client)

    assert len(http.calls) == 8


def test_it_is_repeated_until_it_succeeds(http, client, waits):
    http.patch(URL, status=429, headers={"Retry-After": "7"})
    http.patch(URL, body=requests.exceptions.ReadTimeout())
    http.add_callback(responses.PATCH, URL, callback=accepted)

    assert outcomes(write(client)) == WRITTEN

    assert waits == [7, 4]


@pytest.mark.parametrize(
    "refusal", [{"status": 413}, {"status": 403, "body": "<html>Forbidden</html>"}]
)
def test_what_is_too_large_is_sent_in_halves(http, client, refusal):
    big = {"uuid": "b", "text": "x" * 200_000}

    def too_large(request):
        if b'"b"' in request.body:
            return refusal["status"], {}, refusal.get("body", "")
        return accepted(request)

    http.add_callback(responses.PATCH, URL, callback=too_large)

    found = write(client, [LINES[0], big, LINES[2], {"uuid": "d"}])

    assert outcomes(found) == [
        ("a", "updated"),
        ("b", "refused"),
        ("c", "updated"),
        ("d", "updated"),
    ]
    assert found[1].status == 413
    assert [each.line for each in found] == [1, 2, 3, 4]


def test_no_more_than_a_hundred_go_at_once(http, client):
    with pytest.raises(ValueError, match="at most 100"):
        write(client, [{"uuid": str(n)} for n in range(101)])

    assert write(client, []) == []
    assert len(http.calls) == 0


def test_the_token_is_in_nothing_that_the_pim_says(http, client):
    refused = {"line": 1, "uuid": "a", "status_code": 422, "message": f"No {TOKEN}"}
    http.patch(
        URL,
        body=answers(refused | {"errors": [{"property": "values", "message": f"Not {TOKEN}"}]}),
    )

    [found] = write(client, LINES[:1])

    assert TOKEN not in repr(found)
    assert found.words == "Not •••"


def test_lines_keep_numbers_and_texts_as_they_are(http, client):
    line = {"uuid": "a", "values": {"n": [{"data": 5}, {"data": "5.10"}, {"data": "é\n€"}]}}
    http.add_callback(responses.PATCH, URL, callback=accepted)

    write(client, [line])

    [call] = http.calls
    assert sent(call) == [line]


def test_a_copy_of_an_installation_writes_nothing(http, session):
    def refuse():
        raise Forbidden("x")

    client = PimClient(PIM, TOKEN, session=session, before_write=refuse)

    with pytest.raises(Forbidden):
        write(client)

    assert len(http.calls) == 0


@pytest.mark.parametrize(
    ("save", "path"),
    [
        (lambda w, r: w.update_models(r), "product-models"),
        (lambda w, r: w.save_options("a b/c", r), "attributes/a%20b%2Fc/options"),
        (lambda w, r: w.save_attributes(r), "attributes"),
        (lambda w, r: w.save_attribute_groups(r), "attribute-groups"),
    ],
)
def test_other_resources_go_by_their_code(http, client, save, path):
    http.patch(
        f"{API}/{path}",
        body=answers(
            {"line": 1, "code": "x", "status_code": 201},
            {"line": 2, "code": "y", "status_code": 422, "message": "No."},
        ),
    )

    found = save(client.writing(), [{"code": "x"}, {"code": "y"}])

    assert outcomes(found) == [("x", "created"), ("y", "refused")]


class Turnstile(Unlimited):
    """Remembers the gates of each call."""

    def __init__(self):
        self.passed = []

    def slot(self, *gates):
        self.passed.append([(g.key.partition(":")[0], g.concurrent, g.per_second) for g in gates])
        return super().slot(*gates)


def test_writing_options_waits_its_turn(http, session):
    gates = Turnstile()
    client = PimClient(PIM, TOKEN, session=session, limiter=gates)
    http.patch(
        f"{API}/attributes/color/options",
        body=answers({"line": 1, "code": "x", "status_code": 204}),
    )
    http.add_callback(responses.PATCH, URL, callback=accepted)

    client.writing().save_options("color", [{"code": "x"}])
    write(client)

    usual = [("connection", 4, None), ("pim", 10, 100)]
    assert gates.passed == [[*usual, ("attribute options", 1, 3)], usual]


def test_assets_are_written_as_an_array_and_answered_by_code(http, client):
    url = f"{API}/asset-families/pictures/assets"
    http.patch(url, json=[{"code": "b", "status_code": 201}])
    http.patch(url, json=[{"code": "a", "status_code": 422, "message": "No."}, 7, {"code": "z"}])

    found = client.assets().save("pictures", [{"code": "a"}, {"code": "b"}])

    assert found == [
        LineAnswer(1, "a", Outcome.REFUSED, 422, "No."),
        LineAnswer(2, "b", Outcome.CREATED, 201),
    ]
    assert [json.loads(call.request.body) for call in http.calls] == [
        [{"code": "a"}, {"code": "b"}],
        [{"code": "a"}],
    ]
    assert http.calls[0].request.headers["Content-Type"] == "application/json"
