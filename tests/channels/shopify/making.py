"""Products as they begin in the stand-in, and as the shop's people make them by hand."""

from typing import Any

from tests.channels.shopify.state import Node, Shop, slug

DEFAULT_OPTION = ("Title", "Default Title")


def make_product(shop: Shop, title: str, **told: Any) -> Node:
    """A product as the shop's people make it by hand."""
    sku = told.pop("sku", "")
    product = new_product(shop, title)
    product["variants"] = [new_variant(shop, {DEFAULT_OPTION[0]: DEFAULT_OPTION[1]}, sku=sku)]
    product |= told
    shop.nodes[product["id"]] = product
    return product


def new_product(shop: Shop, title: str) -> Node:
    name, value = DEFAULT_OPTION
    return {
        "__typename": "Product",
        "id": shop.new_id("Product"),
        "title": title,
        "descriptionHtml": "",
        "handle": free_handle(shop, slug(title)),
        "vendor": "Acme",  # the shop's own name
        "productType": "",
        "tags": [],
        "status": "ACTIVE",
        "seo": {"title": None, "description": None},
        "category": None,
        "metafields": {},
        "media": [],
        "options": [option(shop, name, [value])],
        "variants": [],
        "published": set(),
    }


def free_handle(shop: Shop, wanted: str) -> str:
    taken = {one["handle"] for one in shop.products}
    handle, number = wanted, 0
    while handle in taken:
        number += 1
        handle = f"{wanted}-{number}"
    return handle


def option(shop: Shop, name: str, values: list[str]) -> Node:
    made = shop.add("ProductOption", name=name)
    made["optionValues"] = [shop.add("ProductOptionValue", name=value) for value in values]
    return made


def new_variant(shop: Shop, options: dict[str, str], sku: str = "") -> Node:
    return shop.add(
        "ProductVariant",
        sku=sku,
        barcode="",
        price="0.00",
        compareAtPrice=None,
        taxable=True,
        inventoryPolicy="DENY",
        selectedOptions=selected(options),
        inventoryItem={
            "tracked": False,
            "requiresShipping": True,
            "harmonizedSystemCode": None,
            "unitCost": None,
            "measurement": {"weight": {"value": 0.0, "unit": "KILOGRAMS"}},
        },
        media=[],
        metafields={},
    )


def selected(options: dict[str, str]) -> list[Node]:
    return [{"name": name, "value": value} for name, value in options.items()]
