"""A catalog with one picture a product, and what became of the pictures."""

from urllib.parse import urlsplit

from django.test import Client

from sandbox.media import find
from sandbox.state import Source


def add_catalog(world, channel=None, name="With pictures"):
    catalog = world.add_catalog(name, raw=False, channel=channel)
    world.pim.catalogs[catalog.pim_catalog_id].mapping = {
        "uuid": Source("uuid"),
        "name": Source("supplier_reference"),
        "image": Source("image"),
    }
    return catalog


def files_in(tmp_path):
    return [path for path in (tmp_path / "media").rglob("*") if path.is_file()]


def downloaded(world):
    """How often the PIM was asked for a file."""
    requests = world.pim.traffic.as_json()["requests"]
    return sum(number for name, number in requests.items() if name.endswith("/download"))


def codes(world, catalog=None):
    """The code of each product's picture in the PIM."""
    there = world.pim.catalogs[(catalog or world.catalog).pim_catalog_id]
    values = {
        one.uuid: world.pim.assortment.values_of(one) for one in world.pim.listed_products(there)
    }
    return {uuid: one["image"][0]["data"] for uuid, one in values.items() if "image" in one}


def pictures(world):
    """The address of each product's picture on the shop."""
    documents = world.shop.live_documents()
    return {uuid: one["image"] for uuid, one in documents.items() if one.get("image")}


def fetch(address):
    response = Client().get(urlsplit(address).path)
    return response, b"".join(response) if response.streaming else response.content


def content(world, code):
    found = find(world.pim.assortment, code)
    assert found
    return found.content(small=world.pim.small_pictures)
