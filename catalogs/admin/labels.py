"""What the lists and forms of catalogs, channels and timetables share."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from catalogs.models import Catalog, pause_holds
from connections.admin_base import label

_State = Catalog.PimState
_COLOURS = {
    _State.UNKNOWN: "",
    _State.DISABLED: "warning",
    _State.ENABLED: "success",
    _State.GONE: "danger",
}


def pim_state_label(catalog: Catalog, *, in_short: bool = False) -> SafeString:
    """`in_short` where what is above it says that this is about the PIM."""
    state = _State(catalog.pim_state)
    said = str(state.label)
    return label(said.removesuffix(" in the PIM") if in_short else said, _COLOURS[state])


if TYPE_CHECKING:
    ChoiceOfRow = forms.ModelChoiceField[Any]
else:
    ChoiceOfRow = forms.ModelChoiceField


class ChannelField(ChoiceOfRow):
    """Channels with their PIM: names repeat."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.connection})"


class PauseFilter(admin.SimpleListFilter):
    title = "whether it is paused"
    parameter_name = "paused"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Paused"), ("no", "Not paused")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "yes":
                return queryset.filter(pause_holds())
            case "no":
                return queryset.exclude(pause_holds())
        return queryset
