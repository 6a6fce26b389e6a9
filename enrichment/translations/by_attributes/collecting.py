"""Texts that people asked to have translated, as a file for translators."""

from typing import IO

from django.db.models import Count

from enrichment.models import Proposal, RequestedTranslation, Source
from enrichment.translations.by_attributes.steering import Steering
from enrichment.translations.choosing import Asked
from enrichment.translations.exporting import Exported, These, export

MOST_AT_ONCE = 1000  # requests of one file: somebody waits for it


def waiting(source: Source) -> list[tuple[str, int]]:
    """Return the languages in which something waits for translators, and how much. One query."""
    rows = RequestedTranslation.objects.in_progress().filter(source=source).order_by("locale")
    return list(rows.values_list("locale").annotate(Count("pk")))


def collect(source: Source, locale: str, file: IO[bytes]) -> Exported:
    """Write what waits for this language as XLIFF, those that were asked for first of many.

    Raises what `enrichment.translations.exporting.export` does.
    """
    rows = RequestedTranslation.objects.in_progress().filter(source=source, locale=locale)
    some = rows.order_by("asked_at", "pk")[:MOST_AT_ONCE].values_list("items", flat=True)
    items = dict.fromkeys((subject, key) for found in some for subject, key in found)
    these = These(
        [key for subject, key in items if subject == Proposal.Subject.MODEL],
        [key for subject, key in items if subject == Proposal.Subject.PRODUCT],
    )
    asked = Asked(Steering.of(source.settings).source_locale, locale)
    return export(source.connection, asked, file, these=these, patient=False)
