"""The texts of requests: offered as a service translates them, and counted."""

from collections.abc import Callable, Mapping, Sequence

from connections.models import Connection
from enrichment.models import Offer
from enrichment.reading import Reading
from enrichment.spool import Spool
from enrichment.structure import Structure
from enrichment.translations.by_attributes.flagged import Belonging, Flagged, Home, Key
from enrichment.translations.by_attributes.outcomes import Outcome, Outcomes
from enrichment.translations.by_attributes.steering import Steering
from enrichment.translations.choosing import Asked, CannotTranslate, Chosen, choose
from enrichment.translations.finding import Texts
from enrichment.translations.services.chosen import service
from enrichment.translations.services.proposing import Proposing
from enrichment.translations.standing import Standing
from outbound.errors import OutboundError
from pim.client import PimClient

_WANTED = (Standing.MISSING, Standing.CHANGED)

Found = dict[tuple[Key, str], Outcome | str]  # by request; a text says why it cannot be translated


class Translating:
    """Finds the texts of requests, and has them translated into one offer.

    `offered` is None until something is to be translated; `begin` begins its offer. `failed` is why
    the service answers no more. `go_on` is called between slices and calls of the service,
    and may raise.
    """

    def __init__(
        self,
        client: PimClient,
        structure: Structure,
        steering: Steering,
        flagged: Flagged,
        connection: Connection,
        *,
        begin: Callable[[], Offer],
        go_on: Callable[[], None],
    ) -> None:
        self._client, self._structure, self._steering = client, structure, steering
        self._flagged, self._connection = flagged, connection
        self._begin, self._go_on = begin, go_on
        self.offered: Reading | None = None
        self.failed: OutboundError | None = None

    def take(
        self, homes: Sequence[Home], asked: Mapping[Key, Sequence[str]], *, offers: bool
    ) -> Found:
        """Return how far the texts of each request are; nothing of one without any text.

        With `offers`, what the service makes of them is offered first. Raises OfferLost,
        sqlite3.Error, and what the client raises.
        """
        found: Found = {}
        belonging = self._flagged.belonging(homes)
        for locale in sorted({each for of in asked.values() for each in of}):
            mine = [one for one in homes if locale in asked[one.address]]
            try:
                chosen = choose(self._structure, Asked(self._steering.source_locale, locale))
            except CannotTranslate as error:
                found |= {(one.address, locale): str(error) for one in mine}
                continue
            outcomes = self._read(chosen, belonging.only(mine), offers=offers)
            found |= {(key, locale): one for key, one in outcomes.by_home.items()}
        return found

    def _read(self, chosen: Chosen, belonging: Belonging, *, offers: bool) -> Outcomes:
        with Spool() as spool:
            texts = Texts(self._client, self._structure, chosen, spool)
            proposing = self._proposing(chosen, spool) if offers else None
            outcomes = Outcomes(self._connection, chosen, belonging)
            for some in texts.of_these(belonging.models, belonging.products):
                self._go_on()
                if proposing is not None:
                    proposing.take(some)
                    self.failed = proposing.failed
                outcomes.take(some)
        return outcomes

    def _proposing(self, chosen: Chosen, spool: Spool) -> Proposing:
        if self.offered is None:
            offer = self._begin()
            self.offered = Reading(self._connection, offer)
        by = service()
        proposing = Proposing(
            *(self.offered, self._structure, chosen, _WANTED, by, spool),
            go_on=lambda served: self._go_on(),
        )
        proposing.failed = self.failed
        return proposing
