"""A look at a few products: as the channel will get them, and nothing of them stored or sent."""

import json

import pytest

from catalogs.catalogs import create_catalog
from catalogs.channels import create_channel
from catalogs.models import Catalog, MediaFile
from channels.targets import Target, as_json
from connections.clients import client_for
from sandbox.faults import Fault
from sandbox.state import Criterion
from sync import ownership
from sync.looking import look_first
from sync.models import Document, KeyPage, Listing, Look, Run
from sync.setting_up import start_look
from tests.models_world import use_models
from tests.retries import no_time_between_tries  # noqa: F401  # for all tests here
from tests.sync.media.pictures import add_catalog as add_catalog_with_pictures


def set_up(world, *, channel=None, mapped=True, enabled=True):
    """A catalog that people are setting up, enabled and mapped in the PIM."""
    channel = channel or world.channel
    catalog = create_catalog(channel, name="New one", every=30, raw=False, is_started=False)
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.enabled = enabled
    if mapped:
        world.pim.auto_map(there)
    return catalog


@pytest.fixture
def catalog(world):
    return set_up(world)


def looked(world, catalog):
    start_look(catalog)
    (run,) = world.work()
    return run


def test_it_counts_the_products_and_looks_at_a_page_of_them(world, catalog):
    run = looked(world, catalog)

    assert (run.status, run.problem) == (Run.Status.SUCCEEDED, "")
    look = Look.objects.get()
    assert (look.total, look.sampled) == (len(world.listed(catalog)),) * 2
    assert (look.is_mapped, look.missing, look.incomplete) == (True, {}, 0)
    assert len(look.examples) == 3
    assert {one["key"] for one in look.first} <= world.listed(catalog)
    assert len(look.first) == 10


def test_nothing_is_stored_of_the_products_and_nothing_sent(world, catalog):
    looked(world, catalog)

    assert [model.objects.count() for model in (Listing, Document, KeyPage)] == [0, 0, 0]
    assert world.on_shop() == set()


def test_the_examples_are_what_a_run_would_send(world, catalog):
    looked(world, catalog)

    documents = world.documents(catalog)
    for example in Look.objects.get().examples:
        document = documents[example["key"]]
        assert example["label"] == document["name"]
        fields = dict(example["fields"])
        assert fields["sku"] == f'"{document["sku"]}"'


def test_looking_again_replaces_what_was_found(world, catalog):
    looked(world, catalog)
    before = Look.objects.get()
    world.pim.disable_product(before.first[0]["key"])

    looked(world, catalog)

    after = Look.objects.get()
    assert after.pk != before.pk
    assert (before.total, after.total) == (before.sampled, before.sampled - 1)


def test_looking_again_at_the_same_chooses_the_same(world, catalog):
    looked(world, catalog)
    first = Look.objects.get().first

    looked(world, catalog)

    assert Look.objects.get().first == first


def test_needed_fields_that_arrive_empty_are_counted(world):
    needed = Target("stock", "number", "Stock", "How many there are.", required=True)
    world.channel.fields = as_json([needed])
    world.channel.save()
    catalog = set_up(world)

    looked(world, catalog)

    look = Look.objects.get()
    without = [key for key, one in world.documents(catalog).items() if "stock" not in one]
    assert look.missing == {"stock": len(without)}
    assert 0 < len(without) < look.sampled
    assert not {one["key"] for one in look.first} & set(without)  # the best are sent first


def test_a_catalog_without_any_mapping_is_told_from_one_with(world):
    catalog = set_up(world, mapped=False)

    run = looked(world, catalog)

    assert run.status == Run.Status.SUCCEEDED
    assert Look.objects.get().is_mapped is False


def test_a_catalog_without_products_has_nothing_to_send(world, catalog):
    there = world.pim.catalogs[catalog.pim_catalog_id]
    there.criteria = [Criterion("enabled", "=", False), Criterion("enabled", "=", True)]

    run = looked(world, catalog)

    look = Look.objects.get()
    assert (run.status, look.total, look.first) == (Run.Status.SUCCEEDED, 0, [])


def test_a_disabled_catalog_is_told_in_words(world):
    catalog = set_up(world, enabled=False)

    run = looked(world, catalog)

    assert run.status == Run.Status.STOPPED
    assert "is disabled in the PIM" in run.problem
    assert not Look.objects.exists()


def test_a_pim_that_is_gone_is_told_in_words_and_what_was_found_stays(world, catalog, waited):
    looked(world, catalog)
    before = Look.objects.get()
    world.pim.faults.add(Fault("500", path="/product-uuids", times=1000))

    start_look(catalog)
    (run,) = world.work()

    assert run.status == Run.Status.FAILED
    assert run.problem
    assert Look.objects.get() == before


def test_a_look_that_died_is_taken_up_from_its_beginning(world, catalog):
    start_look(catalog)
    run = Run.objects.select_related("catalog__channel__connection").get()
    assert ownership.claim(run)
    dead = client_for(world.connection)

    def die():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        look_first(run, dead, go_on=die)
    assert not Look.objects.exists()
    Run.objects.update(owner="elsewhere|1|1|x")
    Run.objects.update(owner="")

    world.work()

    assert Look.objects.get().sampled == len(world.listed(catalog))


def test_pictures_are_shown_from_this_app(world):
    channel = create_channel(
        world.connection,
        name="With pictures",
        kind="http",
        values={"endpoint": f"{world.url}/shop/ingest"},
        by_staff=True,
    )
    catalog = add_catalog_with_pictures(world, channel)

    looked(world, catalog)

    pictures = [one["picture"] for one in Look.objects.get().examples]
    assert all(pictures)
    digests = set(MediaFile.objects.values_list("digest", flat=True))
    assert all(any(digest in picture for digest in digests) for picture in pictures)


def test_a_picture_that_cannot_be_had_stops_nobody(world):
    catalog = add_catalog_with_pictures(world, world.channel)
    world.pim.faults.add(Fault("500", path="/media-files/", times=1000))

    run = looked(world, catalog)

    assert run.status == Run.Status.SUCCEEDED
    assert [one["picture"] for one in Look.objects.get().examples] == ["", "", ""]


def test_of_models_both_kinds_are_looked_at(world, monkeypatch):
    models = use_models(world, monkeypatch)

    looked(world, world.catalog)

    look = Look.objects.get()
    keys = {one["key"] for one in look.first}
    assert keys & set(models.codes)
    assert keys & set(models.simple)
    assert Catalog.objects.get(pk=world.catalog.pk).has_models
    example = next(one for one in look.examples if one["variants"])
    [uuid, name], *_ = example["variants"].items()
    fields = dict(example["fields"])
    assert name.startswith(json.loads(fields[f"variants.{uuid}.sku"]))


def test_two_clicks_begin_one_look(world, catalog):
    one = start_look(catalog)

    assert start_look(catalog) == one
    assert Run.objects.count() == 1
