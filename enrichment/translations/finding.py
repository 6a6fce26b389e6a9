"""The texts of products and of the models above them, each at the level where it lives."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from enrichment.fitting import DoesNotFit, Standing, check_model, check_product
from enrichment.models import Proposal
from enrichment.spool import Spool
from enrichment.structure import Structure
from enrichment.translations.choosing import Asked, Chosen
from enrichment.translations.places import TextPlace
from enrichment.values import Place, current
from pim.calls import SAFE_LIMIT
from pim.client import PimClient
from pim.finding import (
    FoundModel,
    FoundProduct,
    all_models,
    all_products,
    models_by_code,
    products_by_identifier,
    products_by_uuid,
)

_MOST_IN_ADDRESS = 3000  # characters of attributes, where an address has codes beside
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the source language, and what stands in the other one; empty for nothing.

    `name` is what people call its product or model.
    """

    place: TextPlace
    name: str
    source: str
    target: str


class Texts:
    """Finds texts, each once. Raises what the client raises.

    The codes of models that were met wait on the disk: memory stays flat. `unknown` are those
    of the identifiers asked for that the PIM does not have.
    """

    def __init__(
        self, client: PimClient, structure: Structure, chosen: Chosen, spool: Spool
    ) -> None:
        self._client = client
        self._structure = structure
        self._chosen = chosen
        self._spool = spool
        self.unknown: list[str] = []
        codes = list(chosen.attributes)
        # What is too long for an address is left out of it: all values come along then.
        self._asked = codes if len(",".join(codes)) <= _MOST_IN_ADDRESS else []

    def asked_for(self, asked: Asked) -> Iterator[list[Text]]:
        """The texts of a catalog, of a search, of a list, or of all products and models."""
        if asked.pim_catalog_id:
            yield from self.of_catalog(asked.pim_catalog_id)
        elif asked.identifiers:
            yield from self.of_identifiers(asked.identifiers)
        else:
            yield from self.of_search(asked.search)
            if not asked.search:
                yield from self.of_other_models()

    def of_search(self, search: str = "") -> Iterator[list[Text]]:
        """The texts of the products that fit a search, and of their models; of some at once."""
        found = all_products(
            self._client,
            self._structure.identifier,
            search=search,
            attributes=self._asked,
            locales=[self._chosen.source, self._chosen.target],
        )
        return self._of_products(found)

    def of_catalog(self, pim_catalog_id: str) -> Iterator[list[Text]]:
        """As `of_search`, of the products of a catalog."""
        uuids = (uuid for page in self._client.uuid_pages(pim_catalog_id) for uuid in page.uuids)
        return self._of_products(self._products(uuids))

    def of_these(self, codes: Iterable[str], uuids: Iterable[str]) -> Iterator[list[Text]]:
        """The texts of these models, of these products, and of the models above the products."""
        for some in slices(codes):
            models = self._models(some)
            yield [text for model in models.values() for text in self._of_model(model)]
        yield from self._of_products(self._products(uuids))

    def of_identifiers(self, identifiers: Iterable[str]) -> Iterator[list[Text]]:
        """As `of_search`, of products by their identifiers and of models by their codes."""
        for some in slices(identifiers):
            products = products_by_identifier(
                self._client,
                self._structure.identifier,
                some,
                attributes=list(self._chosen.attributes),
            )
            rest = [one for one in some if one not in products]
            models = models_by_code(self._client, rest, attributes=self._asked) if rest else {}
            self.unknown += [one for one in rest if one not in models]
            yield [text for model in models.values() for text in self._of_model(model)]
            yield from self._of_products(products.values())

    def of_other_models(self) -> Iterator[list[Text]]:
        """The texts of all models that were not met yet: those without any product."""
        locales = [self._chosen.source, self._chosen.target]
        found = all_models(self._client, attributes=self._asked, locales=locales)
        for models in slices(found):
            yield [text for model in models for text in self._of_model(model)]

    def _of_products(self, products: Iterable[FoundProduct]) -> Iterator[list[Text]]:
        for some in slices(products):
            models = self._models_above(some)
            texts = [text for model in models.values() for text in self._of_model(model)]
            for product in some:
                if self._spool.meets(f"product:{product.uuid}"):
                    texts += self._of_product(product, models)
            yield texts

    def _products(self, uuids: Iterable[str]) -> Iterator[FoundProduct]:
        for some in slices(uuids):
            yield from products_by_uuid(
                self._client,
                self._structure.identifier,
                some,
                attributes=list(self._chosen.attributes),
            ).values()

    def _models_above(self, products: Sequence[FoundProduct]) -> dict[str, FoundModel]:
        """The models above these, uppermost first: what is translated first helps with the rest."""
        models = self._models({one.parent for one in products if one.parent})
        above = {one.parent for one in models.values() if one.parent}
        return self._models(above - models.keys()) | models

    def _models(self, codes: Iterable[str]) -> dict[str, FoundModel]:
        found: dict[str, FoundModel] = {}
        for some in slices(sorted(codes)):
            found |= models_by_code(self._client, some, attributes=self._asked)
        return found

    def _of_model(self, model: FoundModel) -> Iterator[Text]:
        if not self._spool.meets(f"model:{model.code}"):
            return
        for code in self._chosen.attributes:
            if code in model.values:
                try:
                    check_model(self._structure, model, code)
                except DoesNotFit:
                    continue
                yield from self._texts(model, Proposal.Subject.MODEL, model.code, model.code, code)

    def _of_product(self, product: FoundProduct, models: dict[str, FoundModel]) -> Iterator[Text]:
        standing = Standing(product.family, models.get(product.parent or ""))
        name = product.identifier or product.uuid
        for code in self._chosen.attributes:
            if code in product.values:
                try:
                    check_product(self._structure, standing, code)
                except DoesNotFit:
                    continue
                yield from self._texts(product, Proposal.Subject.PRODUCT, product.uuid, name, code)

    def _texts(
        self,
        found: FoundProduct | FoundModel,
        subject: Proposal.Subject,
        key: str,
        name: str,
        attribute: str,
    ) -> Iterator[Text]:
        type_ = self._structure.attributes[attribute].type
        for scope in self._chosen.attributes[attribute]:
            source, target = (
                current(found, Place(attribute, locale, scope, type=type_))
                for locale in (self._chosen.source, self._chosen.target)
            )
            if isinstance(source, str) and source.strip():
                place = TextPlace(subject, key, attribute, scope)
                yield Text(place, name, source, target if isinstance(target, str) else "")


def slices(items: Iterable[_T], size: int = SAFE_LIMIT) -> Iterator[list[_T]]:
    """As many as one call to the PIM is about."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
