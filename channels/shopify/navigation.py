"""The PIM's categories as collections, and their tree as a menu.

Shopify's collections have no parents. So each category is a collection that fills itself with the
products of the category and of all below it, by the metafield `ferry.categories`; and the tree
stands in a menu of its own, which the shop's people put into their theme.
"""

import re
from collections.abc import Sequence

from channels.base import ConfigurationError
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.chunks import chunks
from channels.shopify.documents import (
    COLLECTION_BY_ID,
    COLLECTIONS,
    CREATE_COLLECTION,
    CREATE_MENU,
    DELETE_COLLECTION,
    MENUS,
    PUBLISH,
    UPDATE_COLLECTION,
    UPDATE_MENU,
)
from channels.shopify.metafields import NAMESPACE
from channels.shopify.paging import Cursors
from channels.shopify.runner import Runner
from channels.shopify.shop import Shop
from channels.shopify.texts import Texts, Translation
from channels.surroundings import Category, IdMap

COLLECTION = "collection"  # kind of ids: tree and code to the collection's id
MENU = "menu"  # kind of ids: tree to the menu's id

DEEPEST = 3  # levels of a menu that Shopify takes
COLLECTIONS_A_CALL = 20
_SOURCE = "Categories of the PIM"


class Navigation:
    def __init__(
        self, api: ShopifyApi, shop: Shop, ids: IdMap, runner: Runner, *, publishes: bool
    ) -> None:
        self._api = api
        self._shop = shop
        self._ids = ids
        self._runner = runner
        self._publishes = publishes

    def arrange(self, tree: str, categories: Sequence[Category]) -> None:
        self._shop.make_own_definitions()
        found = self._collections(tree, categories)
        for category in categories:
            found[category.code] = self._write(tree, category, categories, found.get(category.code))
        self._translate(categories, found)
        self._write_menu(tree, categories, {code: one["id"] for code, one in found.items()})
        self._take_away(tree, {category.code for category in categories})

    def _collections(self, tree: str, categories: Sequence[Category]) -> dict[str, Json]:
        """What the shop has of the collections of these categories, by code."""
        keys = {_key(tree, one.code): one.code for one in categories}
        known = {keys[key]: id_ for key, id_ in self._ids.get(COLLECTION, list(keys)).items()}
        there: dict[str, Json] = {}
        for some in chunks(list(known.values()), COLLECTIONS_A_CALL):
            nodes = self._api.call(COLLECTIONS, {"ids": some})["nodes"]
            there |= {node["id"]: node for node in nodes if node}
        return {code: there[id_] for code, id_ in known.items() if id_ in there}

    def _write(
        self, tree: str, category: Category, categories: Sequence[Category], there: Json | None
    ) -> Json:
        """Create the collection, or change what is different, and return it."""
        if there is None:
            there = self._made_before(tree, category)
            if there is not None:
                self._finish(tree, category, there["id"])
        title = category.label(self._shop.primary)
        codes = _with_all_below(category.code, categories)
        if there is None:
            return self._create(tree, category, title, codes)
        change: Json = {}
        if there["title"] != title:
            change["title"] = title
        if _codes_of(there) != codes:
            ours = [one["id"] for one in there["sources"] if one["title"] == _SOURCE]
            change |= {"sourcesToDelete": ours, "sourcesToCreate": [self._source(codes)]}
        if change:
            change["id"] = there["id"]
            answer = self._api.call(UPDATE_COLLECTION, {"collection": change})
            self._raise_for(answer["collectionUpdate"]["userErrors"], category.code)
        return there

    def _made_before(self, tree: str, category: Category) -> Json | None:
        """The collection that was made by a call whose answer was lost."""
        identifier = {
            "customId": {
                "namespace": NAMESPACE,
                "key": "pim_id",
                "value": _key(tree, category.code),
            }
        }
        found = self._api.call(COLLECTION_BY_ID, {"identifier": identifier})
        if found["collectionByIdentifier"] is None:
            return None
        variables = {"ids": [found["collectionByIdentifier"]["id"]]}
        [node] = self._api.call(COLLECTIONS, variables)["nodes"]
        return node or None

    def _create(self, tree: str, category: Category, title: str, codes: list[str]) -> Json:
        key = _key(tree, category.code)
        metafield = {"namespace": NAMESPACE, "key": "pim_id", "type": "id", "value": key}
        collection = {
            "title": title,
            "metafields": [metafield],
            "sources": [self._source(codes)],
        }
        answer = self._api.call(CREATE_COLLECTION, {"collection": collection})["collectionCreate"]
        self._raise_for(answer["userErrors"], category.code)
        id_ = answer["collection"]["id"]
        self._finish(tree, category, id_)
        return {"id": id_, "title": title, "sources": []}

    def _finish(self, tree: str, category: Category, id_: str) -> None:
        """Publish a new collection and remember it, which tells that it was published."""
        if self._publishes:
            everywhere = [{"publicationId": one} for one, _ in self._shop.publications]
            self._api.call(PUBLISH, {"id": id_, "input": everywhere})
        self._ids.put(COLLECTION, {_key(tree, category.code): id_})

    def _source(self, codes: list[str]) -> Json:
        condition = {
            "metafieldStringList": {
                "definitionId": self._shop.categories_definition,
                "relation": "INCLUDES",
                "matchType": "ANY",
                "values": codes,
            }
        }
        return {
            "source": {
                "title": _SOURCE,
                "targetType": "PRODUCTS",
                "inclusion": {"matchType": "ANY", "conditions": [condition]},
            }
        }

    def _translate(self, categories: Sequence[Category], found: dict[str, Json]) -> None:
        others = self._shop.others
        if not others:
            return
        wanted = {
            found[one.code]["id"]: Translation(
                {
                    language: {"title": one.labels[language]}
                    for language in others
                    if one.labels.get(language)
                }
            )
            for one in categories
        }
        problems = Texts(self._api, self._runner, others).write(wanted)
        if problems:
            raise ConfigurationError(
                "Shopify refused the translation of a category: "
                f"“{next(iter(problems.values()))}” Correct its labels in the PIM."
            )

    def _write_menu(
        self, tree: str, categories: Sequence[Category], collections: dict[str, str]
    ) -> None:
        handle = f"ferry-{re.sub('[^a-z0-9]+', '-', tree.lower()).strip('-')}"
        there = self._menu(tree, handle)
        root = next((one for one in categories if one.parent is None), None)
        title = root.label(self._shop.primary) if root else tree
        items = self._items(categories, root.code if root else None, collections, depth=1)
        if there is None:
            variables = {"title": title, "handle": handle, "items": items}
            answer = self._api.call(CREATE_MENU, variables)["menuCreate"]
            self._raise_for(answer["userErrors"], "")
            self._ids.put(MENU, {tree: answer["menu"]["id"]})
        elif there["title"] != title or _plain(there["items"]) != _plain(items):
            items = _with_ids(items, _item_ids(there["items"]))
            variables = {"id": there["id"], "title": title, "items": items}
            answer = self._api.call(UPDATE_MENU, variables)["menuUpdate"]
            self._raise_for(answer["userErrors"], "")

    def _menu(self, tree: str, handle: str) -> Json | None:
        """The menu of the tree, by its id or by its handle."""
        known = self._ids.get(MENU, [tree]).get(tree)
        cursors, after = Cursors(), None
        while True:
            page = self._api.call(MENUS, {"after": after})["menus"]
            for one in page["nodes"]:
                if one["id"] == known or one["handle"] == handle:
                    return dict(one)
            after = cursors.after(page)
            if after is None:
                return None

    def _items(
        self,
        categories: Sequence[Category],
        parent: str | None,
        collections: dict[str, str],
        depth: int,
    ) -> list[Json]:
        """The menu below a category; what is deeper than Shopify's menus go is not in it."""
        if depth > DEEPEST:
            return []
        children = [one for one in categories if one.parent == parent]
        return [
            {
                "title": one.label(self._shop.primary),
                "type": "COLLECTION",
                "resourceId": collections[one.code],
                "items": self._items(categories, one.code, collections, depth + 1),
            }
            for one in sorted(children, key=lambda one: one.position)
        ]

    def _take_away(self, tree: str, codes: set[str]) -> None:
        """Delete collections that were made for this tree and are no category any more."""
        prefix = _key(tree, "")
        for key, id_ in self._ids.all(COLLECTION).items():
            if key.startswith(prefix) and key.removeprefix(prefix) not in codes:
                answer = self._api.call(DELETE_COLLECTION, {"input": {"id": id_}})
                errors = answer["collectionDelete"]["userErrors"]
                # What people deleted already is told as an error, and is what is wanted.
                if errors and any(self._api.call(COLLECTIONS, {"ids": [id_]})["nodes"]):
                    self._raise_for(errors, key)
                self._ids.forget(COLLECTION, [key])

    def _raise_for(self, errors: Sequence[Json], category: str) -> None:
        """Raise an error about a category; "" stands for the menu of them all."""
        if errors:
            what = f"the category “{category}”" if category else "the menu of the categories"
            said = self._api.plain(errors[0]["message"])
            raise ConfigurationError(
                f"Shopify refused {what}: “{said}”. Correct it in the PIM, or ask whoever runs "
                "the shop."
            )


def _key(tree: str, code: str) -> str:
    return f"{tree}/{code}"


def _with_all_below(code: str, categories: Sequence[Category]) -> list[str]:
    """The code and those of everything below it; parents come before their children."""
    below = {code}
    for one in categories:
        if one.parent in below:
            below.add(one.code)
    return sorted(below)


def _codes_of(collection: Json) -> list[str]:
    """The categories by which the shop fills the collection now."""
    return sorted(
        value
        for source in collection["sources"]
        if source["title"] == _SOURCE
        for condition in source["inclusion"]["conditions"]
        for value in condition.get("values", ())
    )


def _plain(items: Sequence[Json]) -> list[tuple[str, str, list[object]]]:
    """What customers see of a menu."""
    return [
        (one["title"], one["resourceId"], list(_plain(one.get("items") or ()))) for one in items
    ]


def _item_ids(items: Sequence[Json]) -> dict[str, str]:
    """The ids of a menu's items by what they lead to."""
    found = {}
    for one in items:
        found[one["resourceId"]] = one["id"]
        found |= _item_ids(one.get("items") or ())
    return found


def _with_ids(items: Sequence[Json], ids: dict[str, str]) -> list[Json]:
    """The items with the ids that they have in the shop, so that they are moved, not made anew."""
    return [
        {
            **one,
            "items": _with_ids(one["items"], ids),
            **({"id": ids[one["resourceId"]]} if one["resourceId"] in ids else {}),
        }
        for one in items
    ]
