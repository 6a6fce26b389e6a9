"""Products are found by what people know of them, by indexes, whatever they type."""

from uuid import NAMESPACE_OID, uuid5

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.models import Difference, Listing, ListingVariant
from sync.search import Place, find_listings, find_page
from tests.factories import (
    make_catalog,
    make_channel,
    make_connection,
    make_listing,
    make_pim_user,
    make_run,
)

pytestmark = pytest.mark.django_db


UUID = "0a1b2c3d-4e5f-4000-8000-000000000001"


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


@pytest.mark.parametrize(
    "pasted",
    [
        "0A1B2C3D-4E5F-4000-8000-000000000001",
        "https://pim.example.com/#/enrich/product/0a1b2c3d-4e5f-4000-8000-000000000001",
        "HTTPS://ferry.example.com/products/0a1b2c3d-4e5f-4000-8000-000000000001?page=2",
        "{0a1b2c3d-4e5f-4000-8000-000000000001}",
        "urn:uuid:0a1b2c3d-4e5f-4000-8000-000000000001",
        "\u200b0a1b2c3d-4e5f-4000-8000-000000000001\ufeff",
    ],
)
def test_a_uuid_is_found_as_people_paste_it(catalog, pasted):
    listing = make_listing(catalog, key=UUID)
    make_listing(catalog, key="0a1b2c3d-4e5f-4000-8000-000000000002")

    assert find_listings([catalog], pasted) == [listing]


def test_an_address_without_a_uuid_is_what_it_is(catalog):
    listing = make_listing(catalog, label="https://pim.example.com/product/1 is its name")

    assert find_listings([catalog], "https://pim.example.com/product/1") == [listing]


def test_a_code_of_a_model_is_found_as_it_is_written(catalog):
    listing = make_listing(catalog, key="MUG_Model", identifier="")

    assert find_listings([catalog], "MUG_Model") == [listing]


def test_a_variant_finds_its_model(catalog):
    model = make_listing(catalog, key="mug")
    ListingVariant.objects.create(listing=model, uuid="0a1b2c3d-0000-4000-8000-000000000001")

    assert find_listings([catalog], "0a1b2c3d-0000-4000-8000-000000000001") == [model]


@pytest.mark.parametrize(
    "beginning", ["0a1b", "0A1B2C3D", "0a1b2c3d-", "0a1b2c3d-4e", "0a1b2c3d4e5f40008000", "0-a1b2"]
)
def test_a_uuid_is_found_by_its_beginning_with_hyphens_or_without(catalog, beginning):
    product = make_listing(catalog, key=UUID)
    model = make_listing(catalog, key="mug")
    ListingVariant.objects.create(listing=model, uuid="0a1b2c3d-4e5f-4000-8000-000000000002")
    make_listing(catalog, key="0a1b2c3e-4e5f-4000-8000-000000000001" if len(beginning) > 6 else "x")
    make_listing(catalog, key="0a1b-is-the-code-of-a-model", identifier="", label="")

    assert find_listings([catalog], beginning) == [product, model]


def test_a_whole_uuid_needs_no_hyphens(catalog):
    listing = make_listing(catalog, key=UUID)

    assert find_listings([catalog], UUID.replace("-", "")) == [listing]


def test_few_digits_are_no_beginning_of_a_uuid(catalog):
    make_listing(catalog, key=UUID)

    assert find_listings([catalog], "0a1") == []


def test_what_is_called_like_that_comes_before_a_uuid_that_begins_so(catalog):
    by_uuid = make_listing(catalog, key=UUID)
    called = make_listing(catalog, identifier="0a1b-mug")

    assert find_listings([catalog], "0a1b") == [called, by_uuid]


@pytest.fixture
def many():
    """Eleven listings that are found by `0a1b`, in all ways and in two catalogs; their order."""
    first = make_catalog()
    second = make_catalog(first.channel)
    exact = [make_listing(one, key="0a1b", identifier="", label="") for one in (first, second)]
    identifiers = [
        make_listing(catalog, identifier=f"0A1B-{number}", label="0a1b too")
        for number in range(2)
        for catalog in (second, first)
    ]
    alike = [make_listing(one, identifier="", label="0A1B") for one in (first, second, first)]
    ends = ("000000000001", "000000000002")
    uuids = [make_listing(first, key=f"0a1b2c3d-4e5f-4000-8000-{end}") for end in ends]
    return [first, second], [*exact, *identifiers, *alike, *uuids]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 11, 20])
def test_one_goes_through_all_that_is_found_and_back(many, size):
    catalogs, listings = many

    pages = [find_page(catalogs, "0a1b", size)]
    while pages[-1].after:
        pages.append(find_page(catalogs, "0a1b", size, after=pages[-1].after))
    back = [pages[-1]]
    while back[-1].before:
        back.append(find_page(catalogs, "0a1b", size, before=back[-1].before))

    found = [listing for page in pages for listing in page.listings]
    assert found == listings
    assert len(pages) == len(back) == -(-len(listings) // size)
    assert back[-1].listings == pages[0].listings


def test_a_place_holds_when_its_product_is_gone(many):
    catalogs, listings = many
    page = find_page(catalogs, "0a1b", 4)
    listings[3].delete()

    assert find_page(catalogs, "0a1b", 4, after=page.after).listings == listings[4:8]


def test_a_place_is_read_as_it_is_written():
    place = Place(1, "0.1 é\n%", 7)

    assert Place.read(str(place)) == place


@pytest.mark.parametrize("text", ["", "x", "9.1.a", "1.1", "1.-1.a", "1." + "9" * 30 + ".a"])
def test_what_is_no_place_is_none(text):
    assert Place.read(text) is None


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


def fill(*catalogs):
    """Let each have so many listings that the planner has reason to prefer one index."""
    Listing.objects.bulk_create(
        Listing(
            catalog=catalog,
            channel=catalog.channel,
            key=str(uuid5(NAMESPACE_OID, str(number))),  # by chance, yet the same in each run
            identifier=f"SKU-{number}",
            label=f"Product {number}",
        )
        for catalog in catalogs
        for number in range(1000)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sync_listing")


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
    fill(*catalogs)

    with CaptureQueriesContext(connection) as captured:
        find_listings(catalogs, "0a1b")
    plans = list(plans_of(captured.captured_queries))

    names = ["listing_by_key", "listing_by_identifier", "listing_by_label", "listing"]
    for name, plan in zip(names, plans, strict=True):
        assert name in plan, plan
        assert "SCAN sync_listing" not in plan
        assert "Seq Scan" not in plan
        assert "Sort" not in plan or name in ("listing_by_key", "listing")
    assert "TEMP B-TREE" not in plans[1] + plans[2]
    by_uuid = plans[3]
    if connection.vendor == "postgresql":
        ranges = [line for line in by_uuid.splitlines() if "Index Cond" in line and ">=" in line]
        assert len(ranges) == 3, by_uuid  # of each catalog's keys, and of the variants' uuids
    else:  # SQLite calls the index of a constraint by a name of its own
        assert "(catalog_id=? AND key>? AND key<?)" in by_uuid
        assert "(uuid>? AND uuid<?)" in by_uuid


@pytest.mark.parametrize("way", ["after", "before"])
def test_a_page_begins_in_the_index_at_its_place(catalog, way):
    place = Place(2, "mug", 5)
    fill(catalog)

    with CaptureQueriesContext(connection) as captured:
        find_page([catalog], "mug", 2, **{way: place})
    beginning = next(one for one in captured.captured_queries if "LIMIT 3" in one["sql"])
    [plan] = plans_of([beginning])

    assert "listing_by_label" in plan
    if connection.vendor == "postgresql":
        condition = next(line for line in plan.splitlines() if "Index Cond" in line)
        assert "ROW(" in condition, plan
        assert "Sort" not in plan, plan


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
