"""How a pause is entered in admin, for catalogs and channels alike."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from catalogs.models import Catalog, Channel
from catalogs.pauses import check_end, pause, resume
from connections.admin_forms import StoringForm, moment_field
from outbound.errors import ConfigurationError

FIELDS = ("paused", "pause_reason", "pause_ends_at")


class PausingForm(StoringForm):
    paused = forms.BooleanField(required=False, widget=UnfoldBooleanSwitchWidget)
    pause_reason = forms.CharField(
        max_length=200,
        required=False,
        label="Why it is paused",
        help_text="Shown to whoever wonders why nothing is carried.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )
    pause_ends_at = moment_field(
        label="Paused until (UTC)", help_text="Empty: until somebody resumes it."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        row = self.instance
        self.initial.update(
            paused=row.is_paused, pause_reason=row.pause_reason, pause_ends_at=row.pause_ends_at
        )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        try:
            check_end(data.get("pause_ends_at") if data.get("paused") else None)
        except ConfigurationError as error:
            self.add_error("pause_ends_at", error.message)
        return data

    def store_pause(self, row: Catalog | Channel) -> None:
        """Pause or resume it as entered. Raises ConfigurationError."""
        if self.cleaned_data["paused"]:
            reason, until = self.cleaned_data["pause_reason"], self.cleaned_data["pause_ends_at"]
            pause(row, reason=reason, until=until)
        elif row.paused_at is not None:
            resume(row)
