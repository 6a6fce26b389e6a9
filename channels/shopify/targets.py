"""What people map, in Shopify's terms, and which field of Shopify each target becomes."""

from channels.targets import LOCALIZED_FIELDS, MEASUREMENT_FIELDS, PRICE_FIELDS, Target

# Targets with a text for the first pictures of a product, one by one, and for that of a variant.
ALT_OF_PICTURE = tuple(f"image_{number}_alt" for number in range(1, 9))
ALT_OF_VARIANT = "variant_image_alt"

TARGETS = (
    Target(
        "uuid",
        "string",
        "Product UUID",
        "The PIM's own identity of the product. It is filled in by the PIM itself.",
        required=True,
    ),
    Target(
        "title",
        "array",
        "Title",
        "The product's name in the shop, in each of the shop's languages. Shopify takes no product "
        "without one.",
        required=True,
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        "description",
        "array",
        "Description",
        "The text on the product's page, in each of the shop's languages. HTML is kept.",
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        "handle",
        "string",
        "Handle",
        "The last part of the product's address in the shop, such as blue-shirt. Left empty, "
        "Shopify makes one from the title. No two products have the same.",
    ),
    Target("vendor", "string", "Vendor", "The maker or brand under which the product is sold."),
    Target(
        "product_type",
        "string",
        "Product type",
        "What kind of thing it is in the shop's own words, such as Running shoe.",
    ),
    Target(
        "category",
        "string",
        "Category of Shopify's taxonomy",
        "The code of Shopify's standard product category, such as aa-1-13-8. It decides about "
        "taxes and marketplaces.",
    ),
    Target(
        "tags",
        "array",
        "Tags",
        "Words by which the shop filters products. Tags that the shop's people add are kept.",
    ),
    Target(
        "status",
        "string",
        "Status",
        "active, draft, archived or unlisted. Left unmapped, a new product is active, and one that "
        "is there keeps what the shop's people chose.",
    ),
    Target(
        "seo_title",
        "array",
        "Title for search engines",
        "What search engines show as the headline, in each of the shop's languages. Left empty, "
        "they show the title.",
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        "seo_description",
        "array",
        "Description for search engines",
        "What search engines show below the headline, in each of the shop's languages.",
        items="object",
        fields=LOCALIZED_FIELDS,
    ),
    Target(
        "images",
        "array",
        "Images",
        "The product's pictures; the first one is shown first. Pictures that the shop's people "
        "add are kept, behind these.",
        format="uri",
    ),
    Target(
        "image_alt",
        "string",
        "Alternative text of the images",
        "What screen readers say in place of a picture. Left empty, they say the title.",
    ),
    *(
        Target(
            code,
            "array",
            f"Alternative text of image {number}",
            f"What screen readers say in place of the picture at position {number} of the images, "
            "in each of the shop's languages. Left empty, it has the text of all images.",
            items="object",
            fields=LOCALIZED_FIELDS,
        )
        for number, code in enumerate(ALT_OF_PICTURE, 1)
    ),
    Target(
        "sku",
        "string",
        "SKU",
        "The article number, usually the product's identifier.",
        of_variant=True,
    ),
    Target(
        "price",
        "number",
        "Price",
        "The selling price in the shop's currency, such as 19.90. Choose the currency in the "
        "source.",
        of_variant=True,
    ),
    Target(
        "compare_at_price",
        "number",
        "Compare-at price",
        "The price before a reduction, in the shop's currency. Shopify shows it crossed out.",
        of_variant=True,
    ),
    Target(
        "prices",
        "array",
        "Prices",
        "The selling price in each currency. Those in other currencies than the shop's own go into "
        "the price lists of the shop's markets; that in its own is taken where “Price” is empty.",
        items="object",
        fields=PRICE_FIELDS,
        of_variant=True,
    ),
    Target(
        "compare_at_prices",
        "array",
        "Compare-at prices",
        "The price before a reduction, in each currency. They go with “Prices”.",
        items="object",
        fields=PRICE_FIELDS,
        of_variant=True,
    ),
    Target(
        "cost",
        "number",
        "Cost per item",
        "What one item costs you, in the shop's currency. Customers do not see it.",
        of_variant=True,
    ),
    Target(
        "barcode",
        "string",
        "Barcode",
        "The number under the barcode: EAN, UPC, ISBN or another GTIN.",
        of_variant=True,
    ),
    Target(
        "weight",
        "object",
        "Weight",
        "The shipping weight with its unit. Units that Shopify does not have are converted.",
        fields=MEASUREMENT_FIELDS,
        of_variant=True,
    ),
    Target(
        "variant_image",
        "string",
        "Image of the variant",
        "The picture shown when a customer chooses this variant.",
        format="uri",
        of_variant=True,
    ),
    Target(
        ALT_OF_VARIANT,
        "array",
        "Alternative text of the variant's image",
        "What screen readers say in place of the variant's picture, in each of the shop's "
        "languages. Where it is one of the product's images too, that one's text is taken.",
        items="object",
        fields=LOCALIZED_FIELDS,
        of_variant=True,
    ),
    Target(
        "taxable",
        "boolean",
        "Charge tax",
        "Whether tax is charged on it.",
        of_variant=True,
    ),
    Target(
        "requires_shipping",
        "boolean",
        "Is shipped",
        "Whether it is a thing that is shipped: no for services and downloads.",
        of_variant=True,
    ),
    Target(
        "track_inventory",
        "boolean",
        "Track inventory",
        "Whether Shopify counts the stock. How much there is stays with the shop.",
        of_variant=True,
    ),
    Target(
        "sell_when_out_of_stock",
        "boolean",
        "Sell when out of stock",
        "Whether customers may order it while there is none.",
        of_variant=True,
    ),
    Target(
        "hs_code",
        "string",
        "Harmonized System code",
        "The customs tariff number, 6 to 13 digits.",
        of_variant=True,
    ),
)

# Targets that are plain text of a product, with Shopify's word in ProductSetInput.
TEXTS = {
    "title": "title",
    "description": "descriptionHtml",
    "handle": "handle",
    "vendor": "vendor",
    "product_type": "productType",
}
# Targets that are translated, with the key of their translations.
TRANSLATED = {
    "title": "title",
    "description": "body_html",
    "seo_title": "meta_title",
    "seo_description": "meta_description",
}

# By the last name of the path of an error that Shopify tells.
OF_FIELDS = {
    **{word: code for code, word in TEXTS.items()},
    "category": "category",
    "tags": "tags",
    "status": "status",
    "files": "images",
    "originalSource": "images",
    "alt": "image_alt",
    "sku": "sku",
    "price": "price",
    "compareAtPrice": "compare_at_price",
    "cost": "cost",
    "barcode": "barcode",
    "weight": "weight",
    "file": "variant_image",
    "taxable": "taxable",
    "requiresShipping": "requires_shipping",
    "tracked": "track_inventory",
    "inventoryPolicy": "sell_when_out_of_stock",
    "harmonizedSystemCode": "hs_code",
}
OF_SEO = {"title": "seo_title", "description": "seo_description"}
