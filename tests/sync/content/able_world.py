"""What tests ask of a world whose catalog says what its products carry."""

import json

from catalogs.content import set_content


def in_pim(world):
    return world.pim.catalogs[world.catalog.pim_catalog_id]


def setting(world, **values):
    set_content(world.again(), **values)
    return world.again()


def on_shop(shop):
    return {key: json.loads(body) for key, body in shop.products.items()}


def requests(world):
    """What the PIM was asked for since the last look."""
    asked = world.pim.traffic.as_json()["requests"]
    world.pim.traffic.reset()
    return asked
