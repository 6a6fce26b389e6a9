"""Long lists are counted and gone through only so far."""

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from connections import paging
from connections.paging import BoundedPaginator

pytestmark = pytest.mark.django_db


@pytest.fixture
def most(monkeypatch):
    """A limit that a test reaches."""
    monkeypatch.setattr(paging, "MOST", 6)
    return 6


def groups(number):
    Group.objects.bulk_create([Group(name=f"Group {one:02}") for one in range(number)])
    return Group.objects.filter(name__startswith="Group ").order_by("name")  # no role of staff


def test_a_list_that_is_not_too_long_is_shown_to_its_end(most):
    pages = BoundedPaginator(groups(most), 4)

    assert (pages.count, pages.num_pages, pages.there_are_more) == (6, 2, False)
    assert [one.name for one in pages.get_page(2)] == ["Group 04", "Group 05"]


def test_a_longer_one_says_that_there_are_more(most):
    pages = BoundedPaginator(groups(most + 3), 4)

    assert (pages.count, pages.num_pages, pages.there_are_more) == (6, 2, True)
    assert pages.get_page(99).number == 2
    assert [one.name for one in pages.get_page(2)] == ["Group 04", "Group 05"]


def test_no_more_rows_are_counted_than_that(most):
    with CaptureQueriesContext(connection) as queries:
        assert BoundedPaginator(groups(9), 4).count == 6

    assert f"LIMIT {most + 1}" in queries.captured_queries[-1]["sql"]


def test_a_list_in_memory_is_a_list_too(most):
    assert BoundedPaginator([1, 2, 3], 2).count == 3
