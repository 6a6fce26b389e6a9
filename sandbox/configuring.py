"""What a PIM user does with an app's catalog: enable it, select products, map targets.

The catalog's screen and the control API both come here.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox import mapping as mapping_rules
from sandbox.sources import Target, targets, unmapped
from sandbox.state import Catalog, Criterion, Pim, Source

SOURCE_REQUIRED = "The source is required."
# In place of a locale for labels: the option's, family's or category's code itself.
CODES_NOT_LABELS = "code"
DEFAULT_LOCALE, DEFAULT_CURRENCY = "en_US", "EUR"

_MAX_CRITERIA = 25


class NotConfigurable(ValueError):
    """What was asked for cannot be saved; `problems` by target, or by `criteria`."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field}: {text}" for field, text in problems.items()))
        self.problems = dict(problems)


def configure(
    pim: Pim,
    catalog: Catalog,
    *,
    enabled: bool | None = None,
    criteria: Sequence[Criterion] | None = None,
    mapping: Mapping[str, Source] | None = None,
    auto_map: bool = False,
) -> None:
    """Change what is given, all or nothing; `mapping` holds the targets that a user maps.

    With `auto_map` the mapping is made first and stays, even if a required target found no
    source. Raises NotConfigurable.
    """
    with pim.lock:
        if auto_map:
            pim.auto_map(catalog)
        wanted = catalog.mapping if mapping is None else catalog.mapping | dict(mapping)
        problems: dict[str, str] = {}
        if criteria is not None:
            problems |= _criteria_problems(pim, criteria)
        if mapping is not None:
            problems |= _mapping_problems(pim, catalog, mapping)
        if enabled or mapping is not None:
            problems |= dict.fromkeys(unmapped(catalog.schema, wanted), SOURCE_REQUIRED)
        if problems:
            raise NotConfigurable(problems)
        catalog.mapping = wanted
        if criteria is not None:
            catalog.criteria = list(criteria)
        if enabled is not None:
            catalog.enabled = enabled


def complete_source(pim: Pim, target: Target, given: Mapping[str, str]) -> Source:
    """The source with what was chosen for it, and something sensible where nothing was.

    `given` may have source, locale, scope, currency, unit and label_locale, "" for none.
    """
    source = given.get("source", "")
    if not source:
        return Source(None)
    applying = target.parameters_of(source, pim.assortment)
    values = {name: given.get(name, "") or default_for(pim, source, name) for name in applying}
    locale, scope = values.pop("locale", None), values.pop("scope", None)
    if values.get("label_locale") == CODES_NOT_LABELS:
        del values["label_locale"]
    return Source(source, locale, scope, {name: value for name, value in values.items() if value})


def default_for(pim: Pim, source: str, parameter: str) -> str:
    """What the screen proposes: English, the first PIM channel, euros, the attribute's unit."""
    assortment = pim.assortment
    match parameter:
        case "scope":
            return next(iter(assortment.channels), "")
        case "locale" | "label_locale":
            return DEFAULT_LOCALE
        case "currency":
            return DEFAULT_CURRENCY
        case _:
            unit: str = assortment.attributes[source].get("default_metric_unit") or ""
            return unit


def read_criteria(value: Any) -> list[Criterion]:
    """Criteria from JSON: objects with field, operator and value. Raises NotConfigurable."""
    if not isinstance(value, list):
        raise NotConfigurable({"criteria": "The criteria are a list."})
    fields = {"field", "operator", "value"}
    if not all(isinstance(each, dict) and each.keys() == fields for each in value):
        raise NotConfigurable({"criteria": "A criterion has field, operator and value."})
    return [Criterion(each["field"], each["operator"], each["value"]) for each in value]


def _criteria_problems(pim: Pim, criteria: Sequence[Criterion]) -> dict[str, str]:
    if len(criteria) > _MAX_CRITERIA:
        return {"criteria": f"A selection has at most {_MAX_CRITERIA} criteria."}
    try:
        mapping_rules.selection(criteria, pim.assortment)
    except mapping_rules.InvalidSelection as error:
        return {"criteria": str(error)}
    return {}


def _mapping_problems(pim: Pim, catalog: Catalog, mapping: Mapping[str, Source]) -> dict[str, str]:
    """What does not fit; what was mapped before is not looked at again (pim-contract.md 2.6)."""
    known = {target.code: target for target in targets(catalog.schema)}
    problems = {}
    for code, source in mapping.items():
        if source.source in (None, catalog.mapping.get(code, Source(None)).source):
            continue
        if code not in known:
            problems[code] = "The catalog has no such target."
        elif not known[code].accepts(source.source, pim.assortment):
            problems[code] = "This source does not fit the target."
    return problems
