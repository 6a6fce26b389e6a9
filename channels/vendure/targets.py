"""What people map for a Vendure shop: its own terms, its custom fields and its facets."""

from channels.targets import LOCALIZED_FIELDS, PRICE_FIELDS, Target

NAME, SLUG, DESCRIPTION = "name", "slug", "description"
SKU, PRICE = "sku", "price"
IMAGES, VARIANT_IMAGES = "images", "variant_images"
SHOPS = "shops"  # in documents of catalogs that have a table of them

# Where a target's code says what it is filled into; a custom field of products has its own name.
OF_VARIANT, OF_FACET, OF_CUSTOM = "variant_", "facet_", "custom_"

# Codes that no custom field gets, as this kind of channel has or may have targets of that name.
_RESERVED = frozenset(
    {NAME, SLUG, DESCRIPTION, SKU, PRICE, IMAGES, SHOPS, "enabled", "uuid", "code", "variants"}
    | {"variation_axes", "stock", "tax_category", "categories"}
)

TARGETS = (
    Target(
        "uuid",
        "string",
        "Product UUID",
        "The PIM's own identity of the product. It is filled in by the PIM itself.",
        required=True,
    ),
    Target(
        NAME,
        "array",
        "Name",
        "The product's name in each language of the shop. Without one it cannot be sold.",
        required=True,
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        SLUG,
        "array",
        "Slug",
        "The last part of the product's address in each language, such as linen-shirt. Left out, "
        "it is made from the name once and stays as it is.",
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        DESCRIPTION,
        "array",
        "Description",
        "The text on the product's page in each language. HTML is passed on as it is.",
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        IMAGES,
        "array",
        "Images",
        "The product's pictures, in the order to show them; the first one is the main picture.",
        format="uri",
    ),
    Target(
        SKU,
        "string",
        "SKU",
        "The article number of what is put into the cart, usually the product's identifier.",
        required=True,
        of_variant=True,
    ),
    Target(
        PRICE,
        "array",
        "Price",
        "The selling price in each currency of the shop, with or without tax as the shop has it. "
        "A variant without a price in the shop's own currency is not for sale.",
        items="object",
        fields=PRICE_FIELDS,
        of_variant=True,
    ),
    Target(
        VARIANT_IMAGES,
        "array",
        "Images of the variant",
        "Pictures of this variant alone, such as the shirt in its colour. The first one is shown "
        "when the variant is chosen.",
        format="uri",
        of_variant=True,
    ),
)


def product_code(name: str) -> str:
    """The code of the target for a custom field of products; no two names share one."""
    starts = name.startswith((OF_VARIANT, OF_FACET, OF_CUSTOM, "pim_"))
    return f"{OF_CUSTOM}{name}" if starts or name in _RESERVED else name


def variant_code(name: str) -> str:
    """The code of the target for a custom field of variants."""
    is_taken = name == "images" or name.startswith(OF_CUSTOM)
    return f"{OF_VARIANT}{OF_CUSTOM if is_taken else ''}{name}"


def facet_code(code: str) -> str:
    """The code of the target for a facet."""
    return f"{OF_FACET}{code}"
