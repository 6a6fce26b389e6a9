"""Find listings by what people know of a product: its uuid or code, its identifier, its name."""

from collections.abc import Iterable, Sequence

from django.db import connection
from django.db.models import QuerySet

from catalogs.models import Catalog
from connections.models import PimUser
from connections.names import begins_with, folded, searchable
from sync.models import Listing


def find_listings(where: PimUser | Iterable[Catalog], text: str, limit: int = 20) -> list[Listing]:
    """Return what is called like that, at most so many: by exact key first, then by the beginning
    of the identifier, then of the name; without case.

    `where`: the catalogs, or the person who may see them. A variant's uuid finds its model. Five
    queries, each answered by an index; more than `limit` of one catalog are never looked at.
    """
    found = find_pks(where, text, limit)
    rows = Listing.objects.select_related("catalog", "channel__connection").in_bulk(found)
    return [rows[pk] for pk in found if pk in rows]


def find_pks(where: PimUser | Iterable[Catalog], text: str, limit: int) -> list[int]:
    """Return their ids alone, in the same order."""
    text = searchable(text)
    catalogs = _catalogs(where)
    if not text or not catalogs or limit < 1:
        return []
    found = dict.fromkeys(_by_key(catalogs, text, limit))
    for name in ("identifier", "label"):
        if len(found) < limit:
            found |= dict.fromkeys(_by_beginning(catalogs, name, text, limit))
    return list(found)[:limit]


def _catalogs(where: PimUser | Iterable[Catalog]) -> list[int]:
    """Return their ids, in the order in which pages show them."""
    if not isinstance(where, PimUser):
        return [catalog.pk for catalog in where]
    mine = Catalog.objects.visible_to(where).order_by("channel__name", "position", "pk")
    return list(mine.values_list("pk", flat=True))


def _by_key(catalogs: Sequence[int], text: str, limit: int) -> list[int]:
    found = Listing.objects.filter(catalog__in=catalogs).about(text, text.lower())
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


def _by_beginning(catalogs: Sequence[int], name: str, text: str, limit: int) -> list[int]:
    """Return those whose column begins like that, what is exactly that first."""
    rows = Listing.objects.filter(begins_with(name, text)).order_by(folded(name))
    each = [rows.filter(catalog=pk).values_list("pk", name)[:limit] for pk in catalogs]
    found = sorted(_all_of(each), key=lambda row: row[1].lower())
    return [pk for pk, _ in found[:limit]]


def _all_of(querysets: Sequence[QuerySet[Listing, tuple[int, str]]]) -> list[tuple[int, str]]:
    """Return the rows of all in one query; Django's union has no limit of each on SQLite.

    Over several catalogs at once no index has the order, so all that begins alike would be sorted.
    """
    compiled = [queryset.query.sql_with_params() for queryset in querysets]
    sql = " UNION ALL ".join(f"SELECT * FROM ({one}) AS found" for one, _ in compiled)  # noqa: S608  # nosec B608
    with connection.cursor() as cursor:
        cursor.execute(sql, [value for _, params in compiled for value in params])
        found: list[tuple[int, str]] = cursor.fetchall()
    return found
