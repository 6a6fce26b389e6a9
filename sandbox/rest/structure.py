"""What products refer to: families, attributes, categories and so on (pim-contract.md 3.9)."""

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.structure import Resource
from sandbox.rest.gate import need
from sandbox.rest.paging import numbered, self_link
from sandbox.rest.problems import refuse
from sandbox.state import Pim

_OPTION_TYPES = ("pim_catalog_simpleselect", "pim_catalog_multiselect")


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of resource: its path, what a person calls one, and the scope that shows it."""

    path: str
    name: str
    plural: str
    scope: str
    store: Callable[[Pim], dict[str, Resource]]


_KINDS = (
    _Kind(
        "families",
        "Family",
        "families",
        "read_catalog_structure",
        lambda pim: pim.assortment.families,
    ),
    _Kind(
        "attributes",
        "Attribute",
        "attributes",
        "read_catalog_structure",
        lambda pim: pim.assortment.attributes,
    ),
    _Kind(
        "attribute-groups",
        "Attribute group",
        "attribute groups",
        "read_catalog_structure",
        lambda pim: pim.assortment.attribute_groups,
    ),
    _Kind(
        "categories",
        "Category",
        "categories",
        "read_categories",
        lambda pim: pim.assortment.categories,
    ),
    _Kind(
        "channels",
        "Channel",
        "channels",
        "read_channel_settings",
        lambda pim: pim.assortment.channels,
    ),
    _Kind(
        "locales",
        "Locale",
        "locales",
        "read_channel_localization",
        lambda pim: pim.assortment.locales,
    ),
    _Kind(
        "currencies",
        "Currency",
        "currencies",
        "read_channel_localization",
        lambda pim: pim.assortment.currencies,
    ),
    _Kind(
        "association-types",
        "Association type",
        "association types",
        "read_association_types",
        lambda pim: pim.assortment.association_types,
    ),
)


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add a list and single resources for every kind."""
    root = f"{pim.base_url}/api/rest/v1"
    for kind in _KINDS:
        _add_kind(pim, routes, root, kind)

    @routes.get("/families/<family>/variants")
    def list_family_variants(family: str) -> ResponseReturnValue:
        need("read_catalog_structure", "list family variants")
        return _page(f"{root}/families/{family}/variants", _family_variants(pim, family))

    @routes.get("/families/<family>/variants/<code>")
    def get_family_variant(family: str, code: str) -> ResponseReturnValue:
        need("read_catalog_structure", "list family variants")
        found = _family_variants(pim, family).get(code)
        if found is None:
            refuse(
                404,
                f'Family variant "{code}" does not exist or is not a variant of the family '
                f'"{family}".',
            )
        return jsonify(found)

    @routes.get("/attributes/<attribute>/options")
    def list_options(attribute: str) -> ResponseReturnValue:
        need("read_attribute_options", "list attribute options")
        return _page(f"{root}/attributes/{attribute}/options", _options(pim, attribute))

    @routes.get("/attributes/<attribute>/options/<code>")
    def get_option(attribute: str, code: str) -> ResponseReturnValue:
        need("read_attribute_options", "list attribute options")
        found = _options(pim, attribute).get(code)
        if found is None:
            refuse(
                404,
                f'Attribute option "{code}" does not exist or is not an option of the attribute '
                f'"{attribute}".',
            )
        return jsonify(found)

    @routes.get("/measurement-families")
    def list_measurement_families() -> ResponseReturnValue:
        return jsonify(list(pim.assortment.measurement_families.values()))


def _add_kind(pim: Pim, routes: Blueprint, root: str, kind: _Kind) -> None:
    def list_all() -> ResponseReturnValue:
        need(kind.scope, f"list {kind.plural}")
        found = {
            code: _shown(kind, resource)
            for code, resource in kind.store(pim).items()
            if _fits(resource)
        }
        return _page(f"{root}/{kind.path}", found)

    def get_one(code: str) -> ResponseReturnValue:
        need(kind.scope, f"list {kind.plural}")
        found = kind.store(pim).get(code)
        if found is None:
            refuse(404, f'{kind.name} "{code}" does not exist.')
        return jsonify(_shown(kind, found))

    routes.add_url_rule(f"/{kind.path}", f"list_{kind.path}", list_all)
    routes.add_url_rule(f"/{kind.path}/<code>", f"get_{kind.path}", get_one)


def _page(url: str, resources: dict[str, Resource]) -> ResponseReturnValue:
    items = [
        {"_links": self_link(f"{url}/{quote(code)}")} | resource
        for code, resource in sorted(resources.items())
    ]
    return jsonify(numbered(url, items))


def _shown(kind: _Kind, resource: Resource) -> Resource:
    if kind.path == "categories" and request.args.get("with_position") != "true":
        return {name: value for name, value in resource.items() if name != "position"}
    return resource


def _family_variants(pim: Pim, family: str) -> dict[str, Resource]:
    variants = pim.assortment.family_variants.get(family)
    if variants is None:
        refuse(404, f'Family "{family}" does not exist.')
    return variants


def _options(pim: Pim, attribute: str) -> dict[str, Resource]:
    known = pim.assortment.attributes.get(attribute)
    if known is None:
        refuse(404, f'Attribute "{attribute}" does not exist.')
    if known["type"] not in _OPTION_TYPES:
        types = '", "'.join(_OPTION_TYPES)
        refuse(
            404,
            f'Attribute "{attribute}" does not support options. Only attributes of type "{types}" '
            "support options.",
        )
    return pim.assortment.options.get(attribute, {})


def _fits(resource: Resource) -> bool:
    """Whether the resource fits the request's `search`: = and IN on its fields, `updated` >."""
    text = request.args.get("search")
    if text is None:
        return True
    try:
        search = json.loads(text)
        conditions = [(name, c["operator"], c["value"]) for name in search for c in search[name]]
    except (ValueError, TypeError, KeyError):
        refuse(400, "The search query parameter must be a valid JSON.")
    return all(_holds(resource, *condition) for condition in conditions)


def _holds(resource: Resource, name: str, operator: str, value: Any) -> bool:
    match name, operator:
        case "is_root", "=":
            return ("parent" in resource and resource["parent"] is None) is value
        case "updated", ">":
            # Only categories carry a date; what carries none has not changed since the start.
            since = _moment(value)
            return "updated" in resource and dt.datetime.fromisoformat(resource["updated"]) > since
        case _, "=" if name in resource:
            return bool(resource[name] == value)
        case _, "IN" if name in resource and isinstance(value, list):
            return resource[name] in value
    refuse(
        422,
        f'Filter on property "{name}" is not supported or does not support operator "{operator}"',
    )


def _moment(value: Any) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            return moment
    except (ValueError, TypeError):
        pass
    refuse(422, f'Property "updated" expects a date in the ISO 8601 format, "{value}" given.')
