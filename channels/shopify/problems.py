"""What Shopify has against a product, in the words of the mapping."""

from collections.abc import Mapping, Sequence
from typing import Any

from channels.shopify.api import Json, ShopifyApi
from channels.shopify.prepared import Prepared
from channels.shopify.targets import OF_FIELDS, OF_SEO

LONGEST = 500  # characters of a message
_DIGITS = 9  # of a place in a list
TOLD = 3  # errors of one product that are told

# Codes that say how a product can be helped better than Shopify's own words.
_ADVICE = {
    "HANDLE_NOT_UNIQUE": "another product of the shop has this handle. Change it in the PIM, or "
    "leave it empty and Shopify makes one.",
}


def refusal(
    api: ShopifyApi, errors: Sequence[Json], prepared: Prepared, titles: Mapping[str, str]
) -> str:
    """A message for `userErrors` about one product."""
    told = [_one(api, error, prepared, titles) for error in errors[:TOLD]]
    message = " ".join(dict.fromkeys(told))
    return message[:LONGEST] or "Shopify refused this product and did not say why."


def _one(api: ShopifyApi, error: Json, prepared: Prepared, titles: Mapping[str, str]) -> str:
    said = _ADVICE.get(str(error.get("code"))) or api.plain(error.get("message") or "")
    said = said if said.endswith((".", "!", "?")) else f"{said}."
    title = (
        prepared.titles.get(str(error["metafield"]), "")
        if "metafield" in error
        else _title(path if isinstance(path := error.get("field"), list) else [], prepared, titles)
    )
    return f"“{title}”: {said}" if title else said[:1].upper() + said[1:]


def _title(path: Sequence[str], prepared: Prepared, titles: Mapping[str, str]) -> str:
    """What the field at this path of the input is called in the PIM's mapping screen."""
    parts = [str(part) for part in path]
    here: Any = {"input": prepared.input}
    for part in parts:
        here = _step(here, part)
        if isinstance(here, dict) and {"namespace", "key"} <= here.keys():
            return prepared.titles.get(f"{here['namespace']}.{here['key']}", "")
    for number in range(len(parts) - 1, -1, -1):
        table = OF_SEO if "seo" in parts[:number] else OF_FIELDS
        code = table.get(parts[number])
        if code:
            return titles.get(code, "")
        if parts[number] == "optionValues" or parts[number] == "productOptions":
            return "the values by which the variants differ"
    return ""


def _step(here: Any, part: str) -> Any:
    if isinstance(here, dict):
        return here.get(part)
    index = index_of(part)
    if isinstance(here, list) and index is not None and index < len(here):
        return here[index]
    return None


def index_of(part: object) -> int | None:
    """The place in a list that a part of a path means, if it is one."""
    written = str(part)
    return int(written) if written.isdecimal() and len(written) < _DIGITS else None
