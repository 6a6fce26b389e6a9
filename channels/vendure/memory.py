"""What the channel remembers of a Vendure shop, beside what stands in the shop itself."""

# Kinds of ids. Of the first three there is a second one for the way back.
PRODUCT, VARIANT, ASSET = "product", "variant", "asset"
PRODUCT_KEY, VARIANT_UUID, ASSET_DIGEST = "product-key", "variant-uuid", "asset-digest"
CREATING = "creating"  # key of a product to its slug, while it is being made
TAKEN_OFF, VARIANT_OFF = "taken-off", "variant-off"  # what we disabled, to why
CATEGORY = "category"  # code of a category to its facet value
COLLECTION = "collection"  # tree/code to the collection
OPTION_GROUP = "option-group"  # code of an axis to the group
# What cannot have its externalId, because something that was deleted in the shop keeps it.
UNNAMED, VARIANT_UNNAMED = "unnamed", "variant-unnamed"
SHOP = "shop"  # product's key/id of a Vendure channel that we put it into
