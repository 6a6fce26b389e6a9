"""What is wrong in a form, in the words of whoever fills it in, and with the way out."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    Form = forms.BaseForm
else:
    Form = object

_FAR = 10**9  # a limit above that is the database's, and tells people nothing

_WORDS: list[tuple[type[forms.Field], str, Any]] = [
    # The first that fits a field and what is wrong with it.
    (forms.ChoiceField, "required", _("Choose one of those that are offered.")),
    (forms.ChoiceField, "invalid_choice", _("This is not offered. Choose one of the list.")),
    (forms.MultipleChoiceField, "invalid_list", _("Choose from the list.")),
    (
        forms.DateTimeField,
        "required",
        _("Enter a day and a time of day."),
    ),
    (
        forms.DateTimeField,
        "invalid",
        _("Enter a day and a time of day, such as 24 November 2026, 18:00."),
    ),
    (forms.TimeField, "required", _("Enter a time of day, such as 06:30.")),
    (forms.TimeField, "invalid", _("Enter a time of day, such as 06:30.")),
    (forms.IntegerField, "invalid", _("Enter a whole number, such as 20.")),
    (forms.IntegerField, "min_value", _("Enter %(limit_value)s or more.")),
    (forms.IntegerField, "max_value", _("Enter %(limit_value)s or less.")),
    (
        forms.CharField,
        "max_length",
        _("This is too long: it has %(show_value)s characters, and at most %(limit_value)s fit."),
    ),
    (forms.CharField, "null_characters_not_allowed", _("Enter text without control characters.")),
    (forms.Field, "required", _("Fill this in.")),
]
_TOO_LARGE = _("This number is too large.")


class PlainForm(Form):
    """A form that says what is wrong in plain words, where a field has none of its own.

    Stands before Django's form among the bases.
    """

    def full_clean(self) -> None:
        for field in self.fields.values():
            _say_plainly(field)
        super().full_clean()


def _say_plainly(field: forms.Field) -> None:
    """Replace what Django says of any field of this kind; what this one says itself stays."""
    of_django = _of_kind(type(field))
    ours: dict[str, Any] = {}
    for kind, code, words in _WORDS:
        if isinstance(field, kind) and field.error_messages.get(code) is of_django.get(code):
            ours.setdefault(code, words)
    limit = getattr(field, "max_value", None)
    if limit is None or limit > _FAR:
        ours["max_value"] = _TOO_LARGE
    field.error_messages |= ours


def _of_kind(kind: type[forms.Field]) -> dict[str, Any]:
    messages: dict[str, Any] = {}
    for one in reversed(kind.__mro__):
        messages.update(getattr(one, "default_error_messages", {}))
    return messages
