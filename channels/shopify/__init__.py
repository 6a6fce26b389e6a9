"""The `shopify` channel: products, files and collections by the Admin GraphQL API."""

from channels.shopify.adapter import ShopifyAdapter

__all__ = ["ShopifyAdapter"]
