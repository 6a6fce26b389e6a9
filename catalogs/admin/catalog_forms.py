"""The forms of catalogs in admin."""

from typing import Any

from django import forms
from django.db.models import Model
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelect2Widget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanSwitchWidget,
)

from catalogs.admin.content_fields import ContentFields
from catalogs.admin.labels import ChannelField
from catalogs.admin.pausing import PausingForm
from catalogs.catalogs import (
    NAME_LIMIT,
    archive,
    create_catalog,
    rename_catalog,
    restore,
    set_caution,
    set_every,
)
from catalogs.content import CONTENT, leaving_choices, set_content
from catalogs.forms import CAUTION
from catalogs.models import DEFAULT_EVERY, Catalog, Channel
from catalogs.schedules import LONGEST
from channels.settings import InvalidSettings
from connections.admin_forms import StoringForm
from outbound.errors import OutboundError


class CatalogForm(ContentFields, PausingForm):
    """What may be changed about a catalog."""

    name = forms.CharField(
        max_length=NAME_LIMIT,
        help_text="It is renamed in Akeneo as well.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )
    every = forms.IntegerField(
        label="Sync every (minutes)",
        min_value=1,
        max_value=LONGEST,
        required=False,
        help_text="Empty: only when somebody asks.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    when_disabled = forms.ChoiceField(
        label="When a product is disabled", required=False, widget=UnfoldAdminSelectWidget
    )
    when_absent = forms.ChoiceField(
        label="When a product is deleted",
        required=False,
        help_text="Or not permitted to Ferry any more: the PIM answers both alike.",
        widget=UnfoldAdminSelectWidget,
    )
    when_deselected = forms.ChoiceField(
        label="When a product leaves the selection", required=False, widget=UnfoldAdminSelectWidget
    )
    fuse_percent = forms.IntegerField(
        label="Ask first above this share (%)",
        min_value=1,
        max_value=100,
        required=False,
        help_text="When more of the products leave, or lose a value, a person is asked first.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    fuse_count = forms.IntegerField(
        label="And above this number of products",
        min_value=0,
        max_value=1_000_000_000,
        required=False,
        widget=UnfoldAdminIntegerFieldWidget,
    )
    growth_count = forms.IntegerField(
        label="Ask first above this number of new products",
        min_value=0,
        max_value=1_000_000_000,
        required=False,
        help_text="When a catalog more than doubles, and by more than that.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    archived = forms.BooleanField(
        required=False,
        help_text="Put aside: no more runs. Its products stay on the shop and in its care.",
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = Catalog
        fields: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        catalog = self.instance
        self.initial.update(
            name=catalog.name,
            every=catalog.every,
            archived=catalog.archived_at is not None,
            **{name: getattr(catalog, name) for name in (*CAUTION, *CONTENT)},
        )
        for name in (*CAUTION, "when_incomplete"):
            if isinstance(field := self.fields[name], forms.ChoiceField):
                field.choices = leaving_choices(catalog)

    def store(self) -> Model:
        catalog: Catalog = self.instance
        data = self.cleaned_data
        rename_catalog(catalog, data["name"])  # first what can be refused
        if not catalog.raw:
            set_content(catalog, **self.content())
        if data["every"] != catalog.every:
            set_every(catalog, data["every"])
        entered = {name: data[name] for name in CAUTION if data[name] not in (None, "")}
        set_caution(catalog, **entered)
        self.store_pause(catalog)
        if data["archived"] != (catalog.archived_at is not None):
            (archive if data["archived"] else restore)(catalog)
        return catalog

    def show_refusal(self, error: OutboundError) -> None:
        if isinstance(error, InvalidSettings):
            for name, sentence in error.errors.items():
                self.add_error(name, sentence)
            return
        self.add_error("name", error.message)


class NewCatalogForm(StoringForm):
    channel = ChannelField(
        Channel.objects.filter(removing_since=None).select_related("connection"),
        empty_label="Choose a channel",
        help_text="Where its products go. This cannot be changed later.",
        widget=UnfoldAdminSelect2Widget,
    )
    name = forms.CharField(
        max_length=NAME_LIMIT,
        help_text="People see it here and in Akeneo.",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off"}),
    )
    every = forms.IntegerField(
        label="Sync every (minutes)",
        min_value=1,
        max_value=LONGEST,
        required=False,
        initial=DEFAULT_EVERY,
        help_text="Empty: only when somebody asks.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    raw = forms.BooleanField(
        label="Raw products",
        required=False,
        help_text=(
            "Products go out as the PIM stores them, without a mapping. "
            "This cannot be changed later."
        ),
        widget=UnfoldBooleanSwitchWidget,
    )
    models = forms.BooleanField(
        label="Models with their variants",
        required=False,
        help_text="For channels that know variants. This cannot be changed later.",
        widget=UnfoldBooleanSwitchWidget,
    )

    class Meta:
        model = Catalog
        fields: tuple[str, ...] = ()

    def store(self) -> Model:
        data = self.cleaned_data
        return create_catalog(
            data["channel"],
            name=data["name"],
            every=data["every"],
            raw=data["raw"],
            shape=Catalog.Shape.MODELS if data["models"] else Catalog.Shape.FLAT,
        )
