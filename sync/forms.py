"""Decisions about products on a channel, for the pages and for admin alike."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from catalogs.models import Catalog, Channel
from catalogs.plain_forms import PlainForm
from channels.base import ChannelAdapter
from channels.registry import adapter_class
from connections.abilities import missing_abilities
from sync.models import Tally
from sync.navigation import leaving_with
from sync.removal import count_to_withdraw, is_about

HELD_ON_A_PAGE = 1000
SEEN_AT = "%Y-%m-%dT%H:%M:%S.%f%z"


class RemovalForm(PlainForm, forms.Form):
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
        catalogs: Sequence[Catalog],
    ) -> None:
        super().__init__(data)
        adapter = adapter_class(channel.kind)
        on_shop = gettext("The products on %(channel)s") % {"channel": channel.name}
        self.fields["on_shop"].label = on_shop
        roots = leaving_with(catalogs) if adapter.navigates else []
        self._offer("on_shop", _on_shop(on_channel, to_withdraw, adapter, roots))
        number = len(catalogs)
        in_pim = ngettext("The catalog in Akeneo", "The %(number)s catalogs in Akeneo", number)
        self.fields["in_pim"].label = in_pim % {"number": intcomma(number)}
        missing = {ability.code for ability in missing_abilities(channel.connection)}
        may_delete = "delete_catalogs" not in missing
        self._offer("in_pim", _in_pim(number, may_delete=may_delete))
        if not may_delete:
            self.fields["in_pim"].help_text = gettext(
                "Ferry may not delete catalogs in this PIM. The page Connection says what to do."
            )

    @classmethod
    def of_catalog(cls, catalog: Catalog, data: Any = None) -> "RemovalForm":
        return cls(
            data,
            channel=catalog.channel,
            on_channel=Tally.objects.filter(catalog=catalog).on_channel().total(),
            to_withdraw=count_to_withdraw([catalog]),
            catalogs=[catalog],
        )

    @classmethod
    def of_channel(cls, channel: Channel, data: Any = None) -> "RemovalForm":
        catalogs = list(channel.catalogs.all())
        return cls(
            data,
            channel=channel,
            on_channel=Tally.objects.filter(catalog__channel=channel).on_channel().total(),
            to_withdraw=count_to_withdraw(catalogs),
            catalogs=catalogs,
        )

    @property
    def on_shop_decision(self) -> Catalog.OnShop:
        return Catalog.OnShop(self.cleaned_data["on_shop"])

    @property
    def in_pim_decision(self) -> Catalog.InPim:
        return Catalog.InPim(self.cleaned_data["in_pim"])

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices
            field.error_messages["required"] = gettext("Choose what becomes of them.")


def _on_shop(
    number: int, to_withdraw: int, adapter: type[ChannelAdapter], roots: Sequence[str]
) -> list[tuple[str, str]]:
    choices: list[tuple[str, str]] = [
        (Catalog.OnShop.LEAVE.value, _choice(gettext("Leave them."), _if_left(number, adapter))),
    ]
    if adapter.can_withdraw:
        withdraw = _if_withdrawn(number, to_withdraw, roots)
        choices.append(
            (Catalog.OnShop.WITHDRAW.value, _choice(gettext("Withdraw."), *withdraw)),
        )
    return choices


def _if_left(number: int, adapter: type[ChannelAdapter]) -> str:
    if not number:
        return gettext("At present there are none.")
    if adapter.publishes:
        said = ngettext(
            "%(number)s product stays until the file is next written, which leaves it out.",
            "%(number)s products stay until the file is next written, which leaves them out.",
            number,
        )
    else:
        said = ngettext(
            "%(number)s product stays there as now, but without any more updates.",
            "%(number)s products stay there as now, but without any more updates.",
            number,
        )
    return said % {"number": intcomma(number)}


def _if_withdrawn(number: int, to_withdraw: int, roots: Sequence[str]) -> list[str]:
    """Return what happens then, a sentence each."""
    said = [_taken_off(number, to_withdraw)]
    if kept := number - to_withdraw:
        stay = ngettext(
            "%(number)s more stays, in the care of another catalog.",
            "%(number)s more stay, in the care of another catalog.",
            kept,
        )
        said.append(stay % {"number": intcomma(kept)})
    if roots:
        below = ", ".join(f"“{root}”" for root in roots)
        goes = gettext(
            "Then the navigation that Ferry made of the categories below %(categories)s goes."
        )
        said.append(goes % {"categories": below})
    return said


def _taken_off(number: int, to_withdraw: int) -> str:
    if not number:
        return gettext("At present there are none; what is sent meanwhile is taken off again.")
    if is_about(number) and to_withdraw < number:
        said = ngettext(
            "About %(number)s product is taken off.",
            "About %(number)s products are taken off.",
            to_withdraw,
        )
    else:
        said = ngettext(
            "%(number)s product is taken off.", "%(number)s products are taken off.", to_withdraw
        )
    return said % {"number": intcomma(to_withdraw)}


def _in_pim(catalogs: int, *, may_delete: bool) -> list[tuple[str, str]]:
    keep = ngettext(
        "With its selection and mapping. No app works on it any more.",
        "With their selections and mappings. No app works on them any more.",
        catalogs,
    )
    choices: list[tuple[str, str]] = [
        (Catalog.InPim.KEEP.value, _choice(gettext("Keep."), keep)),
    ]
    if may_delete:
        delete = ngettext(
            "With its selection and mapping. The work of mapping is lost for good.",
            "With their selections and mappings. The work of mapping is lost for good.",
            catalogs,
        )
        choices.append((Catalog.InPim.DELETE.value, _choice(gettext("Delete."), delete)))
    return choices


def _choice(title: str, *sentences: str) -> str:
    return format_html("<strong>{}</strong> {}", title, " ".join(sentences))


class HeldForm(PlainForm, forms.Form):
    """A decision about exactly the held listings that a page showed."""

    WITHDRAW = "withdraw"
    KEEP = "keep"

    decision = forms.ChoiceField(choices=[(WITHDRAW, WITHDRAW), (KEEP, KEEP)])
    # In one field: Django accepts a limited number of fields in one form.
    listings = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18})*$")
    confirmed = forms.BooleanField(required=False)
    # When the page was made: what changed since was not seen.
    seen_at = forms.DateTimeField(required=False, input_formats=[SEEN_AT])

    def clean_listings(self) -> list[int]:
        pks = [int(pk) for pk in self.cleaned_data["listings"].split(",")]
        if len(pks) > HELD_ON_A_PAGE:
            said = gettext("At most %(number)s products can be decided at once.")
            raise forms.ValidationError(said % {"number": intcomma(HELD_ON_A_PAGE)})
        return pks
