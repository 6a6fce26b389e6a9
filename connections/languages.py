"""Which language is for readers, and which for what is stored."""

from django.conf import settings
from django.utils import translation

from outbound.sentences import Sentence, Title


def translated(text: str) -> str:
    """Return in the reader's language what a room without Django said: a Sentence.

    Any other text comes back as it is: what a PIM or a channel answered, what was stored.
    """
    if isinstance(text, Sentence):
        values = {name: _value(one) for name, one in text.values.items()}
        return translation.gettext(text.template) % values
    return text


def _value(value: object) -> object:
    if isinstance(value, Title):
        return declared(value)
    return translated(value) if isinstance(value, Sentence) else value


def declared(text: str) -> str:
    """Return in the reader's language a title, help or choice that an adapter declares."""
    return translation.pgettext("channel", text) if text else ""


def as_stored() -> translation.override:
    """Return a context in which sentences are made as they are stored: in the language of the code.

    A page is answered in its reader's language; whoever reads later what it stored may have another
    (docs/languages.md).
    """
    return translation.override(settings.LANGUAGE_CODE)
