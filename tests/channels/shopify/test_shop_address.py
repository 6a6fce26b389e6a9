"""Where the shop's people see a product."""

import pytest

from channels.shopify import ShopifyAdapter


@pytest.mark.parametrize(
    ("external_id", "address"),
    [
        ("gid://shopify/Product/77", "https://acme.myshopify.com/admin/products/77"),
        ("gid://shopify/Collection/77", ""),
        ("gid://shopify/Product/77/../../x", ""),
        ("", ""),
    ],
)
def test_a_product_has_a_page_in_the_shops_admin(external_id, address):
    settings = {"shop": "acme.myshopify.com"}

    assert ShopifyAdapter.address_of(settings, external_id) == address


def test_without_a_shop_there_is_no_page():
    assert ShopifyAdapter.address_of({}, "gid://shopify/Product/77") == ""
