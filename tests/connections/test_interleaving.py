"""Several ways in at the same time: each ends where it was meant to, whatever came in between."""

import pytest

from connections.models import Connection, FailedAuthorization, PimUser
from sandbox.identity import subject
from tests.connections.conftest import app_of, connection_to, signed_in_as
from tests.pages.conftest import page_of, text_of
from tests.visitor import Visitor

pytestmark = pytest.mark.parametrize("order", ["ABABAB", "ABABBA", "ABBBAA"])


@pytest.fixture
def pims(start_pim):
    """Each with a custom app of its own, as it always is."""
    return start_pim(), start_pim(
        client_id="33333333-2222-4333-8444-555555555555", client_secret="other-secret"
    )


def way_in(visitor, pim, next_path):
    """*Connect*, agreeing, and the callback, one step at a time."""
    address = visitor.activate(pim.base_url, next=next_path)
    yield
    callback = visitor.agree(address)
    yield
    yield visitor.ferry.get(callback)["Location"]


def walk(order, **ways):
    """Take the steps in this order; where each way ended."""
    ends = {}
    for name in order:
        ends[name] = next(ways[name])
    return ends


def pim_shown_to(visitor):
    return text_of(page_of(visitor.ferry.get("/")).select_one(".who")).split()[-1]


def assert_connected(pim, *names):
    """By its own token and client, and for these people of its own."""
    connection, app = connection_to(pim), app_of(pim)
    assert connection.state == Connection.State.CONNECTED
    assert (connection.token, connection.client_id) == (app.token, app.client_id)
    assert set(connection.people.values_list("iss", "sub")) == {
        (pim.base_url, subject(app, pim.people[name])) for name in names
    }
    assert not FailedAuthorization.objects.exists()


def test_two_browsers_at_two_pims(pims, order):
    one, other = pims
    here, there = Visitor("julia"), Visitor("julia")

    ends = walk(order, A=way_in(here, one, "/help?a"), B=way_in(there, other, "/help?b"))

    assert ends == {"A": "/help?a", "B": "/help?b"}
    assert_connected(one, "julia")
    assert_connected(other, "julia")
    assert [pim_shown_to(visitor) for visitor in (here, there)] == [
        connection_to(pim).host for pim in (one, other)
    ]


def test_one_browser_at_two_pims(pims, order):
    one, other = pims
    julia = Visitor("julia")

    ends = walk(order, A=way_in(julia, one, "/help?a"), B=way_in(julia, other, "/help?b"))

    last = one if order.endswith("A") else other
    assert ends == {"A": "/help?a", "B": "/help?b"}
    assert_connected(one, "julia")
    assert_connected(other, "julia")
    assert pim_shown_to(julia) == connection_to(last).host


def test_two_people_at_one_pim(pim, order):
    Visitor("julia").open_app(pim.base_url)
    julia, peter = Visitor("julia"), Visitor("peter")

    ends = walk(order, A=way_in(julia, pim, "/help?a"), B=way_in(peter, pim, "/help?b"))

    assert ends == {"A": "/help?a", "B": "/help?b"}
    assert_connected(pim, "julia", "peter")
    assert [signed_in_as(visitor) for visitor in (julia, peter)] == ["Julia Stark", "Peter Quill"]
    assert dict(PimUser.objects.values_list("firstname", "role")) == {
        "Julia": PimUser.Role.MANAGER,
        "Peter": PimUser.Role.EDITOR,
    }


def test_one_person_in_two_browsers_connecting_one_pim(pim, order):
    here, there = Visitor("julia"), Visitor("julia")

    ends = walk(order, A=way_in(here, pim, "/help?a"), B=way_in(there, pim, "/help?b"))

    assert ends == {"A": "/help?a", "B": "/help?b"}
    assert_connected(pim, "julia")
    assert signed_in_as(here) == signed_in_as(there) == "Julia Stark"
