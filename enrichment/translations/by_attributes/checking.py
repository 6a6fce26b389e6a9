"""The check-list: what of the attributes that steer translations a PIM has, and what it lacks."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from enrichment.structure import Structure
from enrichment.translations.by_attributes.steering import (
    BOOLEAN,
    MULTISELECT,
    SELECT,
    Steering,
)
from outbound.errors import ConfigurationError
from pim.attributes import PimAttribute

TYPES = {"flag": BOOLEAN, "locales": MULTISELECT, "status": SELECT}
_MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Checked:
    """One attribute: `role` is what it is for, as in Steering.

    With `problems` nothing can be asked for; `notes` say what is left out. `missing_options` are
    those that it needs, and lacks.
    """

    role: str
    code: str
    exists: bool
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    missing_options: list[str] = field(default_factory=list)

    @property
    def is_right(self) -> bool:
        return not self.problems and not self.notes


def check(structure: Structure, steering: Steering) -> list[Checked]:
    """Return what stands in the PIM for each attribute. Raises what the client raises."""
    return [
        _checked(structure, steering, role, code)
        for role, code in zip(TYPES, steering.attributes, strict=True)
    ]


def refuse_unless_steered(structure: Structure, steering: Steering) -> None:
    """Raise ConfigurationError, with the way out, unless requests can be read and answered."""
    found = [sentence for one in check(structure, steering) for sentence in one.problems]
    if steering.source_locale not in structure.locales:
        said = _("“%(locale)s” is no active language of Akeneo. Choose another source language.")
        found.append(said % {"locale": steering.source_locale})
    if found:
        raise ConfigurationError(" ".join(found))


def wrong_type(role: str, attribute: PimAttribute) -> str:
    """Return why an attribute cannot play this role; nothing if it can."""
    values = {"code": attribute.code}
    if attribute.type != TYPES[role]:
        return {
            "flag": _("“%(code)s” is no yes/no attribute. Choose or create one that is."),
            "locales": _("“%(code)s” is no multi select. Choose or create one that is."),
            "status": _("“%(code)s” is no simple select. Choose or create one that is."),
        }[role] % values
    if attribute.scopable or (attribute.localizable and role != "status"):
        return (
            _(
                "“%(code)s” has a value for each channel or language, and needs one for all. "
                "Choose another attribute: this cannot be changed of one that is there."
            )
            % values
        )
    return ""


def needed_options(structure: Structure, steering: Steering, role: str) -> list[str]:
    """Return the options that an attribute of this role needs."""
    if role == "locales":
        return sorted(structure.locales - {steering.source_locale})
    return list(steering.options) if role == "status" else []


def _checked(structure: Structure, steering: Steering, role: str, code: str) -> Checked:
    attribute = structure.attributes.get(code)
    found = Checked(role, code, exists=attribute is not None)
    needed = needed_options(structure, steering, role)
    if attribute is None:
        found.problems.append(_("Akeneo has no attribute “%(code)s”. Create it.") % {"code": code})
        found.missing_options.extend(needed)
        return found
    if wrong := wrong_type(role, attribute):
        found.problems.append(wrong)
        return found
    there = structure.options(code) if needed else {}
    lacking = [one for one in needed if one not in there]
    found.missing_options.extend(lacking)
    if role == "status" and lacking:
        said = _("“%(code)s” lacks the options %(options)s.")
        found.problems.append(said % {"code": code, "options": named(lacking)})
    elif len(lacking) == len(needed) and needed:
        said = _("“%(code)s” has no language of Akeneo as an option, so none can be asked for.")
        found.problems.append(said % {"code": code})
    elif lacking:
        said = _("Without an option nobody can ask for %(locales)s.")
        found.notes.append(said % {"locales": named(lacking)})
    _note_families(structure, code, found)
    return found


def _note_families(structure: Structure, code: str, found: Checked) -> None:
    families = structure.families.values()
    without = sorted(one.code for one in families if code not in one.attributes)
    if without:
        said = _(
            "Not in the families %(families)s: nobody can ask for translations of their products."
        )
        found.notes.append(said % {"families": named(without)})


def named(codes: Iterable[str]) -> str:
    """Return the codes with commas between them; of many the first ones."""
    listed = list(codes)
    more = len(listed) - _MOST_NAMED
    first = ", ".join(listed[:_MOST_NAMED])
    if more <= 0:
        return first
    return _("%(first)s and %(number)s more") % {"first": first, "number": more}
