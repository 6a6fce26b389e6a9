"""How far the texts of each request are, from what stands in the PIM and what waits for it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from connections.models import Connection
from enrichment.models import Proposal
from enrichment.translations.by_attributes.flagged import Belonging, Key
from enrichment.translations.choosing import Chosen
from enrichment.translations.finding import Text
from enrichment.translations.memory import remembered
from enrichment.translations.standing import Standing, standing_of


@dataclass(slots=True)
class Outcome:
    """Of one request: how many texts it has, and how many lack a translation of what they say now.

    `items` are what has texts that are open: offered and not written, or lacking.
    """

    texts: int = 0
    offered: int = 0
    lacking: int = 0
    items: set[Key] = field(default_factory=set)


class Outcomes:
    """Counts the texts of requests for one language, slice by slice; two queries each."""

    def __init__(self, connection: Connection, chosen: Chosen, belonging: Belonging) -> None:
        self._connection = connection
        self._chosen = chosen
        self._belonging = belonging
        self.by_home: dict[Key, Outcome] = {}

    def take(self, texts: Sequence[Text]) -> None:
        """Count these, once everything that is to be offered of them is."""
        keys = {text.place.key for text in texts}
        known = remembered(self._connection, keys, self._chosen.target) if keys else {}
        offered = self._offered(keys)
        for text in texts:
            place = text.place
            item = (str(place.subject), place.key)
            is_offered = (*item, place.attribute, place.scope) in offered
            standing = standing_of(text, known.get(place), self._chosen.source)
            for home in self._belonging.of.get(item, ()):
                outcome = self.by_home.setdefault(home.address, Outcome())
                outcome.texts += 1
                outcome.offered += is_offered
                outcome.lacking += not is_offered and standing != Standing.THERE
                if is_offered or standing != Standing.THERE:
                    outcome.items.add(item)

    def _offered(self, keys: set[str]) -> set[tuple[str, str, str, str]]:
        rows = Proposal.objects.open().filter(
            connection=self._connection, key__in=keys, locale=self._chosen.target
        )
        found = rows.values_list("subject", "key", "attribute", "scope")
        return set(found)
