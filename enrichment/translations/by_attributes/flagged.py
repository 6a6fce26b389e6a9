"""Products and models that people flagged, each at the level where the flag stands.

And what belongs to them: models above, and all that is below.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import msgspec

from enrichment.fitting import DoesNotFit, Standing, check_model, check_product
from enrichment.models import Proposal
from enrichment.structure import Structure
from enrichment.translations.by_attributes.steering import BOOLEAN, MULTISELECT, Steering
from enrichment.translations.finding import slices
from enrichment.values import Place, current
from pim.client import PimClient
from pim.finding import (
    FoundModel,
    FoundProduct,
    all_models,
    all_products,
    models_below,
    models_by_code,
    products_below,
    products_by_uuid,
)

Subject = Proposal.Subject
Key = tuple[str, str]  # subject and key

_MODELS = 20  # of a slice: each may have hundreds of variants


@dataclass(frozen=True, slots=True)
class Home:
    """A product or model that holds the flag itself; `parent` is the model above it."""

    subject: Proposal.Subject
    key: str
    name: str
    found: FoundProduct | FoundModel
    parent: FoundModel | None = None

    @property
    def address(self) -> Key:
        return (str(self.subject), self.key)


@dataclass(slots=True)
class Belonging:
    """Models and products by what is asked for them: `of` has the homes that each belongs to."""

    models: list[str] = field(default_factory=list)
    products: list[str] = field(default_factory=list)
    of: dict[Key, list[Home]] = field(default_factory=dict)

    def add(self, subject: Proposal.Subject, key: str, homes: Iterable[Home]) -> None:
        mine = self.of.setdefault((str(subject), key), [])
        if not mine:
            (self.models if subject == Subject.MODEL else self.products).append(key)
        known = {one.address for one in mine}
        mine += [one for one in homes if one.address not in known]

    def only(self, homes: Iterable[Home]) -> "Belonging":
        """Return what belongs to these."""
        found, wanted = Belonging(), {one.address for one in homes}
        for (subject, key), of in self.of.items():
            if mine := [one for one in of if one.address in wanted]:
                found.add(Subject(subject), key, mine)
        return found


class Flagged:
    """Finds them. Raises what the client raises."""

    def __init__(self, client: PimClient, structure: Structure, steering: Steering) -> None:
        self._client = client
        self._structure = structure
        self._steering = steering

    def slices(self) -> Iterator[list[Home]]:
        """All that are flagged, up to 100 products at once, of models fewer."""
        search = _json({self._steering.flag: [{"operator": "=", "value": True}]})
        attributes = self._steering.attributes
        identifier = self._structure.identifier
        products = all_products(self._client, identifier, search=search, attributes=attributes)
        for some in slices(products):
            yield self._of_products(some)
        models = all_models(self._client, search=search, attributes=attributes)
        for of_models in slices(models, _MODELS):
            yield self._of_models(of_models)

    def again(self, keys: Iterable[Key]) -> dict[Key, Home]:
        """How up to 100 of them stand now, whether flagged or not; of what is gone nothing."""
        wanted = list(keys)
        attributes = self._steering.attributes
        uuids = [key for subject, key in wanted if subject == Subject.PRODUCT]
        identifier = self._structure.identifier
        products = products_by_uuid(self._client, identifier, uuids, attributes=attributes)
        found = self._of_products(list(products.values()))
        found += self._of_models(list(self._models(k for s, k in wanted if s == Subject.MODEL)))
        return {one.address: one for one in found}

    def is_flagged(self, home: Home) -> bool:
        return current(home.found, Place(self._steering.flag, type=BOOLEAN)) is True

    def locales(self, home: Home) -> list[str]:
        """Into which languages it is to be translated, as people chose them."""
        chosen = current(home.found, Place(self._steering.locales, type=MULTISELECT))
        return sorted(set(map(str, chosen))) if isinstance(chosen, list) else []

    def holds(self, home: Home, attribute: str) -> bool:
        """Whether a value of the attribute stands at this very level."""
        return self._holds(home.found, home.parent, attribute)

    def belonging(self, homes: Sequence[Home]) -> Belonging:
        """What the texts of these stand in: themselves, models above and all that is below."""
        found = Belonging()
        for home in homes:
            parents = [home.found.parent, home.parent.parent if home.parent else None]
            for code in reversed(list(filter(None, parents))):
                found.add(Subject.MODEL, code, [home])
            found.add(home.subject, home.key, [home])
        models = {one.key: [one] for one in homes if one.subject == Subject.MODEL}
        for below in models_below(self._client, sorted(models), self._structure.identifier):
            of = models.get(below.parent or "", [])
            models.setdefault(below.code, of)
            found.add(Subject.MODEL, below.code, of)
        for product in products_below(self._client, sorted(models), self._structure.identifier):
            found.add(Subject.PRODUCT, product.uuid, models.get(product.parent or "", []))
        return found

    def _of_products(self, products: Sequence[FoundProduct]) -> list[Home]:
        """Those that hold the flag themselves; of others a model above does."""
        parents = {one.code: one for one in self._models(one.parent for one in products)}
        homes = []
        for one in products:
            parent = parents.get(one.parent) if one.parent else None
            if parent is None or self._holds(one, parent, self._steering.flag):
                name = one.identifier or one.uuid
                homes.append(Home(Subject.PRODUCT, one.uuid, name, one, parent))
        return homes

    def _of_models(self, models: Sequence[FoundModel]) -> list[Home]:
        return [
            Home(Subject.MODEL, one.code, one.code, one)
            for one in models
            if self._holds(one, None, self._steering.flag)
        ]

    def _holds(
        self, found: FoundProduct | FoundModel, parent: FoundModel | None, attribute: str
    ) -> bool:
        try:
            if isinstance(found, FoundModel):
                check_model(self._structure, found, attribute)
            else:
                check_product(self._structure, Standing(found.family, parent), attribute)
        except DoesNotFit:
            return False
        return True

    def _models(self, codes: Iterable[str | None]) -> Iterator[FoundModel]:
        for some in slices(sorted({code for code in codes if code})):
            found = models_by_code(self._client, some, attributes=self._steering.attributes)
            yield from found.values()


def _json(search: object) -> str:
    return msgspec.json.encode(search).decode()
