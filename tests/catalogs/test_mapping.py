"""Mapping schemas in the PIM: each catalog gets its channel's; one that fails stops no other."""

from datetime import timedelta

import pytest
from django.utils import timezone

from catalogs.catalogs import create_catalog
from catalogs.mapping import (
    VERSION_KNOWN_FOR,
    outdated_catalogs,
    problems_in,
    put_right,
    schema_of,
    send_to_all,
)
from catalogs.models import Catalog, Channel
from catalogs.own_fields import add_field, describe_field, set_gone
from connections.clients import client_for
from connections.models import Connection
from outbound.errors import ConfigurationError, OutboundError
from pim.mapping_schemas import reference
from sandbox.faults import Fault
from sandbox.state import Source


@pytest.fixture
def mapped(world):
    """Two catalogs whose products are mapped, beside the raw one."""
    world.add_catalog("Summer", raw=False)
    world.add_catalog("Winter", raw=False)
    return list(Catalog.objects.filter(raw=False).order_by("position"))


def add_stock(world, **changes):
    entered = {"code": "stock", "type": "number", "title": "Stock", "description": "How many."}
    return add_field(world.channel, **{**entered, "required": False, **changes})


def there(world, catalog):
    return world.pim.catalogs[Catalog.objects.get(pk=catalog.pk).pim_catalog_id]


def test_a_new_catalog_has_its_channels_schema(world, mapped):
    assert outdated_catalogs(world.channel) == []
    assert [one.schema_digest != "" for one in Catalog.objects.order_by("position")] == [
        False,
        True,
        True,
    ]


def test_a_field_that_is_added_reaches_every_mapped_catalog_and_leaves_its_mapping(world, mapped):
    before = dict(there(world, mapped[0]).mapping)
    add_stock(world)

    assert outdated_catalogs(world.channel) == mapped
    sent = send_to_all(world.channel)

    assert [(one.catalog, one.problem) for one in sent] == [(one, "") for one in mapped]
    for one in mapped:
        assert there(world, one).schema["properties"]["stock"]["title"] == "Stock"
    assert there(world, mapped[0]).mapping == {**before, "stock": Source(None)}
    assert outdated_catalogs(world.channel) == []


def test_sending_twice_changes_nothing(world, mapped):
    add_stock(world)
    send_to_all(world.channel)
    before = [there(world, one).schema for one in mapped]

    assert send_to_all(world.channel) == []
    for one in mapped:
        assert put_right(one, client_for(world.connection)) == ""

    assert [there(world, one).schema for one in mapped] == before


def test_one_that_fails_is_told_and_the_others_get_theirs(world, mapped):
    del world.pim.catalogs[mapped[0].pim_catalog_id]
    add_stock(world)

    sent = send_to_all(world.channel)

    assert len(problems_in(sent)) == 1
    assert problems_in(sent)[0].startswith("“Summer”: The catalog no longer exists")
    assert "stock" in there(world, mapped[1]).schema["properties"]
    assert outdated_catalogs(world.channel) == [mapped[0]]


def test_what_is_left_over_is_sent_the_next_time(world, mapped):
    add_stock(world)
    world.pim.faults.add(Fault("500", r"/mapping-schemas/product$", times=3))

    first = send_to_all(world.channel)
    left_over = outdated_catalogs(world.channel)
    second = send_to_all(world.channel)

    assert [bool(one.problem) for one in first] == [True, False]
    assert left_over == [mapped[0]]
    assert [(one.catalog, one.problem) for one in second] == [(mapped[0], "")]


def test_without_a_connection_each_catalog_says_so(world, mapped):
    add_stock(world)
    Connection.objects.update(state=Connection.State.DISCONNECTED)
    channel = Channel.objects.select_related("connection").get()

    assert all("Connect" in one.problem for one in send_to_all(channel))
    assert outdated_catalogs(channel) == mapped


def test_a_target_that_becomes_needed_is_not_required_of_a_mapping_that_is_there(world, mapped):
    """Or nobody could save that mapping any more, and the PIM might disable the catalog."""
    add_stock(world, required=True)
    send_to_all(world.channel)
    new = create_catalog(world.channel, name="New", every=None, raw=False)

    assert there(world, mapped[0]).schema["required"] == ["uuid"]
    assert there(world, new).schema["required"] == ["uuid", "stock"]


def test_a_target_that_is_needed_no_more_is_not_required_any_more(world):
    add_stock(world, required=True)
    catalog = create_catalog(world.channel, name="New", every=None, raw=False)
    describe_field(world.channel, "stock", title="Stock", description="", required=False)

    send_to_all(world.channel)

    assert there(world, catalog).schema["required"] == ["uuid"]


def test_a_field_that_is_gone_stays_with_its_mapping(world, mapped):
    add_stock(world)
    send_to_all(world.channel)
    there(world, mapped[0]).mapping["stock"] = Source("weight")
    set_gone(world.channel, "stock", True)

    send_to_all(world.channel)

    target = there(world, mapped[0]).schema["properties"]["stock"]
    assert target["title"] == "Stock (no longer at the channel)"
    assert there(world, mapped[0]).mapping["stock"] == Source("weight")


class TestAnOlderPim:
    @pytest.fixture(autouse=True)
    def older(self, world):
        world.pim.schema_versions = frozenset({"1.0.0", "1.0.1", "0.0.13"})

    def test_it_gets_the_newest_version_that_it_takes(self, world):
        catalog = create_catalog(world.channel, name="New", every=None, raw=False)

        assert there(world, catalog).schema["$schema"] == reference("1.0.1")
        world.connection.refresh_from_db()
        assert world.connection.schema_version == "1.0.1"

    def test_it_is_asked_only_once_what_it_takes(self, world):
        create_catalog(world.channel, name="First", every=None, raw=False)
        world.pim.schema_versions = frozenset()  # it was updated meanwhile
        second = create_catalog(world.channel, name="Second", every=None, raw=False)
        at = timezone.now() - VERSION_KNOWN_FOR - timedelta(minutes=1)
        Connection.objects.update(schema_version_at=at)
        world.channel.connection.refresh_from_db()
        third = create_catalog(world.channel, name="Third", every=None, raw=False)

        assert there(world, second).schema["$schema"] == reference("1.0.1")
        assert there(world, third).schema["$schema"] == reference("1.0.3")

    def test_fields_that_it_cannot_hold_are_told_until_it_is_updated(self, world):
        create_catalog(world.channel, name="Before", every=None, raw=False)
        add_field(
            world.channel,
            code="net_weight",
            type="measurement",
            title="Net weight",
            description="",
            required=False,
        )

        with pytest.raises(ConfigurationError, match="too old for the fields of this channel"):
            create_catalog(world.channel, name="New", every=None, raw=False)
        world.pim.schema_versions = frozenset()
        catalog = create_catalog(world.channel, name="New", every=None, raw=False)

        assert there(world, catalog).schema["$schema"] == reference("1.0.3")

    def test_its_schema_counts_as_ours(self, world):
        catalog = create_catalog(world.channel, name="New", every=None, raw=False)
        there(world, catalog).schema["title"] = "As the PIM writes it"

        assert put_right(catalog, client_for(world.connection)) == ""

        assert there(world, catalog).schema["title"] == "As the PIM writes it"


def test_a_schema_that_the_pim_would_refuse_is_told_before_it_is_asked(world, monkeypatch):
    Channel.objects.update(
        fields=[{"code": "stock", "type": "integer", "title": "Stock", "description": ""}]
    )
    world.channel.refresh_from_db()
    calls = world.pim.traffic.as_json()

    with pytest.raises(OutboundError, match=r"refuse them: “Stock” \(stock\)"):
        create_catalog(world.channel, name="New", every=None, raw=False)

    assert world.pim.traffic.as_json() == calls


class TestSomebodyChangedIt:
    def test_a_removed_schema_is_put_back_and_the_catalog_paused(self, world, mapped):
        there(world, mapped[0]).schema, there(world, mapped[0]).mapping = None, {}

        lost = put_right(mapped[0], client_for(world.connection))

        assert lost == "Its mapping was removed in Akeneo."
        assert there(world, mapped[0]).schema == schema_of(world.channel)
        paused = Catalog.objects.get(pk=mapped[0].pk)
        assert paused.is_paused
        assert "Map again in Akeneo" in paused.pause_reason

    def test_targets_that_were_taken_out_are_named(self, world, mapped):
        for code in ("color", "size"):
            del there(world, mapped[0]).schema["properties"][code]

        lost = put_right(mapped[0], client_for(world.connection))

        assert lost == "“Colour”, “Size” were taken out of its mapping in Akeneo."
        assert "color" in there(world, mapped[0]).schema["properties"]
        assert Catalog.objects.get(pk=mapped[0].pk).is_paused

    def test_another_title_is_put_right_without_a_word(self, world, mapped):
        there(world, mapped[0]).schema["properties"]["color"]["title"] = "Hue"

        assert put_right(mapped[0], client_for(world.connection)) == ""

        assert there(world, mapped[0]).schema["properties"]["color"]["title"] == "Colour"
        assert not Catalog.objects.get(pk=mapped[0].pk).is_paused

    def test_it_is_paused_before_the_schema_is_put_back(self, world, mapped):
        """A process that dies in between must not leave an empty mapping that looks right."""
        there(world, mapped[0]).schema = None
        world.pim.faults.add(Fault("500", r"/mapping-schemas/product$", after=1, times=9))

        with pytest.raises(OutboundError):
            put_right(mapped[0], client_for(world.connection, patient=False))

        assert Catalog.objects.get(pk=mapped[0].pk).is_paused
