"""From which text each translation was made, so that it is known when that text changes."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from connections.models import Connection
from enrichment.models import Proposal, TranslatedText
from enrichment.models.proposals import ADDRESS
from enrichment.translations.places import TextPlace
from enrichment.values import digest

_ROWS = 500  # of a statement


@dataclass(frozen=True, slots=True)
class SourceText:
    """What a translation was made from: its locale, and the text as it was then."""

    locale: str
    text: str

    @property
    def digest(self) -> str:
        return source_digest(self.text)


def source_digest(text: object) -> str:
    """Return 32 characters that are the same for texts that differ in white space only.

    Translators' programs change that, and no translation is out of date by it.
    """
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return hashlib.blake2b(words.encode(), digest_size=16).hexdigest()


def letters_digest(text: object) -> str:
    """Return 32 characters that are the same for texts that are the same to the letter."""
    return digest(text, "")


def translated(one: Proposal, now: datetime) -> TranslatedText:
    """Return what is known of a translation that stands in the PIM now."""
    return TranslatedText(
        connection_id=one.connection_id,
        subject=one.subject,
        key=one.key,
        attribute=one.attribute,
        locale=one.locale,
        scope=one.scope,
        digest=one.value_digest,
        source_locale=one.source_locale,
        source_digest=one.source_digest,
        translated_at=now,
    )


def remember(texts: Sequence[TranslatedText]) -> None:
    """Store these, in place of what was known of the same translations."""
    TranslatedText.objects.bulk_create(
        texts,
        batch_size=_ROWS,
        update_conflicts=True,
        unique_fields=ADDRESS,
        update_fields=["digest", "source_locale", "source_digest", "translated_at", "seen_at"],
    )


def remembered(
    connection: Connection, keys: Collection[str], locale: str
) -> dict[TextPlace, TranslatedText]:
    """Return what is known of translations into this locale, of these products and models."""
    rows = TranslatedText.objects.filter(connection=connection, key__in=keys, locale=locale)
    return {
        TextPlace(Proposal.Subject(row.subject), row.key, row.attribute, row.scope): row
        for row in rows
    }
