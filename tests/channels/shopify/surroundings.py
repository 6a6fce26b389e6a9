"""The stand-in's shop around its products: languages, publications, collections and menus."""

import hashlib
import json
from typing import Any

from tests.channels.shopify import metafields
from tests.channels.shopify.products import find
from tests.channels.shopify.state import Node, Shop, connection, error, resolves, slug


@resolves("QueryRoot", "shop")
def _shop(shop: Shop, _: Node, args: Node) -> Node:
    return {"name": "Acme", "currencyCode": "EUR"}


@resolves("QueryRoot", "currentAppInstallation")
def _installation(shop: Shop, _: Node, args: Node) -> Node:
    return {"accessScopes": [{"handle": one} for one in sorted(shop.scopes)]}


@resolves("QueryRoot", "shopLocales")
def _locales(shop: Shop, _: Node, args: Node) -> list[Node]:
    return shop.locales


@resolves("QueryRoot", "publications")
def _publications(shop: Shop, _: Node, args: Node) -> Node:
    return connection(shop.publications, args)


@resolves("Mutation", "publishablePublish")
def _publish(shop: Shop, _: Node, args: Node) -> Node:
    wanted = {one["publicationId"] for one in args["input"]}
    if wanted - {one["id"] for one in shop.publications}:
        return {"userErrors": [error(["input"], "Publication does not exist")]}
    shop.nodes[args["id"]]["published"] |= wanted
    return {"userErrors": []}


@resolves("Mutation", "publishableUnpublish")
def _unpublish(shop: Shop, _: Node, args: Node) -> Node:
    shop.nodes[args["id"]]["published"] -= {one["publicationId"] for one in args["input"]}
    return {"userErrors": []}


_TEXTS = {
    "Product": {
        "title": lambda one: one["title"],
        "body_html": lambda one: one["descriptionHtml"],
        "meta_title": lambda one: one["seo"]["title"],
        "meta_description": lambda one: one["seo"]["description"],
        "handle": lambda one: one["handle"],
    },
    "ProductOption": {"name": lambda one: one["name"]},
    "ProductOptionValue": {"name": lambda one: one["name"]},
    "Collection": {"title": lambda one: one["title"]},
    "MediaImage": {"alt": lambda one: one["alt"]},
}


def _content(node: Node) -> dict[str, str]:
    return {key: read(node) for key, read in _TEXTS[node["__typename"]].items() if read(node)}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@resolves("QueryRoot", "translatableResourcesByIds")
def _translatable(shop: Shop, _: Node, args: Node) -> Node:
    nodes = [shop.nodes[id_] for id_ in args["resourceIds"] if id_ in shop.nodes]
    return connection([{"resourceId": one["id"], "of": one} for one in nodes], args)


@resolves("TranslatableResource", "translatableContent")
def _translatable_content(shop: Shop, resource: Node, args: Node) -> list[Node]:
    return [
        {"key": key, "value": value, "digest": _digest(value), "locale": "en"}
        for key, value in _content(resource["of"]).items()
    ]


@resolves("TranslatableResource", "translations")
def _translations(shop: Shop, resource: Node, args: Node) -> list[Node]:
    content = _content(resource["of"])
    return [
        {
            "key": key,
            "value": one["value"],
            "outdated": one["digest"] != _digest(content.get(key, "")),
        }
        for (id_, locale, key), one in shop.translations.items()
        if (id_, locale) == (resource["resourceId"], args["locale"])
    ]


@resolves("Mutation", "translationsRegister")
def _register(shop: Shop, _: Node, args: Node) -> Node:
    content = _content(shop.nodes[args["resourceId"]])
    locales = {one["locale"] for one in shop.locales if not one["primary"]}
    for index, one in enumerate(args["translations"]):
        path = ["translations", index]
        if one["locale"] not in locales:
            wrong = error(path, "Locale is invalid for the shop", "INVALID_LOCALE_FOR_SHOP")
        elif one["translatableContentDigest"] != _digest(content.get(one["key"], "")):
            wrong = error(path, "Content is invalid", "INVALID_TRANSLATABLE_CONTENT")
        elif one["key"] == "title" and len(one["value"]) > 255:
            wrong = error(path, "Title is too long", "FAILS_RESOURCE_VALIDATION")
        else:
            continue
        return {"userErrors": [wrong]}
    for one in args["translations"]:
        shop.translations[args["resourceId"], one["locale"], one["key"]] = {
            "value": one["value"],
            "digest": one["translatableContentDigest"],
        }
    return {"userErrors": []}


@resolves("Mutation", "translationsRemove")
def _remove(shop: Shop, _: Node, args: Node) -> Node:
    for locale in args["locales"]:
        for key in args["translationKeys"]:
            shop.translations.pop((args["resourceId"], locale, key), None)
    return {"userErrors": []}


def _source(shop: Shop, wanted: Node) -> Node:
    source = wanted["source"]
    conditions = []
    for condition in source["inclusion"]["conditions"]:
        told = condition["metafieldStringList"]
        definition = shop.nodes[told["definitionId"]]
        if not definition["capabilities"]["smartCollectionCondition"]["enabled"]:
            raise ValueError("the metafield may not be a condition of collections")
        conditions.append(
            {
                "__typename": "CollectionSourceInclusionConditionMetafieldStringList",
                "values": told["values"],
                "field": (definition["namespace"], definition["key"]),
            }
        )
    return shop.add(
        "CollectionConditionsSource", title=source["title"], inclusion={"conditions": conditions}
    )


@resolves("QueryRoot", "collectionByIdentifier")
def _collection_by_identifier(shop: Shop, _: Node, args: Node) -> Node | None:
    return find(shop, "Collection", args["identifier"])


@resolves("Mutation", "collectionCreate")
def _create_collection(shop: Shop, _: Node, args: Node) -> Node:
    wanted = args["collection"]
    owner: Node = {"__typename": "Collection", "id": "", "metafields": {}}
    for one in wanted.get("metafields", ()):
        problem = metafields.wrong_with(shop, owner, one)
        if problem:
            wrong = error(["collection", "metafields"], problem[1])
            return {"collection": None, "userErrors": [wrong]}
        metafields.put(shop, owner, one)
    made = shop.add(
        "Collection",
        title=wanted["title"],
        handle=slug(wanted["title"]),
        metafields=owner["metafields"],
        sources=[_source(shop, one) for one in wanted.get("sources", ())],
        published=set(),
    )
    return {"collection": made, "userErrors": []}


@resolves("Mutation", "collectionUpdate")
def _update_collection(shop: Shop, _: Node, args: Node) -> Node:
    wanted = args["collection"]
    collection = shop.nodes[wanted["id"]]
    collection["title"] = wanted.get("title", collection["title"])
    gone = set(wanted.get("sourcesToDelete", ()))
    kept = [one for one in collection["sources"] if one["id"] not in gone]
    made = [_source(shop, one) for one in wanted.get("sourcesToCreate", ())]
    collection["sources"] = [*kept, *made]
    return {"userErrors": []}


@resolves("Mutation", "collectionDelete")
def _delete_collection(shop: Shop, _: Node, args: Node) -> Node:
    there = shop.nodes.pop(args["input"]["id"], None)
    wrong = [] if there else [error(["id"], "Collection does not exist")]
    return {"userErrors": wrong}


def products_in(shop: Shop, collection: Node) -> set[str]:
    """The titles of the products that a collection shows."""
    found = set()
    for source in collection["sources"]:
        for condition in source["inclusion"]["conditions"]:
            for product in shop.products:
                codes = json.loads(product["metafields"].get(condition["field"], "[]"))
                if set(codes) & set(condition["values"]):
                    found.add(product["title"])
    return found


@resolves("QueryRoot", "menus")
def _menus(shop: Shop, _: Node, args: Node) -> Node:
    return connection(shop.all("Menu"), args)


def _items(shop: Shop, wanted: list[Node], depth: int = 1) -> list[Node]:
    if depth > 3 and wanted:
        raise ValueError("the menu cannot be nested more than 3 levels deep")
    return [
        {
            "__typename": "MenuItem",
            "id": one.get("id") or shop.new_id("MenuItem"),
            "title": one["title"],
            "resourceId": one.get("resourceId"),
            "items": _items(shop, one.get("items") or [], depth + 1),
        }
        for one in wanted
    ]


@resolves("Mutation", "menuCreate")
def _create_menu(shop: Shop, _: Node, args: Node) -> Node:
    if any(one["handle"] == args["handle"] for one in shop.all("Menu")):
        return {"menu": None, "userErrors": [error(["handle"], "Handle has been taken")]}
    items = _items(shop, args["items"])
    menu = shop.add("Menu", title=args["title"], handle=args["handle"], items=items)
    return {"menu": menu, "userErrors": []}


@resolves("Mutation", "menuUpdate")
def _update_menu(shop: Shop, _: Node, args: Node) -> Node:
    menu = shop.nodes[args["id"]]
    menu |= {"title": args["title"], "items": _items(shop, args["items"])}
    return {"userErrors": []}


def tree_of(items: list[Node]) -> dict[str, Any]:
    """A menu as nested titles."""
    return {one["title"]: tree_of(one["items"]) for one in items}
