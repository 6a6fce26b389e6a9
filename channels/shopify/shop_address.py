"""Where a shop's Admin API is."""

import re
from urllib.parse import urlsplit

from outbound.sentences import Sentence

# Fields, mutations and error codes move between versions, so there is one, and the tests have its
# schema. A version is served for a year: https://shopify.dev/docs/api/usage/versioning
API_VERSION = "2026-07"

_SUFFIX = ".myshopify.com"
_PRODUCT_ID = re.compile(r"gid://shopify/Product/([0-9]{1,20})")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def clean_shop(value: str) -> str:
    """The shop's own host name, from that, from its name alone or from its address.

    An address with `http:` stays: only a shop on this machine has one, and the address guard
    decides whether it may be called. Raises ValueError with a sentence.
    """
    if value.startswith("http://"):
        return value.rstrip("/")
    host = (urlsplit(value).netloc if value.startswith("https://") else value).lower()
    name = host.removesuffix(_SUFFIX)
    if not _NAME.fullmatch(name):
        raise ValueError(
            Sentence(
                "“Shop” must be the shop's own address at Shopify, such as "
                "acme.myshopify.com. Its owner finds it under Settings, Domains; the "
                "address customers use is not enough."
            )
        )
    return f"{name}{_SUFFIX}"


def endpoint(shop: str) -> str:
    """The address of the Admin API of a shop that `clean_shop` returned."""
    return f"{_origin(shop)}/admin/api/{API_VERSION}/graphql.json"


def product_page(shop: str, product_id: str) -> str:
    """Where the shop's people see a product with this id; "" for what is no product's id."""
    match = _PRODUCT_ID.fullmatch(product_id)
    return f"{_origin(shop)}/admin/products/{match[1]}" if match and shop else ""


def _origin(shop: str) -> str:
    return shop if shop.startswith("http://") else f"https://{shop}"
