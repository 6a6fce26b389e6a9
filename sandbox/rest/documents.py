"""Products and models in the form in which the REST API gives them (pim-contract.md 3.8)."""

import datetime as dt
from typing import Any

from sandbox.data.associations import Link, Links, links_of
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
        **_associations(assortment, links_of(assortment, item)),
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
        **_associations(assortment, {}),
        "metadata": {"workflow_status": "working_copy"},
    }


def moment(at: float) -> str:
    """A Unix time as the PIM writes dates."""
    return dt.datetime.fromtimestamp(int(at), dt.UTC).isoformat()


def _associations(assortment: Assortment, links: Links) -> dict[str, Any]:
    """Plain ones of every type, empty or not; with quantities only those there are."""
    quantified = {
        code for code, each in assortment.association_types.items() if each["is_quantified"]
    }
    return {
        "associations": {
            code: {
                "groups": [],
                "products": [link.key for link in links.get(code, ()) if not link.is_model],
                "product_models": [link.key for link in links.get(code, ()) if link.is_model],
            }
            for code in assortment.association_types
            if code not in quantified
        },
        "quantified_associations": {
            code: {
                "products": [_counted("uuid", one) for one in found if not one.is_model],
                "product_models": [_counted("code", one) for one in found if one.is_model],
            }
            for code, found in links.items()
            if code in quantified
        },
    }


def _counted(key: str, link: Link) -> dict[str, Any]:
    return {key: link.key, "quantity": link.quantity or 1}
