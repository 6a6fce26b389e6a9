"""The check-list of the attributes, the files for Akeneo's imports, and creating them."""

import csv
import io

import pytest

from connections.enriching import switch_on
from connections.models import AuditRecord
from enrichment.structure import Structure
from enrichment.translations.by_attributes import defining
from enrichment.translations.by_attributes.checking import check
from enrichment.translations.by_attributes.creating import create_missing, may_create
from enrichment.translations.by_attributes.steering import GROUP, Steering
from outbound.errors import ConfigurationError
from tests.enrichment.translations.by_attributes.conftest import (
    FLAG,
    LOCALES,
    STATUS,
    STEERING,
    add_to_families,
)


@pytest.fixture
def checked(enrichment):
    """The check-list, by what each attribute is for."""

    def look(steering=STEERING):
        return {one.role: one for one in check(Structure(enrichment.client), steering)}

    return look


def rows(text):
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_a_pim_without_them_lacks_everything(checked):
    found = checked()

    assert [one.exists for one in found.values()] == [False, False, False]
    assert found["flag"].problems == [f"Akeneo has no attribute “{FLAG}”. Create it."]
    assert found["locales"].missing_options == ["de_DE", "fr_FR"]
    assert found["status"].missing_options == ["INPROGRESS", "TRANSLATED", "CANCELLED"]


def test_created_they_lack_only_their_families(checked, enrichment):
    refused = create_missing(enrichment.connection, STEERING)

    found = checked()
    assert refused == []
    assert [one.problems for one in found.values()] == [[], [], []]
    assert all("Not in the families" in one.notes[0] for one in found.values())
    assert AuditRecord.objects.latest("pk").details["attributes"] == sorted([FLAG, LOCALES, STATUS])
    attributes = enrichment.pim.assortment.attributes
    assert {attributes[code]["group"] for code in (FLAG, LOCALES, STATUS)} == {GROUP}
    assert [attributes[code]["localizable"] for code in (FLAG, LOCALES, STATUS)] == [0, 0, 1]
    add_to_families(enrichment.pim)
    assert all(one.is_right for one in checked().values())


def test_created_again_nothing_is_changed(checked, enrichment):
    create_missing(enrichment.connection, STEERING)
    assortment = enrichment.pim.assortment
    assortment.attribute_groups[GROUP]["labels"] = {"en_US": "Ours"}
    before = (dict(assortment.attributes), dict(assortment.attribute_groups))

    assert create_missing(enrichment.connection, STEERING) == []

    assert (assortment.attributes, assortment.attribute_groups) == before


@pytest.mark.parametrize(
    ("changes", "role", "said"),
    [
        ({"flag": "name"}, "flag", "“name” is no yes/no attribute"),
        ({"locales": "brand"}, "locales", "“brand” is no multi select"),
        ({"status": "materials"}, "status", "“materials” is no simple select"),
        ({"status": "brand"}, "status", "“brand” lacks the options INPROGRESS, TRANSLATED"),
        ({"locales": "materials"}, "locales", "“materials” has no language of Akeneo"),
    ],
)
def test_what_does_not_fit_is_said(checked, changes, role, said):
    found = checked(Steering(source_locale="en_US", **changes))

    assert said in " ".join(found[role].problems)


def test_a_language_without_an_option_is_a_note(checked, enrichment):
    create_missing(enrichment.connection, STEERING)
    add_to_families(enrichment.pim)
    del enrichment.pim.assortment.options[LOCALES]["fr_FR"]

    found = checked()["locales"]

    assert found.problems == []
    assert found.notes == ["Without an option nobody can ask for fr_FR."]
    create_missing(enrichment.connection, STEERING)
    assert checked()["locales"].is_right


def test_one_of_another_type_is_left_alone(checked, enrichment):
    steering = Steering(source_locale="en_US", flag="name")
    before = dict(enrichment.pim.assortment.attributes["name"])

    create_missing(enrichment.connection, steering)

    assert enrichment.pim.assortment.attributes["name"] == before


def test_without_the_pims_leave_nothing_is_created(enrichment):
    enrichment.connection.scopes = [
        one for one in enrichment.connection.scopes if one != "write_catalog_structure"
    ]
    enrichment.connection.save()

    assert not may_create(enrichment.connection)
    with pytest.raises(ConfigurationError, match="may not create attributes"):
        create_missing(enrichment.connection, STEERING)


def test_without_peoples_leave_nothing_is_created(enrichment):
    switch_on(enrichment.connection, may_create_attributes=False)

    assert not may_create(enrichment.connection)


def test_what_the_pim_refuses_is_told_in_its_words(enrichment):
    [said] = create_missing(enrichment.connection, Steering(source_locale="en_US", flag="a-b"))

    assert said.startswith("a-b: ")
    assert "letters, numbers and underscores" in said


def test_the_files_are_those_of_akeneos_imports(checked):
    found = list(checked().values())

    assert rows(defining.file("groups", found)) == [{"code": GROUP, "label-en_US": "Translations"}]
    attributes = {one["code"]: one for one in rows(defining.file("attributes", found))}
    assert attributes[STATUS] == {
        "code": STATUS,
        "type": "pim_catalog_simpleselect",
        "group": GROUP,
        "localizable": "1",
        "scopable": "0",
        "useable_as_grid_filter": "1",
        "label-en_US": "Translation status",
    }
    assert [one["type"] for one in attributes.values()] == [
        "pim_catalog_boolean",
        "pim_catalog_multiselect",
        "pim_catalog_simpleselect",
    ]
    options = [(one["attribute"], one["code"]) for one in rows(defining.file("options", found))]
    assert options == [
        *((LOCALES, code) for code in ("de_DE", "fr_FR")),
        *((STATUS, code) for code in ("INPROGRESS", "TRANSLATED", "CANCELLED")),
    ]
