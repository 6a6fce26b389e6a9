"""Decisions about products on a channel, for the pages and for admin alike."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.html import format_html

from catalogs.models import Catalog, Channel
from catalogs.wording import counted
from channels.base import ChannelAdapter
from channels.registry import adapter_class
from connections.abilities import missing_abilities
from sync.models import Tally
from sync.navigation import leaving_with
from sync.removal import count_to_withdraw, is_about

HELD_ON_A_PAGE = 1000
SEEN_AT = "%Y-%m-%dT%H:%M:%S.%f%z"


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
        catalogs: Sequence[Catalog],
    ) -> None:
        super().__init__(data)
        adapter = adapter_class(channel.kind)
        self.fields["on_shop"].label = f"The products on {channel.name}"
        roots = leaving_with(catalogs) if adapter.navigates else []
        self._offer("on_shop", _on_shop(on_channel, to_withdraw, adapter, roots))
        number = len(catalogs)
        noun = "catalog" if number == 1 else f"{number} catalogs"
        self.fields["in_pim"].label = f"The {noun} in Akeneo"
        missing = {ability.code for ability in missing_abilities(channel.connection)}
        may_delete = "delete_catalogs" not in missing
        self._offer("in_pim", _in_pim(number, may_delete=may_delete))
        if not may_delete:
            self.fields[
                "in_pim"
            ].help_text = (
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
            field.error_messages["required"] = "Choose what becomes of them."


def _on_shop(
    number: int, to_withdraw: int, adapter: type[ChannelAdapter], roots: Sequence[str]
) -> list[tuple[str, str]]:
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
        if is_about(number) and to_withdraw < number:
            withdraw = f"About {withdraw}"
        if kept := number - to_withdraw:
            more = counted(kept, "more stays", "more stay")
            withdraw += f" {more}, in the care of another catalog."
        if not number:
            withdraw = "At present there are none; what is sent meanwhile is taken off again."
        if roots:
            below = ", ".join(f"“{root}”" for root in roots)
            withdraw += (
                f" Then the navigation that Ferry made of the categories below {below} goes."
            )
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
    # When the page was made: what changed since was not seen.
    seen_at = forms.DateTimeField(required=False, input_formats=[SEEN_AT])

    def clean_listings(self) -> list[int]:
        pks = [int(pk) for pk in self.cleaned_data["listings"].split(",")]
        if len(pks) > HELD_ON_A_PAGE:
            raise forms.ValidationError(
                f"At most {HELD_ON_A_PAGE} products can be decided at once."
            )
        return pks
