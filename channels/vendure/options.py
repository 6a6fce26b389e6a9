"""Options, which variants differ in. One group for an axis is shared by all that have it."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from channels.shop_products import Axis, AxisValue, ShopProduct
from channels.surroundings import IdMap
from channels.vendure import memory
from channels.vendure.about import About
from channels.vendure.graphql import AdminApi

_GROUPS = """query Groups($options: ProductOptionGroupListOptions) {
  productOptionGroups(options: $options) { items {
    id code translations { languageCode name }
    options { id code translations { languageCode name } }
  } }
}"""
_CREATE_GROUP = """mutation CreateGroup($input: CreateProductOptionGroupInput!) {
  createProductOptionGroup(input: $input) { id options { id code } }
}"""
_CREATE_OPTION = """mutation CreateOption($input: CreateProductOptionInput!) {
  createProductOption(input: $input) { id }
}"""
_UPDATE_GROUP = """mutation UpdateGroup($input: UpdateProductOptionGroupInput!) {
  updateProductOptionGroup(input: $input) { id }
}"""
_UPDATE_OPTION = """mutation UpdateOption($input: UpdateProductOptionInput!) {
  updateProductOption(input: $input) { id }
}"""

Names = dict[str, str]  # by language


@dataclass(slots=True)
class _Option:
    id: str
    names: Names


@dataclass(slots=True)
class _Group:
    id: str
    names: Names
    options: dict[str, _Option] = field(default_factory=dict)  # by code


class Options:
    """The option groups of a shop, as far as they were needed. Threads may share it."""

    def __init__(self, api: AdminApi, ids: IdMap, about: About) -> None:
        self._api = api
        self._ids = ids
        self._about = about
        self._lock = threading.Lock()
        self._groups: dict[str, _Group] = {}

    def make(self, products: Iterable[ShopProduct]) -> None:
        """Let the shop have the groups and options of these products, named as they say.

        Raises ChannelError, and Refused for what the shop will not have.
        """
        axes: dict[str, Axis] = {}
        wanted: dict[str, dict[str, AxisValue]] = {}
        for product in products:
            for axis in product.axes:
                axes.setdefault(axis.code, axis)
                values = wanted.setdefault(axis.code, {})
                for variant in product.variants:
                    values.update({v.value: v for v in variant.axis_values if v.axis == axis.code})
        if not axes:
            return
        with self._lock:  # or two threads would make the same
            self._read([code for code in axes if code not in self._groups])
            for code, axis in axes.items():
                self._make_group(axis, wanted[code])

    def groups_of(self, product: ShopProduct) -> tuple[str, ...]:
        """The ids of the groups of a product's axes, after `make`."""
        return tuple(self._groups[axis.code].id for axis in product.axes)

    def options_of(self, product: ShopProduct) -> dict[str, tuple[str, ...]]:
        """The ids of each variant's options in the order of the axes, by its uuid, after `make`.

        Raises ValueError with a sentence for a variant that has no value on an axis.
        """
        return {
            variant.uuid: tuple(self._option(axis, variant.axis_values) for axis in product.axes)
            for variant in product.variants
        }

    def _option(self, axis: Axis, values: Sequence[AxisValue]) -> str:
        value = next((one.value for one in values if one.axis == axis.code), "")
        if not value:
            raise ValueError(
                f"One of its variants has no value for “{_label(axis)}”, in which they differ. "
                "Fill it in the PIM."
            )
        return self._groups[axis.code].options[value].id

    def _read(self, codes: Sequence[str]) -> None:
        if not codes:
            return
        known = self._ids.get(memory.OPTION_GROUP, codes)
        conditions: list[dict[str, Any]] = [{"code": {"in": list(codes)}}]
        if known:
            conditions.append({"id": {"in": sorted(known.values())}})
        options = {"filter": {"_or": conditions}, "take": 500, "sort": {"id": "ASC"}}
        items = self._api.read(_GROUPS, {"options": options})["productOptionGroups"]["items"]
        by_id = {item["id"]: item for item in items}
        for code in codes:
            item = by_id.get(known.get(code, "")) or next(
                (item for item in items if item["code"] == code), None
            )
            if item is not None:
                found = {one["code"]: _Option(one["id"], _names(one)) for one in item["options"]}
                self._groups[code] = _Group(item["id"], _names(item), found)
                self._ids.put(memory.OPTION_GROUP, {code: item["id"]})

    def _make_group(self, axis: Axis, values: Mapping[str, AxisValue]) -> None:
        group = self._groups.get(axis.code)
        named = self._named(axis.labels, axis.code)
        if group is None:
            options = [self._new(value) for value in values.values() if value.value]
            made = self._api.change(
                _CREATE_GROUP,
                {"input": {"code": axis.code, "translations": _texts(named), "options": options}},
            )["createProductOptionGroup"]
            self._ids.put(memory.OPTION_GROUP, {axis.code: made["id"]})
            found = {
                one["code"]: _Option(one["id"], self._named(values[one["code"]].labels, ""))
                for one in made["options"]
                if one["code"] in values
            }
            self._groups[axis.code] = group = _Group(made["id"], named, found)
        elif changed := _changed(axis.labels, group.names, self._about):
            self._api.change(_UPDATE_GROUP, {"input": _update(group.id, changed)})
            group.names |= changed
        for code, value in values.items():
            if code:
                self._make_option(group, value)

    def _make_option(self, group: _Group, value: AxisValue) -> None:
        option = group.options.get(value.value)
        if option is None:
            given = {"productOptionGroupId": group.id, **self._new(value)}
            made = self._api.change(_CREATE_OPTION, {"input": given})["createProductOption"]
            named = self._named(value.labels, value.value)
            group.options[value.value] = _Option(made["id"], named)
        elif changed := _changed(value.labels, option.names, self._about):
            self._api.change(_UPDATE_OPTION, {"input": _update(option.id, changed)})
            option.names |= changed

    def _new(self, value: AxisValue) -> dict[str, Any]:
        named = self._named(value.labels, value.value)
        return {"code": value.value, "translations": _texts(named)}

    def _named(self, labels: Mapping[str, str], code: str) -> Names:
        """The labels by the shop's languages, and in its default one in any case."""
        named = _in_shops_languages(labels, self._about)
        named.setdefault(self._about.language, next(iter(named.values()), code))
        return named


def _changed(labels: Mapping[str, str], names: Names, about: About) -> Names:
    """The labels that the shop has otherwise; what has no label stays as it is."""
    wanted = _in_shops_languages(labels, about)
    return {language: text for language, text in wanted.items() if names.get(language) != text}


def _in_shops_languages(labels: Mapping[str, str], about: About) -> Names:
    named: Names = {}
    for locale, text in labels.items():
        language = about.language_of(locale)
        if language is not None and text:
            named.setdefault(language, text)
    return named


def _label(axis: Axis) -> str:
    return next(iter(axis.labels.values()), axis.code)


def _update(id_: str, names: Names) -> dict[str, Any]:
    return {"id": id_, "translations": _texts(names)}


def _texts(names: Names) -> list[dict[str, str]]:
    return [{"languageCode": language, "name": name} for language, name in names.items()]


def _names(item: dict[str, Any]) -> Names:
    return {one["languageCode"]: one["name"] for one in item["translations"]}
