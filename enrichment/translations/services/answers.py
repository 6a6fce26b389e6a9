"""What services answered, kept from the moment they did: a text is paid for once."""

from collections.abc import Iterable, Mapping

from connections.models import Connection
from enrichment.models import ServiceTranslation
from enrichment.translations.choosing import Chosen
from enrichment.translations.memory import letters_digest
from enrichment.wording import storable

_ROWS = 500  # of a statement


def known_answers(
    connection: Connection, service: str, chosen: Chosen, texts: Iterable[str]
) -> dict[str, str]:
    """Return by text what the service answered to it before. One query for each 500 texts."""
    by_digest = {letters_digest(text): text for text in texts}
    digests = list(by_digest)
    found: dict[str, str] = {}
    for start in range(0, len(digests), _ROWS):
        rows = ServiceTranslation.objects.filter(
            connection=connection,
            service=service,
            source_locale=chosen.source,
            target_locale=chosen.target,
            text_digest__in=digests[start : start + _ROWS],
        )
        found |= {by_digest[row.text_digest]: row.translation for row in rows}
    return found


def keep_answers(
    connection: Connection, service: str, chosen: Chosen, answers: Mapping[str, str]
) -> None:
    """Keep answers by text; one that another process got meanwhile stays."""
    ServiceTranslation.objects.bulk_create(
        [
            ServiceTranslation(
                connection=connection,
                service=service,
                source_locale=chosen.source,
                target_locale=chosen.target,
                text_digest=letters_digest(text),
                translation=storable(answer),
            )
            for text, answer in answers.items()
        ],
        batch_size=_ROWS,
        ignore_conflicts=True,
    )
