"""The form of what a catalog's products carry, section by section.

Its fields only collect text: `catalogs.content` judges it, so that a choice that was offered is
taken even when nobody can be asked any more.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalogs.content import leaving_choices, owned_choices, targets_to_own
from catalogs.models import Catalog
from catalogs.offers import Choices, Offers
from catalogs.plain_forms import PlainForm
from channels.registry import adapter_class
from connections.languages import declared

_LANGUAGE, _MISSING, _RELATION, _OWNER = "language:", "missing:", "relation:", "owner:"
_SHOP, _SHOP_VALUE = "shop:", "shop_value:"
_FEW_ROWS = 6  # that are not worth folding
_MORE_SHOPS = 3  # empty lines below those that are filled


@dataclass(frozen=True, slots=True)
class Section:
    """Part of the page: fields one below the other, or `rows` of them under `columns`.

    `about`: the settings whose errors belong here. `absent`: why there is nothing to choose.
    `usual`: rows that are as they are without anybody's choice, folded.
    """

    title: str
    text: str
    about: tuple[str, ...]
    fields: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    rows: list[tuple[str, list[str]]] = field(default_factory=list)
    usual: list[tuple[str, list[str]]] = field(default_factory=list)
    absent: str = ""


class ContentForm(PlainForm, forms.Form):
    """Its fields follow from the catalog, the kind of its channel and what is offered."""

    def __init__(self, data: Any = None, *, catalog: Catalog, offers: Offers) -> None:
        super().__init__(data)
        self._catalog = catalog
        self._adapter = adapter_class(catalog.channel.kind)
        self._offers = offers
        self._refused: dict[str, str] = {}
        self.sections = [
            self._languages(),
            self._currencies(),
            self._completeness(),
            self._categories(),
            *([self._associations()] if self._adapter.relations else []),
            *([self._shops()] if self._adapter.has_shops else []),
            *([] if self._adapter.publishes else [self._owners()]),
        ]

    def parts(self) -> list[dict[str, Any]]:
        """Return the sections with their bound fields, as the template shows them."""
        return [
            {
                "section": one,
                "fields": [self[name] for name in one.fields],
                "rows": self._rows(one, one.rows),
                "usual": self._rows(one, one.usual),
                "errors": [self._refused[name] for name in one.about if name in self._refused],
            }
            for one in self.sections
        ]

    def _rows(self, section: Section, rows: list[tuple[str, list[str]]]) -> list[Any]:
        return [
            (label, list(zip(section.columns[1:], (self[name] for name in names), strict=True)))
            for label, names in rows
        ]

    def show_errors(self, errors: Mapping[str, str]) -> None:
        """Put each sentence at the section of the setting that it is about."""
        shown = {name for one in self.sections for name in one.about}
        self._refused = {name: errors[name] for name in errors if name in shown}
        for name, sentence in errors.items():
            if name not in shown:
                self.add_error(None, sentence)
        if self._refused:
            self.add_error(None, _("Something needs another look; it is marked below."))

    def _languages(self) -> Section:
        catalog, channel = self._catalog, self._catalog.channel
        locales = _merged(self._offers.locales, [*catalog.locales, catalog.locale])
        self._choose(
            "locale",
            _("Default language"),
            _("Its text stands in where another language has none."),
            [("", _("None")), *((one, one) for one in locales)],
            catalog.locale,
        )
        rows = []
        for locale in locales:
            language = catalog.locales.get(locale, "")
            names = [f"{_LANGUAGE}{locale}", f"{_MISSING}{locale}"]
            self._enter(
                names[0],
                _("%(locale)s on %(channel)s") % {"locale": locale, "channel": channel.name},
                self._offers.languages,
                language,
                _("Not carried"),
            )
            self._choose(
                names[1],
                _("When a text is missing in %(locale)s") % {"locale": locale},
                "",
                [("", _("As usual")), *Catalog.OnMissing.choices],
                catalog.when_missing.get(language, ""),
            )
            rows.append((locale, names))
        return Section(
            _("Languages"),
            _(
                "Which languages of Akeneo are carried, and what they are called on %(channel)s. "
                "Say for each what it is called there, such as en; one left empty is not carried. "
                "With all left empty, texts go out in Akeneo's languages. As usual means: the "
                "default language's text, or without a default language what the shop has."
            )
            % {"channel": channel.name},
            ("locale", "locales", "when_missing"),
            fields=("locale",),
            columns=(
                _("In Akeneo"),
                _("On %(channel)s") % {"channel": channel.name},
                _("When a text is missing"),
            ),
            rows=rows,
            absent="" if rows else _("Akeneo's languages are not known at present."),
        )

    def _currencies(self) -> Section:
        sent = self.data.getlist("currencies") if isinstance(self.data, QueryDict) else []
        codes = _merged(self._offers.currencies, [*self._catalog.currencies, *sent])
        self.fields["currencies"] = forms.MultipleChoiceField(
            label=_("Currencies"),
            required=False,
            choices=[(code, code) for code in codes],
            initial=self._catalog.currencies,
            widget=forms.CheckboxSelectMultiple,
        )
        return Section(
            _("Currencies"),
            _("Those that prices are given in. With none chosen, all that Akeneo has."),
            ("currencies",),
            fields=("currencies",) if codes else (),
            absent="" if codes else _("Akeneo's currencies are not known at present."),
        )

    def _completeness(self) -> Section:
        catalog = self._catalog
        self._choose(
            "complete_for",
            _("Only products that are complete for"),
            _(
                "A channel of Akeneo. A product has to be complete in every language that is "
                "carried."
            ),
            _with(
                [("", _("All products, complete or not")), *self._offers.scopes],
                catalog.complete_for,
            ),
            catalog.complete_for,
        )
        self._choose(
            "when_incomplete",
            _("When a product on %(channel)s is not complete any more")
            % {"channel": catalog.channel.name},
            _("Before many leave at once, you are asked."),
            leaving_choices(catalog),
            catalog.when_incomplete,
        )
        return Section(
            _("Only when complete"),
            _(
                "Products that lack something in Akeneo can wait there until they are complete. "
                "Of a model, the variants that are complete are carried."
            ),
            ("complete_for", "when_incomplete"),
            fields=("complete_for", "when_incomplete"),
        )

    def _categories(self) -> Section:
        catalog = self._catalog
        follows = (
            _(
                "The navigation of %(channel)s follows this tree: what is below the category you "
                "choose is created, renamed and moved there."
            )
            % {"channel": catalog.channel.name}
            if self._adapter.navigates
            else _("Products say which categories they are in below the one you choose.")
        )
        label, text = _("Everything below"), _("The category itself does not appear.")
        if self._offers.only_trees:
            trees = ", ".join(text for _code, text in self._offers.categories)
            many = _(
                "Akeneo has too many categories to list them here. Type the code of one, for "
                "instance of a tree: %(trees)s. Leave it empty for no categories."
            )
            text = f"{text} {many % {'trees': trees}}"
            self._type("category_root", label, catalog.category_root, text)
        else:
            choices = [("", _("No categories")), *self._offers.categories]
            self._choose("category_root", label, text, choices, catalog.category_root)
        return Section(_("Categories"), follows, ("category_root",), fields=("category_root",))

    def _associations(self) -> Section:
        relations = self._catalog.relations
        types = dict(self._offers.association_types)
        types = {**{code: code for code in relations}, **types}
        rows = []
        for code, label in types.items():
            name = f"{_RELATION}{code}"
            offered = [(value, declared(text)) for value, text in self._adapter.relations]
            choices = [("", _("Not carried")), *offered]
            self._choose(
                name,
                _("What %(label)s becomes") % {"label": label},
                "",
                choices,
                relations.get(code, ""),
            )
            rows.append((label, [name]))
        return Section(
            _("Links between products"),
            _(
                "What associations of Akeneo become. A link to a product that is not there yet is "
                "made when it arrives."
            ),
            ("relations",),
            columns=(_("In Akeneo"), _("On %(channel)s") % {"channel": self._catalog.channel.name}),
            rows=rows,
            absent="" if rows else _("Akeneo's association types are not known at present."),
        )

    def _shops(self) -> Section:
        shops = self._catalog.shops
        entries = [*sorted(shops.items()), *[("", "")] * _MORE_SHOPS]
        rows = []
        for number, (value, shop) in enumerate(entries):
            names = [f"{_SHOP_VALUE}{number}", f"{_SHOP}{number}"]
            self._enter(names[0], _("Value %(number)s") % {"number": number + 1}, [], value, "")
            offered = [("", _("No shop")), *self._offers.shops]
            self._choose(
                names[1], _("Shop of value %(number)s") % {"number": number + 1}, "", offered, shop
            )
            rows.append((value or _("Another value"), names))
        return Section(
            _("Shops"),
            _(
                "Which shop each value of the target “Shops” means. Values that products have and "
                "that nobody has assigned yet stand here too; until then they are left out."
            ),
            ("shops",),
            columns=("", _("Value in Akeneo"), _("Shop")),
            rows=rows,
        )

    def _owners(self) -> Section:
        set_when = self._catalog.set_when
        choices = owned_choices(self._adapter)
        always = Catalog.SetWhen.ALWAYS.value
        rows: list[tuple[str, list[str]]] = []
        usual: list[tuple[str, list[str]]] = []
        for target in targets_to_own(self._catalog):
            name = f"{_OWNER}{target.code}"
            chosen = set_when.get(target.code, always)
            self._choose(
                name, _("When %(title)s is set") % {"title": target.title}, "", choices, chosen
            )
            (usual if chosen == always else rows).append((target.title, [name]))
        if len(usual) <= _FEW_ROWS:
            rows, usual = [*rows, *usual], []
        return Section(
            _("What belongs to the shop"),
            _(
                "What the people of %(channel)s maintain there themselves is not overwritten if "
                "you say so here."
            )
            % {"channel": self._catalog.channel.name},
            ("set_when",),
            columns=(_("Field"), _("It is set")),
            rows=rows,
            usual=usual,
        )

    def _choose(self, name: str, label: str, text: str, choices: Choices, chosen: str) -> None:
        self.fields[name] = forms.CharField(
            label=label,
            help_text=text,
            required=False,
            initial=chosen,
            widget=forms.Select({"aria-label": label}, choices=_with(choices, chosen)),
        )

    def _enter(self, name: str, label: str, offered: Sequence[str], value: str, empty: str) -> None:
        """Let people choose from what is offered, or type where nothing is."""
        if offered:
            choices = [("", empty), *((one, one) for one in offered)]
            self._choose(name, label, "", choices, value)
            return
        self._type(name, label, value)

    def _type(self, name: str, label: str, value: str, text: str = "") -> None:
        self.fields[name] = forms.CharField(
            label=label,
            help_text=text,
            required=False,
            initial=value,
            widget=forms.TextInput({"aria-label": label, "autocomplete": "off"}),
        )


def entered(data: QueryDict) -> dict[str, Any]:
    """Return what was entered, by setting. What was not sent along is left out."""
    languages = _table(data, _LANGUAGE)
    missing = _table(data, _MISSING)
    values: dict[str, Any] = {
        name: data[name]
        for name in ("locale", "complete_for", "when_incomplete", "category_root")
        if name in data
    }
    if languages:
        values["locales"] = languages
        values["when_missing"] = {
            languages[locale]: what
            for locale, what in missing.items()
            if what and languages.get(locale)
        }
    if "currencies:shown" in data:
        values["currencies"] = data.getlist("currencies")
    if relations := _table(data, _RELATION):
        values["relations"] = relations
    if owners := _table(data, _OWNER):
        values["set_when"] = owners
    if shops := _table(data, _SHOP_VALUE):
        values["shops"] = {
            value: data.get(f"{_SHOP}{number}", "").strip()
            for number, value in shops.items()
            if value
        }
    return values


def _table(data: QueryDict, prefix: str) -> dict[str, str]:
    return {
        name.removeprefix(prefix): value.strip()
        for name, value in data.items()
        if name.startswith(prefix) and isinstance(value, str)
    }


def _merged(offered: Iterable[str], stored: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*offered, *filter(None, stored)]))


def _with(choices: Choices, chosen: str) -> Choices:
    """Return the choices with the present one among them, which may not be offered any more."""
    known = {value for value, _ in choices}
    return choices if chosen in known else [*choices, (chosen, chosen)]
