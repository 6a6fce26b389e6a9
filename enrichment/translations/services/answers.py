"""What services answered, kept from the moment they did: a text is paid for once."""

from collections.abc import Collection, Iterable, Mapping

from django.db.models import F, QuerySet

from connections.models import Connection
from enrichment.models import ServiceTranslation
from enrichment.translations.choosing import Chosen
from enrichment.translations.memory import letters_digest
from enrichment.wording import storable

MOST_TIMES = 4  # that a text is asked for which the service answers without a translation of
_ROWS = 500  # of a statement


def known_answers(
    connection: Connection, service: str, chosen: Chosen, texts: Iterable[str]
) -> dict[str, str]:
    """Return by text what the service answered to it before. One query for each 500 texts."""
    by_digest = {letters_digest(text): text for text in texts}
    digests = list(by_digest)
    found: dict[str, str] = {}
    for start in range(0, len(digests), _ROWS):
        rows = _of(connection, service, chosen, digests[start : start + _ROWS])
        for row in rows:
            if not row.unanswered:
                found[by_digest[row.text_digest]] = row.translation
    return found


def given_up(
    connection: Connection, service: str, chosen: Chosen, texts: Iterable[str]
) -> set[str]:
    """Return those that were asked for so often in vain that nobody asks any more."""
    by_digest = {letters_digest(text): text for text in texts}
    digests = list(by_digest)
    found: set[str] = set()
    for start in range(0, len(digests), _ROWS):
        rows = _of(connection, service, chosen, digests[start : start + _ROWS])
        rows = rows.filter(unanswered__gte=MOST_TIMES)
        found |= {by_digest[digest] for digest in rows.values_list("text_digest", flat=True)}
    return found


def note_unanswered(
    connection: Connection, service: str, chosen: Chosen, texts: Iterable[str]
) -> None:
    """Count once more that the service gave no translation of these, though it answered."""
    digests = {letters_digest(text) for text in texts}
    if not digests:
        return
    mine = _of(connection, service, chosen, digests)
    known = set(mine.values_list("text_digest", flat=True))
    mine.filter(unanswered__gt=0).update(unanswered=F("unanswered") + 1)
    ServiceTranslation.objects.bulk_create(
        [
            ServiceTranslation(
                connection=connection,
                service=service,
                source_locale=chosen.source,
                target_locale=chosen.target,
                text_digest=one,
                unanswered=1,
            )
            for one in sorted(digests - known)
        ],
        ignore_conflicts=True,
    )


def keep_answers(
    connection: Connection, service: str, chosen: Chosen, answers: Mapping[str, str]
) -> None:
    """Keep answers by text; one that another process got meanwhile stays."""
    digests = [letters_digest(text) for text in answers]
    _of(connection, service, chosen, digests).filter(unanswered__gt=0).delete()
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


def _of(
    connection: Connection, service: str, chosen: Chosen, digests: Collection[str]
) -> "QuerySet[ServiceTranslation]":
    return ServiceTranslation.objects.filter(
        connection=connection,
        service=service,
        source_locale=chosen.source,
        target_locale=chosen.target,
        text_digest__in=digests,
    )
