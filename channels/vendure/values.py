"""Values of a document as Vendure keeps them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from channels.shop_products import localized, prices
from channels.vendure.about import About, CustomField

_NUMBERS = (int, Decimal)


class Unusable(ValueError):
    """A value that the shop cannot take; the text says why and ends no sentence."""


def minor_units(amount: Any, precision: int) -> int:
    """An amount as the whole number that Vendure keeps: 19.90 is 1990."""
    if not isinstance(amount, _NUMBERS) or isinstance(amount, bool):
        raise Unusable("is no number")
    units = Decimal(amount).scaleb(precision)
    if units != units.to_integral_value():
        raise Unusable(f"has more than the {precision} decimals that the shop keeps: {amount}")
    if units < 0:
        raise Unusable(f"is less than nothing: {amount}")
    return int(units)


def amounts(value: Any, about: About) -> dict[str, int]:
    """Prices by currency, of the currencies that the shop has; a bare number is in its own."""
    given = {about.currency: value} if isinstance(value, _NUMBERS) else prices(value)
    return {
        currency: minor_units(amount, about.precision)
        for currency, amount in given.items()
        if currency in about.currencies
    }


def texts(value: Any, about: About) -> dict[str, str | None]:
    """Texts by the shop's languages; a bare text is in its default one. None empties all."""
    if value is None:
        return dict.fromkeys(about.languages)
    if isinstance(value, str | int | Decimal):
        return {about.language: str(value)}
    found: dict[str, str | None] = {}
    for locale, text in localized(value).items():
        language = about.language_of(locale)
        if language is not None and found.get(language) is None:
            found[language] = None if text is None else str(text)
    return found


def strings(value: Any) -> list[str]:
    """The texts of a list, each once; nothing is none, a bare text is one."""
    if value is None:
        return []
    given: Iterable[Any] = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(str(one) for one in given if one not in (None, "")))


def custom_value(value: Any, field: CustomField) -> Any:
    """A value as the custom field wants it; None empties it."""
    if field.is_list:
        return strings(value)
    if value is None:
        return None
    if field.type == "boolean":
        if not isinstance(value, bool):
            raise Unusable("is neither yes nor no")
        return value
    if field.type in ("int", "float"):
        return _number(value, whole=field.type == "int")
    if field.type == "datetime":
        return _instant(value).isoformat()
    if isinstance(value, dict | list):
        raise Unusable("is no text")
    return str(value)


def same(wanted: Any, standing: Any, field: CustomField) -> bool:
    """Whether the shop has the value already, however it writes it."""
    if wanted in (None, [], "") and standing in (None, [], ""):
        return True
    if field.type == "datetime" and wanted and standing:
        return _instant(wanted) == _instant(standing)
    return bool(wanted == standing)


def _number(value: Any, *, whole: bool) -> Decimal | int:
    if not isinstance(value, _NUMBERS) or isinstance(value, bool):
        raise Unusable("is no number")
    if not whole:
        return value
    if value != int(value):
        raise Unusable(f"has decimals, and the shop keeps whole numbers: {value}")
    return int(value)


def _instant(value: Any) -> datetime:
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise Unusable("is no date") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def without_empty(given: Mapping[str, str | None]) -> dict[str, str]:
    """Those texts that are there."""
    return {language: text for language, text in given.items() if text}
