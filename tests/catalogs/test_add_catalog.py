import pytest

from catalogs.models import Catalog, Channel
from channels.registry import KINDS
from connections.models import AuditRecord, Connection
from sandbox.faults import Fault
from sandbox.rest import mapping_schemas
from tests.channels.able import AbleAdapter
from tests.channels.shop import HttpShopAdapter
from tests.factories import make_channel, make_connection
from tests.programs import call


@pytest.fixture(autouse=True)
def world(make_world):
    return make_world(1)


def add(world, *options, name="Autumn", pim=None, channel=None):
    return call(
        *("add_catalog", name, "--pim", pim or world.url),
        *("--channel", world.channel.pk if channel is None else channel),
        *options,
        "--json",
    )


def added(world):
    """The one catalog beside the world's own."""
    return Catalog.objects.exclude(pk=world.catalog.pk).get()


def test_it_creates_a_catalog_on_both_sides(world):
    ended = add(world)

    catalog = added(world)
    assert (ended.status, ended.err) == (0, "")
    assert ended.answer == {
        "id": catalog.pk,
        "pim_catalog_id": catalog.pim_catalog_id,
        "configure_url": f"{world.url}/connect/apps/v1/catalogs/{catalog.pim_catalog_id}",
    }
    assert (catalog.name, catalog.channel, catalog.raw) == ("Autumn", world.channel, False)
    assert world.pim.catalogs[catalog.pim_catalog_id].schema


@pytest.mark.parametrize(
    ("options", "minutes"),
    [([], 30), (["--every", "15m"], 15), (["--every", "2h"], 120), (["--every=1d"], 1440)],
)
def test_it_syncs_as_often_as_it_is_told(world, options, minutes):
    add(world, *options)

    assert added(world).every == minutes


def test_a_raw_catalog_has_no_schema(world):
    add(world, "--raw")

    assert added(world).raw
    assert world.pim.catalogs[added(world).pim_catalog_id].schema is None


def test_models_are_asked_for(world, monkeypatch):
    monkeypatch.setitem(KINDS, "http-shop", HttpShopAdapter)
    Channel.objects.update(kind="http-shop")
    Catalog.objects.all().delete()  # products side by side do not go beside models

    add(world, "--models")

    assert added(world).has_models


def test_models_are_refused_by_a_channel_without_variants(world):
    ended = add(world, "--models")

    assert ended.status == 1
    assert "knows no variants" in ended.err


@pytest.mark.parametrize(
    ("options", "arguments", "says"),
    [
        ([], {"name": ""}, "A name is needed."),
        ([], {"name": " \t"}, "A name is needed."),
        ([], {"name": "x" * 256}, "The name is too long: 255 characters at most."),
        (["--every", "30"], {}, "Write it like 15m, 2h or 1d"),
        (["--every", "0m"], {}, "Write it like 15m, 2h or 1d"),
        (["--every", ""], {}, "Write it like 15m, 2h or 1d"),
        (["--every", "32d"], {}, "(31d at most)"),
        ([], {"channel": 4_000_000}, "There is no channel 4000000 for "),
        ([], {"channel": 10**30}, f"There is no channel {10**30} for "),
        ([], {"channel": -1}, "There is no channel -1 for "),
        ([], {"pim": "https://unknown.cloud.akeneo.com"}, "Register it with register_pim"),
        ([], {"pim": "nonsense"}, "This is not the address of a PIM"),
    ],
)
def test_what_cannot_be_is_an_error_in_one_line(world, options, arguments, says):
    there = dict(world.pim.catalogs)

    ended = add(world, *options, **arguments)

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem
    assert Catalog.objects.get() == world.catalog
    assert world.pim.catalogs == there


def test_the_channel_of_another_pim_is_an_error(world):
    elsewhere = make_channel(make_connection())

    ended = add(world, channel=elsewhere.pk)

    assert (ended.status, ended.out) == (1, "")
    assert ended.problem == f"There is no channel {elsewhere.pk} for {world.url}."


def test_a_channel_that_is_being_removed_gets_no_catalog(world):
    leaving = make_channel(world.connection, removing_since=world.channel.created_at)

    ended = add(world, channel=leaving.pk)

    assert ended.status == 1
    assert f"There is no channel {leaving.pk}" in ended.problem


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (Connection.State.REGISTERED, "not connected yet. Click Connect in the PIM."),
        (Connection.State.DISCONNECTED, "connect again from the PIM"),
    ],
)
def test_a_pim_that_is_not_connected_is_an_error_with_the_way_out(world, state, says):
    Connection.objects.update(state=state)

    ended = add(world)

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Fault("html", "/catalogs$"), "Look in the PIM before trying again."),
        (Fault("500", "/mapping-schemas/", times=99), "Try again in a few minutes."),
        (Fault("disconnect", "/catalogs$"), "connect again from the PIM"),
    ],
)
def test_a_pim_that_fails_is_an_error_in_one_line(world, fault, says):
    world.pim.faults.add(fault)

    ended = add(world)

    assert (ended.status, ended.out) == (1, "")
    assert says in ended.problem
    assert Catalog.objects.get() == world.catalog


def test_the_pims_limit_is_an_error_in_one_line(world):
    world.pim.catalog_limit = 1

    ended = add(world)

    assert (ended.status, ended.out) == (1, "")
    assert "no room for another catalog" in ended.problem


def test_a_schema_that_is_refused_is_an_error_in_one_line(world, monkeypatch):
    monkeypatch.setattr(mapping_schemas, "VERSIONS", frozenset())

    ended = add(world)

    assert (ended.status, ended.out) == (1, "")
    assert "too old for the fields of this channel" in ended.problem
    assert Catalog.objects.get() == world.catalog


@pytest.mark.parametrize("missing", ["--pim", "--channel"])
def test_it_needs_a_pim_and_a_channel(world, missing):
    arguments = {"--pim": world.url, "--channel": str(world.channel.pk)}
    del arguments[missing]

    ended = call("add_catalog", "Autumn", *(part for pair in arguments.items() for part in pair))

    assert ended.status
    assert missing in ended.problem


class TestWhatProductsCarry:
    @pytest.fixture(autouse=True)
    def able(self, world, monkeypatch):
        """A channel that can do everything that a catalog may ask for."""
        monkeypatch.setitem(KINDS, "able", AbleAdapter)
        Channel.objects.update(kind="able")

    def test_it_is_set_from_the_start_and_told_to_the_pim(self, world):
        ended = add(
            world,
            *("--locale", "en_US", "--language", "en_US=en", "--language", "fr_FR=fr"),
            *("--when-missing", "fr=keep", "--currency", "EUR", "--currency=usd"),
            *("--complete-for", "ecommerce", "--when-incomplete", "leave", "--root", "master"),
            *("--relation", "UPSELL=related", "--shop", "main=1", "--set-when", "name=new"),
        )

        catalog = added(world)
        there = world.pim.catalogs[catalog.pim_catalog_id]
        assert (ended.status, ended.err) == (0, "")
        assert ended.answer["content"] == {
            "locale": "en_US",
            "locales": {"en_US": "en", "fr_FR": "fr"},
            "when_missing": {"fr": "keep"},
            "currencies": ["EUR", "USD"],
            "complete_for": "ecommerce",
            "when_incomplete": "leave",
            "category_root": "master",
            "relations": {"UPSELL": "related"},
            "shops": {"main": "1"},
            "set_when": {"name": "new"},
        }
        for name, value in ended.answer["content"].items():
            assert getattr(catalog, name) == value
        assert there.managed_locales == ["en_US", "fr_FR"]
        assert there.managed_currencies == ["EUR", "USD"]
        record = AuditRecord.objects.filter(action="catalog_created").latest("pk")
        assert record.details["category_root"] == "master"

    def test_the_pim_is_told_nothing_where_nothing_is_said(self, world):
        add(world)

        there = world.pim.catalogs[added(world).pim_catalog_id]
        assert (there.managed_locales, there.managed_currencies) == (None, None)

    def test_a_code_may_hold_an_equals_sign(self, world):
        add(world, "--shop", "b=2=1")

        assert added(world).shops == {"b=2": "1"}

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--currency", "EURO"], "--currency: “EURO” is no currency"),
            (["--language", "en_US"], "Write it like --language LOCALE=LANGUAGE."),
            (["--language", "=en"], "Write it like --language LOCALE=LANGUAGE."),
            (["--language", "a=en", "--language", "b=en"], "--language: Two languages of Akeneo"),
            (["--relation", "UPSELL=friends"], "--relation: This channel has no such links."),
            (["--set-when", "uuid=new"], "--set-when: The channel has no field “uuid”"),
            (["--when-incomplete", "sell"], "not one of the choices: withdraw, hide, leave."),
            (["--when-incomplete", "hide"], "--when-incomplete: This channel cannot hide"),
            (["--root", "x" * 101], "--root: That is too long."),
            (["--root", "mastre"], "--root: Akeneo has no category with the code “mastre”."),
            (["--raw", "--root", "master"], "as the PIM stores them"),
            (["--language", "xx_YY=xx"], "xx_YY"),
        ],
    )
    def test_what_cannot_be_is_an_error_in_one_line(self, world, options, says):
        there = dict(world.pim.catalogs)

        ended = add(world, *options)

        assert (ended.status, ended.out) == (1, "")
        assert says in ended.problem
        assert Catalog.objects.get() == world.catalog
        assert world.pim.catalogs == there
