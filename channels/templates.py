"""Lists of fields to start from, for channels whose own fields people write down."""

from dataclasses import dataclass

from channels.targets import PRICE_FIELDS, Target

# What most shops ask for beyond the targets that `http` and `file` have by themselves.
BASIC_SHOP = (
    Target("title", "string", "Page title", "The title that search engines show."),
    Target("summary", "string", "Short text", "One or two sentences for lists of products."),
    Target(
        "images",
        "array",
        "More pictures",
        "All pictures beside the main one, in the order in which they are shown.",
        format="uri",
    ),
    Target(
        "list_price",
        "object",
        "List price",
        "The price before a reduction, with its currency.",
        fields=PRICE_FIELDS,
    ),
    Target("stock", "number", "Stock", "How many there are, if the PIM knows it."),
)

# Google Merchant, in Google's own names, so that a feed can be built from them as they are.
GOOGLE = (
    Target("title", "string", "Title", "What people see in the ad, up to 150 characters."),
    Target("link", "string", "Link", "The address of the product's page.", format="uri"),
    Target("image_link", "string", "Image link", "The main picture.", format="uri"),
    Target("availability", "string", "Availability", "in_stock, out_of_stock or preorder."),
    Target("condition", "string", "Condition", "new, refurbished or used."),
    Target("gtin", "string", "GTIN", "The number under the barcode."),
    Target("mpn", "string", "MPN", "The maker's part number, where there is no GTIN."),
    Target(
        "google_product_category",
        "string",
        "Google product category",
        "The number or path of Google's own category.",
    ),
)

MARKETPLACE = (
    Target("title", "string", "Title", "The name as the marketplace shows it."),
    Target("category_code", "string", "Category code", "The marketplace's own category."),
    Target("delivery_days", "number", "Days until delivery", "As a whole number."),
    Target("stock", "number", "Stock", "How many can be sold."),
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
        Template("google", "Google", "The attributes of a Google Merchant feed.", GOOGLE),
        Template("marketplace", "Marketplace", "What marketplaces ask for in a CSV.", MARKETPLACE),
    )
}
