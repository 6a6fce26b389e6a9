"""What Google Merchant Center takes as the value of an attribute.

From Google's product data specification (support.google.com/merchants/answer/7052112). Each rule
gets what the document has and returns the text for the feed, or raises ValueError with the end of a
sentence that begins with the attribute's title.
"""

import re
from collections.abc import Callable, Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from channels.numbers import read_decimal

Rule = Callable[[Any], str]

# Control characters, of which XML has no spelling either, and characters for private use.
_INVALID = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff]")
_CURRENCY = re.compile(r"[A-Z]{3}")
_MOST_DIGITS = 20  # of an amount; Decimal rounds no more than 28
_GTIN_LENGTHS = (8, 12, 13, 14)
_MEASUREMENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]+)")
_WEIGHTS = {"lb", "oz", "g", "kg"}
_WEIGHTS_OF_AKENEO = {"GRAM": "g", "KILOGRAM": "kg", "OUNCE": "oz", "POUND": "lb"}


def text(limit: int) -> Rule:
    """Text of at most so many characters."""

    def rule(value: Any) -> str:
        said = _said(value)
        if len(said) > limit:
            raise ValueError(
                f"is {len(said):,} characters long, and Google takes {limit:,} at most"
            )
        if found := _INVALID.search(said):
            raise ValueError(
                f"has a character that Google does not take (U+{ord(found.group()):04X})"
            )
        return said

    return rule


def one_of(*allowed: str) -> Rule:
    """One of Google's words, whatever its case and with spaces or underscores."""

    def rule(value: Any) -> str:
        said = re.sub(r"[\s-]+", "_", _said(value).strip().lower())
        if said not in allowed:
            raise ValueError(
                f"is “{_said(value)[:50]}”, and Google knows only {_listed(allowed)} here"
            )
        return said

    return rule


def yes_or_no(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_of("yes", "no")(value)


def availability(value: Any) -> str:
    """Google's words, or whether the product can be bought."""
    if isinstance(value, bool):
        return "in_stock" if value else "out_of_stock"
    return one_of("in_stock", "out_of_stock", "preorder", "backorder")(value)


def address(value: Any) -> str:
    """An absolute web address."""
    said = _said(value).strip()
    try:
        parts = urlsplit(said)
        absolute = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        absolute = False
    if not absolute or re.search(r"[\s<>\"\\]", said):
        raise ValueError(
            f"is “{said[:80]}”, and Google needs a complete web address that begins with https://"
        )
    return text(2000)(said)


def gtin(value: Any) -> str:
    """A number of the GS1, with a check digit that is right."""
    digits = re.sub(r"[\s-]", "", _said(value))
    if not (digits.isascii() and digits.isdigit() and len(digits) in _GTIN_LENGTHS):
        raise ValueError(f"is “{_said(value)[:50]}”, and a GTIN has 8, 12, 13 or 14 digits")
    total = sum(
        int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits[:-1]), 1)
    )
    if (10 - total % 10) % 10 != int(digits[-1]):
        raise ValueError(f"is “{digits}”, whose check digit, the last one, is wrong")
    if _is_internal(digits):
        raise ValueError(
            f"is “{digits}”, a number for use inside of a company or for coupons, and Google "
            "takes only those that GS1 gave to the maker"
        )
    return digits


def _is_internal(digits: str) -> bool:
    if len(digits) == 8:
        return digits[0] in "02"
    padded = digits.zfill(14)
    prefix = int(padded[1:4])
    return padded[0] == "9" or any(
        first <= prefix <= last
        for first, last in ((20, 29), (40, 59), (200, 299), (981, 984), (990, 999))
    )


def price(currency: str) -> Rule:
    """An amount with its currency, such as “19.90 EUR”; a plain number is in `currency`."""

    def rule(value: Any) -> str:
        if isinstance(value, list):
            mine = [one for one in value if isinstance(one, dict) and one.get("currency")]
            value = next((one for one in mine if one["currency"] == currency), None) or next(
                iter(mine), value
            )
        amount, written = value, currency
        if isinstance(value, dict):
            amount, written = value.get("amount"), str(value.get("currency") or currency)
        elif isinstance(value, str) and " " in value.strip():
            amount, _, written = value.strip().partition(" ")
        if not written:
            raise ValueError("has no currency. Enter one at “Currency” in the channel's settings")
        if not _CURRENCY.fullmatch(written):
            raise ValueError(
                f"is in “{written[:20]}”, which is no currency of three letters, such as EUR"
            )
        return f"{_amount(amount)} {written}"

    return rule


def _amount(value: Any) -> str:
    try:
        amount = read_decimal("" if isinstance(value, bool) else str(value))
        if amount.adjusted() > _MOST_DIGITS:
            raise ValueError
    except ValueError:
        raise ValueError(f"is “{_said(value)[:50]}”, which is no amount, such as 19.90") from None
    if amount <= 0:
        raise ValueError(f"is {amount}, and Google takes only prices above 0")
    exponent = amount.as_tuple().exponent
    if isinstance(exponent, int) and exponent > -2:
        amount = amount.quantize(Decimal("0.01"))
    return f"{amount:f}"


def moment(value: Any) -> str:
    """A date and time, with its offset to UTC."""
    said = _said(value).strip()
    try:
        read = datetime.fromisoformat(said)
    except ValueError:
        raise ValueError(
            f"is “{said[:50]}”, and Google needs a date and time such as 2026-11-24T13:00:00+01:00"
        ) from None
    return said if read.tzinfo is not None else f"{said}Z"


def period(value: Any) -> str:
    """From when until when."""
    begin, slash, end = _said(value).strip().partition("/")
    if not slash:
        raise ValueError(
            "must be two dates and times with a slash between them: from when until when"
        )
    return f"{moment(begin)}/{moment(end)}"


def weight(value: Any) -> str:
    """A number with lb, oz, g or kg."""
    if isinstance(value, dict):
        unit = str(value.get("unit", ""))
        value = (
            f"{value.get('value', value.get('amount', ''))} {_WEIGHTS_OF_AKENEO.get(unit, unit)}"
        )
    found = _MEASUREMENT.fullmatch(_said(value).strip())
    if not found or found.group(2) not in _WEIGHTS:
        raise ValueError(
            f"is “{_said(value)[:50]}”, and Google needs a number with lb, oz, g or kg, "
            "such as 3 kg"
        )
    return f"{found.group(1)} {found.group(2)}"


def _said(value: Any) -> str:
    """What a document says at one place, as one text; of several languages the first."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return _said(value[0]) if len(value) == 1 else ", ".join(map(_said, value))
    if isinstance(value, dict):
        return _said(value.get("value"))
    return "" if value is None else str(value)


def _listed(words: Collection[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
