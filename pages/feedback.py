"""The form of feedback: four attributes of Akeneo, each of those that fit."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from catalogs.plain_forms import PlainForm
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.languages import translated
from outbound.errors import OutboundError
from pages.forms import LongSelect
from pim.attributes import PimAttribute, attributes
from sync.feedback.settings import fits
from sync.models import Feedback

_FIELDS = {
    "status": (
        _("Status"),
        _(
            "live, waiting or refused; empty where the product is not on the channel. A text, or a "
            "simple select with these three options."
        ),
    ),
    "date": (_("Since when"), _("The day since which that is the status. A date, or a text.")),
    "address": (
        _("Address in the shop"),
        _("Where the product is seen, where the channel tells. A text or a text area."),
    ),
    "problem": (
        _("Last problem"),
        _("What the channel refused, in its own words. A text or a text area."),
    ),
}


class FeedbackForm(PlainForm, forms.Form):
    """What is chosen is judged by `sync.feedback.settings`, which asks Akeneo anew."""

    def __init__(
        self, data: Any = None, *, feedback: Feedback, attributes: Mapping[str, PimAttribute]
    ) -> None:
        super().__init__(data)
        locale = feedback.catalog.locale
        for name, (label, text) in _FIELDS.items():
            present = str((data or {}).get(name, "") or getattr(feedback, name))
            offered = sorted(code for code, one in attributes.items() if fits(name, one))
            choices = [("", gettext("Do not write it"))]
            choices += [(code, _in_words(attributes[code], locale)) for code in offered]
            if present and present not in offered:
                choices.append((present, present))
            self.fields[name] = forms.CharField(
                label=label,
                help_text=text,
                required=False,
                initial=getattr(feedback, name),
                widget=LongSelect(choices=choices),
            )

    def show_errors(self, errors: Mapping[str, str]) -> None:
        for name, sentence in errors.items():
            self.add_error(name if name in self.fields else None, sentence)


def read_attributes(catalog: Catalog) -> tuple[dict[str, PimAttribute], str]:
    """Ask Akeneo for its attributes; none, and a sentence, where it does not tell."""
    try:
        with noticing_loss(catalog.connection):
            return attributes(client_for(catalog.connection, patient=False)), ""
    except OutboundError as error:
        said = gettext("Akeneo does not tell what there is to choose. %(reason)s")
        return {}, said % {"reason": translated(error.message)}


def _in_words(attribute: PimAttribute, locale: str) -> str:
    labels = attribute.labels
    label = labels.get(locale) or next(filter(None, labels.values()), "")
    return f"{label} ({attribute.code})" if label else attribute.code
