"""Long lists are gone through from row to row, whatever comes and goes meanwhile."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from pages.keyset import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def groups():
    """Seven rows, oldest first."""
    Group.objects.all().delete()
    return [Group.objects.create(name=f"Group {number}") for number in range(7)]


def at(query, **values):
    return page_of(Group.objects.all(), 3, QueryDict(query), **values)


def numbers(page):
    return [int(group.name.split()[1]) for group in page]


def test_one_goes_to_the_end_and_back(groups):
    first = at("")
    second = at(first.after)
    third = at(second.after)

    assert [numbers(one) for one in (first, second, third)] == [[0, 1, 2], [3, 4, 5], [6]]
    assert (first.before, third.after) == ("", "")
    assert numbers(at(third.before)) == [3, 4, 5]
    assert numbers(at(at(third.before).before)) == [0, 1, 2]


def test_the_newest_come_first_where_that_is_asked_for(groups):
    first = at("", newest_first=True)
    second = at(first.after, newest_first=True)

    assert (numbers(first), numbers(second)) == ([6, 5, 4], [3, 2, 1])
    assert numbers(at(at(second.after, newest_first=True).before, newest_first=True)) == [3, 2, 1]
    assert at(second.before, newest_first=True).before == ""


def test_an_address_holds_when_its_row_is_gone(groups):
    first = at("")
    second = at(first.after)
    for gone in (groups[2], groups[3]):
        gone.delete()

    assert numbers(at(first.after)) == [4, 5, 6]
    assert numbers(at(second.before)) == [0, 1, 4]


def test_no_row_is_shown_twice_or_left_out_when_others_go(groups):
    first = at("")
    groups[0].delete()

    assert numbers(at(first.after)) == [3, 4, 5]


def test_behind_the_last_row_one_is_at_the_beginning_again(groups):
    end = at("after=999999999")

    assert (numbers(end), end.before) == ([0, 1, 2], "")


@pytest.mark.parametrize(
    "query", ["after=x", "after=-1", "before=", "after=" + "9" * 400, "after=%00", "before=²"]
)
def test_what_names_no_row_is_the_first_page(groups, query):
    assert numbers(at(query)) == [0, 1, 2]


def test_the_largest_number_is_behind_the_last_row(groups):
    assert numbers(at("before=" + "9" * 19)) == [4, 5, 6]


def test_what_is_kept_stays_in_the_addresses(groups):
    page = at("run_after=0", prefix="run_", kept={"q": "a&b"})

    assert page.after == f"q=a%26b&run_after={groups[2].pk}"


def test_a_page_costs_two_queries_wherever_it_is_and_counts_nothing(groups):
    for query in ("", f"after={groups[2].pk}", f"before={groups[6].pk}"):
        with CaptureQueriesContext(connection) as captured:
            at(query)

        assert len(captured) <= 2
        assert not any("OFFSET" in one["sql"] or "COUNT" in one["sql"] for one in captured)
