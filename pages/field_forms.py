"""The forms for a channel's own fields. What may be entered is judged by catalogs.own_fields."""

from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalogs.own_fields import DESCRIPTION_LENGTH, TITLE_LENGTH
from catalogs.plain_forms import PlainForm
from channels.field_types import TYPES
from channels.own_fields import CODE_LENGTH
from channels.targets import Target
from channels.templates import TEMPLATES
from connections.languages import declared


def _types() -> list[tuple[str, str]]:
    """What a field may hold, in the reader's language."""
    return [
        (
            one.code,
            f"{declared(one.label)}. {declared(one.hint)}" if one.hint else declared(one.label),
        )
        for one in TYPES
    ]


def _templates() -> list[tuple[str, SafeString]]:
    """The lists of fields to start from, with how many each has."""
    return [
        (
            one.code,
            format_html(
                "<strong>{}.</strong> {} {}",
                declared(one.label),
                declared(one.description),
                ngettext("%(number)s field.", "%(number)s fields.", len(one.targets))
                % {"number": len(one.targets)},
            ),
        )
        for one in TEMPLATES.values()
    ]


class DescribeFieldForm(PlainForm, forms.Form):
    """What may be changed about a field at any time."""

    title = forms.CharField(
        label=_("Title"),
        max_length=TITLE_LENGTH,
        help_text=_("What people see in Akeneo's mapping screen, such as Country of origin."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label=_("Help (optional)"),
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text=_("What belongs there, for whoever maps it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    required = forms.BooleanField(
        label=_("The channel takes no product without it"),
        required=False,
        help_text=_("Products without it are not sent; you see which, and why."),
    )

    @classmethod
    def of(cls, target: Target, data: Any = None) -> "DescribeFieldForm":
        initial = {name: getattr(target, name) for name in ("title", "description", "required")}
        return cls(data, initial=initial)


class FieldForm(DescribeFieldForm):
    """A new field."""

    code = forms.CharField(
        max_length=CODE_LENGTH,
        label=_("Code"),
        help_text=_(
            "What it is called in what is sent, such as country_of_origin. This cannot be changed "
            "later."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(
        label=_("What it holds"),
        initial=TYPES[0].code,
        choices=_types,
        help_text=_("This cannot be changed later."),
    )

    field_order = ("title", "code", "type", "description", "required")


class TemplateForm(PlainForm, forms.Form):
    """A list of fields to start from."""

    template = forms.ChoiceField(
        label=_("Start from"),
        widget=forms.RadioSelect,
        choices=_templates,
    )
