"""The settings of a channel as fields of a form, for the pages and for admin alike."""

from collections.abc import Mapping
from typing import Any

from django import forms

from catalogs.models import Channel
from channels.base import ChannelAdapter, InvalidSettings, Setting
from connections.fields import SecretsUnusable
from outbound.errors import OutboundError

_PREFIX = "set_"


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


def entered_settings(kind: type[ChannelAdapter], cleaned_data: Mapping[str, Any]) -> dict[str, str]:
    """Return what was entered into the fields of `setting_fields`, by the name of the setting."""
    return {setting.name: cleaned_data[f"{_PREFIX}{setting.name}"] for setting in kind.settings}


def show_error(form: forms.BaseForm, error: OutboundError) -> None:
    """Put what went wrong where it belongs: at the settings it names, else above the form."""
    named: Mapping[str, str] = error.errors if isinstance(error, InvalidSettings) else {}
    for name, sentence in named.items():
        field = f"{_PREFIX}{name}"
        form.add_error(field if field in form.fields else None, sentence)
    if not named:
        form.add_error(None, error.message)


def _kept(channel: Channel) -> Mapping[str, str]:
    """Return the stored secrets, for their names only. None if their key is gone: enter them."""
    try:
        kept: Mapping[str, str] = channel.secrets
    except SecretsUnusable:
        return {}
    return kept


def _field(setting: Setting, value: str, *, is_kept: bool) -> forms.Field:
    help_text = setting.help
    attrs: dict[str, Any] = {"autocomplete": "off", "spellcheck": "false"}
    if setting.required and not is_kept:
        attrs["required"] = True
    if setting.kind == "choice":
        return forms.ChoiceField(
            label=setting.label, help_text=help_text, choices=setting.choices, initial=value
        )
    widget: forms.Widget
    if setting.secret:
        attrs["autocomplete"] = "new-password"
        widget = forms.PasswordInput(attrs=attrs, render_value=False)
        if is_kept:
            help_text = f"{help_text} One is stored and never shown. Leave this empty to keep it."
    elif setting.kind == "integer":
        limits = {"min": setting.minimum, "max": setting.maximum}
        attrs.update({name: limit for name, limit in limits.items() if limit is not None})
        widget = forms.NumberInput(attrs=attrs)
    elif setting.kind == "url":
        widget = forms.URLInput(attrs=attrs)
    else:
        widget = forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=setting.label if setting.required else f"{setting.label} (optional)",
        help_text=help_text,
        initial=None if setting.secret else value,
        required=False,  # the adapter says in its own words what is missing
        strip=not setting.secret,
        widget=widget,
    )
