"""The PIM's categories as collections of the shop.

Each category has a value of a private facet, which its products have too. Its collection holds what
has its value or that of a category below it. So putting a product into a category is a change of
that product alone, whatever the size of the category.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from channels.base import Category
from channels.vendure import memory
from channels.vendure.graphql import Refused
from channels.vendure.paging import all_items
from channels.vendure.parts import Parts
from channels.vendure.slugs import slugified
from outbound.errors import ConfigurationError

_COLLECTIONS = """query Collections($skip: Int!, $take: Int!) {
  collections(options: { skip: $skip, take: $take, sort: { id: ASC } }) {
    totalItems
    items {
      id parentId position
      filters { code args { name value } }
      translations { languageCode name slug }
    }
  }
}"""
_CREATE = """mutation CreateCollection($input: CreateCollectionInput!) {
  createCollection(input: $input) { id parentId position }
}"""
_UPDATE = """mutation UpdateCollection($input: UpdateCollectionInput!) {
  updateCollection(input: $input) { id }
}"""
_MOVE = """mutation MoveCollection($input: MoveCollectionInput!) {
  moveCollection(input: $input) { id }
}"""
_DELETE = "mutation DeleteCollection($id: ID!) { deleteCollection(id: $id) { result } }"
_PAGE = 500
_FILTER = "facet-value-filter"


@dataclass(slots=True)
class _Collection:
    id: str
    parent: str
    position: int
    filters: list[dict[str, Any]]
    names: dict[str, str]

    @property
    def values(self) -> list[str]:
        """The facet values that our filter asks for; its own one is the first."""
        return next((_values(one) for one in self.filters if one["code"] == _FILTER), [])


def arrange(parts: Parts, tree: str, categories: Sequence[Category]) -> None:
    """Make the shop's collections what these categories say. Raises ChannelError."""
    try:
        _Tree(parts, tree, categories).arrange()
    except Refused as refused:
        raise ConfigurationError(
            f"The shop does not take the categories as its collections: “{refused.message}”."
        ) from None


class _Tree:
    """One tree of categories and what stands for it in the shop."""

    def __init__(self, parts: Parts, tree: str, categories: Sequence[Category]) -> None:
        self._parts = parts
        self._about = parts.about
        self._tree = tree
        self._categories = {category.code: category for category in categories}
        self._values: dict[str, str] = {}
        self._there: dict[str, _Collection] = {}
        self._ours: dict[str, str] = {}  # code to id
        self._root = ""

    def arrange(self) -> None:
        self._parts.facets.learn_categories(list(self._categories))
        names = {code: self._names(category) for code, category in self._categories.items()}
        self._values = self._parts.facets.make_categories(list(names), names)
        self._name_values()
        self._there = self._read()
        self._ours = self._found()
        for category in self._categories.values():
            if category.code in self._ours:
                self._update(category, self._there[self._ours[category.code]])
            else:
                self._create(category)
        self._order()
        self._take_away()

    def _name_values(self) -> None:
        """The facet's values have the categories' names, for who looks at a product in the shop."""
        there = self._parts.facets.category_values()
        self._parts.facets.rename(
            {
                there[code].id: changed
                for code, category in self._categories.items()
                if code in there and (changed := self._renamed(category, there[code].names))
            }
        )

    def _read(self) -> dict[str, _Collection]:
        items = all_items(self._parts.api, _COLLECTIONS, "collections", _PAGE)
        found = {item["id"]: _collection(item) for item in items}
        self._root = next((one.parent for one in found.values() if one.parent not in found), "")
        return found

    def _found(self) -> dict[str, str]:
        """Our collections by code: remembered, or told by their filter if the answer got lost."""
        known = self._parts.ids.all(memory.COLLECTION)
        codes = {value: code for code, value in self._values.items()}
        others = {id_ for key, id_ in known.items() if not key.startswith(f"{self._tree}/")}
        found = {
            codes[one.values[0]]: one.id
            for one in self._there.values()
            if one.values and one.values[0] in codes and one.id not in others
        }
        for code in self._categories:
            id_ = known.get(f"{self._tree}/{code}", "")
            if id_ in self._there:
                found[code] = id_
        self._remember(found)
        return found

    def _remember(self, ids: Mapping[str, str]) -> None:
        named = {f"{self._tree}/{code}": id_ for code, id_ in ids.items()}
        if named:
            self._parts.ids.put(memory.COLLECTION, named)

    def _create(self, category: Category) -> None:
        names = self._names(category)
        filters = [_filter(self._values_below(category.code))]
        made = self._parts.api.change(
            _CREATE,
            {
                "input": {
                    "isPrivate": False,
                    "inheritFilters": False,
                    "filters": filters,
                    "translations": [_new_text(language, names[language]) for language in names],
                    **({"parentId": parent} if (parent := self._parent(category)) else {}),
                }
            },
        )["createCollection"]
        one = _Collection(made["id"], made["parentId"], made["position"], filters, names)
        self._there[one.id] = one
        self._ours[category.code] = one.id
        self._root = self._root or (one.parent if one.parent not in self._there else "")
        self._remember({category.code: one.id})

    def _update(self, category: Category, there: _Collection) -> None:
        """Rename and move it. Its slug stays: it is an address that people have."""
        changed: dict[str, Any] = {}
        if names := self._renamed(category, there.names):
            changed["translations"] = [
                {"languageCode": language, "name": name}
                if language in there.names
                else _new_text(language, name)
                for language, name in names.items()
            ]
        values = self._values_below(category.code)
        if there.values != values:
            others = [_as_input(one) for one in there.filters if one["code"] != _FILTER]
            changed["filters"] = [_filter(values), *others]
        if changed:
            self._parts.api.change(_UPDATE, {"input": {"id": there.id, **changed}})
        parent = self._parent(category) or self._root
        if parent != there.parent:
            index = sum(one.parent == parent for one in self._there.values())
            self._move(there, parent, index)

    def _move(self, one: _Collection, parent: str, index: int) -> None:
        given = {"collectionId": one.id, "parentId": parent, "index": index}
        self._parts.api.change(_MOVE, {"input": given})
        one.parent, one.position = parent, index

    def _parent(self, category: Category) -> str:
        """The collection that it belongs into; none at the top."""
        return self._ours.get(category.parent or "", "")

    def _order(self) -> None:
        """Bring our collections into the PIM's order, each among the places that ours have."""
        codes = {id_: code for code, id_ in self._ours.items() if code in self._categories}
        rank = {code: number for number, code in enumerate(self._categories)}
        for parent in {self._there[id_].parent for id_ in codes}:
            siblings = [one for one in self._there.values() if one.parent == parent]
            siblings.sort(key=lambda one: one.position)
            ours = [one for one in siblings if one.id in codes]
            ours.sort(
                key=lambda one: (self._categories[codes[one.id]].position, rank[codes[one.id]])
            )
            in_order = iter(ours)
            wanted = [next(in_order) if one.id in codes else one for one in siblings]
            for index, one in enumerate(wanted):
                if siblings[index] is not one:
                    self._move(one, parent, index)
                    siblings.remove(one)
                    siblings.insert(index, one)

    def _take_away(self) -> None:
        """Delete the collections of categories that are gone, unless others are inside them."""
        known = self._parts.ids.all(memory.COLLECTION)
        prefix = f"{self._tree}/"
        gone = {
            key.removeprefix(prefix): id_
            for key, id_ in known.items()
            if key.startswith(prefix) and key.removeprefix(prefix) not in self._categories
        }
        while leaves := [code for code, id_ in gone.items() if not self._has_children(id_)]:
            for code in leaves:
                id_ = gone.pop(code)
                if self._there.pop(id_, None) is not None:
                    self._parts.api.change(_DELETE, {"id": id_})
                self._parts.ids.forget(memory.COLLECTION, [f"{prefix}{code}"])
                elsewhere = any(
                    key.endswith(f"/{code}") for key in known if key != f"{prefix}{code}"
                )
                if not elsewhere:
                    self._parts.facets.forget_categories([code])

    def _has_children(self, id_: str) -> bool:
        return any(one.parent == id_ for one in self._there.values())

    def _values_below(self, code: str) -> list[str]:
        """The facet values of a category and of all below it, its own one first."""
        codes = [code]
        for category in self._categories.values():  # parents come before their children
            if category.parent in codes and category.code not in codes:
                codes.append(category.code)
        return [self._values[one] for one in codes]

    def _names(self, category: Category) -> dict[str, str]:
        named: dict[str, str] = {}
        for locale, text in category.labels.items():
            language = self._about.language_of(locale)
            if language is not None and text:
                named.setdefault(language, text)
        named.setdefault(self._about.language, category.label())
        return named

    def _renamed(self, category: Category, names: Mapping[str, str]) -> dict[str, str]:
        wanted = self._names(category)
        return {language: name for language, name in wanted.items() if names.get(language) != name}


def _filter(values: Sequence[str]) -> dict[str, Any]:
    arguments = {
        "facetValueIds": json.dumps(list(values)),
        "containsAny": "true",
        "combineWithAnd": "true",
    }
    return {
        "code": _FILTER,
        "arguments": [{"name": name, "value": value} for name, value in arguments.items()],
    }


def _as_input(read: dict[str, Any]) -> dict[str, Any]:
    return {"code": read["code"], "arguments": read["args"]}


def _values(read: dict[str, Any]) -> list[str]:
    arguments = read.get("args") or read.get("arguments") or ()
    text = next((one["value"] for one in arguments if one["name"] == "facetValueIds"), "[]")
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [str(one) for one in found] if isinstance(found, list) else []


def _new_text(language: str, name: str) -> dict[str, str]:
    return {"languageCode": language, "name": name, "slug": slugified(name), "description": ""}


def _collection(item: dict[str, Any]) -> _Collection:
    names = {one["languageCode"]: one["name"] for one in item["translations"]}
    return _Collection(item["id"], item["parentId"], item["position"], item["filters"], names)
