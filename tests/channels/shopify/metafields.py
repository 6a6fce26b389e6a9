"""The stand-in's metafields: definitions, types, and the values that must be unique."""

import json
import re
from typing import Any

from tests.channels.shopify.state import Node, Shop, connection, error, resolves

OWNERS = {"Product": "PRODUCT", "ProductVariant": "PRODUCTVARIANT", "Collection": "COLLECTION"}


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _is_list_of(value: str, *, ids: bool = False) -> bool:
    items = json.loads(value) if _is_json(value) else None
    return isinstance(items, list) and all(
        isinstance(one, str) and (not ids or one.startswith("gid://")) for one in items
    )


def _is_measured(value: str) -> bool:
    told = json.loads(value) if _is_json(value) else None
    return isinstance(told, dict) and told.keys() == {"value", "unit"}


TYPES: dict[str, Any] = {
    "id": lambda value: bool(re.fullmatch(r"[^\n]{1,255}", value)),
    "single_line_text_field": lambda value: "\n" not in value,
    "multi_line_text_field": lambda value: True,
    "number_integer": lambda value: bool(re.fullmatch(r"-?\d+", value)),
    "number_decimal": lambda value: bool(re.fullmatch(r"-?\d+(\.\d{1,9})?", value)),
    "boolean": lambda value: value in ("true", "false"),
    "date": lambda value: bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value)),
    "date_time": lambda value: bool(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", value)),
    "json": _is_json,
    "rich_text_field": lambda value: _is_json(value) and json.loads(value)["type"] == "root",
    "url": lambda value: value.startswith(("http://", "https://")),
    "color": lambda value: bool(re.fullmatch(r"#[0-9a-fA-F]{6}", value)),
    "weight": _is_measured,
    "dimension": _is_measured,
    "money": lambda value: json.loads(value).keys() == {"amount", "currency_code"},
    "list.single_line_text_field": _is_list_of,
    "list.product_reference": lambda value: _is_list_of(value, ids=True),
    "file_reference": lambda value: value.startswith("gid://"),
    "list.file_reference": lambda value: _is_list_of(value, ids=True),
}


def wrong_with(shop: Shop, owner: Node, one: Node) -> tuple[str, str] | None:
    """Why this metafield cannot be set on that owner, as (code, message)."""
    namespace, key, value = one["namespace"], one["key"], one["value"]
    definition = shop.definition(OWNERS[owner["__typename"]], namespace, key)
    type_ = definition["type"]["name"] if definition else one.get("type")
    if definition and one.get("type") not in (None, type_):
        return "INVALID_TYPE", f"Type must be {type_}"
    if type_ not in TYPES:
        return "INVALID_TYPE", f"Type {type_} is not one that the stand-in knows"
    if value == "":
        return "BLANK", "Value can't be blank"
    if not TYPES[type_](value):
        return "INVALID_VALUE", f"Value is invalid for the type {type_}"
    if type_ == "id":
        for other in shop.all(owner["__typename"]):
            there = other["metafields"].get((namespace, key))
            if other is not owner and other["id"] != owner["id"] and there == value:
                return "TAKEN", "Value has already been taken"
    return None


def put(shop: Shop, owner: Node, one: Node) -> None:
    owner["metafields"][one["namespace"], one["key"]] = one["value"]


def told(metafields: dict[tuple[str, str], str]) -> list[Node]:
    return [{"namespace": n, "key": k, "value": value} for (n, k), value in metafields.items()]


def _of_owner(shop: Shop, owner: Node, args: Node) -> Node:
    wanted = args.get("keys")
    several = told(owner["metafields"])
    if wanted is not None:
        several = [one for one in several if f"{one['namespace']}.{one['key']}" in wanted]
    return connection(several, args)


def _one_of_owner(shop: Shop, owner: Node, args: Node) -> Node | None:
    value = owner["metafields"].get((args["namespace"], args["key"]))
    return None if value is None else {"value": value}


for _owner in ("Product", "ProductVariant"):
    resolves(_owner, "metafields")(_of_owner)
    resolves(_owner, "metafield")(_one_of_owner)


@resolves("QueryRoot", "metafieldDefinitions")
def _definitions(shop: Shop, _: Node, args: Node) -> Node:
    of_owner = [one for one in shop.definitions if one["ownerType"] == args["ownerType"]]
    return connection(of_owner, args)


@resolves("Mutation", "metafieldDefinitionCreate")
def _create_definition(shop: Shop, _: Node, args: Node) -> Node:
    wanted = args["definition"]
    owner, namespace, key = wanted["ownerType"], wanted["namespace"], wanted["key"]
    if shop.definition(owner, namespace, key):
        taken = error(["definition", "key"], "Key is in use for a Product metafield", "TAKEN")
        return {"createdDefinition": None, "userErrors": [taken]}
    made = shop.define(owner, f"{namespace}.{key}", wanted["type"], wanted["name"])
    made["capabilities"] = wanted.get("capabilities") or {}
    return {"createdDefinition": made, "userErrors": []}


@resolves("Mutation", "metafieldsSet")
def _set(shop: Shop, _: Node, args: Node) -> Node:
    """All of them or none (https://shopify.dev/docs/api/admin-graphql/latest/mutations/metafieldsSet)."""
    wanted = args["metafields"]
    errors = []
    if len(wanted) > 25:
        errors.append(error(["metafields"], "Exceeded the maximum metafields input limit of 25."))
    for index, one in enumerate(wanted):
        owner = shop.nodes.get(one["ownerId"])
        problem = wrong_with(shop, owner, one) if owner else ("INVALID", "Owner does not exist.")
        if problem:
            code, message = problem
            wrong = error(["metafields", index, "value"], message, code)
            errors.append({**wrong, "elementIndex": index})
    if not errors:
        for one in wanted:
            put(shop, shop.nodes[one["ownerId"]], one)
    return {"userErrors": [{"elementIndex": None, **one} for one in errors]}


@resolves("Mutation", "metafieldsDelete")
def _delete(shop: Shop, _: Node, args: Node) -> Node:
    for one in args["metafields"]:
        owner = shop.nodes.get(one["ownerId"])
        if owner:
            owner["metafields"].pop((one["namespace"], one["key"]), None)
    return {"userErrors": []}
