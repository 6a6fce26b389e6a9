"""Products are found by what people know of them, by indexes, whatever they type."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.models import Difference, Listing, ListingVariant
from sync.search import find_listings
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_listing,
    make_pim_user,
    make_run,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalog():
    return make_catalog()


def test_a_key_comes_before_an_identifier_and_that_before_a_name(catalog):
    by_name = make_listing(catalog, identifier="", label="mug, blue")
    by_identifier = make_listing(catalog, identifier="MUG-1", label="")
    by_key = make_listing(catalog, key="mug", identifier="", label="")

    assert find_listings([catalog], "mug") == [by_key, by_identifier, by_name]


def test_what_is_exactly_that_comes_before_what_only_begins_so(catalog):
    make_listing(catalog, identifier="A-10")
    exact = make_listing(make_catalog(catalog.channel), identifier="a-1")

    found = find_listings([catalog, exact.catalog], "A-1")

    assert [one.identifier for one in found] == ["a-1", "A-10"]


@pytest.mark.parametrize("typed", ["tasse", "TASSE", "  Tasse ", "t"])
def test_case_and_blanks_around_do_not_matter(catalog, typed):
    listing = make_listing(catalog, identifier="", label="Tasse für Tee")

    assert find_listings([catalog], typed) == [listing]


@pytest.mark.parametrize("label", ["Éclair", "чашка", "杯子", "🫖 pot", "ﬁne", "Straße"])
def test_every_writing_is_found_as_it_is_written(catalog, label):
    listing = make_listing(catalog, identifier="", label=label)

    assert find_listings([catalog], label) == find_listings([catalog], label[:1]) == [listing]


@pytest.mark.parametrize(
    "odd", ["100%", "a_b", "c\\d", "it's", '"quoted"', "%", "_", "\\", "(", "*"]
)
def test_no_character_has_a_meaning_of_its_own(catalog, odd):
    listing = make_listing(catalog, identifier=odd, label="")
    make_listing(catalog, identifier="100x aXb c-d", label="")

    assert find_listings([catalog], odd) == [listing]


@pytest.mark.parametrize("nothing", ["", "  ", "\0", "x" * 10_000, "\ud800"])
def test_what_no_product_can_be_called_finds_nothing(catalog, nothing):
    make_listing(catalog, identifier="", label="")

    assert find_listings([catalog], nothing) == []


def test_the_middle_of_a_name_is_not_its_beginning(catalog):
    make_listing(catalog, label="Blue mug")

    assert find_listings([catalog], "mug") == []


def test_a_uuid_is_found_as_people_paste_it(catalog):
    listing = make_listing(catalog, key="0a1b2c3d-0000-4000-8000-000000000001")

    assert find_listings([catalog], listing.key.upper()) == [listing]


def test_a_code_of_a_model_is_found_as_it_is_written(catalog):
    listing = make_listing(catalog, key="MUG_Model", identifier="")

    assert find_listings([catalog], "MUG_Model") == [listing]


def test_a_variant_finds_its_model(catalog):
    model = make_listing(catalog, key="mug")
    ListingVariant.objects.create(listing=model, uuid="0a1b2c3d-0000-4000-8000-000000000001")

    assert find_listings([catalog], "0a1b2c3d-0000-4000-8000-000000000001") == [model]


def test_a_person_finds_what_their_pim_has_and_nothing_else():
    mary, olga = make_pim_user(), make_pim_user()
    mine = make_listing(make_catalog(make_channel(mary.connection)), label="Mug")
    make_listing(make_catalog(make_channel(olga.connection)), label="Mug")

    assert find_listings(mary, "mug") == find_listings(mary, mine.identifier) == [mine]
    assert find_listings(make_pim_user(make_connection()), "mug") == []


def test_no_more_are_returned_than_were_asked_for(catalog):
    for number in range(5):
        make_listing(catalog, identifier=f"sku-{number}", label=f"sku-{number}")

    assert [one.identifier for one in find_listings([catalog], "SKU", 3)] == [
        "sku-0",
        "sku-1",
        "sku-2",
    ]
    assert find_listings([catalog], "sku", 0) == []


def test_the_number_of_queries_stays_the_same(django_assert_num_queries):
    mary = make_pim_user()
    for _ in range(4):
        make_listing(make_catalog(make_channel(mary.connection)), label="Mug")

    with django_assert_num_queries(5):
        assert len(find_listings(mary, "mug")) == 4


def plans_of(queries):
    for query in queries:
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # A table of a few rows is read as a whole unless that is forbidden.
                cursor.execute("SET LOCAL enable_seqscan = off")
                cursor.execute(f"EXPLAIN {query['sql']}")
            else:
                cursor.execute(f"EXPLAIN QUERY PLAN {query['sql']}")
            yield "\n".join(str(row) for row in cursor.fetchall())


def test_every_look_for_listings_is_answered_by_an_index(catalog):
    catalogs = [catalog, make_catalog(catalog.channel)]
    make_listing(catalog, label="Mug")

    with CaptureQueriesContext(connection) as captured:
        find_listings(catalogs, "mug")
    plans = list(plans_of(captured.captured_queries))

    for name, plan in zip(
        ["listing_by_key", "listing_by_identifier", "listing_by_label"], plans, strict=False
    ):
        assert name in plan, plan
        assert "SCAN sync_listing" not in plan
        assert "Seq Scan" not in plan
        assert "Sort" not in plan or name == "listing_by_key"
    assert "TEMP B-TREE" not in plans[1] + plans[2]


def test_differences_are_found_by_the_same_rules(catalog):
    run = make_run(catalog, dry_run=True)
    difference = Difference.objects.create(
        run=run, key="mug", identifier="A%1", label="Éclair", action="push"
    )
    Difference.objects.create(run=run, key="cup", identifier="AB1", label="Cup", action="push")
    differences = Difference.objects.filter(run=run)

    for words in ("MUG", "a%", "Éc"):
        assert list(differences.about(words)) == [difference]
    assert not differences.about("clair").exists()
    assert not differences.about("x" * 300).exists()
    assert differences.about("").count() == 2


def test_differences_are_looked_for_in_their_indexes(catalog):
    run = make_run(catalog, dry_run=True)

    with CaptureQueriesContext(connection) as captured:
        list(Difference.objects.filter(run=run).about("mug").order_by())
    [plan] = plans_of(captured.captured_queries)

    for name in ("difference_by_identifier", "difference_by_label"):
        assert name in plan, plan


def test_a_product_is_found_by_its_uuid_in_indexes(catalog):
    with CaptureQueriesContext(connection) as captured:
        list(Listing.objects.about("0a1b2c3d-0000-4000-8000-000000000001").order_by())
    [plan] = plans_of(captured.captured_queries)

    assert "listing_by_key" in plan, plan
    assert "uuid" in plan, plan  # SQLite calls the index of a constraint by a name of its own
    assert "SCAN " not in plan
    assert "Seq Scan" not in plan
