"""Texts in batches of what one call to a service carries."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from enrichment.translations.markup import has_tags
from enrichment.translations.services.base import TranslationService


def fits(service: TranslationService, text: str) -> bool:
    return service.size(text) <= service.limits.bytes


def batches(service: TranslationService, texts: Iterable[str]) -> Iterator[tuple[bool, list[str]]]:
    """Yield whether it is HTML, and the texts: of one kind, as many as fit into one call.

    Each text fits by itself.
    """
    limits = service.limits
    for html, some in groupby(sorted(texts, key=has_tags), key=has_tags):
        batch: list[str] = []
        size = 0
        for text in some:
            takes = service.size(text)
            if batch and (len(batch) == limits.texts or size + takes > limits.bytes):
                yield html, batch
                batch, size = [], 0
            batch.append(text)
            size += takes
        yield html, batch
