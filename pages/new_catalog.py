"""The form of a new catalog: what the wizard asks, and only where there is something to choose."""

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.models import DEFAULT_EVERY, Catalog, Channel
from catalogs.offers import Offers
from channels.registry import adapter_class
from pages.forms import CatalogForm

_USUAL = "en_US"


class NewCatalogForm(CatalogForm):
    """Name, how often, what is carried; a language and currencies where the PIM has several."""

    def __init__(self, data: Any = None, *, channel: Channel, offers: Offers) -> None:
        kind = adapter_class(channel.kind)
        name = gettext("%(channel)s products") % {"channel": channel.name}
        super().__init__(data, kind=kind, initial={"name": name, "every": DEFAULT_EVERY})
        if len(offers.locales) > 1:
            self.fields["locale"] = forms.ChoiceField(
                label=_("Default language"),
                help_text=_("Its text stands in where another language has none."),
                choices=[(code, code) for code in offers.locales],
                initial=_locale_before(channel, offers.locales),
                required=False,
            )
        if len(offers.currencies) > 1:
            self.fields["currencies"] = forms.MultipleChoiceField(
                label=_("Currencies"),
                help_text=_("Those that prices are given in. With none chosen, all of them."),
                choices=[(code, code) for code in offers.currencies],
                widget=forms.CheckboxSelectMultiple,
                required=False,
            )

    @property
    def values(self) -> dict[str, Any]:
        """What `create_catalog` wants to know."""
        data = self.cleaned_data
        chosen = {name: data[name] for name in ("locale", "currencies") if data.get(name)}
        return {
            "name": data["name"],
            "every": data["every"],
            "raw": self.raw,
            "shape": self.shape,
            "content": {} if self.raw else chosen,
        }


def _locale_before(channel: Channel, offered: list[str]) -> str:
    """Return the language that people chose last for this PIM, else a usual one."""
    catalogs = Catalog.objects.filter(channel__connection=channel.connection_id, locale__in=offered)
    last = catalogs.order_by("-pk").values_list("locale", flat=True).first()
    return last or (_USUAL if _USUAL in offered else offered[0])
