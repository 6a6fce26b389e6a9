"""Targets to start from, where people write a channel's own targets down: beside `SHOP_TARGETS`.

As with all targets: add, and never rename or retype.
"""

from dataclasses import dataclass

from channels.targets import Target

_IMAGES = Target(
    "additional_image_link",
    "array",
    "Further images",
    "More pictures of the product, as web addresses, in the order in which they should be shown.",
    format="uri",
)
_LINK = Target(
    "link",
    "string",
    "Product page",
    "The address of the product in your shop, complete and beginning with https://.",
    format="uri",
)
_MPN = Target(
    "mpn",
    "string",
    "Maker's part number (MPN)",
    "The number that the maker gave to the product. Helps where there is no GTIN.",
)
_CONDITION = Target(
    "condition",
    "string",
    "Condition",
    "new, refurbished or used. Most marketplaces take it for new if you leave it out.",
)
_GROUP = Target(
    "item_group_id",
    "string",
    "Group of variants",
    "What all variants of one product have in common, such as the code of their product model.",
)
_SALE_PRICE = Target(
    "sale_price",
    "number",
    "Sale price",
    "The reduced price as a number, such as 14.90. Leave it out where there is no sale.",
)

# An ordinary shop.
BASIC_SHOP = (
    Target(
        "short_description",
        "string",
        "Short description",
        "One or two sentences for lists and search results.",
    ),
    _SALE_PRICE,
    _IMAGES,
    _LINK,
    _MPN,
    _GROUP,
    Target("material", "string", "Material", "What it is made of, as customers should read it."),
    Target("stock", "number", "Stock", "How many of them can be sold, as a whole number."),
)

# Google Merchant Center, by Google's own names. What is missing here is among `SHOP_TARGETS`.
GOOGLE = (
    Target(
        "id",
        "string",
        "Google ID",
        "Google's key of the product: at most 50 characters, and never changed later. "
        "If you leave it out, the SKU is taken.",
    ),
    Target(
        "title",
        "string",
        "Google title",
        "At most 150 characters. If you leave it out, the name is taken.",
    ),
    _LINK,
    _IMAGES,
    Target(
        "availability",
        "string",
        "Availability",
        "in_stock, out_of_stock, preorder or backorder. If you leave it out, “Available” is taken.",
    ),
    Target(
        "availability_date",
        "string",
        "Available on",
        "When a product for preorder or backorder is delivered, with date and time.",
        format="date-time",
    ),
    _SALE_PRICE,
    Target(
        "sale_price_effective_date",
        "string",
        "Sale period",
        "From when until when the sale price holds: two dates and times with a slash between them.",
    ),
    Target(
        "google_product_category",
        "string",
        "Google product category",
        "The number or the full path from Google's list of categories. If you leave it out, Google "
        "chooses one.",
    ),
    Target(
        "product_type",
        "string",
        "Product type in your shop",
        "Your own category, as a path such as Home > Women > Dresses. "
        "If you leave it out, “Categories” is taken.",
    ),
    Target(
        "gtin",
        "string",
        "GTIN for Google",
        "The number under the barcode. If you leave it out, “EAN / GTIN” is taken.",
    ),
    _MPN,
    Target(
        "identifier_exists",
        "boolean",
        "Has GTIN, MPN and brand",
        "Map a yes/no attribute that says no for products that never got such numbers.",
    ),
    _CONDITION,
    Target("adult", "boolean", "For adults only", "Whether it is something sexually suggestive."),
    Target(
        "age_group",
        "string",
        "Age group",
        "newborn, infant, toddler, kids or adult. Needed for clothing in many countries.",
    ),
    Target(
        "gender",
        "string",
        "Gender",
        "male, female or unisex. Needed for clothing in many countries.",
    ),
    _GROUP,
    Target("material", "string", "Material", "What it is made of. Needed where variants differ."),
    Target("pattern", "string", "Pattern", "Its pattern or print. Needed where variants differ."),
    Target("size_system", "string", "Size system", "The country whose sizes these are, as EU."),
    Target(
        "shipping_weight",
        "string",
        "Shipping weight",
        "A number with its unit lb, oz, g or kg, such as 3 kg.",
    ),
    Target(
        "shipping_label",
        "string",
        "Shipping label",
        "Your own word by which shipping costs are chosen in Merchant Center.",
    ),
    Target(
        "unit_pricing_measure",
        "string",
        "Content",
        "How much is in it, for the price by unit, such as 750 ml.",
    ),
    Target(
        "unit_pricing_base_measure",
        "string",
        "Unit of the price by unit",
        "What the price by unit is for, such as 1 l.",
    ),
    *(
        Target(
            f"custom_label_{number}",
            "string",
            f"Own label {number}",
            "A word of your own by which campaigns are divided, such as season or margin.",
        )
        for number in range(5)
    ),
)

# What most marketplaces' tables ask for.
MARKETPLACE = (
    Target(
        "offer_id",
        "string",
        "Offer number",
        "Your key of the offer at the marketplace. Usually the SKU.",
    ),
    Target(
        "category_code",
        "string",
        "Marketplace category",
        "The marketplace's own code of the category, if your PIM has it. Otherwise map "
        "“Categories” and enter the codes in the channel's settings.",
    ),
    _MPN,
    _CONDITION,
    _SALE_PRICE,
    Target("stock", "number", "Stock", "How many of them can be sold, as a whole number."),
    Target(
        "delivery_days",
        "number",
        "Days until delivery",
        "How many working days it takes until the product is with the customer.",
    ),
    Target("tax_rate", "number", "VAT rate", "The rate in percent, such as 19."),
    _IMAGES,
    _LINK,
    _GROUP,
    Target("material", "string", "Material", "What it is made of, as customers should read it."),
    *(
        Target(
            f"bullet_{number}",
            "string",
            f"Selling point {number}",
            "One short sentence that is shown as a point beside the picture.",
        )
        for number in range(1, 6)
    ),
)


@dataclass(frozen=True, slots=True)
class Template:
    """One list that a page offers."""

    code: str
    label: str
    description: str
    targets: tuple[Target, ...]


TEMPLATES = {
    one.code: one
    for one in (
        Template("shop", "Basic shop", "What most shops ask for.", BASIC_SHOP),
        Template(
            "google", "Google Merchant Center", "The attributes of a feed for Google.", GOOGLE
        ),
        Template(
            "marketplace", "Marketplace", "What marketplaces ask for in a table.", MARKETPLACE
        ),
    )
}
