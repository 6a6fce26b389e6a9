"""A product made ready to be sent, and what is to be done around sending it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from channels.shopify.alt_texts import AltText
from channels.shopify.api import Json
from channels.shopify.held import HeldProduct, Placed
from channels.shopify.metafields import NAMESPACE
from channels.shopify.options import Option
from channels.shopify.prices import OfVariant


@dataclass(slots=True)
class Prepared:
    """`metafields` are to be set beside, as MetafieldsSetInput, for what exists already; `emptied`
    are to be deleted. `detached` are pictures to be taken from variants, as
    ProductVariantDetachMediaInput. `texts` are translations by language and Shopify's key, "" for
    none.
    """

    key: str
    input: Json
    held: HeldProduct | None
    placed: Placed
    options: tuple[Option, ...] = ()
    variant_uuids: tuple[str, ...] = ()  # of a model
    metafields: list[Json] = field(default_factory=list)
    emptied: list[Json] = field(default_factory=list)
    detached: list[Json] = field(default_factory=list)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    alt_texts: dict[str, AltText] = field(default_factory=dict)  # of pictures, by their ids
    keep_texts: frozenset[str] = frozenset()  # keys that are translated only where nothing is
    publish: frozenset[str] = frozenset()
    unpublish: frozenset[str] = frozenset()
    filled: dict[str, frozenset[str]] = field(default_factory=dict)  # targets, by uuid of variant
    filled_before: dict[str, frozenset[str]] = field(default_factory=dict)
    prices: dict[str, OfVariant] = field(default_factory=dict)  # in markets, by uuid of variant
    known_variants: dict[str, str] = field(default_factory=dict)  # ids of those that have prices
    relations: dict[str, list[str]] | None = None  # keys of products, by the word of the relation
    remarks: list[str] = field(default_factory=list)
    titles: Mapping[str, str] = field(default_factory=dict)  # of metafields, by their full key

    @property
    def identifier(self) -> Json:
        """How Shopify finds the product, or knows that it has to make it."""
        if self.held is not None:
            return {"id": self.held.id}
        return {"customId": {"namespace": NAMESPACE, "key": "pim_id", "value": self.key}}
