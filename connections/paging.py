"""Pages of long lists: counted and gone through only so far, for no reader gets any further."""

from typing import TYPE_CHECKING, Any

from django.core import paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

if TYPE_CHECKING:
    Paginator = paginator.Paginator[Any]
else:
    Paginator = paginator.Paginator

MOST = 10_000  # rows; a database counts a million for longer than a page may take


def count_up_to_most(rows: QuerySet[Any]) -> int:
    """Count rows up to MOST, and one more, which says that there are others."""
    return rows.order_by()[: MOST + 1].count()


class BoundedPaginator(Paginator):
    """Pages of the first MOST rows. `there_are_more`: rows behind them, for who searches."""

    template_name = "admin/parts/pagination.html"  # below lists of admin

    @cached_property
    def count(self) -> int:
        return min(self._found, MOST)

    @property
    def there_are_more(self) -> bool:
        return self._found > MOST

    @cached_property
    def _found(self) -> int:
        rows = self.object_list
        return count_up_to_most(rows) if isinstance(rows, QuerySet) else len(rows)
