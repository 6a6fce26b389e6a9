"""The form of what is to be translated: which products, languages, attributes and channels."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import get_language_info, gettext
from django.utils.translation import gettext_lazy as _

from catalogs.models import Catalog
from catalogs.plain_forms import PlainForm
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.languages import translated
from connections.models import Connection
from enrichment.structure import Structure
from enrichment.translations.choosing import Asked, CannotTranslate, Only, choose, is_text
from outbound.errors import OutboundError
from pages.forms import LongSelect
from pages.wording import attribute_in_words

MOST_IDENTIFIERS = 1000
_LONGEST_IDENTIFIER = 255

_PRODUCTS = [
    ("all", _("All products and product models")),
    ("catalog", _("The products of a catalog, and the models above them")),
    ("list", _("Those of a list")),
]
_ONLY = [
    (Only.MISSING.value, _("Those that have no translation")),
    (
        Only.CHANGED.value,
        _("Those that changed after they were translated, as far as Ferry knows"),
    ),
    (Only.ALL.value, _("All")),
]


class TextsForm(PlainForm, forms.Form):
    """Made of the structure of the PIM, which is asked for each page; `asked` is what is meant."""

    source = forms.ChoiceField(label=_("From"), widget=LongSelect)
    target = forms.ChoiceField(label=_("Into"), widget=LongSelect)
    products = forms.ChoiceField(
        label=_("Texts of which products"),
        choices=_PRODUCTS,
        initial="all",
        widget=forms.RadioSelect,
    )
    catalog = forms.ChoiceField(
        label=_("Catalog"),
        required=False,
        widget=LongSelect,
        help_text=_("For the products of a catalog."),
    )
    identifiers = forms.CharField(
        label=_("List"),
        required=False,
        max_length=MOST_IDENTIFIERS * 100,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_(
            "For those of a list: identifiers of products and codes of product models, one a line."
        ),
    )
    only = forms.ChoiceField(
        label=_("Which of their texts"), choices=_ONLY, widget=forms.RadioSelect
    )
    attributes = forms.MultipleChoiceField(
        label=_("Attributes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With none chosen, all texts that have a value for each language."),
    )
    scopes = forms.MultipleChoiceField(
        label=_("Channels of Akeneo"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Where an attribute has a text for each of them. With none chosen, all that have both "
            "languages."
        ),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        connection: Connection,
        structure: Structure,
        language: str,
    ) -> None:
        """At first what is missing is meant. `language` is the reader's."""
        initial = {"only": Only.MISSING.value, "source": _usual(structure)}
        super().__init__(data, initial=initial)
        self._structure = structure
        rows = Catalog.objects.filter(channel__connection=connection).order_by("name", "pk")
        self._catalogs = {str(row.uuid): row for row in rows.exclude(pim_catalog_id="")}
        locales = sorted(structure.locales)
        named = [(one, locale_in_words(one)) for one in locales]
        self._offer("source", named)
        self._offer("target", [("", gettext("Choose a language")), *named])
        found = [(uuid, row.name) for uuid, row in self._catalogs.items()]
        self._offer("catalog", [("", gettext("Choose a catalog")), *found])
        locale = _in_language(locales, language)
        texts = sorted(
            (attribute_in_words(one, locale), code)
            for code, one in structure.attributes.items()
            if is_text(one)
        )
        self._offer("attributes", [(code, label) for label, code in texts])
        channels = [
            (code, one.labels.get(locale) or code)
            for code, one in sorted(structure.channels.items())
        ]
        self._offer("scopes", channels)

    def clean_identifiers(self) -> tuple[str, ...]:
        lines = (line.strip() for line in self.cleaned_data["identifiers"].splitlines())
        found = tuple(dict.fromkeys(filter(None, lines)))
        if len(found) > MOST_IDENTIFIERS:
            said = _("The list has %(number)s lines; %(most)s are possible.")
            numbers = {"number": len(found), "most": MOST_IDENTIFIERS}
            raise forms.ValidationError(said % numbers)
        if any(len(one) > _LONGEST_IDENTIFIER for one in found):
            raise forms.ValidationError(
                _("A line is longer than any identifier. Write one identifier a line.")
            )
        return found

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        products = values.get("products")
        if products == "catalog" and not values.get("catalog") and "catalog" in values:
            self.add_error("catalog", _("Choose the catalog."))
        if products == "list" and not values.get("identifiers") and "identifiers" in values:
            self.add_error("identifiers", _("Enter at least one identifier."))
        if values.get("source") and values.get("source") == values.get("target"):
            self.add_error("target", _("Choose another language than the one it is from."))
        if not self.errors:
            try:
                choose(self._structure, self.asked)
            except CannotTranslate as error:
                self.add_error(None, str(error))
        return values

    @property
    def asked(self) -> Asked:
        values = self.cleaned_data
        is_list = values["products"] == "list"
        return Asked(
            values["source"],
            values["target"],
            attributes=tuple(sorted(values["attributes"])),
            scopes=tuple(sorted(values["scopes"])),
            only=Only(values["only"]),
            pim_catalog_id=self._catalog.pim_catalog_id if self._catalog else "",
            identifiers=values["identifiers"] if is_list else (),
        )

    @property
    def catalog_name(self) -> str:
        return self._catalog.name if self._catalog else ""

    @property
    def _catalog(self) -> Catalog | None:
        values = self.cleaned_data
        return self._catalogs[values["catalog"]] if values["products"] == "catalog" else None

    def _offer(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # nosec B101  # as declared
        field.choices = choices


@dataclass(frozen=True, slots=True)
class Choosable:
    """What the PIM has to choose from, or the sentence that says why nobody knows."""

    structure: Structure | None
    problem: str = ""


def read_structure(connection: Connection) -> Choosable:
    """Ask Akeneo for its languages, channels and attributes."""
    try:
        with noticing_loss(connection):
            structure = Structure(client_for(connection, patient=False))
            for ask in ("locales", "channels", "attributes"):
                getattr(structure, ask)  # asked once, and kept
            return Choosable(structure)
    except OutboundError as error:
        said = gettext("Akeneo does not tell what there is to choose. %(reason)s")
        return Choosable(None, said % {"reason": translated(error.message)})


def locale_in_words(locale: str) -> str:
    """Return what people call a language, with the PIM's code: French (fr_FR)."""
    try:
        name = get_language_info(locale.replace("_", "-").lower())["name_translated"]
    except KeyError:
        return locale
    return f"{name} ({locale})"


def _usual(structure: Structure) -> str:
    """The language that most texts are written in: English, where the PIM has it."""
    locales = sorted(structure.locales)
    return next((one for one in locales if one.startswith("en_")), next(iter(locales), ""))


def _in_language(locales: list[str], language: str) -> str:
    """The first locale of the reader's language; empty where there is none."""
    begins = language.partition("-")[0] + "_"
    return next((one for one in locales if one.startswith(begins)), "")
