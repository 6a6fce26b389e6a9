"""Facet values: what products are filtered by, and what category each is in."""

import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.surroundings import IdMap
from channels.vendure import memory
from channels.vendure.about import CATEGORIES_FACET, About
from channels.vendure.graphql import AdminApi
from channels.vendure.slugs import slugified

_FACETS = """query FacetsByCode($codes: [String!]!, $take: Int!) {
  facets(options: { filter: { code: { in: $codes } }, take: $take }) { items {
    id code values { id code translations { languageCode name } }
  } }
}"""
_CREATE_FACET = """mutation CreateFacet($input: CreateFacetInput!) {
  createFacet(input: $input) { id }
}"""
_CREATE_VALUES = """mutation CreateFacetValues($input: [CreateFacetValueInput!]!) {
  createFacetValues(input: $input) { id code }
}"""
# One by one: Vendure does a list all at once, and on SQLite mixes up whose translation is whose.
_UPDATE_VALUE = """mutation UpdateFacetValue($input: UpdateFacetValueInput!) {
  updateFacetValue(input: $input) { id }
}"""
_DELETE_VALUES = """mutation DeleteFacetValues($ids: [ID!]!) {
  deleteFacetValues(ids: $ids, force: true) { result }
}"""
_PLACED = "facet-value"  # product's key/value's id
_MOST = 100  # values a call


@dataclass(slots=True)
class FacetValue:
    """One value; `names` by language."""

    id: str
    code: str
    names: dict[str, str]


@dataclass(slots=True)
class _Facet:
    id: str
    values: list[FacetValue] = field(default_factory=list)

    def find(self, text: str) -> FacetValue | None:
        """The value that a text means: by its name in any language, or by its code."""
        folded, code = text.casefold(), slugified(text)
        return next(
            (
                value
                for value in self.values
                if value.code in (text, code)
                or folded in (name.casefold() for name in value.names.values())
            ),
            None,
        )


class Facets:
    """The facets of a shop, as far as they were needed. Threads may share it."""

    def __init__(self, api: AdminApi, ids: IdMap, about: About) -> None:
        self._api = api
        self._ids = ids
        self._about = about
        self._lock = threading.Lock()
        self._facets: dict[str, _Facet] = {}

    def make(self, wanted: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
        """Let the shop's facets have these values: their ids, by the facets' codes and the texts.

        A facet that is gone is left out. Raises ChannelError, and Refused.
        """
        if not any(wanted.values()):
            return {code: {} for code in wanted}
        with self._lock:  # or two threads would make the same
            self._read([code for code in wanted if code not in self._facets])
            return {
                code: self._made(self._facets[code], texts)
                for code, texts in wanted.items()
                if code in self._facets
            }

    def make_categories(
        self, codes: Collection[str], names: Mapping[str, Mapping[str, str]] | None = None
    ) -> dict[str, str]:
        """Let the facet of our categories have a value for each code: their ids by the codes.

        New ones are named by `names`, or else by their codes. The facet is private: it holds
        collections together and is nothing for customers.
        """
        known = self._ids.get(memory.CATEGORY, codes)
        if missing := [code for code in codes if code not in known]:
            with self._lock:
                facet = self._categories()
                by_code = {value.code: value.id for value in facet.values}
                fresh = [code for code in missing if code not in by_code]
                otherwise = {code: {self._about.language: code} for code in fresh}
                named = [(code, {**otherwise, **(names or {})}[code]) for code in fresh]
                by_code |= self._create(facet, named)
                known |= {code: by_code[code] for code in missing}
                self._ids.put(memory.CATEGORY, known)
        return known

    def category_values(self) -> dict[str, FacetValue]:
        """What stands in the facet of our categories, by code, read anew."""
        with self._lock:
            self._facets.pop(CATEGORIES_FACET, None)
            return {value.code: value for value in self._categories().values}

    def learn_categories(self, codes: Collection[str]) -> None:
        """Believe the shop rather than our memory: somebody may have deleted values there."""
        there = self.category_values()
        known = self._ids.get(memory.CATEGORY, codes)
        self._ids.forget(memory.CATEGORY, [code for code in known if code not in there])
        self._ids.put(
            memory.CATEGORY,
            {code: there[code].id for code in known if code in there},
        )

    def rename(self, names: Mapping[str, Mapping[str, str]]) -> None:
        """Name values, by their ids."""
        for id_, named in names.items():
            given = {"id": id_, "translations": _texts(named)}
            self._api.change(_UPDATE_VALUE, {"input": given})

    def forget_categories(self, codes: Collection[str]) -> None:
        """Take away the values of categories that are gone."""
        known = self._ids.get(memory.CATEGORY, codes)
        for few in _few(sorted(known.values())):
            self._api.change(_DELETE_VALUES, {"ids": few})
        self._ids.forget(memory.CATEGORY, codes)
        with self._lock:
            self._facets.pop(CATEGORIES_FACET, None)

    def placed(self, key: str, values: Collection[str]) -> frozenset[str]:
        """Those of a product's values that we put there."""
        names = {f"{key}/{value}": value for value in values}
        return frozenset(names[name] for name in self._ids.get(_PLACED, names))

    def place(self, key: str, values: Collection[str]) -> None:
        """Remember that we put these values there."""
        if values:
            self._ids.put(_PLACED, {f"{key}/{value}": value for value in values})

    def _categories(self) -> _Facet:
        if CATEGORIES_FACET not in self._facets:
            self._read([CATEGORIES_FACET])
        if CATEGORIES_FACET not in self._facets:
            named = _texts({self._about.language: "PIM categories"})
            given = {"code": CATEGORIES_FACET, "isPrivate": True, "translations": named}
            made = self._api.change(_CREATE_FACET, {"input": given})["createFacet"]
            self._facets[CATEGORIES_FACET] = _Facet(made["id"])
        return self._facets[CATEGORIES_FACET]

    def _read(self, codes: Sequence[str]) -> None:
        if not codes:
            return
        data = self._api.read(_FACETS, {"codes": list(codes), "take": len(codes)})
        for item in data["facets"]["items"]:
            self._facets[item["code"]] = _Facet(
                item["id"], [_value(value) for value in item["values"]]
            )

    def _made(self, facet: _Facet, texts: Collection[str]) -> dict[str, str]:
        found = {text: facet.find(text) for text in dict.fromkeys(texts)}
        fresh = {slugified(text): text for text, value in found.items() if value is None}
        self._create(facet, [(code, {self._about.language: text}) for code, text in fresh.items()])
        return {text: value.id for text in found if (value := facet.find(text)) is not None}

    def _create(
        self, facet: _Facet, values: Sequence[tuple[str, Mapping[str, str]]]
    ) -> dict[str, str]:
        made: dict[str, str] = {}
        for few in _few(values):
            inputs = [
                {"facetId": facet.id, "code": code, "translations": _texts(names)}
                for code, names in few
            ]
            created = self._api.change(_CREATE_VALUES, {"input": inputs})["createFacetValues"]
            for (code, names), item in zip(few, created, strict=True):
                facet.values.append(FacetValue(item["id"], code, dict(names)))
                made[code] = item["id"]
        return made


def _few(things: Sequence[Any]) -> list[Any]:
    return [things[start : start + _MOST] for start in range(0, len(things), _MOST)]


def _texts(names: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"languageCode": language, "name": name} for language, name in names.items()]


def _value(item: dict[str, Any]) -> FacetValue:
    names = {one["languageCode"]: one["name"] for one in item["translations"]}
    return FacetValue(item["id"], item["code"], names)
