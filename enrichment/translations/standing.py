"""What a text's translation in the PIM is: none, one of it, or one of an earlier text."""

from enum import StrEnum

from enrichment.models import TranslatedText
from enrichment.translations.finding import Text
from enrichment.translations.memory import letters_digest, source_digest


class Standing(StrEnum):
    """What a text's translation is."""

    MISSING = "missing"
    CHANGED = "changed"  # a translation of an earlier text
    THERE = "there"


def standing_of(text: Text, known: TranslatedText | None, source: str) -> Standing:
    """Return it, by what is known of the translation; `source` is the locale of the text."""
    if not text.target.strip():
        return Standing.MISSING
    if not _is_known(text, known, source):
        return Standing.THERE
    return Standing.THERE if _is_of_this(text, known) else Standing.CHANGED


def is_up_to_date(text: Text, known: TranslatedText | None, source: str) -> bool:
    """Whether what stands there is known to be a translation of this very text."""
    return bool(text.target.strip()) and _is_known(text, known, source) and _is_of_this(text, known)


def _is_known(text: Text, known: TranslatedText | None, source: str) -> bool:
    return (
        known is not None
        and known.source_locale == source
        and known.digest == letters_digest(text.target)
    )


def _is_of_this(text: Text, known: TranslatedText | None) -> bool:
    return known is not None and known.source_digest == source_digest(text.source)
