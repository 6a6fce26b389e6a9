"""Shops that products name and the catalog's table does not know: put there, for a person."""

from collections.abc import Sequence

from catalogs.models import Catalog
from pim.values import RawProduct
from sync.assembly import Assembly

_MOST = 200  # in the table: a target that names products instead fills it no further
_LONGEST = 100  # characters


def note_unknown_shops(
    catalog: Catalog, assembly: Assembly, products: Sequence[RawProduct]
) -> None:
    """Add values that no shop is chosen for to the catalog's table, in a transaction.

    Products leave out such a value. People find it on the page "Content", and choose.
    """
    if assembly.shops is None:
        return
    met = {value for one in products for value in assembly.unknown_shops(one.body)}
    unknown = met - catalog.shops.keys()
    new = sorted(value for value in unknown if 0 < len(value) <= _LONGEST and "\0" not in value)
    if not new:
        return
    stored = Catalog.objects.select_for_update(no_key=True).only("shops").get(pk=catalog.pk)
    room = max(0, _MOST - len(stored.shops))
    catalog.shops = {**dict.fromkeys(new[:room], ""), **stored.shops}
    Catalog.objects.filter(pk=catalog.pk).update(shops=catalog.shops)
