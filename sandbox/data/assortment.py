"""What the PIM holds: products, models, and the structure that they follow."""

import bisect
import hashlib
import itertools
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.data import recipes, structure
from sandbox.data.assets import AssetFamily
from sandbox.data.associations import Links
from sandbox.data.designs import Design, Painter, Values, category_of
from sandbox.data.recipes import Recipe
from sandbox.data.reference_entities import TYPE, ReferenceEntity
from sandbox.data.uploads import UploadedFile

# (attribute, locale, scope) -> data; None erases.
Edits = dict[tuple[str, str | None, str | None], Any]

IDENTIFIER = "sku"  # the attribute that identifies products

_FIRST_DAY = 1_672_531_200  # 2023-01-01
_LAST_DAY = 1_740_787_200  # 2025-03-01
_ENABLED = 0.95
_CHANCE_OF_A_CAMPAIGN = 0.15
_COLORS = (2, 4)
_SIZES = (4, 6)


@dataclass(slots=True)
class Product:
    """A product or variant; `created` and `updated` are Unix time, `edits` win over the design.

    `identifier` is "" where it has none; `first_identifier` what it was before it was renamed,
    from which its design has values of its own, such as its EAN.
    """

    uuid: str
    identifier: str
    family: str | None
    parent: str | None
    categories: tuple[str, ...]
    enabled: bool
    created: float
    updated: float
    design: Design | None = None
    color: str | None = None
    size: str | None = None
    edits: Edits = field(default_factory=dict)
    links: Links | None = None  # None: as designed
    first_identifier: str = ""


@dataclass(slots=True)
class Model:
    """A product model; `parent` is the code of the model above."""

    code: str
    family: str
    family_variant: str
    parent: str | None
    categories: tuple[str, ...]
    created: float
    updated: float
    design: Design | None
    color: str | None = None
    edits: Edits = field(default_factory=dict)


class Assortment:
    """Everything a shop sells, as the PIM stores it."""

    def __init__(self, seed: int = 1) -> None:
        self.seed = seed
        self.recipes = recipes.load()
        known = structure.load(self.recipes)
        self.attributes = known.attributes
        self.attribute_groups = known.attribute_groups
        self.options = known.options
        self.families = known.families
        self.family_variants = known.family_variants
        self.categories = known.categories
        self.channels = known.channels
        self.locales = known.locales
        self.currencies = known.currencies
        self.measurement_families = known.measurement_families
        self.association_types = known.association_types
        self.reference_entities: dict[str, ReferenceEntity] = {}
        self.asset_families: dict[str, AssetFamily] = {}
        self.uploads: dict[str, UploadedFile] = {}  # by code: what apps sent for values
        self.asset_files: dict[str, UploadedFile] = {}  # and for assets
        # Whether products are searched by the dates of what they link to, and of which kinds.
        self.knows_linked_entities = False
        self.linked_types: frozenset[str] = frozenset()
        self.designs: dict[str, Design] = {}
        self.models: dict[str, Model] = {}
        self._products: dict[str, Product] = {}
        self._uuids: list[str] = []
        self._by_identifier: dict[str, str] = {}  # which the PIM compares without their case
        self._first_uuids: list[str] = []  # what came with the shop
        self.first_models: tuple[str, ...] = ()  # the uppermost ones
        self._variants: dict[str, list[str]] = {}  # by the code of the uppermost model
        self._painter = Painter(known, seed)

    @classmethod
    def generate(cls, products: int, seed: int) -> "Assortment":
        """A believable shop; the same numbers make the same shop."""
        assortment = cls(seed)
        order = [r for r in assortment.recipes.values() for _ in range(r.share)]
        chooser = random.Random(seed)  # noqa: S311  # nosec B311  # chance, no secret
        chooser.shuffle(order)
        numbers = dict.fromkeys(assortment.recipes, 0)
        while len(assortment._products) < products:
            recipe = order[len(assortment.designs) % len(order)]
            numbers[recipe.code] += 1
            design = _design(assortment, recipe, numbers[recipe.code], chooser)
            assortment.designs[design.code] = design
            assortment._add_design(design, chooser, products)
        assortment._uuids = assortment._first_uuids = sorted(assortment._products)
        assortment._by_identifier = {
            product.identifier.casefold(): key for key, product in assortment._products.items()
        }
        assortment.first_models = tuple(
            model.code for model in assortment.models.values() if model.parent is None
        )
        for key in assortment._uuids:
            *_, root = (None, *assortment.parents(assortment._products[key]))
            if root is not None:
                assortment._variants.setdefault(root.code, []).append(key)
        return assortment

    def __len__(self) -> int:
        return len(self._products)

    def product(self, uuid: str) -> Product:
        """The product, or KeyError."""
        return self._products[uuid]

    def has_product(self, uuid: str) -> bool:
        return uuid in self._products

    def one_of_first(self, number: int) -> str:
        """One of the products that came with the shop, whatever became of it."""
        return self._first_uuids[number % len(self._first_uuids)]

    def find_product(self, name: str) -> Product | None:
        """The product with this uuid or SKU."""
        return self._products.get(name.lower()) or self.identified(name)

    def identified(self, identifier: str) -> Product | None:
        """The product with this identifier, in capitals or not."""
        return self._products.get(self._by_identifier.get(identifier.casefold(), ""))

    def products_after(self, after: str = "") -> Iterator[Product]:
        """The products by uuid, from behind `after` on; a product removed meanwhile is left out."""
        start = bisect.bisect_right(self._uuids, after)
        return filter(None, map(self._products.get, itertools.islice(self._uuids, start, None)))

    def variants_below(self, root: str) -> Iterator[Product]:
        """The variants of an uppermost model, by uuid."""
        return filter(None, map(self._products.get, self._variants.get(root, ())))

    def hang(self, uuid: str, parent: str | None) -> None:
        """Let a product be a variant of this model, or a simple one; KeyError for no such model."""
        if parent is not None:
            self.models[parent]
        product = self._products[uuid]
        for model in self.parents(product):
            others = self._variants.get(model.code, ())
            self._variants[model.code] = [key for key in others if key != uuid]
        product.parent = parent
        for model in self.parents(product):
            if model.parent is None:
                self._variants[model.code] = sorted([*self._variants.get(model.code, ()), uuid])

    def remove(self, uuid: str) -> None:
        """Remove a product, or KeyError."""
        self.rename(self._products[uuid], "")
        del self._products[uuid]
        # A new list, so that who reads the old one is not disturbed.
        self._uuids = [key for key in self._uuids if key != uuid]

    def new_product(
        self, identifier: str, family: str | None, categories: tuple[str, ...], now: float
    ) -> Product:
        """Add a product without values; KeyError for an unknown family or category."""
        if family is not None:
            self.families[family]
        for code in categories:
            self.categories[code]
        product = Product(str(uuid.uuid4()), identifier, family, None, categories, True, now, now)
        self.add(product)
        return product

    def add(self, product: Product) -> None:
        self._products[product.uuid] = product
        uuids = self._uuids.copy()  # so that who reads the old one is not disturbed
        bisect.insort(uuids, product.uuid)
        self._uuids = uuids
        if product.identifier:
            self._by_identifier.setdefault(product.identifier.casefold(), product.uuid)

    def rename(self, product: Product, identifier: str) -> None:
        """Let a product be found by another identifier; "" for none."""
        if self._by_identifier.get(product.identifier.casefold()) == product.uuid:
            del self._by_identifier[product.identifier.casefold()]
        product.first_identifier = product.first_identifier or product.identifier
        product.identifier = identifier
        if identifier:
            self._by_identifier[identifier.casefold()] = product.uuid

    def labels_of(self, attribute: str, code: str) -> dict[str, str]:
        """The labels of an option, or of a record, that a value of the attribute holds."""
        known = self.attributes.get(attribute, {})
        if known.get("type") == TYPE:
            return self.reference_entities[known["reference_data_name"]].labels_of(code)
        labels: dict[str, str] = self.options.get(attribute, {}).get(code, {}).get("labels", {})
        return labels

    def values_of(self, item: Product | Model) -> Values:
        """The item's values, with what it inherits from its models."""
        values: Values = {}
        above = list(self.parents(item))
        designed = next((each for each in (item, *above) if each.design is not None), None)
        if designed is not None and designed.design is not None:
            values = self._painter.values(
                designed.design,
                designed.color,
                designed.size if isinstance(designed, Product) else None,
                (designed.first_identifier or designed.identifier)
                if isinstance(designed, Product)
                else None,
            )
        for changed in (*reversed(above), item):
            for (code, locale, scope), data in changed.edits.items():
                _put(values, code, locale, scope, data, self.attributes[code]["type"])
        return values

    def value(
        self, item: Product | Model, attribute: str, locale: str | None, scope: str | None
    ) -> Any:
        """The data of one value, or None."""
        return value_in(self.values_of(item), attribute, locale, scope)

    def parents(self, item: Product | Model) -> Iterator[Model]:
        """The models above, the nearest first."""
        code = item.parent
        while code is not None:
            model = self.models[code]
            yield model
            code = model.parent

    def with_children(self, categories: set[str]) -> set[str]:
        """The categories together with everything below them."""
        found = set(categories)
        for code, category in self.categories.items():  # parents stand before their children
            if category["parent"] in found:
                found.add(code)
        return found

    def _add_design(self, design: Design, chooser: random.Random, most: int) -> None:
        recipe = design.recipe
        origin = _Origin(
            design,
            _categories(design, chooser),
            created=float(chooser.randrange(_FIRST_DAY, _LAST_DAY - 90 * 86_400)),
        )
        if not recipe.axes:
            self._add(origin, None, None, None, chooser)
            return
        root = self._add_model(origin, design.code, None, None, chooser)
        for color in design.colors:
            if len(self._products) >= most:
                return
            parent = root
            if design.sizes:
                parent = self._add_model(origin, f"{root}-{color}", root, color, chooser)
            for size in design.sizes or (None,):
                if len(self._products) < most:
                    self._add(origin, parent, color, size, chooser)

    def _add_model(
        self,
        origin: "_Origin",
        code: str,
        parent: str | None,
        color: str | None,
        chooser: random.Random,
    ) -> str:
        recipe = origin.design.recipe
        self.models[code] = Model(
            code,
            recipe.code,
            structure.variant_code(recipe),
            parent,
            origin.categories,
            origin.created,
            origin.created + chooser.randrange(90 * 86_400),
            origin.design,
            color,
        )
        return code

    def _add(
        self,
        origin: "_Origin",
        parent: str | None,
        color: str | None,
        size: str | None,
        chooser: random.Random,
    ) -> None:
        ends = [part for part in (color, size) if part]
        identifier = "-".join((origin.design.code, *ends)).upper()
        digest = hashlib.md5(f"{self.seed}/{identifier}".encode(), usedforsecurity=False).digest()
        # As random as the PIM's own, yet the same in every run.
        key = str(uuid.UUID(bytes=digest, version=4))
        self._products[key] = Product(
            key,
            identifier,
            origin.design.recipe.code,
            parent,
            origin.categories,
            chooser.random() < _ENABLED,
            origin.created,
            origin.created + chooser.randrange(90 * 86_400),
            origin.design,
            color,
            size,
        )


@dataclass(frozen=True, slots=True)
class _Origin:
    """What all products and models of one design share."""

    design: Design
    categories: tuple[str, ...]
    created: float


def value_in(values: Values, attribute: str, locale: str | None, scope: str | None) -> Any:
    """The data of the value for exactly this locale and scope, or None."""
    for entry in values.get(attribute, ()):
        if entry["locale"] == locale and entry["scope"] == scope:
            return entry["data"]
    return None


def _put(
    values: Values, code: str, locale: str | None, scope: str | None, data: Any, kind: str
) -> None:
    others = [
        entry
        for entry in values.get(code, ())
        if (entry["locale"], entry["scope"]) != (locale, scope)
    ]
    if data is not None:
        others.append({"locale": locale, "scope": scope, "data": data, "attribute_type": kind})
    if others:
        values[code] = others
    else:
        values.pop(code, None)


def _design(assortment: Assortment, recipe: Recipe, number: int, chooser: random.Random) -> Design:
    palette = list(assortment.options["color"])
    colors = chooser.sample(palette, k=chooser.randint(*_COLORS))
    sizes: list[str] = []
    if len(recipe.axes) > 1:
        scale = list(assortment.options[recipe.axes[1]])
        count = chooser.randint(*_SIZES)
        first = chooser.randrange(len(scale) - count + 1)
        sizes = scale[first : first + count]
    if not recipe.axes:
        colors = colors[:1]
    return Design(recipe, number, tuple(colors), tuple(sizes))


def _categories(design: Design, chooser: random.Random) -> tuple[str, ...]:
    categories = [category_of(design)]
    if chooser.random() < _CHANCE_OF_A_CAMPAIGN:
        categories.append(chooser.choice(("summer_sale", "gift_guide")))
    return tuple(sorted(categories))
