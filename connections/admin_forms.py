"""Forms of the admin that store through the functions which the pages and commands call."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from unfold.widgets import INPUT_CLASSES, SELECT_CLASSES

from connections.admin_base import StaffAdmin
from outbound.errors import OutboundError

if TYPE_CHECKING:
    DjangoAdmin = admin.ModelAdmin[Any]
    InstanceForm = forms.ModelForm[Any]
else:
    DjangoAdmin = admin.ModelAdmin
    InstanceForm = forms.ModelForm


MOMENT = "%Y-%m-%dT%H:%M"  # as browsers send it


def dress(field: forms.Field) -> forms.Field:
    """Give a field that is shared with the pages the look of admin."""
    is_select = isinstance(field.widget, forms.Select)
    field.widget.attrs["class"] = " ".join(SELECT_CLASSES if is_select else INPUT_CLASSES)
    return field


def moment_field(*, label: str, help_text: str, required: bool = False) -> forms.DateTimeField:
    """Return a field for a date with its time, in UTC as every time in admin."""
    widget = forms.DateTimeInput(
        {"type": "datetime-local", "class": " ".join(INPUT_CLASSES)}, MOMENT
    )
    return forms.DateTimeField(
        label=label, help_text=help_text, required=required, widget=widget, input_formats=[MOMENT]
    )


def clock_field(*, label: str, help_text: str) -> forms.TimeField:
    """Return a field for a time of day."""
    widget = forms.TimeInput({"type": "time", "class": " ".join(INPUT_CLASSES)}, "%H:%M")
    return forms.TimeField(label=label, help_text=help_text, widget=widget, input_formats=["%H:%M"])


class StoringForm(InstanceForm):
    """A form whose content is stored by a function that may refuse it.

    `store` is called once everything else is valid, and a refusal is an error of the form; so
    nothing is left for the admin to save. The instance itself is never written to.
    """

    def store(self) -> Model:
        raise NotImplementedError  # subclasses do; Django's metaclass excludes ABC

    def show_refusal(self, error: OutboundError) -> None:
        self.add_error(None, error.message)

    def _post_clean(self) -> None:
        if self.errors:
            return
        try:
            self.instance = self.store()
        except OutboundError as error:
            self.show_refusal(error)

    def save(self, commit: bool = True) -> Any:
        return self.instance

    def save_m2m(self) -> None:
        """Nothing is left to save."""


class _OutsideTransactions(DjangoAdmin):
    """Stands between unfold's classes and Django's, which opens a transaction for a form."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        # No network call inside a transaction: storing may ask the PIM. Django has no public name
        # for what it does within the transaction.
        view = self._changeform_view  # type: ignore[attr-defined]
        return view(request, object_id, form_url, extra_context)


class StoringAdmin(StaffAdmin, _OutsideTransactions):
    """Rows that are added and changed through a StoringForm."""

    def get_storing_form(self, request: HttpRequest, row: Any) -> type[StoringForm]:
        raise NotImplementedError  # subclasses do; Django's metaclass excludes ABC

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        return self.get_storing_form(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The form has stored it."""
