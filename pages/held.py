"""What is held, as the pages show it before anybody decides: with its reason and its numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from pages.keyset import Page, page_of
from pages.missing import titled, titles_of_broken
from sync.forms import SEEN_AT
from sync.fuse import lost_targets
from sync.models import Listing, Tally

_KINDS = {
    Listing.Held.LEFT: _("Left the catalog"),
    Listing.Held.EMPTIED: _("Would lose a value"),
    Listing.Held.GREW: _("New, very many at once"),
}


@dataclass(frozen=True, slots=True)
class Held:
    """The products of a catalog that are held for one reason, some of them shown.

    A decision covers exactly what is shown: `pks`, as they were at `seen_at`.
    """

    kind: Listing.Held
    page: Page[Listing]
    number: int  # held for this reason, shown or not
    kinds: list[tuple[str, str, int]]  # each reason there is, in words, with its number
    seen_at: str
    targets: Mapping[str, int]  # of values that would be lost: field and number
    broken: list[str]

    @property
    def pks(self) -> str:
        return ",".join(str(listing.pk) for listing in self.page)

    @property
    def others(self) -> int:
        """How many are held for another reason."""
        return sum(number for _, _, number in self.kinds) - self.number


def held_of(catalog: Catalog, size: int, query: Mapping[str, Any]) -> Held:
    """Return what is held for the reason that a query names as `kind`, else for the first one.

    At most `size` of it, from the row on that the query names. Three queries, or six where
    values would be lost.
    """
    seen_at = timezone.now().strftime(SEEN_AT)  # before anything is read
    numbers = dict.fromkeys(Listing.Held, 0)
    tallies = Tally.objects.filter(catalog=catalog).held().values_list("held_because")
    for because, number in tallies.annotate(total=Sum("number")):
        numbers[Listing.Held(because or Listing.Held.LEFT)] += number
    kinds = [kind for kind in Listing.Held if numbers[kind]] or [Listing.Held.LEFT]
    kind = next((one for one in kinds if one == query.get("kind")), kinds[0])
    rows = Listing.objects.filter(catalog=catalog).held_because(kind)
    loses = kind == Listing.Held.EMPTIED
    named = rows.only("key", "label", "identifier")  # of a thousand rows most is not shown
    return Held(
        kind,
        page_of(named, size, query, kept={"kind": kind.value}),
        numbers[kind],
        [(one.value, str(_KINDS[one]), numbers[one]) for one in kinds],
        seen_at,
        titled(catalog, lost_targets(rows)) if loses else {},
        titles_of_broken(catalog) if loses else [],
    )
