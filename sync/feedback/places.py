"""Where in the PIM something is said of a listed product or model: at the level of the attribute.

A product without the attribute in its family has no place for it, nor has a variant whose models
hold it, where variants stand on the channel one by one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from enrichment.fitting import DoesNotFit, Standing, check_model, check_product
from enrichment.models import Proposal
from enrichment.structure import Structure
from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.finding import FoundModel, FoundProduct, models_by_code, products_by_uuid
from sync.models import Listing

Subject = Proposal.Subject


@dataclass(frozen=True, slots=True)
class Home:
    """A product or model that holds the attribute itself, as it stands in the PIM."""

    subject: Proposal.Subject
    key: str
    identifier: str
    found: FoundProduct | FoundModel


class Homes:
    """Finds them for slices of up to 100 listings, with the values of `attributes`.

    Raises what the client raises.
    """

    def __init__(self, client: PimClient, structure: Structure, attributes: Sequence[str]) -> None:
        self._client = client
        self._structure = structure
        self._attributes = attributes

    def find(self, listings: Sequence[Listing]) -> dict[int, dict[str, list[Home]]]:
        """Return by listing and attribute where it is said; nothing of what the PIM lacks."""
        variants = {one.pk: [each.uuid for each in one.variants.all()] for one in listings}
        of_models = {one.pk for one in listings if variants[one.pk] or not _is_uuid(one.key)}
        models = self._models(one.key for one in listings if one.pk in of_models)
        products = self._products(one.key for one in listings if one.pk not in of_models)
        above = self._above(products.values())
        found: dict[int, dict[str, list[Home]]] = {}
        lower: dict[int, list[str]] = {}  # of models: what is not said at the model itself
        for one in listings:
            if model := models.get(one.key) if one.pk in of_models else None:
                own = [name for name in self._attributes if self._is_of_model(model, name)]
                found[one.pk] = dict.fromkeys(self._attributes, []) | {
                    name: [_model_home(model)] for name in own
                }
                lower[one.pk] = [
                    name for name in self._attributes if name not in own and self._has(model, name)
                ]
            elif product := products.get(one.key):
                homes = {name: self._of_product(product, above, name) for name in self._attributes}
                found[one.pk] = homes
        self._look_below({pk: variants[pk] for pk, names in lower.items() if names}, lower, found)
        return found

    def _look_below(
        self,
        variants: Mapping[int, Sequence[str]],
        wanted: Mapping[int, Sequence[str]],
        found: dict[int, dict[str, list[Home]]],
    ) -> None:
        """Add what is said at the models in between, or else at the variants."""
        products = self._products(uuid for uuids in variants.values() for uuid in uuids)
        above = self._above(products.values())
        for pk, uuids in variants.items():
            mine = [products[uuid] for uuid in uuids if uuid in products]
            between = {one.parent: above[one.parent] for one in mine if one.parent in above}
            for name in wanted[pk]:
                found[pk][name] = [
                    _model_home(one) for one in between.values() if self._is_of_model(one, name)
                ] or [home for one in mine for home in self._of_product(one, above, name)]

    def _of_product(
        self, product: FoundProduct, above: Mapping[str, FoundModel], name: str
    ) -> list[Home]:
        parent = above.get(product.parent) if product.parent else None
        try:
            check_product(self._structure, Standing(product.family, parent), name)
        except DoesNotFit:
            return []
        identifier = product.identifier or product.uuid
        return [Home(Subject.PRODUCT, product.uuid, identifier, product)]

    def _is_of_model(self, model: FoundModel, name: str) -> bool:
        try:
            check_model(self._structure, model, name)
        except DoesNotFit:
            return False
        return True

    def _has(self, model: FoundModel, name: str) -> bool:
        """Whether its family has the attribute, as far as the PIM tells."""
        family = self._structure.families.get(model.family or "")
        return family is None or name in family.attributes

    def _above(self, products: Iterable[FoundProduct]) -> dict[str, FoundModel]:
        return self._models(one.parent for one in products if one.parent)

    def _models(self, codes: Iterable[str]) -> dict[str, FoundModel]:
        found: dict[str, FoundModel] = {}
        for some in _slices(codes):
            found |= models_by_code(self._client, some, attributes=self._attributes)
        return found

    def _products(self, uuids: Iterable[str]) -> dict[str, FoundProduct]:
        found: dict[str, FoundProduct] = {}
        for some in _slices(uuids):
            identifier = self._structure.identifier
            found |= products_by_uuid(self._client, identifier, some, attributes=self._attributes)
        return found


def _model_home(model: FoundModel) -> Home:
    return Home(Subject.MODEL, model.code, model.code, model)


def _is_uuid(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def _slices(keys: Iterable[str]) -> list[list[str]]:
    once = list(dict.fromkeys(keys))
    return [once[start : start + SAFE_LIMIT] for start in range(0, len(once), SAFE_LIMIT)]
