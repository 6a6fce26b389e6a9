"""Orders of translations in the reader's words: where they stand, and what they are about."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from enrichment.models import TranslationOrder
from enrichment.translations.choosing import Only
from enrichment.translations.orders import KEEP
from pages.translation_forms import locale_in_words
from pages.wording import State, Tone

_State = TranslationOrder.State
_STATES = {
    _State.WORKING: State(gettext_lazy("Under way"), Tone.BUSY),
    _State.COUNTED: State(gettext_lazy("Waits for your yes"), Tone.WARN),
    _State.DONE: State(gettext_lazy("Done"), Tone.GOOD),
    _State.STOPPED: State(gettext_lazy("Stopped"), Tone.BAD),
}
KINDS = {
    TranslationOrder.Kind.FILE: gettext_lazy("File for translators"),
    TranslationOrder.Kind.SERVICE: gettext_lazy("Translation by a service"),
}
_ONLY = {
    Only.ALL: gettext_lazy("All"),
    Only.MISSING: gettext_lazy("Those that have no translation"),
    Only.CHANGED: gettext_lazy("Those that changed after they were translated"),
}


def state_of(request: TranslationOrder) -> State:
    return _STATES[_State(request.state)]


def title_of(request: TranslationOrder) -> str:
    """Return its languages as people call them."""
    return f"{locale_in_words(request.source_locale)} → {locale_in_words(request.target_locale)}"


def doing(request: TranslationOrder) -> str:
    """Say what a worker is at."""
    if request.is_of_file:
        return _("Texts read so far")
    if request.confirmed_at is None:
        return _("Texts counted so far")
    return _("Texts gone through so far")


def facts_of(request: TranslationOrder) -> list[tuple[str, str]]:
    """Return what it asks for, as (label, text)."""
    every = _("All that have a text for each language")
    facts = [
        (_("Products"), _products(request)),
        (_("Which texts"), str(_ONLY[Only(request.only)])),
        (_("Attributes"), ", ".join(request.attributes) or every),
    ]
    if request.scopes:
        facts.append((_("Channels of Akeneo"), ", ".join(request.scopes)))
    return facts


def kept_until(request: TranslationOrder) -> datetime:
    """Return when it is forgotten, with its file."""
    return request.updated_at + KEEP


def _products(request: TranslationOrder) -> str:
    if request.pim_catalog_id:
        return request.catalog_name or request.pim_catalog_id
    number = len(request.identifiers)
    if number:
        said = ngettext("%(number)s of a list", "%(number)s of a list", number)
        return said % {"number": number}
    return _("All products and product models")
