"""What the app asks for, and what it says when it was granted less."""

import pytest
from django.utils import timezone

from connections.abilities import (
    ABILITIES,
    CREATING_ATTRIBUTES,
    ENRICHMENT,
    missing_abilities,
    wanted_scopes,
)
from connections.models import Connection
from pim.scopes import expand, join

STRUCTURE = [
    *("read_association_types", "read_catalog_structure", "read_categories"),
    *("read_channel_localization", "read_channel_settings", "read_attribute_options"),
]
READ = ["read_products", *STRUCTURE]
EVERYWHERE = [
    *("read_products", "read_structure", "notice_options", "write_catalogs", "delete_catalogs")
]
ALL = ["openid", "profile", "email", *READ, "write_catalogs", "delete_catalogs"]


def codes(granted, **values):
    connection = Connection(scopes=granted, **values)
    return [ability.code for ability in missing_abilities(connection)]


def enriched(**values):
    return Connection(enriched_since=timezone.now(), **values)


def test_it_asks_for_what_its_abilities_need():
    assert wanted_scopes() == frozenset().union(*(ability.scopes for ability in ABILITIES))
    assert {"openid", "read_products", "read_catalogs"} <= wanted_scopes()


def test_the_pim_takes_the_whole_list():
    assert len(join(wanted_scopes(enriched(may_create_attributes=True)))) <= 1000


@pytest.mark.parametrize(
    ("granted", "missing"),
    [
        (ALL, []),
        (sorted(wanted_scopes()), []),
        # The PIM may leave out what another scope includes.
        ([*READ, "delete_catalogs"], []),
        (["write_products", *STRUCTURE, "delete_catalogs"], []),
        (["read_products", "delete_catalogs"], ["read_structure", "notice_options"]),
        ([*READ, "write_catalogs"], ["delete_catalogs"]),
        ([*READ, "read_catalogs"], ["write_catalogs", "delete_catalogs"]),
        ([*STRUCTURE, "delete_catalogs"], ["read_products"]),
        (READ, ["read_products", "write_catalogs", "delete_catalogs"]),
        ([], EVERYWHERE),
        (["unknown"], EVERYWHERE),
        # Who the person is was proved by the ID token: these scopes come and go per person.
        ([*READ, "delete_catalogs", "openid"], []),
    ],
)
def test_it_says_what_is_missing(granted, missing):
    assert codes(granted) == missing


def test_every_ability_says_what_does_not_work_without_it():
    for ability in (*ABILITIES, *ENRICHMENT, *CREATING_ATTRIBUTES):
        assert ability.label
        assert ability.without.endswith(".")


def test_nothing_is_asked_for_twice_under_another_name():
    everything = (*ABILITIES, *ENRICHMENT, *CREATING_ATTRIBUTES)
    needed = {ability.code: ability.scopes for ability in everything}

    assert expand(needed["delete_catalogs"]) >= needed["write_catalogs"]
    assert len(needed) == len(everything)


def test_it_asks_for_nothing_to_write_until_somebody_switches_that_on():
    writing = {"write_products", "write_attribute_options", "write_assets"}
    structure = {"write_catalog_structure"}

    assert not (writing | structure) & wanted_scopes()
    assert not (writing | structure) & wanted_scopes(Connection())
    assert not structure & wanted_scopes(enriched())
    assert wanted_scopes(enriched()) > wanted_scopes() | writing
    assert wanted_scopes(enriched(may_create_attributes=True)) >= writing | structure


def test_what_an_edition_may_not_have_is_never_missed():
    on = {"enriched_since": timezone.now()}

    assert codes(ALL) == []
    assert codes(ALL, **on) == ["write_products", "write_options"]
    assert codes([*ALL, "write_products", "write_attribute_options"], **on) == []
    assert codes(ALL, may_create_attributes=True, **on)[-1] == "write_structure"
