"""What the channel remembers of a Vendure shop, beside what stands in the shop itself."""

from collections.abc import Collection, Mapping

from channels.surroundings import IdMap

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

_FILLED = "filled"
_ROW = 240  # characters of a value, which may have 255
_MORE = " +"


class Filled:
    """Which targets we filled of which product or variant, by their codes.

    An empty value is not in a document, and neither is a target that nobody mapped. Only what was
    filled before may be emptied: the rest belongs to the shop's people.
    """

    def __init__(self, ids: IdMap) -> None:
        self._ids = ids

    def get(self, keys: Collection[str]) -> dict[str, frozenset[str]]:
        texts = dict.fromkeys(keys, "")
        row, rows = 0, {key: key for key in texts}
        while rows:
            found = self._ids.get(_FILLED, list(rows.values()))
            read = {key: found.get(name, "") for key, name in rows.items()}
            for key, text in read.items():
                texts[key] += f" {text.removesuffix(_MORE)}"
            row += 1
            rows = {key: f"{key}#{row}" for key, text in read.items() if text.endswith(_MORE)}
        return {key: frozenset(text.split()) for key, text in texts.items()}

    def put(self, codes: Mapping[str, Collection[str]]) -> None:
        rows: dict[str, str] = {}
        for key, of_key in codes.items():
            for number, text in enumerate(_rows(sorted(of_key))):
                rows[f"{key}#{number}" if number else key] = text
        if rows:
            self._ids.put(_FILLED, rows)


def _rows(codes: Collection[str]) -> list[str]:
    """The codes as texts that are short enough to be kept; all but the last say that more come."""
    rows = [""]
    for code in codes:
        if len(rows[-1]) + len(code) >= _ROW and rows[-1]:
            rows[-1] += _MORE
            rows.append("")
        rows[-1] = f"{rows[-1]} {code}".strip()
    return rows
