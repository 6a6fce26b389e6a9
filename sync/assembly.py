"""Assembly: a mapped product becomes the document that is wanted on the channel (decision 14).

Locales become the channel's languages and missing texts are filled in; associations become the
channel's relations, values of the target `shops` its shops; categories and completeness come from
beside. Only what a setting names is looked into: every other value, and every number, stays to the
letter. A product without a single thing to change keeps its bytes.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import is_not
from typing import Any

import msgspec

from catalogs.models import Catalog
from channels.registry import adapter_class
from channels.shop_products import CATEGORIES
from channels.targets import ASSOCIATIONS, SHOPS
from pim.values import ProductFacts, RawProduct
from sync.documents import ReadDocument, read_document, seen_digest
from sync.members import (
    VARIANTS,
    Members,
    by_locale,
    list_of,
    members_of,
    text_of,
    texts_of,
    variants_of,
)
from sync.models import Feedback

_AXES = "variation_axes"
_AXIS_VALUES = ("variation_axes_values", "variant_axes_values")  # both are documented

_RULES = 2  # one more whenever the same settings make another document of the same product

_Missing = Catalog.OnMissing


@dataclass(frozen=True, slots=True)
class Beside:
    """What the PIM says of one variant, or of a product that stands alone, beside its document.

    `complete`: in percent by locale, of the PIM channel that the catalog names; None where that is
    not asked for.
    """

    categories: list[str] = field(default_factory=list)
    complete: dict[str, int] | None = None


_besides = msgspec.json.Decoder(dict[str, Beside])
_sorted = msgspec.json.Encoder(order="sorted")


class Incomplete(Exception):
    """The product is not complete: `in_words` says in what."""

    def __init__(self, in_words: str) -> None:
        super().__init__(in_words)
        self.in_words = in_words


@dataclass(frozen=True, slots=True)
class Assembly:
    """What becomes of products before they are recorded; without any settings, nothing.

    `locales` in the order in which documents have them. `tree`: the codes of the categories below
    the catalog's root. `slim_by`: the attribute that is asked for beside, where there must be one.
    `echoes`: attributes of raw products that hold what we wrote of channels: no news to any.
    """

    localized: frozenset[str] = frozenset()
    locales: Mapping[str, str] = field(default_factory=dict)
    default: str = ""
    when_missing: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[str, str] = field(default_factory=dict)
    shops: Mapping[str, str] | None = None
    complete_for: str = ""
    category_root: str = ""
    tree: frozenset[str] = frozenset()
    slim_by: str | None = None
    fingerprint: bytes = b""
    echoes: frozenset[str] = frozenset()

    @property
    def asks_beside(self) -> bool:
        return bool(self.complete_for or self.category_root)

    def knows(self, product: RawProduct) -> bool:
        """Whether all is there that is needed; a product the PIM says nothing of stays as it is."""
        return bool(product.beside) or not self.asks_beside

    def seen_digest(self, product: RawProduct) -> str:
        """Return what tells whether a product, seen with these settings, says something new."""
        if not self.fingerprint:
            return seen_digest(product.body)
        return seen_digest(b"\0".join((product.body, product.beside, self.fingerprint)))

    def read(self, product: RawProduct) -> ReadDocument:
        """Return the document that is wanted, with its digests. Raises Incomplete."""
        body = self.body_of(product) if self.fingerprint else product.body
        return read_document(product.key, body, seen=self.seen_digest(product), echoes=self.echoes)

    def body_of(self, product: RawProduct) -> bytes:
        """Return the document's JSON. Raises Incomplete.

        What is no JSON object as the PIM's documents are is carried as it is.
        """
        beside = _besides.decode(product.beside) if product.beside else {}
        lacking = self.lacking(product)
        try:
            members = members_of(product.body)
            document = self._assembled(members, {uuid for uuid, _ in lacking}, beside)
        except (msgspec.DecodeError, RecursionError):
            return product.body
        return product.body if document is members else msgspec.json.encode(document)

    def lacking(self, product: RawProduct) -> list[tuple[str, str]]:
        """Return the variants that are not complete, each with what it lacks in words.

        Raises Incomplete if none is complete: a model goes out with those that are.
        """
        if not self.complete_for or not product.beside:
            return []
        beside = _besides.decode(product.beside)
        lacking = [
            (uuid, words)
            for uuid, one in beside.items()
            if (words := self._lacks(one.complete or {}))
        ]
        if beside and len(lacking) == len(beside):
            raise Incomplete(lacking[0][1] if len(lacking) == 1 else _of_variants(lacking))
        return lacking

    def beside_of(self, facts: Mapping[str, ProductFacts]) -> bytes:
        """Return what counts of the facts of a product, or of a model's variants, as JSON."""
        return _sorted.encode(
            {
                uuid: {
                    "categories": sorted(self.tree.intersection(one.categories)),
                    "complete": self._completeness(one) if self.complete_for else None,
                }
                for uuid, one in facts.items()
            }
        )

    def unknown_shops(self, body: bytes) -> set[str]:
        """Return the values of the target `shops` that the catalog's table does not have."""
        if self.shops is None or SHOPS.encode() not in body:
            return set()
        try:
            members = members_of(body)
            values = [texts_of(one[SHOPS]) for one in self._with_variants(members) if SHOPS in one]
        except (msgspec.DecodeError, RecursionError):
            return set()
        return {value for found in values for value in found if value not in self.shops}

    def _with_variants(self, members: Members) -> list[Members]:
        return [members, *(variants_of(members) or ())]

    def _completeness(self, facts: ProductFacts) -> dict[str, int]:
        """Percents by locale; of the mapped ones, if any are."""
        return {
            locale: percent
            for (scope, locale), percent in facts.completeness.items()
            if scope == self.complete_for and (not self.locales or locale in self.locales)
        }

    def _lacks(self, complete: Mapping[str, int]) -> str:
        """Return in which locales it is not complete, in words; "" if it is."""
        if not complete:
            return "the PIM tells no completeness, as of products without a family"
        missing = [locale for locale in self.locales if locale not in complete]
        parts = [f"{locale} {complete[locale]} %" for locale in complete if complete[locale] < 100]
        return ", ".join([*parts, *(f"{locale} not in this channel" for locale in missing)])

    def _assembled(
        self, members: Members, incomplete: Collection[str], beside: Mapping[str, Beside]
    ) -> Mapping[str, Any]:
        """Return the document; the very same members if nothing in it is to change."""
        document: dict[str, Any] = self._own(members)
        variants = variants_of(members)
        if variants is not None:
            kept = [one for one in variants if text_of(one.get("uuid")) not in incomplete]
            assembled = [self._own(one) for one in kept]
            if len(kept) < len(variants) or any(map(is_not, assembled, kept)):
                document = {**document, VARIANTS: assembled}
        if self.category_root:
            codes = {
                code
                for uuid, one in beside.items()
                if uuid not in incomplete
                for code in one.categories
            }
            document = {**document, CATEGORIES: sorted(codes)}
        untold = [
            code
            for code, is_carried in ((ASSOCIATIONS, self.relations), (SHOPS, self.shops))
            if is_carried and code not in document
        ]
        # The PIM leaves out what is empty, and a channel would leave what it is not told of.
        return {**document, **dict.fromkeys(untold, [])} if untold else document

    def _own(self, members: Members) -> Members:
        """Put one product, model or variant in the channel's words, without what is inside it."""
        changed: dict[str, Any] = {}
        if self.locales:
            for code in self.localized & members.keys():
                changed[code] = self._in_languages(members[code])
            for name in (_AXES, *_AXIS_VALUES):
                if name in members:
                    changed[name] = self._labelled(members[name])
        if self.relations and ASSOCIATIONS in members:
            changed[ASSOCIATIONS] = self._related(members[ASSOCIATIONS])
        if self.shops is not None and SHOPS in members:
            known = [self.shops[value] for value in texts_of(members[SHOPS]) if value in self.shops]
            changed[SHOPS] = list(dict.fromkeys(known))
        return {**members, **changed} if changed else members

    def _in_languages(self, value: msgspec.Raw) -> Any:
        """Return a localized value in the channel's languages; what is none, as it is."""
        try:
            if bytes(value).lstrip().startswith(b"{"):  # of a target that takes one language
                return next(iter(self._translated(value)), None)
            return self._filled(by_locale(value))
        except msgspec.ValidationError:
            return value

    def _filled(self, texts: Mapping[str, msgspec.Raw]) -> list[dict[str, Any]]:
        """Return a value for each language, unless it is to stay as the channel has it."""
        default = texts.get(self.default)
        found = []
        for locale, language in self.locales.items():
            text = texts.get(locale)
            if text is None:
                what = self.when_missing.get(language) or _Missing.DEFAULT
                if what == _Missing.KEEP or (what == _Missing.DEFAULT and not self.default):
                    continue
                text = default if what == _Missing.DEFAULT else None
            found.append({"locale": language, "value": text})
        return found

    def _labelled(self, value: msgspec.Raw) -> Any:
        """Return things that have labels, with the labels in the channel's languages."""
        try:
            return [
                {**one, "label": self._translated(one["label"])} if "label" in one else one
                for one in list_of(value)
            ]
        except msgspec.ValidationError:
            return value

    def _translated(self, labels: msgspec.Raw) -> list[dict[str, Any]]:
        texts = by_locale(labels)
        return [
            {"locale": language, "value": texts[locale]}
            for locale, language in self.locales.items()
            if locale in texts
        ]

    def _related(self, value: msgspec.Raw) -> Any:
        """Return the associations that the channel knows, each with what it makes of them."""
        try:
            entries = list_of(value)
        except msgspec.ValidationError:
            return value
        related = []
        for one in entries:
            relation = self.relations.get(text_of(one.get("code")))
            if relation:
                labels = {"label": self._translated(one["label"])} if self._has_labels(one) else {}
                related.append({**one, **labels, "relation": relation})
        return related

    def _has_labels(self, entry: Members) -> bool:
        return bool(self.locales) and "label" in entry


PLAIN = Assembly()


def needs_assembly(catalog: Catalog) -> bool:
    """Whether products of the catalog are changed, or looked at, before they are recorded."""
    settings = (catalog.locales, catalog.relations, catalog.complete_for, catalog.category_root)
    return not catalog.raw and (any(settings) or adapter_class(catalog.channel.kind).has_shops)


def refuse_plain(catalog: Catalog) -> None:
    """Raise RuntimeError for a catalog whose products must not be recorded as they come."""
    if catalog.locales or catalog.relations or catalog.complete_for or catalog.category_root:
        raise RuntimeError(f"products of catalog {catalog.pk} are to be assembled first")


def assembly_of(
    catalog: Catalog, *, tree: Iterable[str] = (), slim_by: str | None = None
) -> Assembly:
    """Return what the settings of a catalog make of its products."""
    if catalog.raw and (echoes := Feedback.objects.of(catalog.connection).codes()):
        return Assembly(echoes=echoes)
    if not needs_assembly(catalog):
        return PLAIN
    adapter = adapter_class(catalog.channel.kind)
    targets = adapter.all_targets(catalog.channel.targets)
    localized = frozenset(target.code for target in targets if target.is_localized)
    shops = {value: shop for value, shop in catalog.shops.items() if shop}
    settings: dict[str, Any] = {
        "locales": {locale: catalog.locales[locale] for locale in catalog.locales_in_order},
        "default": catalog.locale,
        "when_missing": catalog.when_missing,
        "relations": catalog.relations,
        "shops": shops if adapter.has_shops else None,
        "complete_for": catalog.complete_for,
        "category_root": catalog.category_root,
    }
    content = _sorted.encode([settings, sorted(localized), _RULES])
    return Assembly(
        localized=localized,
        tree=frozenset(tree),
        slim_by=slim_by,
        fingerprint=hashlib.blake2b(content, digest_size=16).digest(),
        **settings,
    )


def uuids_of(product: RawProduct) -> Sequence[str]:
    """Return what the PIM is asked about beside it: a model's variants, or the product itself."""
    return product.variants or (product.key,)


def _of_variants(lacking: Sequence[tuple[str, str]]) -> str:
    words = list(dict.fromkeys(words for _, words in lacking))
    more = f"; {len(words) - 1} more" if len(words) > 1 else ""
    return f"none of its {len(lacking)} variants: {words[0]}{more}"
