"""Values of a document as Shopify writes them. Each raises ValueError with a sentence."""

import json
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

from channels.numbers import read_decimal
from channels.shop_products import localized

# Units of the PIM's standard measurement families, with Shopify's word. Those without one are
# converted into one that has: (factor, Shopify's word).
_UNITS: dict[str, tuple[str, str]] = {
    "GRAM": ("1", "g"),
    "KILOGRAM": ("1", "kg"),
    "MILLIGRAM": ("0.001", "g"),
    "TON": ("1000", "kg"),
    "OUNCE": ("1", "oz"),
    "POUND": ("1", "lb"),
    "MILLIMETER": ("1", "mm"),
    "CENTIMETER": ("1", "cm"),
    "DECIMETER": ("10", "cm"),
    "METER": ("1", "m"),
    "KILOMETER": ("1000", "m"),
    "INCH": ("1", "in"),
    "FEET": ("1", "ft"),
    "YARD": ("1", "yd"),
    "MILLILITER": ("1", "ml"),
    "CENTILITER": ("1", "cl"),
    "DECILITER": ("10", "cl"),
    "LITER": ("1", "l"),
    "CUBIC_METER": ("1", "m3"),
    "CUBIC_CENTIMETER": ("1", "ml"),
    "CUBIC_DECIMETER": ("1", "l"),
}
_KINDS = {
    "weight": ("g", "kg", "oz", "lb"),
    "dimension": ("mm", "cm", "m", "in", "ft", "yd"),
    "volume": ("ml", "cl", "l", "m3"),
}
_WEIGHTS = {"g": "GRAMS", "kg": "KILOGRAMS", "oz": "OUNCES", "lb": "POUNDS"}
_STATUSES = ("ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED")


def is_filled(value: Any) -> bool:
    return value is not None and value != "" and value != []


def text(value: Any) -> str:
    """The value as people write it."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    return json.dumps(value, default=str, ensure_ascii=False)


def texts(value: Any, primary: str) -> dict[str, str]:
    """Texts by language; "" where one is to be emptied. Plain text is in the primary language."""
    if value is None or isinstance(value, str):
        return {primary: value or ""}
    return {
        language: "" if one is None else text(one) for language, one in localized(value).items()
    }


def number(value: Any) -> Decimal:
    """A number as it is; booleans and text that is none are not taken for one."""
    try:
        if isinstance(value, bool):
            raise ValueError
        return read_decimal(value if isinstance(value, str | int | Decimal) else str(value))
    except ValueError:
        raise ValueError(f"“{text(value)[:50]}” is not a number") from None


def decimal_text(value: Any) -> str:
    """A number as text without an exponent: 19.90 stays 19.90."""
    return format(number(value), "f")


def whole_number(value: Any) -> str:
    found = number(value)
    if found != found.to_integral_value():
        raise ValueError(f"{decimal_text(value)} is not a whole number")
    return format(found.to_integral_value(), "f")


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"“{text(value)[:50]}” is neither yes nor no")
    return value


def strings(value: Any) -> list[str]:
    """A list of texts, each once; one text is a list of one."""
    several = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(text(one).strip() for one in several if is_filled(one)))


def status(value: Any) -> str:
    word = text(value).strip().upper()
    if word not in _STATUSES:
        known = ", ".join(one.lower() for one in _STATUSES)
        raise ValueError(f"“{text(value)[:50]}” is none of: {known}")
    return word


def taxonomy_id(value: Any) -> str:
    code = text(value).strip()
    return code if code.startswith("gid://") else f"gid://shopify/TaxonomyCategory/{code}"


def measurement(value: Any, kind: str) -> tuple[Decimal, str]:
    """An amount and Shopify's word for its unit; `kind` is weight, dimension or volume."""
    if not isinstance(value, dict) or not {"value", "unit"} <= value.keys():
        raise ValueError(f"“{text(value)[:50]}” is not an amount with a unit")
    unit = text(value["unit"])
    factor, word = _UNITS.get(unit.upper(), ("1", unit.lower()))
    if word not in _KINDS[kind]:
        raise ValueError(f"Shopify has no unit “{unit[:50]}” for a {kind}")
    amount = number(value["value"])
    return (amount if factor == "1" else amount * Decimal(factor)), word


def weight(value: Any) -> dict[str, Any]:
    amount, word = measurement(value, "weight")
    return {"value": amount, "unit": _WEIGHTS[word]}


def measured(value: Any, kind: str) -> str:
    amount, word = measurement(value, kind)
    # Written by hand: a Decimal must not become a float on its way.
    return f'{{"value":{format(amount, "f")},"unit":{json.dumps(word)}}}'


def money(value: Any) -> str:
    several = value if isinstance(value, list) else [value]
    first = several[0] if several else None
    if not isinstance(first, dict) or not {"amount", "currency"} <= first.keys():
        raise ValueError("the price has no amount or no currency")
    return json.dumps(
        {"amount": decimal_text(first["amount"]), "currency_code": text(first["currency"])}
    )


def date(value: Any) -> str:
    return _moment(value).date().isoformat()


def date_time(value: Any) -> str:
    return _moment(value).isoformat()


def _moment(value: Any) -> datetime:
    try:
        return datetime.fromisoformat(text(value))
    except ValueError:
        raise ValueError(f"“{text(value)[:50]}” is not a date") from None


def rich_text(value: Any) -> str:
    """HTML or plain text as the JSON of Shopify's rich text; what it does not know is plain."""
    reader = _RichText()
    reader.feed(text(value))
    reader.close()
    return json.dumps({"type": "root", "children": reader.blocks()}, ensure_ascii=False)


class _RichText(HTMLParser):
    """Paragraphs, headings, lists, bold, italic and links."""

    def __init__(self) -> None:
        super().__init__()
        self._root: dict[str, Any] = {"children": []}
        self._open = [self._root]
        self._styles: list[str] = []

    def blocks(self) -> list[dict[str, Any]]:
        return [one for one in self._root["children"] if one["children"]]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("b", "strong", "i", "em"):
            self._styles.append("bold" if tag in ("b", "strong") else "italic")
        elif tag == "br":
            self.handle_data("\n")
        elif tag == "li":
            self._open_block({"type": "list-item", "children": []}, inside="list")
        elif tag in ("ul", "ol"):
            kind = "ordered" if tag == "ol" else "unordered"
            self._open_block({"type": "list", "listType": kind, "children": []})
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._open_block({"type": "heading", "level": int(tag[1]), "children": []})
        elif tag in ("p", "div"):
            self._open_block({"type": "paragraph", "children": []})
        elif tag == "a" and dict(attrs).get("href"):
            self._ensure_block()
            link: dict[str, Any] = {"type": "link", "url": dict(attrs)["href"], "children": []}
            self._open[-1]["children"].append(link)
            self._open.append(link)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("b", "strong", "i", "em") and self._styles:
            self._styles.pop()
        elif tag == "a" and self._open[-1].get("type") == "link":
            self._open.pop()
        elif tag == "li" and any(one.get("type") == "list" for one in self._open):
            while self._open[-1].get("type") != "list":
                self._open.pop()
        elif tag in ("p", "div", "ul", "ol") or (len(tag) == 2 and tag[0] == "h"):
            self._open = [self._root]

    def handle_data(self, data: str) -> None:
        if not data.strip() and len(self._open) == 1:
            return
        self._ensure_block()
        piece: dict[str, Any] = {"type": "text", "value": data}
        piece |= dict.fromkeys(self._styles, True)
        self._open[-1]["children"].append(piece)

    def _open_block(self, block: dict[str, Any], inside: str = "") -> None:
        if not inside:
            self._open = [self._root]
        elif self._open[-1].get("type") != inside:
            self._open_block({"type": "list", "listType": "unordered", "children": []})
        self._open[-1]["children"].append(block)
        self._open.append(block)

    def _ensure_block(self) -> None:
        if self._open[-1] is self._root:
            self._open_block({"type": "paragraph", "children": []})
