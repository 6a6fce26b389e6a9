"""What products refer to: families, attributes, categories and so on (pim-contract.md 3.9)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.structure import Resource
from sandbox.rest.gate import need
from sandbox.rest.paging import numbered, self_link
from sandbox.rest.problems import refuse
from sandbox.rest.structure_search import matcher
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

    def page(path: str, resources: Iterable[Resource]) -> ResponseReturnValue:
        url = f"{pim.base_url}/api/rest/v1/{path}"
        items = [
            {"_links": self_link(f"{url}/{quote(resource['code'])}")} | resource
            for resource in resources
        ]
        return jsonify(numbered(url, items))

    for kind in _KINDS:
        _add_kind(pim, routes, kind, page)

    @routes.get("/families/<family>/variants")
    def list_family_variants(family: str) -> ResponseReturnValue:
        need("read_catalog_structure", "list family variants")
        return page(f"families/{family}/variants", _by_code(_family_variants(pim, family).values()))

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
        return page(
            f"attributes/{attribute}/options", _by_code(options_or_404(pim, attribute).values())
        )

    @routes.get("/attributes/<attribute>/options/<code>")
    def get_option(attribute: str, code: str) -> ResponseReturnValue:
        need("read_attribute_options", "list attribute options")
        found = options_or_404(pim, attribute).get(code)
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


def _add_kind(
    pim: Pim,
    routes: Blueprint,
    kind: _Kind,
    page: Callable[[str, Iterable[Resource]], ResponseReturnValue],
) -> None:
    def list_all() -> ResponseReturnValue:
        need(kind.scope, f"list {kind.plural}")
        fits = matcher(pim, kind.path, request.args.get("search"))
        resources: Iterable[Resource] = kind.store(pim).values()
        if kind.path != "categories":  # which come as their trees are
            resources = _by_code(resources)
        return page(kind.path, (_shown(kind, each) for each in resources if fits(each)))

    def get_one(code: str) -> ResponseReturnValue:
        need(kind.scope, f"list {kind.plural}")
        found = kind.store(pim).get(code)
        if found is None:
            refuse(404, f'{kind.name} "{code}" does not exist.')
        return jsonify(_shown(kind, found))

    routes.add_url_rule(f"/{kind.path}", f"list_{kind.path}", list_all)
    routes.add_url_rule(f"/{kind.path}/<code>", f"get_{kind.path}", get_one)


def _by_code(resources: Iterable[Resource]) -> list[Resource]:
    return sorted(resources, key=lambda resource: str(resource["code"]))


def _shown(kind: _Kind, resource: Resource) -> Resource:
    if kind.path == "categories" and request.args.get("with_position") != "true":
        return {name: value for name, value in resource.items() if name != "position"}
    return resource


def _family_variants(pim: Pim, family: str) -> dict[str, Resource]:
    variants = pim.assortment.family_variants.get(family)
    if variants is None:
        refuse(404, f'Family "{family}" does not exist.')
    return variants


def options_or_404(pim: Pim, attribute: str) -> dict[str, Resource]:
    """The options of an attribute; 404 if it can have none."""
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
