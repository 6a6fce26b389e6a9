"""Whether a value belongs to a product or model at all: its family, and the level it stands at."""

from dataclasses import dataclass

from enrichment.columns import FIXED_IN_MODELS
from enrichment.structure import Structure
from enrichment.wording import shown
from pim.attributes import FamilyVariant
from pim.finding import FoundModel


class DoesNotFit(Exception):
    """A value that has no place there; the text is a sentence that says why, and the way out."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a product stands, or is to stand: its family, and the model above it."""

    family: str | None
    parent: FoundModel | None


def check_product(structure: Structure, standing: Standing, attribute: str) -> None:
    """Raise DoesNotFit unless products that stand there hold the attribute themselves.

    A product without a family may hold any.
    """
    _check_family(structure, standing.family, attribute)
    parent = standing.parent
    variant = _variant_of(structure, parent) if parent else None
    if parent is None or variant is None or attribute in variant.levels[-1]:
        return
    is_of_root = attribute in variant.common
    if not is_of_root and not any(attribute in level for level in variant.levels):
        return  # the PIM decides about what its variants do not mention
    owner = parent.parent if is_of_root and parent.parent else parent.code
    raise DoesNotFit(
        f"“{attribute}” is kept at the product model “{owner}”, for all its variants. Offer it "
        "for that model; in a file of values by the column “code”."
    )


def check_model(structure: Structure, model: FoundModel, attribute: str) -> None:
    """Raise DoesNotFit unless this model holds the attribute itself."""
    _check_family(structure, model.family, attribute)
    variant = _variant_of(structure, model)
    if variant is None:
        return
    own = variant.levels[0] if model.parent else variant.common
    if attribute in own:
        return
    if model.parent and attribute in variant.common:
        raise DoesNotFit(f"“{attribute}” is kept at the product model “{model.parent}” above it.")
    if any(attribute in level for level in variant.levels):
        raise DoesNotFit(f"“{attribute}” is kept below the product model “{model.code}”.")


def check_parent(
    structure: Structure, family: str | None, code: str, model: FoundModel | None
) -> None:
    """Raise DoesNotFit unless a product of this family may be a variant of the model."""
    if model is None:
        raise DoesNotFit(f"The PIM has no product model “{shown(code)}”.")
    if family is not None and model.family != family:
        raise DoesNotFit(
            f"The product model “{model.code}” is of the family “{model.family}”, and the product "
            f"of the family “{family}”."
        )
    variant = _variant_of(structure, model)
    if variant is not None and len(variant.levels) != (2 if model.parent else 1):
        raise DoesNotFit(f"“{model.code}” has product models below it, and variants below those.")


def check_family(family: object, parent: FoundModel | None) -> None:
    """Raise DoesNotFit unless what hangs below this model may have the family."""
    if parent is not None and parent.family != family:
        raise DoesNotFit(
            f"It is a variant of “{parent.code}”, so its family stays “{parent.family}”."
        )


def check_property_of_model(name: str) -> None:
    """Raise DoesNotFit for what a model keeps for ever."""
    if name in FIXED_IN_MODELS:
        raise DoesNotFit(f"The {name.replace('_', ' ')} of a product model cannot be changed.")


def _check_family(structure: Structure, family: str | None, attribute: str) -> None:
    known = structure.families.get(family) if family else None
    if known is not None and attribute not in known.attributes:
        raise DoesNotFit(
            f"The family “{known.code}” does not have “{attribute}”. Add it to the family in the "
            "PIM, or leave the cell empty."
        )


def _variant_of(structure: Structure, model: FoundModel) -> FamilyVariant | None:
    """The model's family variant, if the PIM tells it, with its levels."""
    if not (model.family and model.family_variant):
        return None
    found = structure.family_variant(model.family, model.family_variant)
    return found if found is not None and found.levels else None
