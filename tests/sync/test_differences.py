"""What a dry run would change: stored product by product, written out field by field."""

import csv
import io
import json

import pytest

from sync import ownership
from sync.differences import as_csv, as_json_lines, store_withdrawn
from sync.foreground import run_here
from sync.models import Difference, Listing, Run
from sync.runs import create_run
from tests.factories import make_run
from tests.programs import call

pytestmark = [pytest.mark.whole_runs, pytest.mark.usefixtures("small_pages")]


@pytest.fixture
def world(make_world, passing_time):
    world = make_world(25)
    world.sleep = passing_time
    return world


def dry_run(world, catalog=None):
    catalog = world.again(catalog)
    return run_here(catalog, full=False, dry_run=True, sleep=world.sleep)


def found(run):
    """Each product's action and the names of its fields."""
    return {
        one.key: (one.action, [field for field, _, _ in one.fields])
        for one in Difference.objects.filter(run=run)
    }


def test_before_the_first_run_every_product_is_new(world):
    run = dry_run(world)

    differences = Difference.objects.filter(run=run)
    assert {one.key for one in differences} == world.listed()
    one = differences[0]
    assert all(before is None for _, before, _ in one.fields)
    fields = {field: after for field, _, after in one.fields}
    assert json.loads(fields["uuid"]) == one.key
    assert one.identifier


def test_it_has_the_fields_before_and_after(world):
    world.sync()
    edited, left, *_ = sorted(world.listed())
    sku = json.dumps(world.documents_on_shop()[edited]["values"]["sku"][0]["data"])
    world.pim.edit_product(edited, "sku", "EDITED-1", None, None)
    world.pim.disable_product(left)

    run = dry_run(world)

    assert found(run) == {edited: ("push", ["values.sku"]), left: ("withdraw", [])}
    (change,) = Difference.objects.get(key=edited).fields
    assert change == ["values.sku", sku, '"EDITED-1"']


def test_nothing_differs_when_the_channel_is_in_step(world):
    world.sync()

    assert found(dry_run(world)) == {}


def test_what_waits_since_an_earlier_run_would_be_sent_too(world):
    world.sync()
    edited, left, *_ = sorted(world.listed())
    world.pim.edit_product(edited, "sku", "EDITED-1", None, None)
    world.pim.disable_product(left)
    world.read(world.catalog)

    run = dry_run(world)

    assert run.changed == 0
    assert found(run) == {edited: ("push", ["values.sku"]), left: ("withdraw", [])}


def test_what_another_catalog_carries_makes_no_difference(world):
    sibling = world.add_catalog("Sibling")
    world.sync()
    product = world.pim.add_product("NEW-1", "shoes")
    world.select(world.catalog, "headphones")

    assert found(dry_run(world, sibling)).keys() == {product.uuid}


def test_what_another_catalog_takes_over_is_sent_in_its_words(world):
    mapped = world.add_catalog("Mapped", raw=False)
    world.sync()
    world.sync(mapped)
    left = min(world.on_shop())
    world.pim.catalogs[world.catalog.pim_catalog_id].criteria = []
    listing = Listing.objects.get(catalog=world.catalog, key=left)
    run = create_run(world.again(), Run.Trigger.MANUAL, dry_run=True)
    ownership.claim(run)

    store_withdrawn(run, [listing.pk])

    (one,) = Difference.objects.filter(run=run)
    assert (one.key, one.action) == (left, "push")
    assert "values.sku" in [field for field, _, after in one.fields if after is None]


def test_taken_up_again_it_finds_everything_once(world):
    run = create_run(world.again(), Run.Trigger.MANUAL, mode=Run.Mode.FULL, dry_run=True)
    Difference.objects.create(run=run, key="from before", action="push")

    world.work()

    assert found(run).keys() == world.listed()


@pytest.mark.django_db
def test_the_files_hold_every_value_and_no_formula():
    run = make_run(dry_run=True)
    fields = [["name", '"=1+1"', "1.50"], ["tags", None, '["a","b"]']]
    Difference.objects.create(run=run, key="k1", label="Shoe", action="push", fields=fields)
    Difference.objects.create(run=run, key="k2", action="withdraw")
    differences = Difference.objects.filter(run=run)

    rows = list(csv.DictReader(io.StringIO("".join(as_csv(differences)))))
    lines = "".join(as_json_lines(differences)).splitlines()

    assert [(row["key"], row["field"], row["before"], row["after"]) for row in rows] == [
        ("k1", "name", "'=1+1", "1.50"),
        ("k1", "tags", "", '["a","b"]'),
        ("k2", "", "", ""),
    ]
    assert '"after":1.50' in lines[0]
    assert [json.loads(line)["fields"] for line in lines] == [
        [
            {"field": "name", "before": "=1+1", "after": 1.5},
            {"field": "tags", "before": None, "after": ["a", "b"]},
        ],
        [],
    ]


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_the_command_writes_it_into_a_file(world, tmp_path, suffix):
    file = tmp_path / f"difference.{suffix}"

    ended = call("sync_catalog", world.catalog.pk, "--dry-run", "--difference", str(file), "--json")

    assert ended.status == 0
    assert all(key in file.read_text() for key in world.listed())


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("there.csv", ["--dry-run"], "is there already"),
        ("new.csv", [], "give --dry-run as well"),
        ("new.xml", ["--dry-run"], "must end in .csv or .jsonl"),
        ("nowhere/new.csv", ["--dry-run"], "There is no folder"),
    ],
)
def test_the_command_refuses_before_it_runs(world, tmp_path, name, options, says):
    (tmp_path / "there.csv").write_text("mine")

    ended = call("sync_catalog", world.catalog.pk, *options, "--difference", str(tmp_path / name))

    assert ended.status == 1
    assert says in ended.problem
    assert not Run.objects.exists()
    assert (tmp_path / "there.csv").read_text() == "mine"


def test_what_earlier_dry_runs_found_is_forgotten_but_for_the_last_two(world):
    runs = [dry_run(world) for _ in range(3)]

    kept = set(Difference.objects.values_list("run", flat=True).distinct())

    assert kept == {run.pk for run in runs[1:]}
