"""Which texts are to be translated: languages, attributes and channels, as the PIM has them."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext

from enrichment.structure import Structure
from enrichment.translations.languages import locale_of, tag_of
from enrichment.wording import shown
from pim.attributes import PimAttribute

TEXT_TYPES = ("pim_catalog_text", "pim_catalog_textarea")


class Only(StrEnum):
    """Which texts go out, by what stands in the other language."""

    ALL = "all"
    MISSING = "missing"  # nothing stands there
    CHANGED = "changed"  # what stands there is a translation of an earlier text


class CannotTranslate(Exception):
    """What was asked for is no choice that this PIM has; the text is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to have translated.

    Without `attributes` it is all texts that have a value for each language, without `scopes` every
    channel of the PIM that has both languages; without catalog, search and identifiers all that the
    PIM has. `identifiers` are those of products, and codes of models.
    """

    source: str
    target: str
    attributes: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    only: Only = Only.ALL
    pim_catalog_id: str = ""
    search: str = ""
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chosen:
    """The languages, and for each attribute the PIM's channels (scopes); "" where it has none."""

    source: str
    target: str
    attributes: dict[str, tuple[str, ...]]

    @property
    def source_tag(self) -> str:
        return tag_of(self.source)

    @property
    def target_tag(self) -> str:
        return tag_of(self.target)


def choose(structure: Structure, asked: Asked) -> Chosen:
    """Return what is chosen among what the PIM has. Raises CannotTranslate."""
    source, target = locale_in(structure, asked.source), locale_in(structure, asked.target)
    if source == target:
        said = gettext("%(language)s cannot be translated into itself: choose two languages.")
        raise CannotTranslate(said % {"language": source})
    for scope in asked.scopes:
        _check_scope(structure, scope, source, target)
    able = {scope for scope in structure.channels if _has(structure, scope, source, target)}
    wanted = tuple(sorted(able.intersection(asked.scopes) if asked.scopes else able))
    found = [
        _asked_for(structure, code, source, target) for code in dict.fromkeys(asked.attributes)
    ]
    if not found:
        found = [one for one in structure.attributes.values() if not _obstacle(one, source, target)]
    places = {one.code: wanted if one.scopable else ("",) for one in found}
    places = {code: scopes for code, scopes in places.items() if scopes}
    if not places:
        said = gettext("The PIM has no attribute for texts in both %(source)s and %(target)s.")
        raise CannotTranslate(said % {"source": source, "target": target})
    return Chosen(source, target, places)


def locale_in(structure: Structure, name: str) -> str:
    """Return the PIM's locale that is called so, or by a language tag. Raises CannotTranslate."""
    found = locale_of(name, sorted(structure.locales))
    if found is None:
        hint = structure.did_you_mean(name, structure.locales)
        said = gettext("“%(name)s” is no active language of the PIM.") % {"name": shown(name)}
        raise CannotTranslate(f"{said}{hint}")
    try:
        tag_of(found)
    except ValueError as error:
        raise CannotTranslate(str(error)) from None
    return found


def is_text(attribute: PimAttribute) -> bool:
    """Whether its values are texts with one for each language, that may be changed."""
    return attribute.type in TEXT_TYPES and attribute.localizable and not attribute.is_read_only


def _asked_for(structure: Structure, code: str, source: str, target: str) -> PimAttribute:
    found = structure.attributes.get(code)
    if found is None:
        hint = structure.did_you_mean(code, structure.attributes)
        said = gettext("The PIM has no attribute “%(code)s”.") % {"code": shown(code)}
        raise CannotTranslate(f"{said}{hint}")
    obstacle = _obstacle(found, source, target)
    if obstacle:
        raise CannotTranslate(obstacle)
    return found


def _obstacle(attribute: PimAttribute, source: str, target: str) -> str:
    """Why texts of this attribute cannot be translated; nothing if they can."""
    only = attribute.available_locales
    said = ""
    if attribute.type not in TEXT_TYPES:
        said = gettext("“%(code)s” cannot be translated: it holds no texts.")
    elif not attribute.localizable:
        said = gettext("“%(code)s” cannot be translated: it has one value for all languages.")
    elif attribute.is_read_only:
        said = gettext("“%(code)s” cannot be translated: the PIM lets nobody change it.")
    elif only and not {source, target} <= set(only):
        said = gettext("“%(code)s” cannot be translated: it has values in %(languages)s only.")
    return said and said % {"code": attribute.code, "languages": ", ".join(only)}


def _check_scope(structure: Structure, scope: str, source: str, target: str) -> None:
    if scope not in structure.channels:
        hint = structure.did_you_mean(scope, structure.channels)
        said = gettext("“%(scope)s” is no channel of the PIM.") % {"scope": shown(scope)}
        raise CannotTranslate(f"{said}{hint}")
    if not _has(structure, scope, source, target):
        said = gettext("The channel “%(scope)s” does not have both %(source)s and %(target)s.")
        raise CannotTranslate(said % {"scope": scope, "source": source, "target": target})


def _has(structure: Structure, scope: str, *locales: str) -> bool:
    known: Collection[str] = structure.channels[scope].locales
    return all(locale in known for locale in locales)
