"""The settings of a channel as fields of a form, for the pages and for admin alike."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.content import leaving_choices
from catalogs.models import Catalog, Channel
from catalogs.plain_forms import PlainForm
from channels.base import ChannelAdapter, InvalidSettings, Setting
from channels.settings import Group, in_groups
from connections.fields import SecretsUnusable
from connections.languages import declared, translated
from outbound.errors import OutboundError

_PREFIX = "set_"
_STORED = _("One is stored and never shown. Leave this empty to keep it.")
_ON_LEAVING = ("when_disabled", "when_absent", "when_deselected")
CAUTION = (*_ON_LEAVING, "fuse_percent", "fuse_count", "growth_count")


class CautionForm(PlainForm, forms.ModelForm):  # type: ignore[type-arg]
    """What becomes of products that leave a catalog, and when a person is asked first.

    What is not sent along stays as it is.
    """

    class Meta:
        model = Catalog
        fields = CAUTION

    def __init__(self, data: Any = None, *, catalog: Catalog) -> None:
        super().__init__(data, instance=catalog)
        for field in self.fields.values():
            field.required = False
        for name in _ON_LEAVING:
            field = self.fields[name]
            if isinstance(field, forms.TypedChoiceField):
                field.choices = leaving_choices(catalog)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name, value in list(cleaned.items()):
            if value in (None, ""):
                cleaned[name] = self.initial[name]
        return cleaned

    @property
    def values(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in CAUTION}


def setting_fields(
    kind: type[ChannelAdapter], channel: Channel | None = None
) -> dict[str, forms.Field]:
    """Return a field for each setting that a kind of channel declares, by its name in the form.

    They only collect text: the adapter judges it. A stored secret is never rendered; left blank
    it stays as it is.
    """
    stored = channel.settings if channel else {}
    kept = _kept(channel) if channel else {}
    return {
        f"{_PREFIX}{setting.name}": _field(
            setting, stored.get(setting.name, setting.default), is_kept=setting.name in kept
        )
        for setting in kind.settings
    }


def fields_in_groups(kind: type[ChannelAdapter]) -> list[tuple[Group | None, list[str]]]:
    """Return the names of the fields of `setting_fields` under their headings."""
    return [
        (group, [f"{_PREFIX}{setting.name}" for setting in settings])
        for group, settings in in_groups(kind.settings)
    ]


def is_in_use(form: forms.BaseForm, setting: Setting, channel: Channel | None = None) -> bool:
    """Whether a setting needs to be seen: something is entered, stored or wrong there."""
    field = form[f"{_PREFIX}{setting.name}"]
    is_stored = channel is not None and bool(_kept(channel).get(setting.name))
    return is_stored or bool(field.errors) or (field.value() or "") not in ("", setting.default)


def entered_settings(kind: type[ChannelAdapter], cleaned_data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was entered into the fields of `setting_fields`, by the name of the setting."""
    return {setting.name: cleaned_data[f"{_PREFIX}{setting.name}"] for setting in kind.settings}


def show_error(form: forms.BaseForm, error: OutboundError) -> None:
    """Put what went wrong where it belongs: at the settings it names, else above the form.

    In the reader's language, as far as it is translated.
    """
    named: Mapping[str, str] = error.errors if isinstance(error, InvalidSettings) else {}
    for name, sentence in named.items():
        field = f"{_PREFIX}{name}"
        # Commands name a setting as it is written there; here it is marked.
        words = translated(sentence).replace(f" ({name})", "", 1)
        form.add_error(field if field in form.fields else None, words)
    if not named:
        form.add_error(None, translated(error.message))


def _kept(channel: Channel) -> Mapping[str, str]:
    """Return the stored secrets, for their names only. None if their key is gone: enter them."""
    try:
        kept: Mapping[str, str] = channel.secrets
    except SecretsUnusable:
        return {}
    return kept


def _is_optional(setting: Setting) -> bool:
    """Whether nobody needs it. Of what only some need, the help says what they may leave out."""
    return not setting.required and not (setting.group and setting.group.for_some)


def _field(setting: Setting, value: str, *, is_kept: bool) -> forms.Field:
    label, help_text = declared(setting.label), declared(setting.help)
    attrs: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"}
    if setting.required and not is_kept:
        attrs["required"] = True
    if setting.kind == "choice":
        return forms.ChoiceField(
            label=label,
            help_text=help_text,
            choices=[(choice, declared(text)) for choice, text in setting.choices],
            initial=value,
            required=False,  # left out, it is the default
        )
    widget: forms.Widget
    if setting.kind == "lines":
        widget = forms.Textarea(attrs={**attrs, "rows": 4})
        if is_kept:
            help_text = f"{help_text} {_STORED}"
    elif setting.secret:
        attrs["autocomplete"] = "new-password"
        widget = forms.PasswordInput(attrs=attrs, render_value=False)
        if is_kept:
            help_text = f"{help_text} {_STORED}"
    elif setting.kind == "integer":
        limits = {"min": setting.minimum, "max": setting.maximum}
        attrs.update({name: limit for name, limit in limits.items() if limit is not None})
        widget = forms.NumberInput(attrs=attrs)
    elif setting.kind == "url":
        widget = forms.URLInput(attrs=attrs)
    else:
        widget = forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=gettext("%(label)s (optional)") % {"label": label}
        if _is_optional(setting)
        else label,
        help_text=help_text,
        initial=None if setting.secret else value,
        required=False,  # the adapter says in its own words what is missing
        strip=not setting.secret,
        widget=widget,
    )
