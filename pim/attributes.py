"""The PIM's structure, as far as a value must fit it (pim-contract.md 3.8, 3.9).

Lists are complete: one that ended before the number that the PIM told raises TransientError.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import msgspec

from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.errors import NotFound


@dataclass(frozen=True, slots=True)
class PimAttribute:
    """An attribute with its limits; what the PIM does not say, or does not limit, is None.

    `type` is the PIM's, as `pim_catalog_text`. `number_min` and so on, and `max_file_size` in MB,
    are texts as the PIM has them. `available_locales`: where it has values; empty for everywhere.
    """

    code: str
    type: str
    group: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    localizable: bool = False
    scopable: bool = False
    unique: bool = False
    is_main_identifier: bool = False
    is_read_only: bool = False
    available_locales: tuple[str, ...] = ()
    allowed_extensions: tuple[str, ...] = ()
    metric_family: str | None = None
    default_metric_unit: str | None = None
    decimals_allowed: bool | None = None
    negative_allowed: bool | None = None
    number_min: str | None = None
    number_max: str | None = None
    date_min: str | None = None
    date_max: str | None = None
    max_characters: int | None = None
    max_file_size: str | None = None
    validation_rule: str | None = None
    validation_regexp: str | None = None
    reference_data_name: str | None = None
    wysiwyg_enabled: bool = False


@dataclass(frozen=True, slots=True)
class PimFamily:
    """A family; `requirements` are the attributes that each PIM channel asks for."""

    code: str
    attributes: frozenset[str]
    labels: Mapping[str, str]
    requirements: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class FamilyVariant:
    """At which level of a family with variants attributes live.

    `common` at the uppermost model; `levels` and `axes` by level, from 1: the last one is the
    variants' own.
    """

    code: str
    common: frozenset[str]
    levels: tuple[frozenset[str], ...]
    axes: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class PimChannel:
    """A channel of the PIM's own, called scope in values."""

    code: str
    labels: Mapping[str, str]
    locales: frozenset[str]
    currencies: frozenset[str]
    category_tree: str | None


@dataclass(frozen=True, slots=True)
class PimOption:
    code: str
    labels: Mapping[str, str]
    sort_order: int


def attributes(client: PimClient, *, types: Sequence[str] = ()) -> dict[str, PimAttribute]:
    """Return all attributes by code, or those of some types."""
    search = {"type": [{"operator": "IN", "value": list(types)}]}
    asked = msgspec.json.encode(search).decode() if types else None
    found = map(_attribute, client.counted_items("attributes", limit=SAFE_LIMIT, search=asked))
    return {attribute.code: attribute for attribute in found}


def options(client: PimClient, attribute: str) -> dict[str, PimOption]:
    """Return the options of a select attribute by code. NotFound if it is none, or not there."""
    path = f"attributes/{quote(attribute, safe='')}/options"
    found = client.counted_items(path, limit=SAFE_LIMIT)
    return {
        str(one.get("code")): PimOption(
            str(one.get("code")), _labels(one), _whole(one.get("sort_order")) or 0
        )
        for one in found
    }


def families(client: PimClient) -> dict[str, PimFamily]:
    """Return all families by code."""
    found = client.counted_items("families", limit=SAFE_LIMIT)
    return {
        str(one.get("code")): PimFamily(
            str(one.get("code")),
            frozenset(_texts(one.get("attributes"))),
            _labels(one),
            {
                channel: frozenset(_texts(codes))
                for channel, codes in _object(one.get("attribute_requirements")).items()
            },
        )
        for one in found
    }


def family_variants(client: PimClient, family: str) -> dict[str, FamilyVariant]:
    """Return the variants of one family by code; none if it has none."""
    path = f"families/{quote(family, safe='')}/variants"
    try:
        found = client.counted_items(path, limit=SAFE_LIMIT)
    except NotFound:
        return {}
    return {str(one.get("code")): _family_variant(one) for one in found}


def channels(client: PimClient) -> dict[str, PimChannel]:
    """Return the PIM's own channels by code."""
    found = client.counted_items("channels", limit=SAFE_LIMIT)
    return {
        str(one.get("code")): PimChannel(
            str(one.get("code")),
            _labels(one),
            frozenset(_texts(one.get("locales"))),
            frozenset(_texts(one.get("currencies"))),
            _text(one.get("category_tree")),
        )
        for one in found
    }


def units(client: PimClient) -> dict[str, frozenset[str]]:
    """Return the codes of all units by the code of their measurement family; one call."""
    return {
        str(one.get("code")): frozenset(_unit_codes(one.get("units")))
        for one in client.items("measurement-families")
    }


def _attribute(one: Mapping[str, Any]) -> PimAttribute:
    return PimAttribute(
        code=str(one.get("code")),
        type=str(one.get("type")),
        group=_text(one.get("group")),
        labels=_labels(one),
        localizable=one.get("localizable") is True,
        scopable=one.get("scopable") is True,
        unique=one.get("unique") is True,
        is_main_identifier=one.get("is_main_identifier") is True,
        is_read_only=one.get("is_read_only") is True,
        available_locales=tuple(_texts(one.get("available_locales"))),
        allowed_extensions=tuple(_texts(one.get("allowed_extensions"))),
        metric_family=_text(one.get("metric_family")),
        default_metric_unit=_text(one.get("default_metric_unit")),
        decimals_allowed=_truth(one.get("decimals_allowed")),
        negative_allowed=_truth(one.get("negative_allowed")),
        number_min=_limit(one.get("number_min")),
        number_max=_limit(one.get("number_max")),
        date_min=_text(one.get("date_min")),
        date_max=_text(one.get("date_max")),
        max_characters=_whole(one.get("max_characters")),
        max_file_size=_limit(one.get("max_file_size")),
        validation_rule=_text(one.get("validation_rule")),
        validation_regexp=_text(one.get("validation_regexp")),
        reference_data_name=_text(one.get("reference_data_name")),
        wysiwyg_enabled=one.get("wysiwyg_enabled") is True,
    )


def _family_variant(one: Mapping[str, Any]) -> FamilyVariant:
    sets = one.get("variant_attribute_sets")
    levels = sorted(
        (each for each in sets if isinstance(each, dict)) if isinstance(sets, list) else (),
        key=lambda each: _whole(each.get("level")) or 0,
    )
    return FamilyVariant(
        str(one.get("code")),
        frozenset(_texts(one.get("common_attributes"))),
        tuple(frozenset(_texts(each.get("attributes"))) for each in levels),
        tuple(frozenset(_texts(each.get("axes"))) for each in levels),
    )


def _unit_codes(found: Any) -> Iterator[str]:
    """Units come by code; a list of them is read as well."""
    if isinstance(found, dict):
        yield from map(str, found)
    elif isinstance(found, list):
        yield from (str(unit.get("code")) for unit in found if isinstance(unit, dict))


def _labels(one: Mapping[str, Any]) -> dict[str, str]:
    labels = _object(one.get("labels"))
    return {locale: text for locale, text in labels.items() if isinstance(text, str)}


def _object(value: Any) -> dict[str, Any]:
    """An object; without members it is a list in the PIM's answers."""
    return value if isinstance(value, dict) else {}


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    """A whole number; some of the PIM's are texts."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _limit(value: Any) -> str | None:
    """A number as a text, however the PIM has it."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else _text(value)
