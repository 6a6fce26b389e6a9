"""The forms of the pages. What may be entered is judged by the functions they feed."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html

from catalogs.models import DEFAULT_EVERY, Catalog, Channel
from channels.base import ChannelAdapter, InvalidSettings, Setting
from channels.registry import adapter_class
from outbound.errors import OutboundError
from pages.wording import counted, interval

HELD_ON_A_PAGE = 1000
_INTERVALS = (15, 30, 60, 120, 360, 1440)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form is bound to: nothing unless it was sent."""
    return request.POST if request.method == "POST" else None


def show_error(form: forms.Form, error: OutboundError) -> None:
    """Put what went wrong where it belongs: at the fields it names, else above the form."""
    named: Mapping[str, str] = error.errors if isinstance(error, InvalidSettings) else {}
    for name, sentence in named.items():
        field = f"set_{name}"
        form.add_error(field if field in form.fields else None, sentence)
    if not named:
        form.add_error(None, error.message)


class ChannelForm(forms.Form):
    """A name and the settings that a kind of channel declares.

    Only collects text: the adapter judges it. A stored secret is never rendered; left blank it
    stays as it is.
    """

    name = forms.CharField(
        max_length=100,
        help_text="What you call the shop or feed; only people see it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self, data: Any = None, *, kind: type[ChannelAdapter], channel: Channel | None = None
    ) -> None:
        initial = {"name": channel.name} if channel else {}
        super().__init__(data, initial=initial)
        stored = channel.settings if channel else {}
        kept = channel.secrets if channel else {}
        self._settings = kind.settings
        for setting in kind.settings:
            self.fields[f"set_{setting.name}"] = _field(
                setting, stored.get(setting.name, setting.default), is_kept=setting.name in kept
            )

    @property
    def values(self) -> dict[str, str]:
        return {
            setting.name: self.cleaned_data[f"set_{setting.name}"] for setting in self._settings
        }


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


class EveryField(forms.TypedChoiceField):
    """How often, in minutes; None only when somebody asks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label="How often it syncs",
            help_text="Only what changed is read and sent; once a day everything is compared.",
            required=False,
            coerce=int,
            empty_value=None,
            **kwargs,
        )
        self.offer(None)

    def offer(self, present: int | None) -> None:
        """Offer the usual intervals, and the one that a catalog has at present."""
        minutes = sorted({*_INTERVALS, *([present] if present else [])})
        self.choices = [
            ("", "Only when somebody asks"),
            *((number, interval(number).capitalize()) for number in minutes),
        ]


class CatalogForm(forms.Form):
    """A new catalog."""

    name = forms.CharField(
        max_length=255,
        help_text="People see it here and in Akeneo.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    every = EveryField(initial=DEFAULT_EVERY)
    content = forms.ChoiceField(
        label="What is carried",
        initial="mapped",
        widget=forms.RadioSelect,
        choices=[
            (
                "mapped",
                format_html(
                    "<strong>Mapped products.</strong> {}",
                    "You choose in Akeneo which attribute fills which field of the channel. "
                    "Right for most.",
                ),
            ),
            (
                "raw",
                format_html(
                    "<strong>Raw products.</strong> {}",
                    "Products go out exactly as Akeneo stores them, all attributes, languages "
                    "and prices. For a receiver that understands Akeneo's format.",
                ),
            ),
        ],
        help_text="This cannot be changed later.",
    )


class CatalogSettingsForm(forms.Form):
    """What may be changed about a catalog."""

    name = forms.CharField(
        max_length=255,
        help_text="It is renamed in Akeneo as well.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    every = EveryField()

    def __init__(self, data: Any = None, *, catalog: Catalog) -> None:
        super().__init__(data, initial={"name": catalog.name, "every": catalog.every})
        every = self.fields["every"]
        if isinstance(every, EveryField):
            every.offer(catalog.every)


class RemovalForm(forms.Form):
    """What becomes of the products on the channel, and of the catalogs in the PIM.

    Nothing is chosen beforehand: either answer can be the costly one. `on_channel`: how many
    products stand there; `to_withdraw`: how many of them no other catalog holds.
    """

    on_shop = forms.ChoiceField(widget=forms.RadioSelect)
    in_pim = forms.ChoiceField(widget=forms.RadioSelect)

    def __init__(
        self,
        data: Any = None,
        *,
        channel: Channel,
        on_channel: int,
        to_withdraw: int,
        catalogs: int = 1,
        may_delete_in_pim: bool,
    ) -> None:
        super().__init__(data)
        adapter = adapter_class(channel.kind)
        self.fields["on_shop"].label = f"The products on {channel.name}"
        self._offer("on_shop", _on_shop(on_channel, to_withdraw, adapter))
        noun = "catalog" if catalogs == 1 else f"{catalogs} catalogs"
        self.fields["in_pim"].label = f"The {noun} in Akeneo"
        self._offer("in_pim", _in_pim(catalogs, may_delete=may_delete_in_pim))
        if not may_delete_in_pim:
            self.fields[
                "in_pim"
            ].help_text = (
                "Ferry may not delete catalogs in this PIM. The page Connection says what to do."
            )

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
            field.error_messages["required"] = "Choose what becomes of them."


def _on_shop(number: int, to_withdraw: int, adapter: type[ChannelAdapter]) -> list[tuple[str, str]]:
    stay = counted(number, "product stays", "products stay")
    leave = f"{stay} there as now, but without any more updates."
    if not number:
        leave = "At present there are none."
    elif adapter.publishes:
        leave = f"{stay} until the file is next written, which leaves them out."
    choices: list[tuple[str, str]] = [
        (Catalog.OnShop.LEAVE.value, format_html("<strong>Leave them.</strong> {}", leave)),
    ]
    if adapter.can_withdraw:
        withdraw = f"{counted(to_withdraw, 'product is', 'products are')} taken off."
        if kept := number - to_withdraw:
            more = counted(kept, "more stays", "more stay")
            withdraw += f" {more}, in the care of another catalog."
        if not number:
            withdraw = "At present there are none; what is sent meanwhile is taken off again."
        choices.append(
            (Catalog.OnShop.WITHDRAW.value, format_html("<strong>Withdraw.</strong> {}", withdraw))
        )
    return choices


def _in_pim(catalogs: int, *, may_delete: bool) -> list[tuple[str, str]]:
    one = catalogs == 1
    what = "its selection and mapping" if one else "their selections and mappings"
    keep = f"With {what}. No app works on {'it' if one else 'them'} any more."
    choices: list[tuple[str, str]] = [
        (Catalog.InPim.KEEP.value, format_html("<strong>Keep.</strong> {}", keep))
    ]
    if may_delete:
        delete = f"With {what}. The work of mapping is lost for good."
        choices.append(
            (Catalog.InPim.DELETE.value, format_html("<strong>Delete.</strong> {}", delete))
        )
    return choices


class HeldForm(forms.Form):
    """A decision about exactly the held listings that a page showed."""

    WITHDRAW = "withdraw"
    KEEP = "keep"

    decision = forms.ChoiceField(choices=[(WITHDRAW, WITHDRAW), (KEEP, KEEP)])
    # In one field: Django accepts a limited number of fields in one form.
    listings = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18})*$")
    confirmed = forms.BooleanField(required=False)

    def clean_listings(self) -> list[int]:
        pks = [int(pk) for pk in self.cleaned_data["listings"].split(",")]
        if len(pks) > HELD_ON_A_PAGE:
            raise forms.ValidationError(
                f"At most {HELD_ON_A_PAGE} products can be decided at once."
            )
        return pks
