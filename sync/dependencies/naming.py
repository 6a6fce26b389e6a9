"""Which products something concerns that changed in the PIM. No database."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pim import changes
from pim.changes import Condition
from pim.client import PimClient
from pim.errors import Forbidden, NotFound, RequestRefused, TooMany, ValidationFailed
from sync.dependencies.kinds import MOST, Look

# Of the whole PIM, whatever part of it a catalog holds: fifty calls.
MOST_PRODUCTS = 5000

REFUSALS = (Forbidden, NotFound, ValidationFailed, RequestRefused)


class NotNamed(Exception):
    """The PIM does not say which products they are, or they are too many to be named."""


@dataclass(frozen=True, slots=True)
class Named:
    """Uuids of products, variants and simple ones; codes of uppermost models."""

    products: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()


def name_products(
    client: PimClient, look: Look, *, slim_by: str | None, by_models_alone: bool = False
) -> Named:
    """Return what a look concerns. Raises NotNamed, and OutboundError of a PIM that is unwell.

    `by_models_alone`: nobody asks which variants are below a model that changed.
    """
    if look.is_unnamed:
        raise NotNamed
    changed = [] if by_models_alone else [one.code for one in look.models]
    try:
        below = variants_below(client, changed, slim_by=slim_by)
        fitting = _fitting(client, look.conditions, slim_by=slim_by)
    except (TooMany, *REFUSALS) as error:
        raise NotNamed from error
    roots = frozenset(one.parent or one.code for one in look.models)
    return Named(frozenset({*below, *fitting, *look.products}), roots)


def variants_below(client: PimClient, models: Collection[str], *, slim_by: str | None) -> set[str]:
    """Return the uuids of all variants below these models, of whatever level.

    Raises TooMany, and OutboundError; ValidationFailed for a code that is gone.
    """
    if not models:
        return set()
    lower = changes.models_below(client, sorted(models), most=MOST)
    parents = Condition("parent", tuple(sorted({*models, *lower})))
    return _fitting(client, [parents], slim_by=slim_by)


def _fitting(
    client: PimClient, conditions: Iterable[Condition], *, slim_by: str | None
) -> set[str]:
    found: set[str] = set()
    for condition in conditions:
        most = MOST_PRODUCTS - len(found)
        found.update(changes.products_with(client, condition, slim_by=slim_by, most=most))
    return found
