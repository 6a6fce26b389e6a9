"""The forms for the credentials of a custom app. A secret goes in and never comes out."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from catalogs.plain_forms import PlainForm
from connections.invitations import is_for_one_pim
from connections.languages import translated
from connections.models import CLIENT_ID_LENGTH, Connection, Invitation
from outbound.errors import OutboundError
from pim.urls import normalize_pim_url

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_PLAIN = {"autocomplete": "off", "spellcheck": "false", "autocapitalize": "off"}


def _secret_field(help_text: "_StrPromise") -> forms.CharField:
    return forms.CharField(
        label=_("Client secret"),
        max_length=500,
        help_text=help_text,
        error_messages={"required": _("Paste the client secret that Akeneo shows.")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


def _client_id_field(help_text: "str | _StrPromise" = "") -> forms.CharField:
    return forms.CharField(
        label=_("Client ID"),
        max_length=CLIENT_ID_LENGTH,
        help_text=help_text,
        error_messages={"required": _("Paste the client ID that Akeneo shows.")},
        widget=forms.TextInput(attrs=_PLAIN),
    )


class _CredentialsForm(PlainForm, forms.Form):
    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        client_id = values.get("client_id")
        if client_id and client_id == values.get("client_secret"):
            self.add_error(
                "client_secret", _("This is the client ID again. The secret stands below it.")
            )
        return values


class InvitedForm(_CredentialsForm):
    """The three fields of an invitation; two where its PIM is settled."""

    pim_url = forms.CharField(
        label=_("Address of your PIM"),
        max_length=2000,
        help_text=_("As in the address bar, such as https://my-company.cloud.akeneo.com"),
        error_messages={"required": _("Paste the address of your PIM.")},
        widget=forms.TextInput(attrs={**_PLAIN, "inputmode": "url"}),
    )
    client_id = _client_id_field()
    client_secret = _secret_field(_("Stored encrypted, and never shown again."))

    def __init__(self, data: Any = None, *, invitation: Invitation) -> None:
        super().__init__(data)
        stored = Connection.objects.filter(pim_url=invitation.pim_url).first()
        if stored is not None and invitation.used_at is not None:
            self.initial = {"pim_url": stored.pim_url, "client_id": stored.client_id}
        self.settled_url = invitation.pim_url if is_for_one_pim(invitation) else ""
        if self.settled_url:
            del self.fields["pim_url"]

    def clean_pim_url(self) -> str:
        # People copy the address of whatever screen they see, or its host alone.
        text = self.cleaned_data["pim_url"].partition("#")[0]
        try:
            return normalize_pim_url(text if "://" in text else f"https://{text}")
        except OutboundError as error:
            raise forms.ValidationError(translated(error.message)) from error


class OwnAppForm(_CredentialsForm):
    """Client id and secret of a PIM that is known."""

    client_id = _client_id_field(
        _(
            "The same as before, unless the app was created anew in Akeneo. For Akeneo a new one "
            "is another app: catalogs made with the present one stay with that."
        )
    )
    client_secret = _secret_field(_("Stored encrypted, and never shown again."))

    def __init__(self, data: Any = None, *, connection: Connection) -> None:
        super().__init__(data, initial={"client_id": connection.client_id})


class SecretForm(PlainForm, forms.Form):
    """The new secret of a custom app whose client id is known."""

    client_secret = _secret_field(_("Kept only if Akeneo accepts it; stored encrypted."))
