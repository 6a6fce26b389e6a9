"""What products refer to, changed: no product's date moves, and the PIM is asked for it by date."""

import json

import pytest

from sandbox.data.assets import ATTRIBUTE, FAMILY
from sandbox.structure_edits import (
    move_category,
    remove_option,
    rename_category,
    rename_option,
    rename_record,
    save_asset,
)
from sandbox.writing.options import write_option
from tests.sandbox.api import Api

LATER = 3600
ALL_SCOPES = ("read_assets", "read_reference_entities", "read_reference_entity_records")


@pytest.fixture
def api():
    api = Api(40)
    api.pim.add_assets()
    api.pim.add_bicycles()
    now = api.pim.clock()
    api.pim.clock = lambda: now
    save_asset(api.pim, FAMILY, "front", {"photographer": [value("Ann")]})
    save_asset(api.pim, FAMILY, "back", {"photographer": [value("Ann")]})
    api.pim.edit_product(uuids(api)[0], ATTRIBUTE, ["front"])
    api.pim.clock = lambda: now + LATER
    app = api.pim.apps[next(iter(api.pim.apps))]
    api.pim.grant(app, app.scopes | set(ALL_SCOPES))
    return api


@pytest.fixture
def before(api):
    return dates(api)


def uuids(api):
    return [one.uuid for one in api.pim.assortment.products_after()]


def value(data):
    return {"locale": None, "channel": None, "data": data}


def dates(api):
    return {one.uuid: one.updated for one in api.pim.assortment.products_after()}


def values(api):
    assortment = api.pim.assortment
    return {one.uuid: assortment.values_of(one) for one in assortment.products_after()}


def found(api, path, **search):
    shown, _ = api.all(path, search=json.dumps(search))
    return [one.get("code") or one["uuid"] for one in shown]


SINCE = [{"operator": ">", "value": "2025-06-15T15:30:00+00:00"}]


def test_no_value_of_a_product_follows_an_option():
    changed, untouched = Api(40), Api(40)
    rename_option(changed.pim, "color", "black", "en_US", "Jet black")
    remove_option(changed.pim, "color", "grey")
    remove_option(changed.pim, "brand", "alba")
    write_option(changed.pim.assortment, "materials", "hemp", {}, "")

    assert values(changed) == values(untouched)


def test_a_removed_option_of_a_product_has_no_label_to_link_to(api):
    remove_option(api.pim, "materials", "cotton")

    found = api.all("/products-uuid", limit=100, with_attribute_options="true")[0]

    entries = [entry for one in found for entry in one["values"].get("materials", ())]
    assert any("cotton" in entry["data"] for entry in entries)
    assert not any("cotton" in entry["linked_data"] for entry in entries)


def test_options_are_renamed_and_removed_without_any_date(api, before):
    rename_option(api.pim, "color", "black", "en_US", "Jet black")
    remove_option(api.pim, "color", "red")

    shown, _ = api.all("/attributes/color/options", limit=100)

    labels = {one["code"]: one["labels"] for one in shown}
    assert (labels["black"]["en_US"], labels["black"]["fr_FR"]) == ("Jet black", "Noir")
    assert "red" not in labels
    assert dates(api) == before


def test_categories_records_and_assets_are_found_by_their_dates(api, before):
    assert found(api, "/categories", updated=SINCE) == []
    rename_category(api.pim, "mugs", "en_US", "Cups")
    move_category(api.pim, "summer_sale", "home")
    rename_record(api.pim, "frame_makers", "atelier_lyon", "en_US", "Lyon")
    save_asset(api.pim, FAMILY, "front", {"photographer": [value("Bob")]})

    assert set(found(api, "/categories", updated=SINCE)) == {"mugs", "summer_sale"}
    records = "/reference-entities/frame_makers/records"
    assert found(api, records, updated=SINCE) == ["atelier_lyon"]
    assert found(api, records, code=[{"operator": "IN", "value": ["rahmenbau_ulm"]}]) == [
        "rahmenbau_ulm"
    ]
    assert found(api, f"/asset-families/{FAMILY}/assets", updated=SINCE) == ["front"]
    assert dates(api) == before


def test_products_are_found_by_the_assets_and_records_that_they_have(api):
    front = [{"operator": "IN", "value": ["front"]}]
    maker = [{"operator": "IN", "value": ["atelier_lyon"]}]

    assert found(api, "/products-uuid", **{ATTRIBUTE: front}) == uuids(api)[:1]
    assert len(found(api, "/products-uuid", frame_maker=maker)) == 16


class TestLinked:
    SEARCH = [{"operator": ">", "value": "2025-06-15 15:30:00"}]
    TYPES = [{"operator": "IN", "value": ["asset", "reference_entity_record"]}]

    def search(self, api):
        return found(
            api,
            "/products-uuid",
            updated_including_linked_entities=self.SEARCH,
            updated_including_linked_type=self.TYPES,
        )

    def test_an_edition_without_it_refuses_it(self, api):
        search = json.dumps({"updated_including_linked_entities": self.SEARCH})

        assert api.get("/products-uuid", search=search).status_code == 422

    def test_only_what_is_followed_counts(self, api):
        api.pim.assortment.knows_linked_entities = True
        api.pim.assortment.linked_types = frozenset({"asset"})
        save_asset(api.pim, FAMILY, "front", {"photographer": [value("Bob")]})
        rename_record(api.pim, "frame_makers", "atelier_lyon", "en_US", "Lyon")
        api.pim.edit_product(uuids(api)[1], "name", "Edited", "en_US")

        by_links = self.search(api)
        api.pim.assortment.linked_types = frozenset()

        assert by_links == uuids(api)[:1]
        assert self.search(api) == []

    @pytest.mark.parametrize("types", [[], [{"operator": "=", "value": "asset"}]])
    def test_a_companion_that_cannot_be_is_refused(self, api, types):
        api.pim.assortment.knows_linked_entities = True
        search = {"updated_including_linked_type": types}

        answer = api.get("/products-uuid", search=json.dumps(search))

        assert answer.status_code == 422
