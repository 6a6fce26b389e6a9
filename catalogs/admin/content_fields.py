"""What products carry, as fields of a catalog's form in admin: texts, and tables as JSON."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from catalogs.content import CONTENT
from catalogs.models import Catalog

_FIELDS = {field.name: field for field in Catalog._meta.local_concrete_fields}


def _text(name: str) -> forms.Field:
    return forms.CharField(
        label=capfirst(str(_FIELDS[name].verbose_name)),
        help_text=str(_FIELDS[name].help_text),
        required=False,
        widget=UnfoldAdminTextInputWidget,
    )


def _table(name: str) -> forms.Field:
    return forms.JSONField(
        label=capfirst(str(_FIELDS[name].verbose_name)),
        help_text=f"{_FIELDS[name].help_text} As JSON.",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
    )


class ContentFields(forms.Form):
    """The fields, in the words of the model."""

    when_incomplete = forms.ChoiceField(
        label="When a product is incomplete",
        required=False,
        help_text="Of those that have to be complete.",
        widget=UnfoldAdminSelectWidget,
    )
    locale = _text("locale")
    locales = _table("locales")
    when_missing = _table("when_missing")
    currencies = _table("currencies")
    complete_for = _text("complete_for")
    category_root = _text("category_root")
    relations = _table("relations")
    shops = _table("shops")
    set_when = _table("set_when")

    def content(self) -> dict[str, Any]:
        """Return what came along: what did not stays as it is, and what is empty is taken away."""
        came = [name for name in CONTENT if self.add_prefix(name) in self.data]
        values = {name: self.cleaned_data[name] for name in came}
        if not values.get("when_incomplete"):
            values.pop("when_incomplete", None)
        return {
            name: _FIELDS[name].get_default() if value is None else value
            for name, value in values.items()
        }
