"""TranslatedText: from which text a translation that stands in the PIM was made."""

from django.db import models

from enrichment.models.proposals import ADDRESS, DIGEST_LENGTH, Addressed


class TranslatedText(Addressed):
    """A translation in the PIM, and the text that it was made from, as digests.

    When the source text has another digest, the translation is out of date; when the translation
    itself has another one, somebody edited it, and nobody knows what it was made from.
    """

    digest = models.CharField(max_length=DIGEST_LENGTH, help_text="Of the translation.")
    source_locale = models.CharField(max_length=20)
    source_digest = models.CharField(max_length=DIGEST_LENGTH)
    translated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=ADDRESS, name="translated_text_once")]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.key} in {self.locale}"
