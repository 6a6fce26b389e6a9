"""Sources that are looked at: which files are read, once, in which order, and what is told."""

import os
import time
from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from connections.enriching import switch_off
from enrichment.looking import look_at
from enrichment.models import Offer, Proposal, Source, SourceFile
from enrichment.seen_files import forget_gone_files
from enrichment.tasks import look_at_due_sources, look_at_source
from sandbox.faults import Fault
from tests.enrichment.offering import csv_text
from tests.queued import waiting

HEADER = ["sku", "ean"]
OLD = 3600  # seconds; nobody writes such a file any more


@pytest.fixture
def skus(enrichment):
    return [enrichment.pim.assortment.product(uuid).identifier for uuid in enrichment.uuids]


@pytest.fixture
def put(folder, skus):
    """Put a file there with a value for the first product."""

    def put(name, ean, age=OLD, content=None):
        path = folder / name
        path.write_text(content or csv_text(HEADER, [skus[0], ean]))
        date = time.time() - age
        os.utime(path, (date, date))
        return path

    return put


@pytest.fixture
def later():
    """Let so many seconds pass, again and again."""
    with ExitStack() as stack:

        def later(seconds):
            moment = timezone.now() + timedelta(seconds=seconds)
            stack.enter_context(time_machine.travel(moment, tick=True))

        yield later


def look(source, world):
    source.refresh_from_db()
    assert look_at(source, sleep=world.sleep)
    return Offer.objects.order_by("pk")


def offered(offers):
    return [(offer.name, offer.state) for offer in offers]


def values():
    return list(Proposal.objects.order_by("pk").values_list("value", "state"))


def test_files_are_offered_in_order_of_name_and_what_is_approved_is_queued(
    source, put, world, queue
):
    put("2.csv", "later", age=OLD + 60)
    put("1.csv", "first")

    offers = look(source, world)

    assert offered(offers) == [("1.csv", "writing"), ("2.csv", "writing")]
    assert [offer.source for offer in offers] == [source, source]
    assert values() == [("first", "replaced"), ("later", "approved")]
    tasks = [("enrichment.tasks.work_on_offer", [offer.pk]) for offer in offers]
    assert waiting(queue) == tasks


def test_what_no_rule_approves_waits(source, put, world, queue):
    Source.objects.update(approved=["price"])
    put("1.csv", "first")

    assert offered(look(source, world)) == [("1.csv", "waiting")]
    assert waiting(queue) == []


def test_a_file_is_read_once_even_when_it_is_touched_or_renamed(source, put, folder, world):
    path = put("1.csv", "first")
    look(source, world)

    look(source, world)
    os.utime(path, (1, 1))
    look(source, world)
    path.rename(folder / "other.csv")
    offers = look(source, world)

    assert offered(offers) == [("1.csv", "writing")]
    assert path.parent.joinpath("other.csv").exists()


def test_a_file_that_was_rewritten_is_read_again(source, put, world):
    put("1.csv", "first")
    look(source, world)
    put("1.csv", "second", age=OLD - 10)
    look(source, world)
    put("1.csv", "first", age=OLD - 20)

    look(source, world)

    assert [value for value, _ in values()] == ["first", "second", "first"]


def test_what_returns_under_a_new_name_after_something_else_is_news(source, put, world):
    put("monday.csv", "first")
    put("tuesday.csv", "second", age=OLD - 10)
    look(source, world)
    put("wednesday.csv", "first", age=OLD - 20)

    assert [offer.name for offer in look(source, world)][2:] == ["wednesday.csv"]


def test_a_file_that_is_being_written_is_waited_for_and_those_after_it(source, put, world, later):
    put("1.csv", "half", age=0)
    put("2.csv", "second")

    nothing = list(look(source, world))
    source.refresh_from_db()
    said, next_look = source.problem, source.next_look_at
    later(31)
    put("1.csv", "whole", age=0)
    still = list(look(source, world))
    later(31)

    offers = look(source, world)

    assert (nothing, still) == ([], [])
    assert said == "1.csv is still being written. It is read once it is complete."
    assert next_look < timezone.now() + timedelta(minutes=2)
    assert [offer.name for offer in offers] == ["1.csv", "2.csv"]


def test_a_date_in_the_future_does_not_keep_a_file_from_being_read(source, put, world, later):
    put("1.csv", "first", age=-OLD)
    look(source, world)
    later(31)

    assert [offer.name for offer in look(source, world)] == ["1.csv"]


def test_a_file_that_cannot_be_read_says_so_and_the_next_one_is(source, put, world):
    put("1.csv", "", content="ean\n1\n")
    put("2.csv", "second")

    offers = list(look(source, world))
    again = list(look(source, world))

    source.refresh_from_db()
    assert offered(offers) == [("1.csv", "stopped"), ("2.csv", "writing")]
    assert "No column says which product" in offers[0].problem
    assert source.problem == f"1.csv: {offers[0].problem}"
    assert again == offers

    put("1.csv", "mended")
    look(source, world)

    source.refresh_from_db()
    assert source.problem == ""


def test_what_is_no_file_of_values_is_left_alone(source, put, folder, world, tmp_path):
    outside = tmp_path / "secret.csv"
    outside.write_text("sku\n")
    (folder / "link.csv").symlink_to(outside)
    (folder / "folder.csv").mkdir()
    os.mkfifo(folder / "pipe.csv")
    for name in (".1.csv", "1.csv.part", "~$1.xlsx", "notes.pdf"):
        put(name, "x")

    assert not look(source, world).exists()
    assert not SourceFile.objects.exists()


def test_a_folder_that_is_not_there_or_not_allowed_any_more_is_told(
    source, world, folder, settings
):
    folder.rmdir()
    look(source, world)
    source.refresh_from_db()
    gone = source.problem
    settings.ENRICHMENT_FOLDERS = ["/elsewhere"]
    look(source, world)

    source.refresh_from_db()
    assert "cannot be read (No such file or directory)" in gone
    assert source.problem == "Choose a folder below /elsewhere."
    assert source.next_look_at > timezone.now() + timedelta(minutes=59)


def test_a_pim_that_does_not_answer_is_asked_again_and_nothing_is_doubled(source, put, world):
    put("1.csv", "first")
    fault = Fault("500", path="products-uuid/search", times=8)
    world.pim.faults.add(fault)
    look(source, world)
    fault.times = 0
    source.refresh_from_db()
    said = source.problem

    offers = look(source, world)

    source.refresh_from_db()
    assert "cannot answer at the moment" in said
    assert source.problem == ""
    assert offered(offers) == [("1.csv", "writing")]
    assert values() == [("first", "approved")]


def test_a_fault_of_ours_is_told_on_its_page_and_it_is_tried_again(
    source, put, world, caplog, monkeypatch
):
    put("1.csv", "first")
    monkeypatch.setattr("enrichment.looking.files_at", lambda *_: 1 / 0)

    before = timezone.now()
    look(source, world)
    monkeypatch.undo()

    source.refresh_from_db()
    assert source.problem.startswith("Something went wrong here")
    assert timedelta(minutes=4) < source.next_look_at - before < timedelta(minutes=6)
    assert "ZeroDivisionError" in caplog.text
    assert offered(look(source, world)) == [("1.csv", "writing")]


def test_only_sources_whose_time_has_come_are_looked_at(source, queue):
    look_at_due_sources()
    due = waiting(queue)
    Source.objects.update(next_look_at=timezone.now() + timedelta(minutes=1))
    look_at_due_sources()
    Source.objects.update(next_look_at=timezone.now(), is_paused=True)
    look_at_due_sources()
    look_at_source(source.pk)
    Source.objects.update(is_paused=False)
    switch_off(source.connection)
    look_at_due_sources()
    look_at_source(source.pk)

    source.refresh_from_db()
    assert due == [("enrichment.tasks.look_at_source", [source.pk])]
    assert waiting(queue) == []
    assert source.looked_at is None


def test_files_that_are_gone_for_long_are_forgotten_and_others_are_not(source, put, world):
    path = put("1.csv", "first")
    put("2.csv", "second")
    look(source, world)
    path.unlink()
    look(source, world)
    SourceFile.objects.filter(name="1.csv").update(seen_at=timezone.now() - timedelta(days=91))

    assert forget_gone_files() == 1
    assert [row.name for row in SourceFile.objects.all()] == ["2.csv"]
