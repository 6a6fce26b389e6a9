"""At which level of models and variants attributes live."""

from typing import NamedTuple

from sandbox.data.assortment import Assortment, Model, Product


class Level(NamedTuple):
    """The attributes that items of one level hold, and which of them tell its items apart."""

    attributes: frozenset[str]
    axes: tuple[str, ...]


def level_of(assortment: Assortment, item: Product | Model) -> Level | None:
    """Where the item stands; None for a simple product, which may hold any attribute."""
    if isinstance(item, Model):
        return level_below(assortment, item.family, item.family_variant, item.parent)
    if item.parent is None:
        return None
    parent = assortment.models[item.parent]
    return level_below(assortment, parent.family, parent.family_variant, parent.code)


def level_below(
    assortment: Assortment, family: str, family_variant: str, parent: str | None
) -> Level | None:
    """The level below this model, or with None the uppermost; None if there is no such level."""
    variant = assortment.family_variants[family][family_variant]
    if parent is None:
        return Level(frozenset(variant["common_attributes"]), ())
    depth = 1 + sum(1 for _ in assortment.parents(assortment.models[parent]))
    sets = [each for each in variant["variant_attribute_sets"] if each["level"] == depth]
    if not sets:
        return None
    return Level(frozenset(sets[0]["attributes"]), tuple(sets[0]["axes"]))
