"""What a request has come to, by how far its texts are."""

from datetime import datetime

from enrichment.models import RequestedTranslation, Source
from enrichment.translations.by_attributes.flagged import Home
from enrichment.translations.by_attributes.outcomes import Outcome
from enrichment.translations.by_attributes.steering import Steering
from enrichment.wording import storable

State = RequestedTranslation.State


class Conclusions:
    """Makes the rows of one look, which began at a time."""

    def __init__(self, source: Source, steering: Steering, began: datetime) -> None:
        self._source, self._steering, self._began = source, steering, began

    def request(
        self, home: Home, locale: str, found: Outcome | str, *, holds_status: bool
    ) -> RequestedTranslation:
        """Return the request for one language; `found` may be why it cannot be translated."""
        state, problem = self._verdict(found)
        items = found.items if state == State.IN_PROGRESS and isinstance(found, Outcome) else set()
        if not problem and not holds_status:
            problem = (
                f"Its status is not written: “{self._steering.status}” does not stand where "
                f"“{self._steering.flag}” does. Put both at the same level of the family."
            )
        return RequestedTranslation(
            source=self._source,
            subject=home.subject,
            key=home.key,
            locale=locale,
            identifier=storable(home.name)[:255],
            state=state,
            problem=problem,
            items=sorted(items),
            checked_at=self._began,
        )

    def _verdict(self, found: Outcome | str) -> tuple[State, str]:
        if isinstance(found, str):
            return State.REFUSED, found
        if not found.texts:
            source = self._steering.source_locale
            return State.REFUSED, f"It has no text in {source} that could be translated."
        if found.offered or (found.lacking and not self._steering.by_service):
            return State.IN_PROGRESS, ""
        if not found.lacking:
            return State.TRANSLATED, ""
        number = "One text is" if found.lacking == 1 else f"{found.lacking} texts are"
        return State.REFUSED, (
            f"{number} not translated: rejected, not usable, or edited meanwhile. The offer says "
            "more. Translate it there by hand, or flag it again once its original has changed."
        )
