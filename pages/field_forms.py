"""The forms for a channel's own fields. What may be entered is judged by catalogs.own_fields."""

from typing import Any

from django import forms
from django.utils.html import format_html

from catalogs.own_fields import DESCRIPTION_LENGTH, TITLE_LENGTH
from catalogs.plain_forms import PlainForm
from channels.field_types import TYPES
from channels.own_fields import CODE_LENGTH
from channels.targets import Target
from channels.templates import TEMPLATES


class DescribeFieldForm(PlainForm, forms.Form):
    """What may be changed about a field at any time."""

    title = forms.CharField(
        max_length=TITLE_LENGTH,
        help_text="What people see in Akeneo's mapping screen, such as Country of origin.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    description = forms.CharField(
        label="Help (optional)",
        max_length=DESCRIPTION_LENGTH,
        required=False,
        help_text="What belongs there, for whoever maps it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    required = forms.BooleanField(
        label="The channel takes no product without it",
        required=False,
        help_text="Products without it are not sent; you see which, and why.",
    )

    @classmethod
    def of(cls, target: Target, data: Any = None) -> "DescribeFieldForm":
        initial = {name: getattr(target, name) for name in ("title", "description", "required")}
        return cls(data, initial=initial)


class FieldForm(DescribeFieldForm):
    """A new field."""

    code = forms.CharField(
        max_length=CODE_LENGTH,
        help_text="What it is called in what is sent, such as country_of_origin. "
        "This cannot be changed later.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    type = forms.ChoiceField(
        label="What it holds",
        initial=TYPES[0].code,
        choices=[
            (one.code, f"{one.label}. {one.hint}" if one.hint else one.label) for one in TYPES
        ],
        help_text="This cannot be changed later.",
    )

    field_order = ("title", "code", "type", "description", "required")


class TemplateForm(PlainForm, forms.Form):
    """A list of fields to start from."""

    template = forms.ChoiceField(
        label="Start from",
        widget=forms.RadioSelect,
        choices=[
            (
                one.code,
                format_html(
                    "<strong>{}.</strong> {} {}",
                    one.label,
                    one.description,
                    f"{len(one.targets)} fields.",
                ),
            )
            for one in TEMPLATES.values()
        ],
    )
