"""The forms of sources: where what they offer comes from, how often, and what they may do."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogs.plain_forms import PlainForm
from enrichment.locations import WrongLocation, checked_location, server_of
from enrichment.media.names import DEFAULT, BadPattern, NamePattern
from enrichment.media.patterns import SETTING
from enrichment.models import Source

_MINUTES, _HOURS = (15, 30, 60), (2, 6, 24)


class SourceForm(PlainForm, forms.Form):
    """What a manager sets of a source of values; `values` are what `enrichment.sources` takes."""

    own_settings: ClassVar[tuple[str, ...]] = ("host_key",)

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What you call it, such as ERP; only people see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    location = forms.CharField(
        label=_("Location"),
        max_length=500,
        required=False,
        help_text=_(
            "A folder that was allowed on Ferry's server, or sftp://user@files.example.com/out. "
            "Empty: people upload its files."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    host_key = forms.CharField(
        label=_("Host key"),
        max_length=2000,
        required=False,
        help_text=_("Of an SFTP server: its fingerprint, SHA256:…, as whoever runs it tells you."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        label=_("Password or private key"),
        max_length=20_000,
        required=False,
        help_text=_("Of an SFTP server. Stored encrypted, and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    every = forms.TypedChoiceField(
        label=_("How often Ferry looks"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", "")],
    )
    approved = forms.CharField(
        label=_("What needs nobody's approval"),
        required=False,
        max_length=20_000,
        help_text=_("Codes of attributes with commas between them: price, stock; or * for all."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    may_create = forms.BooleanField(
        label=_("May create products"),
        required=False,
        help_text=_("Without it, rows about products that Akeneo does not know are reported."),
    )
    may_create_options = forms.BooleanField(
        label=_("May create options of selects"),
        required=False,
        help_text=_("Without it, values whose option Akeneo does not know are reported."),
    )
    empty_erases = forms.BooleanField(
        label=_("An empty cell empties the value"),
        required=False,
        help_text=_("Without it, an empty cell leaves the value alone."),
    )

    def __init__(
        self, data: Any = None, *, connection_id: int, source: Source | None = None
    ) -> None:
        super().__init__(data, initial=_initial(source))
        self._settings = source.settings if source is not None else {}
        self._server = server_of(source.location) if source is not None else None
        self._is_new = source is None
        self._others = Source.objects.filter(connection=connection_id)
        if source is not None:
            self._others = self._others.exclude(pk=source.pk)
        every = self.fields["every"]
        assert isinstance(every, forms.TypedChoiceField)  # noqa: S101  # nosec B101  # as above
        every.choices = _intervals()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if self._others.filter(name=name).exists():
            raise forms.ValidationError(_("There is a source of this name already."))
        return name

    def clean_approved(self) -> list[str]:
        words = self.cleaned_data["approved"].replace(",", " ").split()
        return [Source.ALL] if Source.ALL in words else sorted(set(words))

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if "location" not in values or "host_key" not in values:
            return values
        try:
            values["location"] = checked_location(values["location"], values["host_key"])
        except WrongLocation as wrong:
            self.add_error(wrong.field, wrong.message)
        else:
            server = server_of(values["location"])
            is_elsewhere = server is not None and server != self._server
            if is_elsewhere and not self._is_new and not values.get("secret"):
                said = _("The address leads to another host, so this has to be entered once more.")
                self.add_error("secret", said)
            if values.get("every") and not values["location"]:
                self.add_error("every", _("Ferry can look only where the source has a location."))
        return values

    @property
    def values(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        settings = {
            **{name: one for name, one in self._settings.items() if name not in self.own_settings},
            **{name: one for name in self.own_settings if (one := values.pop(name))},
        }
        return {**values, "settings": settings}


class FilesSourceForm(SourceForm):
    """What a manager sets of a source of images and files."""

    own_settings = ("host_key", SETTING)

    pattern = forms.CharField(
        label=_("How its files are named"),
        max_length=300,
        help_text=_(
            "Fields in braces, what may be left out in brackets: mug-1__image.png fits what stands "
            "here at first. {code} in place of {sku} for product models alone."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    may_create = may_create_options = empty_erases = None  # type: ignore[assignment]  # left out
    field_order = ("name", "location", "host_key", "secret", "every", "pattern", "approved")

    def __init__(
        self, data: Any = None, *, connection_id: int, source: Source | None = None
    ) -> None:
        super().__init__(data, connection_id=connection_id, source=source)
        self.initial[SETTING] = self._settings.get(SETTING, DEFAULT)
        self.fields["approved"].help_text = _(
            "Codes of attributes with commas between them: image, manual; or * for all. Of assets "
            "also the attributes of their family, such as media."
        )

    def clean_pattern(self) -> str:
        pattern: str = self.cleaned_data[SETTING]
        try:
            NamePattern(pattern)
        except BadPattern as bad:
            raise forms.ValidationError(str(bad)) from bad
        return pattern

    @property
    def values(self) -> dict[str, Any]:
        nothing = dict.fromkeys(("may_create", "may_create_options", "empty_erases"), False)
        return {**super().values, **nothing}


def form_for(kind: str) -> type[SourceForm]:
    """The form of sources of this kind."""
    return FilesSourceForm if kind == Source.Kind.MEDIA else SourceForm


def _initial(source: Source | None) -> dict[str, Any]:
    if source is None:
        return {}
    names = ("name", "location", "every", "may_create", "may_create_options", "empty_erases")
    return {
        **{name: getattr(source, name) for name in names},
        "host_key": source.settings.get("host_key", ""),
        "approved": ", ".join(source.approved),
    }


def _intervals() -> list[tuple[str, str]]:
    """Made for each form: what they say depends on the reader."""
    minutes = [(str(one), _("Every %(number)s minutes"), one) for one in _MINUTES]
    hours = [(str(60 * one), _("Every %(number)s hours"), one) for one in _HOURS]
    said = [(value, str(words) % {"number": number}) for value, words, number in minutes + hours]
    return [("", str(_("Not by itself"))), *said]
