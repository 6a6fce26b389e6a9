"""A command that dies while it reads or writes, is interrupted, or runs twice at once."""

import os
import signal

import pytest

from enrichment.models import Offer, Proposal
from enrichment.tasks import take_up_unfinished_offers, work_on_offer
from tests.enrichment.conftest import Enrichment
from tests.enrichment.offering import Offering, counts
from tests.programs import start, wait_for
from tests.sync.processes import killed, start_child

pytestmark = pytest.mark.slow

WRITE, SEARCH = r"/products-uuid\?", r"/products-uuid/search\?"
HEADER = ["sku", "ean", "supplier_reference"]


@pytest.fixture
def enrichment(make_world, queue):
    return Enrichment(make_world(260), queue)


@pytest.fixture
def offering(enrichment, tmp_path):
    return Offering(enrichment.world, tmp_path)


@pytest.fixture
def rows(enrichment):
    """Values for all products: some batches of them."""
    products = map(enrichment.pim.assortment.product, enrichment.all)
    return [[one.identifier, f"ean {n}", f"ref {n}"] for n, one in enumerate(products)]


def assert_all_there(enrichment, rows):
    assortment = enrichment.pim.assortment
    for sku, ean, reference in rows:
        values = assortment.values_of(assortment.identified(sku))
        assert [values[name][0]["data"] for name in HEADER[1:]] == [ean, reference]


@pytest.mark.parametrize("answered", [False, True], ids=["before it was sent", "after it arrived"])
def test_killed_while_it_writes_the_next_one_writes_the_rest(enrichment, offering, rows, answered):
    number = 2 * len(rows)
    with enrichment.world.between.holding(WRITE, after=1, answered=answered) as held:
        child = start_child(lambda: offering.table(HEADER, *rows, options=["--apply"]))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    ended = offering.table(HEADER, *rows, options=["--apply"])
    again = offering.table(HEADER, *rows, options=["--apply"])

    assert ended.status == 0
    assert counts(ended)["unchanged"] > 0
    assert counts(ended)["unchanged"] + counts(ended).get("written", 0) == number
    assert counts(again) == {"read": number, "unchanged": number}
    assert_all_there(enrichment, rows)


def test_killed_while_it_writes_a_worker_goes_on(enrichment, offering, rows):
    with enrichment.world.between.holding(WRITE, after=1) as held:
        child = start_child(lambda: offering.table(HEADER, *rows, options=["--apply"]))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    take_up_unfinished_offers()
    work_on_offer(Offer.objects.get().pk)

    assert Offer.objects.get().state == Offer.State.DONE
    assert set(Proposal.objects.values_list("state", flat=True)) == {Proposal.State.WRITTEN}
    assert_all_there(enrichment, rows)


def test_killed_while_it_reads_nothing_is_left_of_it(enrichment, offering, rows):
    with enrichment.world.between.holding(SEARCH, after=2) as held:
        child = start_child(lambda: offering.table(HEADER, *rows, options=["--apply"]))
        held.wait()
        os.kill(child, signal.SIGKILL)
        assert killed(child)

    take_up_unfinished_offers()

    assert Offer.objects.get().state == Offer.State.STOPPED
    assert not Proposal.objects.exists()


def test_interrupted_it_says_so_in_one_line_and_leaves_nothing(enrichment, offering, rows):
    offering.table(HEADER, *rows)  # so that the file is there
    with enrichment.world.between.holding(SEARCH, after=2) as held:
        process = start(
            *("propose_values", offering.folder / "values.csv", "--pim", enrichment.world.url),
            *("--apply", "--json"),
            PIM_ALLOW_INSECURE="1",
        )
        held.wait()
        process.send_signal(signal.SIGINT)
        held.release()
        ended = wait_for(process)

    assert ended.status != 0
    assert ended.out == ""
    assert ended.problem == "Interrupted."
    assert Offer.objects.get().state == Offer.State.STOPPED
    assert not Proposal.objects.exists()


def test_two_at_once_write_each_value(enrichment, offering, rows):
    offering.table(HEADER, *rows)
    command = ("propose_values", offering.folder / "values.csv", "--pim", enrichment.world.url)
    processes = [start(*command, "--apply", "--json", PIM_ALLOW_INSECURE="1") for _ in range(2)]

    ended = [wait_for(process) for process in processes]

    assert all(one.answer["refused"] == one.answer["outdated"] == 0 for one in ended)
    assert_all_there(enrichment, rows)
