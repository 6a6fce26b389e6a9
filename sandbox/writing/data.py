"""What may stand in a value, and how the PIM keeps it (pim-contract.md 3.8).

The words of refusals are those of the PIM's public source; where it has none they are ours.
"""

import datetime as dt
import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox import media
from sandbox.data.assets import TYPE as ASSETS
from sandbox.data.assortment import Assortment
from sandbox.data.reference_entities import TYPE as REFERENCE_ENTITY
from sandbox.data.structure import Resource
from sandbox.writing.refusals import Misfit, expected, type_name

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,30})?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T.*)?", re.ASCII | re.DOTALL)
_TEXT, _TEXTAREA = 255, 65_535
_DECIMALS, _OF_A_PRICE = 4, 2  # that the PIM shows, whatever was sent


def stored(assortment: Assortment, attribute: Resource, data: Any) -> Any:
    """The data as the PIM keeps and shows it; None for what erases. Raises Misfit."""
    if data is None or data in ("", []):
        return None
    kind = attribute["type"].removeprefix("pim_catalog_")
    keep = _STORED.get(kind)
    if keep is None:
        raise Misfit(f'Attribute "{attribute["code"]}" cannot be written.', is_violation=False)
    return keep(assortment, attribute, data)


def _text(assortment: Assortment, attribute: Resource, data: Any) -> str:
    code = attribute["code"]
    if not isinstance(data, str):
        raise Misfit(
            f"The {code} attribute requires a string, a {type_name(data)} was detected.",
            is_violation=False,
        )
    most = _TEXTAREA if attribute["type"] == "pim_catalog_textarea" else _TEXT
    most = min(most, int(attribute["max_characters"] or most))
    if len(data) > most:
        raise Misfit(
            f"The {code} attribute must not contain more than {most} characters. "
            "The submitted value is too long."
        )
    pattern = attribute["validation_regexp"]
    if pattern and not re.search(pattern.strip("/"), data):
        raise Misfit(
            f"The {code} attribute must match the following regular expression: {pattern}."
        )
    return data


def _identifier(assortment: Assortment, attribute: Resource, data: Any) -> str:
    text = _text(assortment, attribute, data)
    if text != text.strip() or {",", ";"} & set(text):
        raise Misfit(
            "This field should not contain any comma or semicolon or leading/trailing space"
        )
    return text


def _boolean(assortment: Assortment, attribute: Resource, data: Any) -> bool:
    if not isinstance(data, bool):
        raise Misfit(
            f"The {attribute['code']} attribute requires a boolean value (true or false) as data, "
            f"a {type_name(data)} was detected.",
            is_violation=False,
        )
    return data


def _number(assortment: Assortment, attribute: Resource, data: Any) -> int | str:
    return _amount(attribute, data, _DECIMALS)


def _metric(assortment: Assortment, attribute: Resource, data: Any) -> Resource | None:
    if not isinstance(data, dict) or not {"amount", "unit"} <= data.keys():
        raise Misfit(expected(attribute["code"], "an array", data), is_violation=False)
    if data["amount"] in (None, ""):
        return None
    units = assortment.measurement_families[attribute["metric_family"]]["units"]
    unit = data["unit"]
    if not isinstance(unit, str) or unit not in units:
        raise Misfit("Please specify a valid metric unit")
    amount = _amount(attribute, data["amount"], _DECIMALS)
    return {"amount": amount, "unit": unit, "symbol": units[unit]["symbol"]}


def _prices(assortment: Assortment, attribute: Resource, data: Any) -> list[Resource] | None:
    """The whole collection: a currency that is not among them has no price any more."""
    if not isinstance(data, list):
        raise Misfit(expected(attribute["code"], "an array", data), is_violation=False)
    prices: dict[str, int | str] = {}
    for price in data:
        if not isinstance(price, dict) or not {"amount", "currency"} <= price.keys():
            raise Misfit(
                expected(attribute["code"], "an array of arrays", price), is_violation=False
            )
        currency = price["currency"]
        known = assortment.currencies.get(currency) if isinstance(currency, str) else None
        if known is None or not known["enabled"]:
            raise Misfit("Please specify a valid currency")
        if price["amount"] not in (None, ""):
            prices[currency] = _amount(attribute, price["amount"], _OF_A_PRICE)
    kept = [{"amount": amount, "currency": code} for code, amount in sorted(prices.items())]
    return kept or None


def _date(assortment: Assortment, attribute: Resource, data: Any) -> str:
    """Midnight of the day: the PIM keeps no time."""
    code = attribute["code"]
    try:
        if not isinstance(data, str) or not _DATE.fullmatch(data):
            raise ValueError(data)
        day = dt.datetime.fromisoformat(data).date()
    except ValueError:
        raise Misfit(
            f"The {code} attribute requires a valid date. "
            "Please use the following format yyyy-mm-dd for dates.",
            is_violation=False,
        ) from None
    for limit, word in ((attribute["date_min"], "after"), (attribute["date_max"], "before")):
        bound = dt.datetime.fromisoformat(limit).date() if limit else day
        if day < bound if word == "after" else day > bound:
            raise Misfit(f"The {code} attribute requires a date that should be {bound} or {word}.")
    return f"{day.isoformat()}T00:00:00+00:00"


def _option(assortment: Assortment, attribute: Resource, data: Any) -> str:
    code = attribute["code"]
    if not isinstance(data, str):
        raise Misfit(expected(code, "a string", data), is_violation=False)
    if data not in assortment.options.get(code, {}):
        raise Misfit(f"The {data} value is not in the {code} attribute option list.")
    return data


def _options(assortment: Assortment, attribute: Resource, data: Any) -> list[str]:
    code = attribute["code"]
    codes = _codes(code, data)
    missing = [each for each in codes if each not in assortment.options.get(code, {})]
    if len(missing) == 1:
        raise Misfit(f"The {missing[0]} value is not in the {code} attribute option list.")
    if missing:
        raise Misfit(
            f"The {', '.join(missing)} values are not in the {code} attribute option list."
        )
    return sorted(codes)


def _record(assortment: Assortment, attribute: Resource, data: Any) -> str:
    code = attribute["code"]
    if not isinstance(data, str):
        raise Misfit(expected(code, "a string", data), is_violation=False)
    entity = assortment.reference_entities.get(attribute["reference_data_name"])
    if entity is None or data not in entity.records:
        raise Misfit(f'Property "{code}" expects a valid record code. "{data}" does not exist.')
    return data


def _assets(assortment: Assortment, attribute: Resource, data: Any) -> list[str]:
    """The codes in the order that they were sent in."""
    code = attribute["code"]
    codes = _codes(code, data)
    family = assortment.asset_families.get(attribute["reference_data_name"])
    missing = [each for each in codes if family is None or each not in family.assets]
    if missing:
        raise Misfit(
            f'Property "{code}" expects valid asset codes. "{", ".join(missing)}" do not exist.'
        )
    return codes


def _file(assortment: Assortment, attribute: Resource, data: Any) -> str:
    code = attribute["code"]
    file = media.find(assortment, data) if isinstance(data, str) else None
    if file is None:
        shown = data if isinstance(data, str) else type_name(data)
        raise Misfit(
            f'Property "{code}" expects a valid pathname as data, "{shown}" given.',
            is_violation=False,
        )
    allowed = attribute["allowed_extensions"]
    if allowed and file.extension not in allowed:
        raise Misfit(
            f"The {file.extension} file extension is not allowed for the {code} attribute. "
            f"Allowed extensions are {', '.join(allowed)}."
        )
    return str(data)


def _codes(name: str, data: Any) -> list[str]:
    """The codes, each once."""
    if not isinstance(data, list):
        raise Misfit(expected(name, "an array", data), is_violation=False)
    for each in data:
        if not isinstance(each, str):
            raise Misfit(
                f'Property "{name}" expects an array with valid data, one of the values is not a '
                "string.",
                is_violation=False,
            )
    return list(dict.fromkeys(data))


def _amount(attribute: Resource, data: Any, decimals: int) -> int | str:
    """A number as the PIM shows it: with so many decimals as a text, or whole."""
    code = attribute["code"]
    text = str(data) if type(data) in (int, float, str) else type_name(data)
    if not _NUMBER.fullmatch(text):
        raise Misfit(
            f"The {code} attribute requires a number, and the submitted {text} value is not."
        )
    number = Decimal(text)
    if not attribute["decimals_allowed"] and number != number.to_integral_value():
        raise Misfit(
            f"The {code} attribute requires a non-decimal value, and {text} is not a valid value."
        )
    _check_limits(attribute, number)
    if not attribute["decimals_allowed"]:
        return int(number)
    return str(number.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP))


def _check_limits(attribute: Resource, number: Decimal) -> None:
    code = attribute["code"]
    least, most = attribute["number_min"], attribute["number_max"]
    if least is None and attribute["negative_allowed"] is False:
        least = "0"
    if least is not None and number < Decimal(str(least)):
        raise Misfit(f"The {code} attribute requires an equal or greater than {least} value.")
    if most is not None and number > Decimal(str(most)):
        raise Misfit(f"The {code} attribute requires an equal or lower than {most} value.")


_STORED: dict[str, Callable[[Assortment, Resource, Any], Any]] = {
    "identifier": _identifier,
    "text": _text,
    "textarea": _text,
    "boolean": _boolean,
    "number": _number,
    "metric": _metric,
    "price_collection": _prices,
    "date": _date,
    "simpleselect": _option,
    "multiselect": _options,
    "image": _file,
    "file": _file,
    ASSETS.removeprefix("pim_catalog_"): _assets,
    REFERENCE_ENTITY: _record,
}
