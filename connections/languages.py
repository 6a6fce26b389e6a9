"""Which language is for readers, and which for what is stored."""

from django.conf import settings
from django.utils import translation

from outbound.sentences import Sentence


def translated(text: str) -> str:
    """Return in the reader's language what a room without Django declared or said in English.

    A sentence of which no part is translated comes back as it is, and so does any other text that
    nobody translated (scripts/translations.py collects those that can be).
    """
    if isinstance(text, Sentence):
        values = {name: _value(one) for name, one in text.values.items()}
        return translation.gettext(text.template) % values
    return translation.gettext(text) if text else ""  # of "" it would be the file's own head


def _value(value: object) -> object:
    return translated(value) if isinstance(value, Sentence) else value


def as_stored() -> translation.override:
    """Return a context in which sentences are made as they are stored: in the language of the code.

    A page is answered in its reader's language; whoever reads later what it stored may have another
    (docs/languages.md).
    """
    return translation.override(settings.LANGUAGE_CODE)
