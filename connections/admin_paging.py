"""Pages of long lists in admin: never more is counted than a person would leaf through."""

from typing import TYPE_CHECKING, Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

MOST_COUNTED = 10_000

if TYPE_CHECKING:
    AnyPaginator = Paginator[Any]
else:
    AnyPaginator = Paginator


def count_up_to(rows: QuerySet[Any], most: int = MOST_COUNTED) -> int:
    """Count rows up to `most`, and one more, which says that there are others."""
    return rows.order_by()[: most + 1].count()


class BoundedPaginator(AnyPaginator):
    """Shows the first rows of a list; who looks for others searches or filters.

    Counting a million rows takes longer than a page may, and so does leafing to their end.
    """

    template_name = "admin/parts/pagination.html"

    @cached_property
    def count(self) -> int:
        return min(self._counted, MOST_COUNTED)

    @property
    def is_cut(self) -> bool:
        return self._counted > MOST_COUNTED

    @cached_property
    def _counted(self) -> int:
        rows: Any = self.object_list
        return count_up_to(rows)
