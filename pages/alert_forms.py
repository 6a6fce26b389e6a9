"""The forms of alerts: an address, what to be told of and how, a webhook."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from catalogs.plain_forms import PlainForm
from sync.models import AlertSettings, How

_OF_CATALOG = "catalog-"


class AddressForm(PlainForm, forms.Form):
    """Where alerts are sent to. What is entered is judged by `sync.alerts.readers`."""

    address = forms.CharField(
        label=_("Your e-mail address"),
        help_text=_("You get a mail with a link there first: nothing else is sent before."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ChoicesForm(PlainForm, forms.Form):
    """How one person is told: of everything, and of catalogs where that differs."""

    how = forms.ChoiceField(
        label=_("Tell me what needs somebody"),
        help_text=_("Of the connection, of channels, and of every catalog but those below."),
        choices=How.choices,
        widget=forms.RadioSelect,
    )
    hour = forms.TypedChoiceField(label=_("Hour of the daily mail"), coerce=int)

    def __init__(
        self, data: Any = None, *, reader: AlertSettings, catalogs: Collection[Catalog]
    ) -> None:
        super().__init__(data, initial={"how": reader.how, "hour": reader.hour})
        zone = {"zone": reader.user.zone}
        self.fields["hour"].choices = [(hour, f"{hour:02}:00") for hour in range(24)]  # type: ignore[attr-defined]  # a choice field
        said = gettext(
            "On your clock, which is that of %(zone)s. Another one is chosen on the page "
            "Connection."
        )
        self.fields["hour"].help_text = said % zone
        chosen = {one.catalog_id: one.how for one in reader.choices.all()} if reader.pk else {}
        self._catalogs = {f"{_OF_CATALOG}{one.uuid}": one for one in catalogs}
        for name, catalog in self._catalogs.items():
            self.fields[name] = forms.ChoiceField(
                label=catalog.name,
                required=False,
                initial=chosen.get(catalog.pk, ""),
                choices=[("", gettext("Like the rest")), *How.choices],
            )

    @property
    def of_everything(self) -> list[forms.BoundField]:
        return [self["how"], self["hour"]]

    @property
    def of_catalogs(self) -> list[forms.BoundField]:
        return [self[name] for name in self._catalogs]

    @property
    def chosen(self) -> dict[Catalog, str]:
        return {one: self.cleaned_data.get(name, "") for name, one in self._catalogs.items()}


class WebhookForm(PlainForm, forms.Form):
    """Where alerts are posted to."""

    url = forms.CharField(
        label=_("Address"),
        help_text=_("It starts with https:// and takes JSON by POST."),
        widget=forms.URLInput(attrs={"autocomplete": "off"}),
    )
