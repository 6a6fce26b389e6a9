"""The form of requests from Akeneo, and what became of them in the reader's words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.plain_forms import PlainForm
from catalogs.wording import interval
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.languages import translated
from connections.models import Connection
from enrichment.models import RequestedTranslation, Source
from enrichment.translations.by_attributes.setting_up import DEFAULT_EVERY
from enrichment.translations.by_attributes.steering import Steering
from outbound.errors import OutboundError
from pages.forms import LongSelect
from pages.translation_forms import locale_in_words
from pages.wording import State, Tone
from pim.structure import codes_of

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_State = RequestedTranslation.State
STATES = {
    _State.IN_PROGRESS: State(_("In progress"), Tone.BUSY),
    _State.TRANSLATED: State(_("Translated"), Tone.GOOD),
    _State.REFUSED: State(_("Not translated"), Tone.BAD),
}
_INTERVALS = (5, 15, 30, 60, 120, 360, 1440)
_CODES: "dict[str, tuple[_StrPromise, str | _StrPromise]]" = {
    "flag": (
        _("Attribute: to be translated"),
        _("A yes/no attribute. People set it, and Ferry takes it away once it saw to it."),
    ),
    "locales": (
        _("Attribute: into which languages"),
        _("A multi select whose options are codes of Akeneo’s languages, such as fr_FR."),
    ),
    "status": (
        _("Attribute: how far it is"),
        _("A simple select that Ferry writes; with a value for each language, or one for all."),
    ),
    "in_progress": (_("Option: in progress"), ""),
    "translated": (_("Option: translated"), ""),
    "refused": (_("Option: not translated"), ""),
}
_BY_SERVICE = ("service", _("At once, by the translation service"))
_BY_TRANSLATORS = ("file", _("By translators: the texts wait here to be fetched as a file"))
_NO_SERVICE = _(
    "At once, by the translation service. Not possible at present: it has no key. Whoever runs "
    "Ferry has to set DEEPL_API_KEY."
)
_ATTRIBUTES = ("flag", "locales", "status")
_AS_IN_AKENEO = RegexValidator(
    r"^[A-Za-z0-9_]+$", _("Enter a code as Akeneo has them: letters, digits and underscores.")
)


class _Ways(forms.RadioSelect):
    """Ways to translate, of which one may not be chosen at present."""

    not_now = ""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if self.not_now and value == self.not_now:
            option["attrs"]["disabled"] = True
        return option


class RequestsForm(PlainForm, forms.Form):
    """What a manager sets; whether Akeneo has it all is shown by the check-list."""

    source_locale = forms.CharField(
        label=_("Language that texts are translated from"),
        max_length=20,
        help_text=_("An active language of Akeneo."),
    )
    by_service = forms.TypedChoiceField(
        label=_("How texts are translated"),
        widget=_Ways,
        coerce=lambda value: value == "service",
        choices=[_BY_SERVICE, _BY_TRANSLATORS],
    )
    approved = forms.BooleanField(
        label=_("Write translations without approval"),
        required=False,
        help_text=_("Otherwise they wait on the page Enrichment until somebody approves them."),
    )
    every = forms.TypedChoiceField(label=_("How often Ferry looks"), coerce=int)

    def __init__(
        self,
        data: Any = None,
        *,
        source: Source | None,
        locales: Sequence[tuple[str, str]],
        has_service: bool,
    ) -> None:
        """A service that lost its key stays chosen, and cannot be chosen anew."""
        steering = Steering.of(source.settings) if source else Steering(by_service=has_service)
        super().__init__(data, initial=_initial(source, steering, locales))
        self._lacks_service = not has_service and not (source and steering.by_service)
        if not has_service:
            by = self.fields["by_service"]
            assert isinstance(by, forms.TypedChoiceField)  # noqa: S101  # nosec B101  # as above
            by.widget = ways = _Ways()
            by.choices = [_BY_TRANSLATORS, (_BY_SERVICE[0], _NO_SERVICE)]
            ways.not_now = _BY_SERVICE[0] if self._lacks_service else ""
        self._locales = {code for code, _label in locales}
        for name, (label, text) in _CODES.items():
            self.fields[name] = forms.CharField(
                label=label,
                help_text=text,
                max_length=100,
                validators=[_AS_IN_AKENEO],
                widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
            )
        if locales:
            self.fields["source_locale"].widget = LongSelect(choices=list(locales))
        every = self.fields["every"]
        assert isinstance(every, forms.TypedChoiceField)  # noqa: S101  # nosec B101  # as above
        every.choices = [(each, capfirst(interval(each))) for each in _INTERVALS]

    def clean_source_locale(self) -> str:
        locale: str = self.cleaned_data["source_locale"]
        if self._locales and locale not in self._locales:
            raise forms.ValidationError(_("This is not offered. Choose one of the list."))
        return locale

    def clean_by_service(self) -> bool:
        by_service: bool = self.cleaned_data["by_service"]
        if by_service and self._lacks_service:
            raise forms.ValidationError(
                _(
                    "The translation service has no key: whoever runs Ferry has to set "
                    "DEEPL_API_KEY. Choose translators until then."
                )
            )
        return by_service

    def clean(self) -> dict[str, Any]:
        chosen = [self.cleaned_data.get(name) for name in _ATTRIBUTES]
        for number, name in enumerate(_ATTRIBUTES):
            if chosen[number] and chosen[number] in chosen[:number]:
                self.add_error(name, _("Each needs an attribute of its own."))
        return self.cleaned_data

    @property
    def codes(self) -> list[forms.BoundField]:
        """The fields of attributes and options, which are right as they are for most."""
        return [self[name] for name in _CODES]

    @property
    def steering(self) -> Steering:
        return Steering.of(self.cleaned_data)


def read_locales(connection: Connection) -> tuple[list[tuple[str, str]], str]:
    """Ask Akeneo for its active languages; none, and a sentence, where it does not tell."""
    try:
        with noticing_loss(connection):
            client = client_for(connection, patient=False)
            codes = codes_of(client, "locales", enabled=True)
            return [(code, locale_in_words(code)) for code in codes], ""
    except OutboundError as error:
        said = gettext("Akeneo does not tell what there is to choose. %(reason)s")
        return [], said % {"reason": translated(error.message)}


def _initial(
    source: Source | None, steering: Steering, locales: Sequence[tuple[str, str]]
) -> dict[str, Any]:
    codes = [code for code, _label in locales]
    first = "en_US" if "en_US" in codes else next(iter(codes), "")
    return {
        **steering.settings,
        "source_locale": steering.source_locale or first,
        "by_service": "service" if steering.by_service else "file",
        "approved": bool(source and source.approved),
        "every": source.every if source else DEFAULT_EVERY,
    }
