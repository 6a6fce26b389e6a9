"""What a channel is known to have held of listings whose `sent` does not tell it.

`sent` is a marker after a call whose outcome was never learned, and while a product is hidden. What
the channel held before stays with the listing then, and goes with it to another carrier: history
would tell it too, but is pruned by age and belongs to one catalog.
"""

from django.db.models import Case, F, When

from sync.models import Document
from sync.models.listings import ListingQuerySet


def held(field: str = "") -> Case:
    """Return what the channel is known to hold: the document's row id, or a field of it."""
    markers = Document.objects.filter(digest__in=Document.MARKERS).values("pk")
    end = f"__{field}" if field else ""
    return Case(
        When(sent__in=markers, then=F(f"last_known{end}")),
        default=F(f"sent{end}"),
    )


def keep(listings: ListingQuerySet) -> None:
    """Keep what these hold, before their `sent` becomes a marker."""
    listings.update(last_known=held())
