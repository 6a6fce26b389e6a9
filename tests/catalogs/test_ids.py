"""What a channel calls things, kept in the database."""

import pytest

from catalogs.channels import adapter_for
from catalogs.ids import StoredIds
from channels.surroundings import MemoryIds
from tests.factories import make_channel

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["stored", "in memory"])
def ids(request):
    return StoredIds(make_channel()) if request.param == "stored" else MemoryIds()


def test_the_last_id_of_a_thing_counts(ids):
    ids.put("product", {"a": "1", "b": "2"})
    ids.put("product", {"b": "3", "c": "4"})
    ids.put("asset", {"a": "9"})

    assert ids.get("product", ["a", "b", "z"]) == {"a": "1", "b": "3"}
    assert ids.all("product") == {"a": "1", "b": "3", "c": "4"}


def test_what_is_forgotten_is_gone_and_nothing_else(ids):
    ids.put("product", {"a": "1", "b": "2"})
    ids.put("asset", {"a": "9"})

    ids.forget("product", ["a", "unknown"])

    assert ids.all("product") == {"b": "2"}
    assert ids.all("asset") == {"a": "9"}


def test_more_than_one_statement_takes_are_found():
    ids = StoredIds(make_channel())
    many = {str(number): f"id {number}" for number in range(1200)}

    ids.put("variant", many)

    assert ids.get("variant", list(many)) == many


def test_every_channel_has_its_own():
    one, other = make_channel(), make_channel()
    StoredIds(one).put("product", {"a": "1"})

    assert StoredIds(other).all("product") == {}
    assert adapter_for(one)._ids.get("product", ["a"]) == {"a": "1"}
