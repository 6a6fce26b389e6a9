"""TranslatedText: from which text a translation that stands in the PIM was made; and what services
answered."""

from django.db import models
from django.utils import timezone

from connections.models import Connection
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
    seen_at = models.DateTimeField(
        default=timezone.now, help_text="When its product or model was known to be there."
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=ADDRESS, name="translated_text_once")]
        indexes = [
            # Serves enrichment.translations.forgetting, which begins with what was seen least.
            models.Index(fields=["connection", "seen_at"], name="translated_text_by_seen"),
        ]

    def __str__(self) -> str:
        return f"{self.attribute} of {self.key} in {self.locale}"


class ServiceTranslation(models.Model):
    """What a service answered to a text, kept so that nothing is paid for twice.

    As it was answered: whether it can be used is looked at each time. `text_digest` is that of the
    text to the letter, wherever in the PIM it stands. A text that it gave no translation of, though
    it answered, is kept with how often it was `unanswered`, and without a translation.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="+")
    service = models.CharField(max_length=20)
    source_locale = models.CharField(max_length=20)
    target_locale = models.CharField(max_length=20)
    text_digest = models.CharField(max_length=DIGEST_LENGTH)
    translation = models.TextField(blank=True)
    unanswered = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "service", "source_locale", "target_locale", "text_digest"],
                name="service_translation_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service}: {self.source_locale} to {self.target_locale}"
