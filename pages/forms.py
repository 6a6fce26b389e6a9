"""The forms of the pages. What may be entered is judged by the functions they feed."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.utils import flatatt
from django.http import HttpRequest, QueryDict
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.forms import entered_settings, fields_in_groups, is_in_use, setting_fields
from catalogs.models import DEFAULT_EVERY, Catalog, Channel
from catalogs.plain_forms import PlainForm
from catalogs.wording import DAYS, axes_in_words, interval
from channels.base import ChannelAdapter
from connections.languages import declared
from connections.models import Connection, PimUser, time_zone_choices

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_MOMENT = "%Y-%m-%dT%H:%M"  # as browsers send it
_CONTENTS = [
    (
        "mapped",
        _("Mapped products."),
        _("You choose in Akeneo which attribute fills which field of the channel. Right for most."),
    ),
    (
        "raw",
        _("Raw products."),
        _(
            "Products go out exactly as Akeneo stores them, all attributes, languages and prices. "
            "For a receiver that understands Akeneo's format."
        ),
    ),
]
_INTERVALS = (15, 30, 60, 120, 360, 1440)


def posted(request: HttpRequest) -> QueryDict | None:
    """Return what a form is bound to: nothing unless it was sent."""
    return request.POST if request.method == "POST" else None


@dataclass(frozen=True, slots=True)
class FormPart:
    """Fields under one heading, or under none."""

    label: str
    fields: list[forms.BoundField]
    is_folded: bool = False
    is_open: bool = True


class ChannelForm(PlainForm, forms.Form):
    """A name and the settings that a kind of channel declares."""

    name = forms.CharField(
        label=_("Name"),
        max_length=100,
        help_text=_("What you call the shop or feed; only people see it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        connection: Connection,
        kind: type[ChannelAdapter],
        channel: Channel | None = None,
    ) -> None:
        initial = {"name": channel.name} if channel else {}
        super().__init__(data, initial=initial)
        self._connection = connection
        self._kind = kind
        self._channel = channel
        self.fields.update(setting_fields(kind, channel))

    def clean_name(self) -> str:
        """Refuse a name by which nobody could tell the channel from another one."""
        name = " ".join(self.cleaned_data["name"].split())
        is_new = self._channel is None or name != self._channel.name
        if is_new and self._connection.channels.filter(name=name).exists():
            said = gettext("There is a channel “%(name)s” already. Give this one another name.")
            raise forms.ValidationError(said % {"name": name})
        return name

    @property
    def values(self) -> dict[str, str]:
        return entered_settings(self._kind, self.cleaned_data)

    @property
    def parts(self) -> list[FormPart]:
        """The name, then the settings under their headings; what few need is folded until used."""
        parts = [FormPart("", [self["name"]])]
        in_use = {
            setting.group
            for setting in self._kind.settings
            if is_in_use(self, setting, self._channel)
        }
        for group, names in fields_in_groups(self._kind):
            fields = [self[name] for name in names]
            if group is None:
                parts.append(FormPart("", fields))
            else:
                parts.append(
                    FormPart(declared(group.label), fields, group.for_some, group in in_use)
                )
        return parts


class EveryField(forms.TypedChoiceField):
    """How often, in minutes; None only when somebody asks."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("How often it syncs"),
            help_text=_("Only what changed is read and sent; once a day everything is compared."),
            required=False,
            coerce=int,
            empty_value=None,
            **kwargs,
        )
        self.offer(None)

    def offer(self, present: int | None) -> None:
        """Offer the usual intervals, and the one that a catalog has at present."""
        minutes = sorted({*_INTERVALS, *([present] if present else [])})
        self.choices = partial(_intervals, minutes)  # asked for anew by every page, in its language


def _intervals(minutes: list[int]) -> list[tuple[int | str, str]]:
    often = [(number, capfirst(interval(number))) for number in minutes]
    return [("", gettext("Only when somebody asks")), *often]


class CatalogForm(PlainForm, forms.Form):
    """A new catalog of a kind of channel: with variants where that knows them."""

    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        help_text=_("People see it here and in Akeneo."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    every = EveryField(initial=DEFAULT_EVERY)
    content = forms.ChoiceField(
        label=_("What is carried"),
        widget=forms.RadioSelect,
        help_text=_("This cannot be changed later."),
    )

    def __init__(self, data: Any = None, *, kind: type[ChannelAdapter], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        offered = [*_models_of(kind), *_CONTENTS]
        content = self.fields["content"]
        content.initial = offered[0][0]
        if isinstance(content, forms.ChoiceField):
            content.choices = [
                (value, format_html("<strong>{}</strong> {}", title, text))
                for value, title, text in offered
            ]

    @property
    def raw(self) -> bool:
        return bool(self.cleaned_data["content"] == "raw")

    @property
    def shape(self) -> Catalog.Shape:
        is_of_models = self.cleaned_data["content"] == "models"
        return Catalog.Shape.MODELS if is_of_models else Catalog.Shape.FLAT


def _models_of(kind: type[ChannelAdapter]) -> list[tuple[str, "_StrPromise", str]]:
    """What is offered, first of all, where the channel knows variants."""
    if not kind.max_axes:
        return []
    text = _(
        "A model goes out as one product with all its variants, such as colours and sizes, and "
        "simple products beside it. You map in Akeneo as well. %(axes)s"
    ) % {"axes": axes_in_words(kind)}
    return [("models", _("Products with variants."), text)]


class CatalogSettingsForm(PlainForm, forms.Form):
    """What may be changed about a catalog."""

    name = forms.CharField(
        label=_("Name"),
        max_length=255,
        help_text=_("It is renamed in Akeneo as well."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    every = EveryField()

    def __init__(self, data: Any = None, *, catalog: Catalog) -> None:
        super().__init__(data, initial={"name": catalog.name, "every": catalog.every})
        every = self.fields["every"]
        if isinstance(every, EveryField):
            every.offer(catalog.every)


class RoleForm(PlainForm, forms.Form):
    """What somebody may do here."""

    role = forms.ChoiceField(choices=PimUser.Role)

    @property
    def chosen(self) -> PimUser.Role:
        return PimUser.Role(self.cleaned_data["role"])


class DisconnectForm(PlainForm, forms.Form):
    """How far disconnecting goes."""

    delete_catalogs = forms.BooleanField(
        required=False,
        label=_("Also delete the catalogs in Akeneo"),
        help_text=_(
            "Their selection and mapping are lost then, and have to be made again by hand."
        ),
    )


class MomentField(forms.DateTimeField):
    """A day and a time of day, in the time zone of the connection."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"}, format=_MOMENT)
        super().__init__(widget=widget, input_formats=[_MOMENT], **kwargs)


class ClockField(forms.TimeField):
    """A time of day."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TimeInput({"type": "time"}, format="%H:%M")
        super().__init__(widget=widget, input_formats=["%H:%M"], **kwargs)


class PauseForm(PlainForm, forms.Form):
    """Why something is paused, and until when."""

    reason = forms.CharField(
        max_length=200,
        label=_("Why"),
        help_text=_("Your colleagues see it, with your name. For example: stocktaking."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    until = MomentField(
        required=False,
        label=_("Until (optional)"),
        help_text=_("It goes on by itself then. Left empty, it goes on when somebody resumes it."),
    )


class WindowForm(PlainForm, forms.Form):
    """Hours of every week."""

    allows = forms.TypedChoiceField(
        label=_("In these hours"),
        coerce=lambda value: value == "yes",
        initial="yes",
        widget=forms.RadioSelect,
        choices=[
            ("yes", _("Send only in these hours")),
            ("no", _("Send nothing in these hours")),
        ],
    )
    days = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        coerce=int,
        choices=list(enumerate(DAYS, start=1)),
        initial=[1, 2, 3, 4, 5],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day of the week.")},
    )
    begins = ClockField(label=_("From"))
    ends = ClockField(
        label=_("To"),
        help_text=_("A time before “from” is on the next day; the same time is a day later."),
    )


class FreezeForm(PlainForm, forms.Form):
    """A time in which nothing is sent."""

    reason = forms.CharField(
        max_length=200,
        label=_("What for"),
        help_text=_("For example: Black Friday."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    begins_at = MomentField(label=_("From"))
    ends_at = MomentField(label=_("To"))


class LongSelect(forms.Select):
    """A list of hundreds: Django renders each choice by a template, two of them for 40 ms."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            (
                (choice, SafeString(" selected") if choice == (value or "") else "", label)
                for choice, label in self.choices
            ),
        )
        attrs = self.build_attrs(self.attrs, {**(attrs or {}), "name": name})
        return format_html("<select{}>{}</select>", flatatt(attrs), options)


class TimeZoneForm(PlainForm, forms.Form):
    """Where the people of a PIM have their clocks."""

    time_zone = forms.ChoiceField(
        label=_("Time zone of the connection"),
        required=False,
        choices=time_zone_choices,
        help_text=_("Timetables follow it, and the times of whoever has chosen none."),
        widget=LongSelect,
    )


class OwnTimeZoneForm(PlainForm, forms.Form):
    """Where the reader's clock is."""

    own_time_zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        help_text=_("The times on these pages follow it; timetables keep that of the connection."),
        widget=LongSelect,
    )

    def __init__(self, data: Any = None, *, user: PimUser) -> None:
        super().__init__(data, initial={"own_time_zone": user.time_zone})
        as_connection = _("As the connection (%(zone)s)") % {"zone": user.connection.zone}
        names = time_zone_choices()[1:]
        self.fields["own_time_zone"].choices = [("", as_connection), *names]  # type: ignore[attr-defined]  # a choice field


class EnvironmentForm(PlainForm, forms.Form):
    """Whether a PIM is in earnest."""

    environment = forms.ChoiceField(
        label=_("This PIM is"),
        choices=Connection.Environment.choices,
        help_text=_("A sandbox has a coloured band on every page, so that nobody mistakes it."),
    )
