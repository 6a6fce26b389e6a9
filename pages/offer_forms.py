"""Forms about offers: which values are looked at, and what is decided about them."""

from typing import Any

from django import forms

from enrichment.deciding import Decision
from enrichment.models import Proposal
from enrichment.reviewing import Choice

_CODE = 255


class _Text(forms.CharField):
    """What no database takes is taken out, and no text is too long to look for."""

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "").replace("\0", "")
        return text.encode(errors="replace").decode()[:_CODE]


class ChoiceForm(forms.Form):
    """Which proposals the page shows; what cannot be understood is left open."""

    attribute = _Text(required=False)
    locale = _Text(required=False)
    identifier = _Text(required=False)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    before = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)

    def choice(self, state: Proposal.State) -> Choice:
        self.is_valid()
        found = self.cleaned_data
        return Choice(
            state,
            found.get("attribute", ""),
            found.get("locale", ""),
            found.get("identifier", ""),
        )


class DecisionForm(ChoiceForm):
    """What is decided about the chosen proposals up to `upto`, or about `proposal` alone."""

    decision = forms.ChoiceField(choices=Decision.choices)
    upto = forms.IntegerField(min_value=0, max_value=2**63 - 1)
    proposal = forms.IntegerField(required=False, min_value=0, max_value=2**63 - 1)
    confirmed = forms.BooleanField(required=False)

    @property
    def decided(self) -> Decision:
        return Decision(self.cleaned_data["decision"])
