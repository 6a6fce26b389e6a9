"""Recording a page: a fixed number of statements, and no more than a page in memory."""

import gc
import threading
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from connections.clients import client_for
from pim.values import ProductPage, RawProduct
from sync import ownership
from sync.ahead import THREADS
from sync.assembly import assembly_of
from sync.models import Checkpoint, Document, Listing, Run
from sync.models.batches import Action
from sync.pull import pull_run
from sync.recording import record_products
from sync.runs import create_run
from tests.factories import make_catalog, make_document, make_listing, make_run
from tests.sync.one_batch import claim_batch
from tests.sync.processes import somebody_waits_for_a_lock, until

pytestmark = pytest.mark.django_db(transaction=True)

Status = Listing.Status


@pytest.fixture
def run():
    run = make_run(make_catalog(), status=Run.Status.QUEUED)
    ownership.claim(run)
    return run


def key(number):
    return str(UUID(int=number))


def product(number, text=""):
    return RawProduct(key(number), f'{{"n":{number},{text}"values":{{}}}}'.encode())


def page_of(count, text="", *, first=0):
    products = (product(number, text) for number in range(first, first + count))
    return ProductPage(tuple(products), None, "")


def record(run, page):
    """As a run does: whatever page it is, it belongs to the part that one cursor reads."""
    part, _ = Checkpoint.objects.get_or_create(run=run, part=Checkpoint.Part.PRODUCTS)
    return record_products(run, [(part, page)])


def statements(run, page):
    with CaptureQueriesContext(connection) as queries:
        record(run, page)
    return len(queries)


@pytest.mark.parametrize(
    ("text", "known"),
    [("", False), ("", True), ('"updated":"now",', True), ('"name":"Shirt",', True)],
    ids=["new", "unchanged", "touched", "changed"],
)
def test_a_hundred_products_take_as_many_statements_as_ten(run, text, known):
    record(run, page_of(1, first=5000))  # makes the checkpoint
    if known:
        record(run, page_of(10))
        record(run, page_of(100, first=1000))

    ten = statements(run, page_of(10, text))
    hundred = statements(run, page_of(100, text, first=1000))

    # SQLite takes 999 values a statement, which a hundred listings exceed.
    assert ten <= hundred <= ten + (connection.vendor == "sqlite") * 2


def test_unchanged_products_are_not_written(run):
    record(run, page_of(10))
    before = list(Listing.objects.values())

    changed = record(run, page_of(10))

    assert changed == 0
    assert list(Listing.objects.values()) == before


def test_of_a_touched_product_only_the_bytes_are_remembered(run):
    record(run, page_of(1))
    before = Listing.objects.values().get()

    changed = record(run, page_of(1, '"updated":"now",'))

    after = Listing.objects.values().get()
    assert changed == 0
    assert after == before | {"seen_digest": after["seen_digest"]}
    assert after["seen_digest"] != before["seen_digest"]
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("status", "then"),
    [
        (Status.LISTED, Status.WAITING),
        (Status.PARKED, Status.WAITING),
        (Status.HELD, Status.WAITING),
        (Status.KEPT, Status.WAITING),
        (Status.GONE, Status.WAITING),
        (Status.IN_FLIGHT, Status.IN_FLIGHT),  # settling its batch compares again
    ],
)
def test_a_changed_product_waits_whatever_it_was(run, status, then):
    sent = None if status == Status.GONE else make_document()
    wanted = sent if status in (Status.LISTED, Status.PARKED, Status.IN_FLIGHT) else None
    listing = make_listing(
        run.catalog,
        key=key(0),
        wanted=wanted,
        sent=sent,
        status=status,
        problem="Refused.",
        attempt_count=3,
    )

    record(run, page_of(1))

    listing.refresh_from_db()
    body = Listing.objects.values_list("wanted__body", flat=True).get()
    assert body == product(0).body.decode()
    assert (listing.status, listing.sent) == (then, sent)
    if then == Status.WAITING:
        assert (listing.problem, listing.attempt_count) == ("", 0)


@pytest.mark.only_on("postgresql")
def test_what_a_siblings_run_takes_into_a_batch_at_the_same_moment_stays_in_flight(run):
    record(run, page_of(1))
    sibling = make_run(make_catalog(run.catalog.channel), status=Run.Status.QUEUED)
    ownership.claim(sibling)
    Listing.objects.update(handed_over_by=sibling.catalog)

    def record_in_a_thread():
        record(run, page_of(1, '"name":"Shirt",'))
        connection.close()

    recording = threading.Thread(target=record_in_a_thread)
    with transaction.atomic():
        batch = claim_batch(sibling, Action.PUSH, 10)
        recording.start()
        until(somebody_waits_for_a_lock)
    recording.join()

    listing = Listing.objects.get()
    assert batch is not None
    assert batch.items == [[listing.pk, Document.objects.earliest("pk").pk]]
    assert (listing.status, listing.wanted) == (Status.IN_FLIGHT, Document.objects.latest("pk"))


@pytest.mark.parametrize("status", [Status.HELD, Status.KEPT])
def test_what_comes_back_as_the_channel_has_it_needs_no_sending(run, status):
    record(run, page_of(1))
    document = Document.objects.get()
    Listing.objects.update(wanted=None, sent=document, seen_digest="", status=status)

    record(run, page_of(1))

    listing = Listing.objects.get()
    assert (listing.status, listing.wanted, listing.sent) == (Status.LISTED, document, document)


def test_whoever_lost_the_run_keeps_nothing_of_a_page(run):
    Run.objects.update(owner="elsewhere|1|1|x")

    with pytest.raises(ownership.RunLost):
        record(run, page_of(3))

    assert not Listing.objects.exists()
    assert not Document.objects.exists()
    assert not run.key_pages.exists()


@pytest.mark.usefixtures("small_pages")
def test_the_pages_in_memory_do_not_grow_with_the_catalog(make_world):
    """One for each thread, two that wait, and the one that is being recorded."""
    world = make_world(150)
    run = create_run(world.catalog, Run.Trigger.MANUAL)
    ownership.claim(run)
    alive = []

    def count():
        alive.append(sum(type(thing) is RawProduct for thing in gc.get_objects()))

    pull_run(run, client_for(world.connection), go_on=count)

    assert run.pulled == len(world.listed()) > 120
    assert max(alive) <= (THREADS + 3) * 10


@pytest.mark.parametrize("text", ["", '"name":"Shirt",'], ids=["unchanged", "changed"])
def test_products_that_are_assembled_take_as_many_statements_as_plain_ones(run, text):
    record(run, page_of(10))
    part = Checkpoint.objects.get(run=run)
    counts = []
    for settings, later in (({}, text), ({"en_US": "en"}, text and '"name":"Hat",')):
        run.catalog.locales = settings
        assembly = assembly_of(run.catalog)
        record_products(run, [(part, page_of(10))], assembly)  # is known as these settings have it

        with CaptureQueriesContext(connection) as queries:
            record_products(run, [(part, page_of(10, later))], assembly)
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_products_that_are_to_be_assembled_are_not_recorded_as_they_come(run):
    run.catalog.complete_for = "ecommerce"

    with pytest.raises(RuntimeError, match="to be assembled first"):
        record(run, page_of(1))
