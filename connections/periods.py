"""The years, months and days of a long table that have rows, for admin's date hierarchy."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Any, Literal, TypeVar

from django.db import connections, models
from django.db.models import Max, Min, Value
from django.utils import timezone

M = TypeVar("M", bound=models.Model)

_MOST = 62  # periods to look for one by one: every day of a month, every month of a year


class PeriodsQuerySet(models.QuerySet[M]):
    """Looks by the index of a moment for one row of each period, and does not read all rows."""

    def datetimes(
        self,
        field_name: str,
        kind: Any,
        order: Literal["ASC", "DESC"] = "ASC",
        tzinfo: tzinfo | None = None,
    ) -> Any:
        """As Django's, but a list."""
        usual = super().datetimes(field_name, kind, order, tzinfo)
        if kind not in ("year", "month", "day") or not self._can_look():
            return usual
        span = self.aggregate(first=Min(field_name), last=Max(field_name))
        if span["first"] is None:
            return usual
        zone = tzinfo or timezone.get_current_timezone()
        begins = [*_begins(span["first"].astimezone(zone), span["last"], kind)]
        if len(begins) > _MOST:
            return usual
        ends = [*begins[1:], _after(begins[-1], kind)]
        looks = [
            self.filter(**{f"{field_name}__gte": begin, f"{field_name}__lt": end})
            .order_by()
            .annotate(number=Value(number))
            .values_list("number", flat=True)[:1]
            for number, (begin, end) in enumerate(zip(begins, ends, strict=True))
        ]
        found = sorted(looks[0].union(*looks[1:], all=True), reverse=order == "DESC")
        return [begins[number] for number in found]

    def _can_look(self) -> bool:
        return connections[self.db].features.supports_slicing_ordering_in_compound


def _begins(first: datetime, last: datetime, kind: str) -> Iterator[datetime]:
    """Yield when each period from that of `first` to that of `last` begins, in the first's zone."""
    begin = first.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    if kind != "day":
        begin = begin.replace(day=1)
    if kind == "year":
        begin = begin.replace(month=1)
    while begin <= last:
        yield begin
        begin = _after(begin, kind)


def _after(begin: datetime, kind: str) -> datetime:
    if kind == "day":
        return begin + timedelta(days=1)
    if kind == "month" and begin.month < 12:
        return begin.replace(month=begin.month + 1)
    return begin.replace(year=begin.year + 1, month=1)
