"""Forms of connections in admin: a PIM's credentials, and what staff says about it."""

from typing import Any, cast

from django import forms
from django.db.models import Model
from unfold.widgets import (
    UnfoldAdminPasswordWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from connections.admin_forms import StoringForm
from connections.connections import change_credentials, register, set_time_zone
from connections.environments import guessed, set_environment
from connections.models import Connection, time_zone_choices
from outbound.errors import AddressRefused, OutboundError
from pim.urls import InvalidPimUrl, normalize_pim_url


def _environments(usual: str) -> Any:
    return [("", usual), *Connection.Environment.choices]


class CredentialsForm(StoringForm):
    """The credentials of a PIM's custom app. The secret goes in and never comes out."""

    client_id = forms.CharField(
        max_length=100,
        required=False,
        label="Client id",
        help_text=(
            "Akeneo shows it when the custom app is created. Empty: the published app's is used, "
            "and a secret stored here is forgotten."
        ),
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
    )
    # Not named as the model's field: whoever may only look sees the model's value of a field.
    new_secret = forms.CharField(
        max_length=500,
        required=False,
        label="Client secret",
        widget=UnfoldAdminPasswordWidget({"autocomplete": "new-password"}),
    )

    in_time_zone = forms.ChoiceField(
        required=False,
        label="Time zone",
        choices=time_zone_choices,
        help_text="Of its timetables, and of the times that its people see.",
        widget=UnfoldAdminSelect2Widget,
    )
    which_environment = forms.ChoiceField(
        required=False,
        label="Environment",
        choices=_environments("As its address says"),
        help_text="A sandbox says so on every page that its people see.",
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = Connection
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("client_id", self.instance.client_id)
        self.initial.setdefault("in_time_zone", self.instance.time_zone)
        self.initial.setdefault("which_environment", self.instance.environment)
        if self.instance.pim_url:
            usual = f"As its address says ({guessed(self.instance.host).label})"
            environment = cast(forms.ChoiceField, self.fields["which_environment"])
            environment.choices = _environments(usual)
        self.fields["new_secret"].help_text = (
            "One is stored and never shown. Leave this empty to keep it."
            if self.instance.client_id
            else "Shown by Akeneo together with the client id. It is stored encrypted."
        )

    def store(self) -> Model:
        connection: Connection = self.instance
        change_credentials(
            connection,
            client_id=self.cleaned_data["client_id"],
            client_secret=self.cleaned_data["new_secret"],
        )
        self.store_what_it_is(connection)
        return connection

    def store_what_it_is(self, connection: Connection) -> None:
        set_time_zone(connection, self.cleaned_data["in_time_zone"])
        set_environment(connection, self.cleaned_data["which_environment"])

    def show_refusal(self, error: OutboundError) -> None:
        about_address = isinstance(error, (AddressRefused, InvalidPimUrl))
        self.add_error("pim_url" if about_address else "new_secret", error.message)


class RegistrationForm(CredentialsForm):
    """A PIM that is not known yet."""

    pim_url = forms.CharField(
        label="PIM address",
        help_text="Such as https://my-company.cloud.akeneo.com. It cannot be changed later.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "spellcheck": "false"}),
    )

    field_order = ("pim_url", "client_id", "new_secret")

    def clean_pim_url(self) -> str:
        try:
            pim_url = normalize_pim_url(self.cleaned_data["pim_url"])
        except InvalidPimUrl as error:
            raise forms.ValidationError(error.message) from error
        if Connection.objects.filter(pim_url=pim_url).exists():
            raise forms.ValidationError(
                "This PIM is registered already. Open it in the list to change its credentials."
            )
        return pim_url

    def store(self) -> Model:
        connection = register(
            self.cleaned_data["pim_url"],
            client_id=self.cleaned_data["client_id"],
            client_secret=self.cleaned_data["new_secret"],
        )
        self.store_what_it_is(connection)
        return connection
