"""Translations: texts of products, options, option values and collections in other languages.

Shopify takes a translation only with the digest of the text that it translates, so what a thing
says is read first. What is translated already is not sent again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from channels.shopify.api import Json, ShopifyApi
from channels.shopify.chunks import chunks
from channels.shopify.documents import (
    FORGET_TRANSLATIONS,
    OPTIONS,
    TRANSLATE,
    translatable,
)
from channels.shopify.prepared import Prepared
from channels.shopify.runner import Runner, errors_of

RESOURCES_A_CALL = 20
PRODUCTS_A_CALL = 10


@dataclass(slots=True)
class Translation:
    """Texts of one thing by language and key; "" takes one away.

    Those with a key in `keep` are written only where there is none.
    """

    texts: Mapping[str, Mapping[str, str]]
    keep: frozenset[str] = field(default_factory=frozenset)


@dataclass(slots=True)
class OfOptions:
    """Translations of options and their values by their ids, and the product that each is of."""

    translations: dict[str, Translation] = field(default_factory=dict)
    owners: dict[str, str] = field(default_factory=dict)


class Texts:
    def __init__(self, api: ShopifyApi, runner: Runner, languages: Sequence[str]) -> None:
        """`languages` are those beside the primary one."""
        self._api = api
        self._runner = runner
        self._languages = list(languages)

    def write(self, wanted: Mapping[str, Translation]) -> dict[str, str]:
        """Make the texts of these things what is wanted; return what is wrong, by id."""
        ids = [id_ for id_, one in wanted.items() if any(one.texts.values())]
        names = {f"l{n}": language for n, language in enumerate(self._languages)}
        new: list[Json] = []
        gone: list[Json] = []
        for some in chunks(ids, RESOURCES_A_CALL):
            answer = self._api.call(translatable(len(names)), {"ids": some, **names})
            for node in answer["translatableResourcesByIds"]["nodes"]:
                _compare(node, names, wanted[node["resourceId"]], new, gone)
        problems: dict[str, str] = {}
        for document, lines, name in (
            (TRANSLATE, new, "translationsRegister"),
            (FORGET_TRANSLATIONS, gone, "translationsRemove"),
        ):
            for line, done in zip(lines, self._runner.each(document, lines), strict=True):
                errors = errors_of(done, name)
                if errors:
                    problems[line["id"]] = self._api.plain(errors[0]["message"])
        return problems

    def of_options(self, products: Mapping[str, Prepared]) -> OfOptions:
        """What the options of these products and their values are called."""
        found = OfOptions()
        with_labels = [id_ for id_, one in products.items() if _has_labels(one, self._languages)]
        for some in chunks(with_labels, PRODUCTS_A_CALL):
            for node in filter(None, self._api.call(OPTIONS, {"ids": some})["nodes"]):
                named = self._of_one(node, products[node["id"]])
                found.translations |= named
                found.owners |= dict.fromkeys(named, node["id"])
        return found

    def _of_one(self, node: Json, prepared: Prepared) -> dict[str, Translation]:
        found = {}
        by_name = {option.name: option for option in prepared.options}
        for option in node["options"]:
            ours = by_name.get(option["name"])
            if ours is None:
                continue
            found[option["id"]] = self._named(ours.labels)
            axis_values = {name: value for value, name in ours.values.items()}
            for value in option["optionValues"]:
                if value["name"] in axis_values:
                    labels = ours.value_labels[axis_values[value["name"]]]
                    found[value["id"]] = self._named(labels)
        return found

    def _named(self, labels: Mapping[str, str]) -> Translation:
        return Translation(
            {
                language: {"name": labels[language]}
                for language in self._languages
                if labels.get(language)
            }
        )


def _compare(
    node: Json, names: Mapping[str, str], wanted: Translation, new: list[Json], gone: list[Json]
) -> None:
    """Add the calls that make one thing's translations what is wanted."""
    digests = {one["key"]: one["digest"] for one in node["translatableContent"] if one["digest"]}
    there = {
        (language, one["key"]): one
        for alias, language in names.items()
        for one in node[alias]
        if one["value"]
    }
    translations = []
    for language, texts in wanted.texts.items():
        removed = []
        for key, text in texts.items():
            now = there.get((language, key))
            if now and (key in wanted.keep or (now["value"] == text and not now["outdated"])):
                continue
            if text and key in digests:
                translations.append(
                    {
                        "locale": language,
                        "key": key,
                        "value": text,
                        "translatableContentDigest": digests[key],
                    }
                )
            elif not text and now:
                removed.append(key)
        if removed:
            gone.append({"id": node["resourceId"], "keys": removed, "locales": [language]})
    if translations:
        new.append({"id": node["resourceId"], "translations": translations})


def _has_labels(prepared: Prepared, languages: Sequence[str]) -> bool:
    return any(
        labels.get(language)
        for option in prepared.options
        for labels in (option.labels, *option.value_labels.values())
        for language in languages
    )
