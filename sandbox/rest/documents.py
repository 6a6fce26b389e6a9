"""Products and models in the form in which the REST API gives them (pim-contract.md 3.8)."""

import datetime as dt
from typing import Any

from sandbox.data.assortment import Assortment, Model, Product


def product(assortment: Assortment, item: Product) -> dict[str, Any]:
    """A product with what it inherits."""
    return {
        "uuid": item.uuid,
        "enabled": item.enabled,
        "family": item.family,
        "categories": list(item.categories),
        "groups": [],
        "parent": item.parent,
        "values": assortment.values_of(item),
        "created": moment(item.created),
        "updated": moment(item.updated),
        "associations": _associations(assortment),
        "quantified_associations": {},
        "metadata": {"workflow_status": "working_copy"},
    }


def model(assortment: Assortment, item: Model) -> dict[str, Any]:
    """A model with what it inherits from the model above; its values do not name their types."""
    return {
        "code": item.code,
        "family": item.family,
        "family_variant": item.family_variant,
        "parent": item.parent,
        "categories": list(item.categories),
        "values": {
            code: [{k: v for k, v in entry.items() if k != "attribute_type"} for entry in entries]
            for code, entries in assortment.values_of(item).items()
        },
        "created": moment(item.created),
        "updated": moment(item.updated),
        "associations": _associations(assortment),
        "quantified_associations": {},
        "metadata": {"workflow_status": "working_copy"},
    }


def moment(at: float) -> str:
    """A Unix time as the PIM writes dates."""
    return dt.datetime.fromtimestamp(int(at), dt.UTC).isoformat()


def _associations(assortment: Assortment) -> dict[str, Any]:
    return {
        code: {"groups": [], "products": [], "product_models": []}
        for code in assortment.association_types
    }
