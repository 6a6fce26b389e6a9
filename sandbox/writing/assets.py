"""Assets as apps create and change them; the Asset Manager's source is not public."""

import datetime as dt
from typing import Any

from sandbox.data.assets import AssetFamily
from sandbox.data.assortment import Assortment
from sandbox.data.structure import Resource
from sandbox.writing.options import CODE
from sandbox.writing.refusals import Refusal, Violation, expected, malformed, unless_valid

_KNOWN = ("code", "asset_family_code", "values", "created", "updated")
_MEMBERS = ("data", "locale", "channel")


def write_asset(
    assortment: Assortment,
    family: AssetFamily,
    code: str,
    body: dict[str, Any],
    now: float,
    anchor: str,
) -> bool:
    """Create or update an asset; whether it was created. Raises Refusal."""
    for name in body:
        if name not in _KNOWN:
            raise Refusal(f"Property '{name}' does not exist.")
    if body.get("code", code) != code:
        raise Refusal("The asset code given in the URL must be equal to the one in the body.")
    old = family.assets.get(code)
    if old is None and not CODE.fullmatch(code):
        unless_valid(
            [Violation("code", "This field may only contain letters, numbers and underscores.")]
        )
    edits = _read(assortment, family, body.get("values", {}), anchor)
    moment = dt.datetime.fromtimestamp(int(now), dt.UTC).isoformat()
    asset: Resource = old or {"code": code, "values": {}, "created": moment, "updated": moment}
    values = _merged(asset["values"], edits)
    is_changed = values != asset["values"]
    family.assets[code] = asset | {
        "values": values,
        "updated": moment if is_changed else asset["updated"],
    }
    return old is None


def _read(
    assortment: Assortment, family: AssetFamily, values: Any, anchor: str
) -> dict[tuple[str, str | None, str | None], Any]:
    if values == []:
        return {}
    if not isinstance(values, dict):
        malformed(expected("values", "an array", values), anchor)
    edits: dict[tuple[str, str | None, str | None], Any] = {}
    for code, entries in values.items():
        attribute = family.attributes.get(code)
        if attribute is None:
            raise Refusal(
                f'Attribute "{code}" does not exist for the asset family "{family.code}".'
            )
        if not isinstance(entries, list):
            malformed(expected(code, "an array", entries), anchor)
        for entry in entries:
            if not isinstance(entry, dict) or not all(name in entry for name in _MEMBERS):
                malformed(
                    f'Property "{code}" expects arrays with the keys "locale", "channel" and '
                    '"data".',
                    anchor,
                )
            locale, channel = entry["locale"], entry["channel"]
            _check_place(assortment, attribute, locale, channel)
            edits[code, locale, channel] = _checked(assortment, family, attribute, entry["data"])
    return edits


def _check_place(assortment: Assortment, attribute: Resource, locale: Any, channel: Any) -> None:
    code = attribute["code"]
    active = {known for known, each in assortment.locales.items() if each["enabled"]}
    for is_there, given, known, name in (
        (attribute["value_per_locale"], locale, active, "locale"),
        (attribute["value_per_channel"], channel, set(assortment.channels), "channel"),
    ):
        if is_there and given is None:
            raise Refusal(
                f'A {name} is expected for attribute "{code}" because it has a value per {name}.'
            )
        if not is_there and given is not None:
            raise Refusal(f'A {name} is not expected for attribute "{code}".')
        if given is not None and (not isinstance(given, str) or given not in known):
            raise Refusal(f'The {name} "{given}" does not exist or is not activated.')


def _checked(assortment: Assortment, family: AssetFamily, attribute: Resource, data: Any) -> Any:
    if data in (None, "", []):
        return None
    code, kind = attribute["code"], attribute["type"]
    options = family.options.get(code, {})
    fits = {
        "text": lambda: isinstance(data, str),
        "media_file": lambda: isinstance(data, str) and data in assortment.asset_files,
        "single_option": lambda: isinstance(data, str) and data in options,
        "number": lambda: _is_whole(data),
        "date": lambda: _is_day(data),
    }
    if not fits[kind]():
        unless_valid([Violation(f"values.{code}", f'The value of "{code}" is not valid.')])
    return str(data) if kind == "number" else data


def _is_whole(data: Any) -> bool:
    """The PIM takes numbers of assets as texts."""
    return isinstance(data, str) and data.removeprefix("-").isdecimal() and data.isascii()


def _is_day(data: Any) -> bool:
    try:
        return isinstance(data, str) and bool(dt.date.fromisoformat(data[:10]))
    except ValueError:
        return False


def _merged(
    values: dict[str, list[Resource]], edits: dict[tuple[str, str | None, str | None], Any]
) -> dict[str, list[Resource]]:
    merged = {code: list(entries) for code, entries in values.items()}
    for (code, locale, channel), data in edits.items():
        others = [
            each
            for each in merged.get(code, ())
            if (each["locale"], each["channel"]) != (locale, channel)
        ]
        if data is not None:
            others.append({"locale": locale, "channel": channel, "data": data})
        merged[code] = others
    return {code: entries for code, entries in merged.items() if entries}
