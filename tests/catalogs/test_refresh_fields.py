"""`refresh_fields`: what a channel's own fields would become, and with --apply what they are."""

import pytest

from catalogs.models import Channel
from channels.registry import KINDS
from channels.targets import Target
from outbound.errors import TransientError
from sandbox.faults import Fault
from tests.channels.memory import SHOPS, Shop
from tests.channels.memory_fields import FIELDS, FieldsAdapter
from tests.factories import make_channel
from tests.programs import call

MATERIAL = Target("material", "string", "Material", "What it is made of.")
STOCK = Target("stock", "number", "Stock", "How many.")


@pytest.fixture(autouse=True)
def world(make_world):
    return make_world(1)


@pytest.fixture
def catalog(world, monkeypatch):
    """A mapped catalog of a channel that tells its own fields; it had one field so far."""
    monkeypatch.setitem(KINDS, "fields", FieldsAdapter)
    monkeypatch.setitem(SHOPS, "shop", Shop())
    monkeypatch.setitem(FIELDS, "shop", [STOCK])
    channel = make_channel(world.connection, kind="fields", settings={"shop": "shop"})
    assert call("refresh_fields", channel.pk, "--apply").status == 0
    channel.refresh_from_db()
    return world.add_catalog("Mapped", raw=False, channel=channel)


def refresh(catalog, *options):
    return call("refresh_fields", catalog.channel.pk, *options)


def stored(catalog):
    return Channel.objects.get(pk=catalog.channel.pk).targets


def in_pim(world, catalog):
    return world.pim.catalogs[catalog.pim_catalog_id].schema["properties"]


def test_without_apply_it_only_says_what_would_change(world, catalog):
    FIELDS["shop"] = [MATERIAL]

    said, ended = refresh(catalog), refresh(catalog, "--json")

    assert said.out == (
        "1 field new: material. 1 field no longer at the channel: stock. "
        "Nothing was stored: give --apply.\n"
    )
    assert ended.answer == {
        "id": catalog.channel.pk,
        "name": "Web shop",
        "applied": False,
        "added": ["material"],
        "gone": ["stock"],
        "back": [],
        "described_anew": [],
        "needed_now": [],
        "needed_no_more": [],
        "retyped": [],
        "sent": 0,
    }
    assert stored(catalog) == (STOCK,)
    assert "material" not in in_pim(world, catalog)


def test_with_apply_it_is_stored_and_sent_to_the_pim(world, catalog):
    FIELDS["shop"] = [MATERIAL, STOCK]

    ended = refresh(catalog, "--apply", "--json")
    again = refresh(catalog, "--apply")

    assert (ended.answer["applied"], ended.answer["added"], ended.answer["sent"]) == (
        *(True, ["material"]),
        1,
    )
    assert stored(catalog) == (STOCK, MATERIAL)
    assert "material" in in_pim(world, catalog)
    assert again.out == "The channel has the fields that are here already. Sent to 0 catalogs.\n"


def test_a_catalog_that_the_pim_did_not_take_is_told_and_sent_the_next_time(world, catalog):
    FIELDS["shop"] = [MATERIAL, STOCK]
    world.pim.faults.add(Fault("500", r"/mapping-schemas/product$", times=3))

    failed = refresh(catalog, "--apply", "--json")
    again = refresh(catalog, "--apply", "--json")

    assert failed.status == 1
    assert failed.problem.startswith("“Mapped”: ")
    assert (failed.answer["applied"], failed.answer["sent"]) == (True, 0)
    assert len(failed.answer["problems"]) == 1
    assert (again.status, again.answer["added"], again.answer["sent"]) == (0, [], 1)


def test_what_changed_its_type_is_told_and_left(catalog):
    FIELDS["shop"] = [Target("stock", "string", "Stock", "")]

    ended = refresh(catalog, "--apply")

    assert "Of another type at the channel, and left as they are: stock." in ended.out
    assert stored(catalog) == (STOCK,)


def test_a_channel_that_does_not_answer_is_one_line(catalog):
    SHOPS["shop"].fault = TransientError("The shop is closed.")

    ended = refresh(catalog, "--apply", "--json")

    assert (ended.status, ended.out, ended.problem) == (1, "", "The shop is closed.")


@pytest.mark.parametrize(
    ("number", "says"),
    [(4_000_000, "There is no channel 4000000."), (10**30, f"There is no channel {10**30}.")],
)
def test_a_channel_that_is_not_there_is_one_line(number, says):
    ended = call("refresh_fields", number)

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem


def test_a_channel_whose_fields_people_write_down_is_one_line(world):
    ended = call("refresh_fields", world.channel.pk, "--apply")

    assert ended.status == 1
    assert ended.problem == "“Shop” tells no fields of its own: there is nothing to refresh."


def test_a_channel_that_is_being_removed_is_left_alone(catalog):
    Channel.objects.filter(pk=catalog.channel.pk).update(removing_since=catalog.created_at)

    assert "There is no channel" in refresh(catalog, "--apply").problem
