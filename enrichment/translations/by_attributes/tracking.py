"""What was asked for before, and which of it may have come to its end."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from django.db.models import Count
from django.utils import timezone

from enrichment.models import Offer, Proposal, RequestedTranslation, Source, TranslatedText
from enrichment.translations.by_attributes.flagged import Home, Key
from enrichment.translations.finding import slices

_ROWS = 500
_TAKEN_AWAY = (Proposal.State.WRITTEN, Proposal.State.UNCHANGED)
MOST_TAKEN_AWAY, _LATELY = 10, timedelta(days=1)
_LOOKED_AT_AGAIN = timedelta(days=1)  # of what somebody may have translated in the PIM by hand


def known(source: Source, homes: Sequence[Home]) -> dict[Key, dict[str, RequestedTranslation]]:
    """Return what was asked for these, by locale. One query."""
    found: dict[Key, dict[str, RequestedTranslation]] = {}
    rows = RequestedTranslation.objects.filter(source=source, key__in={one.key for one in homes})
    for row in rows:
        found.setdefault((row.subject, row.key), {})[row.locale] = row
    return found


def is_seen_to(home: Home, asked: Iterable[str], rows: dict[str, RequestedTranslation]) -> bool:
    """Whether it was seen to as it stands: nothing of it was changed since."""
    mine = [rows.get(locale) for locale in asked]
    return all(one is not None and one.pim_updated == home.found.updated != "" for one in mine)


def taken_away(source: Source, flag: str, homes: Sequence[Home]) -> set[Key]:
    """Return those whose flag Ferry took away: where it stands, people set it anew. One query.

    Of others it may wait to be taken away, or the PIM have refused it.
    """
    answers = Proposal.objects.filter(
        connection=source.connection_id, key__in={one.key for one in homes}, attribute=flag
    )
    states = answers.order_by("pk").values_list("subject", "key", "state")
    last = {(subject, key): state for subject, key, state in states}
    return {home for home, state in last.items() if state in _TAKEN_AWAY}


def in_circles(source: Source, flag: str, homes: Sequence[Home]) -> set[Key]:
    """Return those whose flag Ferry took away again and again lately. One query.

    So often nobody means it: something in the PIM sets it, and we would write there for ever.
    """
    taken = Proposal.objects.filter(
        connection=source.connection_id,
        key__in={one.key for one in homes},
        attribute=flag,
        state=Proposal.State.WRITTEN,
        written_at__gt=timezone.now() - _LATELY,
    ).exclude(offer__kind=Offer.Kind.UNDO)
    often = taken.order_by().values("subject", "key").annotate(times=Count("pk"))
    found = often.filter(times__gte=MOST_TAKEN_AWAY).values_list("subject", "key")
    return set(found)


def ended(source: Source, *, by_service: bool) -> Iterator[list[RequestedTranslation]]:
    """Yield those in progress that may have come to their end, up to 100 at once.

    That is when nothing that was offered for them is open any more. Of those that wait for a file
    of translators, one of their texts was translated since, or it is long ago that they were read.
    Three queries for each 500 in progress.
    """
    last = 0
    open_ones = RequestedTranslation.objects.in_progress().filter(source=source).order_by("pk")
    while rows := list(open_ones.filter(pk__gt=last)[:_ROWS]):
        last = rows[-1].pk
        offered = _offered(source, rows)
        left = [row for row in rows if not offered.intersection(_places(row))]
        yield from slices(left if by_service else _moved(source, left))


def save(rows: Sequence[RequestedTranslation]) -> None:
    """Store these, in the place of those for the same product and language."""
    RequestedTranslation.objects.bulk_create(
        rows,
        batch_size=_ROWS,
        update_conflicts=True,
        unique_fields=["source", "subject", "key", "locale"],
        update_fields=[
            *("identifier", "state", "problem", "items", "pim_updated", "asked_at", "checked_at")
        ],
    )


def _places(row: RequestedTranslation) -> set[tuple[str, str, str]]:
    return {(subject, key, row.locale) for subject, key in row.items}


def _keys(rows: Iterable[RequestedTranslation]) -> set[str]:
    return {key for row in rows for _, key in row.items}


def _offered(source: Source, rows: Sequence[RequestedTranslation]) -> set[tuple[str, str, str]]:
    """Where something is offered, and neither decided nor written."""
    found: set[tuple[str, str, str]] = set()
    for some in slices(sorted(_keys(rows)), _ROWS):
        open_ones = Proposal.objects.open().filter(
            connection=source.connection_id, key__in=some, locale__in={row.locale for row in rows}
        )
        found.update(open_ones.values_list("subject", "key", "locale").distinct())
    return found


def _moved(source: Source, rows: Sequence[RequestedTranslation]) -> list[RequestedTranslation]:
    """Those of which a text was translated since they were read; and those read long ago."""
    if not rows:
        return []
    first = min(row.checked_at for row in rows)
    latest: dict[tuple[str, str, str], datetime] = {}
    for some in slices(sorted(_keys(rows)), _ROWS):
        texts = TranslatedText.objects.filter(
            connection=source.connection_id, key__in=some, translated_at__gte=first
        )
        for subject, key, locale, when in texts.order_by("translated_at").values_list(
            "subject", "key", "locale", "translated_at"
        ):
            latest[subject, key, locale] = when
    before = timezone.now() - _LOOKED_AT_AGAIN
    return [
        row
        for row in rows
        if row.checked_at < before
        or any(latest[at] >= row.checked_at for at in _places(row) & latest.keys())
    ]
