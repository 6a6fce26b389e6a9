"""Attributes, their groups and families, as far as apps may write them.

The checks are fewer than a PIM's: enough for an app that adds attributes of its own.
"""

from typing import Any

from sandbox.data.assortment import IDENTIFIER, Assortment
from sandbox.data.structure import Resource
from sandbox.writing.options import CODE, read_labels, with_labels
from sandbox.writing.refusals import Violation, expected, malformed, unless_valid

# The type of a new attribute -> an attribute of the shop from which it takes all that is not said.
_LIKE = {
    "pim_catalog_text": "ean",
    "pim_catalog_textarea": "short_description",
    "pim_catalog_simpleselect": "brand",
    "pim_catalog_multiselect": "materials",
    "pim_catalog_boolean": "is_new",
    "pim_catalog_number": "delivery_days",
    "pim_catalog_metric": "weight",
    "pim_catalog_price_collection": "price",
    "pim_catalog_date": "release_date",
    "pim_catalog_image": "image",
    "pim_catalog_file": "manual",
}
# Of what may be something else than it is in the attribute that a new one is like.
_TYPES: dict[str, Any] = {
    "labels": dict | list,
    "max_characters": int | None,
    "decimals_allowed": bool | None,
    "negative_allowed": bool | None,
    "metric_family": str | None,
    "default_metric_unit": str | None,
}
_IMMUTABLE = ("type", "localizable", "scopable", "unique", "metric_family")


def write_attribute(assortment: Assortment, code: str, body: dict[str, Any], anchor: str) -> bool:
    """Create or update an attribute; whether it was created. Raises Refusal."""
    old = assortment.attributes.get(code)
    wanted = dict(old) if old is not None else _new_attribute(assortment, code, body, anchor)
    for name, value in body.items():
        if name not in wanted:
            malformed(f'Property "{name}" does not exist.', anchor)
        if old is not None and name in _IMMUTABLE and value != old[name]:
            unless_valid([Violation(name, "This property cannot be changed.")])
    labels = read_labels(assortment, body.get("labels", {}), anchor)
    group = body.get("group", wanted["group"])
    if not isinstance(group, str) or group not in assortment.attribute_groups:
        malformed(
            'Property "group" expects a valid attribute group code. The attribute group does not '
            f'exist, "{group}" given.',
            anchor,
        )
    for name, value in body.items():
        if not isinstance(value, _TYPES.get(name, type(wanted[name]))):
            malformed(expected(name, "valid data", value), anchor)
    assortment.attributes[code] = {
        **wanted,
        **body,
        "code": code,
        "labels": with_labels(wanted["labels"], labels),
        "group_labels": assortment.attribute_groups[group]["labels"],
    }
    for each in assortment.attribute_groups.values():
        others = [member for member in each["attributes"] if member != code]
        each["attributes"] = [*others, code] if each["code"] == group else others
    return old is None


def write_attribute_group(
    assortment: Assortment, code: str, body: dict[str, Any], anchor: str
) -> bool:
    """Create or update an attribute group. Raises Refusal."""
    old = assortment.attribute_groups.get(code)
    _check_code(code)
    wanted: Resource = old or {
        "code": code,
        "sort_order": len(assortment.attribute_groups) + 1,
        "attributes": [],
        "labels": {},
    }
    for name in body:
        if name not in wanted:
            malformed(f'Property "{name}" does not exist.', anchor)
    labels = read_labels(assortment, body.get("labels", {}), anchor)
    order = body.get("sort_order", wanted["sort_order"])
    if type(order) is not int:
        malformed(expected("sort_order", "an integer", order), anchor)
    members = _attribute_codes(assortment, body.get("attributes", wanted["attributes"]), anchor)
    assortment.attribute_groups[code] = wanted | {
        "sort_order": order,
        "attributes": members,
        "labels": with_labels(wanted["labels"], labels),
    }
    for member in members:
        assortment.attributes[member]["group"] = code
    return old is None


def write_family(assortment: Assortment, code: str, body: dict[str, Any], anchor: str) -> bool:
    """Create or update a family; `attributes` takes the place of what was there. Raises Refusal."""
    old = assortment.families.get(code)
    _check_code(code)
    wanted: Resource = old or {
        "code": code,
        "attributes": [IDENTIFIER],
        "attribute_as_label": IDENTIFIER,
        "attribute_as_image": None,
        "attribute_requirements": {channel: [IDENTIFIER] for channel in assortment.channels},
        "labels": {},
        "parent": None,
    }
    for name in body:
        if name not in wanted:
            malformed(f'Property "{name}" does not exist.', anchor)
    labels = read_labels(assortment, body.get("labels", {}), anchor)
    members = _attribute_codes(assortment, body.get("attributes", wanted["attributes"]), anchor)
    needed = body.get("attribute_requirements", {})
    if not isinstance(needed, dict) or not needed.keys() <= assortment.channels.keys():
        malformed(expected("attribute_requirements", "an array", needed), anchor)
    for codes in needed.values():
        _attribute_codes(assortment, codes, anchor)
    for name in ("attribute_as_label", "attribute_as_image"):
        if body.get(name) is not None and body[name] not in members:
            unless_valid([Violation(name, "Property must belong to the family")])
    assortment.families[code] = wanted | {
        "attributes": sorted({IDENTIFIER, *members}),
        "attribute_as_label": body.get("attribute_as_label", wanted["attribute_as_label"]),
        "attribute_as_image": body.get("attribute_as_image", wanted["attribute_as_image"]),
        "attribute_requirements": {**wanted["attribute_requirements"], **needed},
        "labels": with_labels(wanted["labels"], labels),
    }
    added = set(members) - set(wanted["attributes"])
    for variant in assortment.family_variants.setdefault(code, {}).values():
        # So does a PIM: what comes to a family with variants is common to all of them.
        variant["common_attributes"] = sorted({*variant["common_attributes"], *added})
    return old is None


def _new_attribute(
    assortment: Assortment, code: str, body: dict[str, Any], anchor: str
) -> Resource:
    _check_code(code)
    kind = body.get("type")
    if kind is None or "group" not in body:
        missing = [name for name in ("type", "group") if body.get(name) is None]
        unless_valid([Violation(name, "This value should not be blank.") for name in missing])
    if not isinstance(kind, str) or kind not in _LIKE:
        malformed(
            'Property "type" expects a valid attribute type. The attribute type does not exist, '
            f'"{kind}" given.',
            anchor,
        )
    if kind == "pim_catalog_metric":
        family = assortment.measurement_families.get(str(body.get("metric_family")))
        if family is None or body.get("default_metric_unit") not in family["units"]:
            unless_valid([Violation("metric_family", "Please specify a valid metric family")])
    return assortment.attributes[_LIKE[kind]] | {
        "code": code,
        "sort_order": len(assortment.attributes),
        "useable_as_grid_filter": False,
        "localizable": False,
        "scopable": False,
        "labels": {},
    }


def _attribute_codes(assortment: Assortment, given: Any, anchor: str) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        malformed(expected("attributes", "an array", given), anchor)
    for code in given:
        if code not in assortment.attributes:
            malformed(
                'Property "attributes" expects a valid attribute code. The attribute does not '
                f'exist, "{code}" given.',
                anchor,
            )
    return list(given)


def _check_code(code: str) -> None:
    if not CODE.fullmatch(code):
        unless_valid(
            [Violation("code", "This code may contain only letters, numbers and underscores")]
        )
