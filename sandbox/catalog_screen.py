"""The screen where a PIM user configures an app's catalog."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from sandbox.app_screens import for_managers
from sandbox.browser import say
from sandbox.configuring import CODES_NOT_LABELS, NotConfigurable, complete_source, configure
from sandbox.mapping import InvalidSelection
from sandbox.records import Catalog, Criterion, Source
from sandbox.sources import CODES, Target, targets
from sandbox.state import Pim

_PARAMETERS = ("scope", "locale", "currency", "unit", "label_locale")
_LABELS = {
    "scope": "Channel",
    "locale": "Locale",
    "currency": "Currency",
    "unit": "Unit",
    "label_locale": "Labels in",
}
_SUBTREES = "IN CHILDREN"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a select."""

    value: str
    text: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A target with the selects of its source."""

    target: Target
    sources: list[Choice]
    parameters: list[tuple[str, str, list[Choice]]]
    problem: str


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the screen to the PIM's other ones."""

    @routes.get("/catalogs/<catalog_id>")
    def catalog(catalog_id: str) -> ResponseReturnValue:
        for_managers(pim)
        return _page(pim, _catalog_or_404(pim, catalog_id), {})

    @routes.post("/catalogs/<catalog_id>")
    def save_catalog(catalog_id: str) -> ResponseReturnValue:
        """`action` is save or auto-map, which also keeps the rest of the form but the mapping."""
        for_managers(pim)
        found = _catalog_or_404(pim, catalog_id)
        enabled, criteria = "enabled" in request.form, _submitted_criteria()
        by_itself = request.form.get("action") == "auto-map"
        mapping = None if by_itself else _submitted_mapping(pim, found)
        try:
            configure(
                pim,
                found,
                enabled=enabled,
                criteria=criteria,
                mapping=mapping,
                auto_map=by_itself,
            )
        except NotConfigurable as error:
            draft = Catalog(
                found.id,
                found.name,
                found.client_id,
                enabled=enabled,
                managed_currencies=found.managed_currencies,
                managed_locales=found.managed_locales,
                schema=found.schema,
                mapping=found.mapping | (mapping or {}),
                criteria=criteria,
            )
            return _page(pim, draft, error.problems), 422
        say("Mapped automatically and saved." if by_itself else "Saved.")
        return redirect(url_for("screens.catalog", catalog_id=catalog_id))


def _catalog_or_404(pim: Pim, catalog_id: str) -> Catalog:
    found = pim.catalogs.get(catalog_id)
    if found is None:
        abort(404, "No app has a catalog with this id.")
    return found


def _submitted_criteria() -> list[Criterion]:
    criteria = []
    if "only_enabled" in request.form:
        criteria.append(Criterion("enabled", "=", True))
    if families := request.form.getlist("families"):
        criteria.append(Criterion("family", "IN", families))
    if categories := request.form.getlist("categories"):
        operator = _SUBTREES if "subcategories" in request.form else "IN"
        criteria.append(Criterion("category", operator, categories))
    return criteria


def _submitted_mapping(pim: Pim, catalog: Catalog) -> dict[str, Source]:
    return {
        target.code: complete_source(
            pim,
            target,
            {
                name: request.form.get(f"{target.code}.{name}", "")
                for name in ("source", *_PARAMETERS)
            },
        )
        for target in targets(catalog.schema)
    }


def _page(pim: Pim, catalog: Catalog, problems: dict[str, str]) -> str:
    chosen = {criterion.field: criterion for criterion in catalog.criteria}
    families = _value(chosen, "family")
    categories = _value(chosen, "category")
    return render_template(
        "pim/catalog.html",
        catalog=catalog,
        app=pim.apps[catalog.client_id],
        selected=_selected(pim, catalog),
        only_enabled="enabled" in chosen,
        families=[
            Choice(code, _label(family), code in families)
            for code, family in pim.assortment.families.items()
        ],
        categories=[Choice(code, text, code in categories) for code, text in _category_tree(pim)],
        with_subcategories="category" in chosen and chosen["category"].operator == _SUBTREES,
        rows=[
            _row(pim, catalog, target, problems.get(target.code, ""))
            for target in targets(catalog.schema)
        ],
        problems=problems,
    )


def _selected(pim: Pim, catalog: Catalog) -> int | None:
    """How many products the selection holds; None if it names what does not exist."""
    try:
        with pim.lock:
            return sum(1 for _ in pim.listed_products(catalog))
    except InvalidSelection:
        return None


def _row(pim: Pim, catalog: Catalog, target: Target, problem: str) -> Row:
    assortment = pim.assortment
    source = catalog.mapping.get(target.code, Source(None))
    attributes = {code: _label(each) for code, each in assortment.attributes.items()}
    named = attributes | {code: code.capitalize() for code in sorted(CODES)}
    sources = [
        Choice(code, text, code == source.source)
        for code, text in sorted(named.items(), key=lambda pair: pair[1].casefold())
        if target.accepts(code, assortment) or code == source.source
    ]
    parameters = []
    if source.source is not None:
        current = {"locale": source.locale, "scope": source.scope} | source.parameters
        for name in target.parameters_of(source.source, assortment):
            values = _values(pim, catalog, source.source, name)
            choices = [
                Choice(value, text, value == current.get(name, CODES_NOT_LABELS))
                for value, text in values
            ]
            parameters.append((name, _LABELS[name], choices))
    return Row(target, sources, parameters, problem)


def _values(pim: Pim, catalog: Catalog, source: str, parameter: str) -> Iterator[tuple[str, str]]:
    """What may be chosen: values with their texts, within what the catalog manages."""
    assortment = pim.assortment
    match parameter:
        case "scope":
            yield from ((code, _label(each)) for code, each in assortment.channels.items())
        case "locale" | "label_locale":
            if parameter == "label_locale":
                yield CODES_NOT_LABELS, "No labels, codes"
            for code, locale in assortment.locales.items():
                if locale["enabled"] and code in (catalog.managed_locales or [code]):
                    yield code, code
        case "currency":
            for code, currency in assortment.currencies.items():
                if currency["enabled"] and code in (catalog.managed_currencies or [code]):
                    yield code, code
        case "unit":
            family = assortment.measurement_families[assortment.attributes[source]["metric_family"]]
            yield from ((code, _label(unit)) for code, unit in family["units"].items())


def _category_tree(pim: Pim) -> Iterator[tuple[str, str]]:
    """Every category, its children behind it and further in."""
    categories = pim.assortment.categories

    def below(parent: str | None, depth: int) -> Iterator[tuple[str, str]]:
        for code, category in categories.items():
            if category["parent"] == parent:
                yield code, "\u2003" * depth + _label(category)
                yield from below(code, depth + 1)

    return below(None, 0)


def _value(chosen: dict[str, Criterion], field: str) -> list[str]:
    value: list[str] = chosen[field].value if field in chosen else []
    return value


def _label(thing: dict[str, Any]) -> str:
    label: str = thing.get("labels", {}).get("en_US") or thing["code"]
    return label
