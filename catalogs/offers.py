"""What a catalog's content can be chosen from: read from the PIM and the channel when asked."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.channels import adapter_for, listening_to
from catalogs.models import Catalog, Channel
from channels.registry import adapter_class
from channels.targets import PRICE_FIELDS
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.languages import translated
from outbound.errors import OutboundError
from pim.client import PimClient
from pim.errors import Forbidden, TooMany
from pim.structure import categories, codes_of, labelled, trees
from pim.values import PimCategory

_MOST_CATEGORIES = 500  # to choose from; of more, some of the trees are named
_MOST_TREES = 20

Choices = list[tuple[str, Any]]  # value and text, which may be translated when it is shown
_NO_LANGUAGES = _(
    "Ferry may not read the languages of Akeneo. Open the app from Akeneo as somebody who may "
    "manage apps, and grant it."
)
_NO_CURRENCIES = _(
    "Ferry may not read the currencies of Akeneo. Open the app from Akeneo as somebody who may "
    "manage apps, and grant it."
)
_NO_CHANNELS = _(
    "Ferry may not read the channels of Akeneo. Open the app from Akeneo as somebody who may "
    "manage apps, and grant it."
)
_NO_CATEGORIES = _(
    "Ferry may not read the categories of Akeneo. Open the app from Akeneo as somebody who may "
    "manage apps, and grant it."
)
_NO_ASSOCIATION_TYPES = _(
    "Ferry may not read the association types of Akeneo. Open the app from Akeneo as somebody "
    "who may manage apps, and grant it."
)


@dataclass(slots=True)
class Offers:
    """Lists of (value, label); empty where something could not be asked, as `problems` say.

    `only_trees`: the PIM has more categories than anybody looks through, and these are trees.
    """

    locales: list[str] = field(default_factory=list)
    currencies: list[str] = field(default_factory=list)
    scopes: Choices = field(default_factory=list)
    categories: Choices = field(default_factory=list)
    only_trees: bool = False
    association_types: Choices = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    shops: Choices = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_offers(catalog: Catalog) -> Offers:
    """Ask the PIM and the channel; whoever does not answer is named among the problems."""
    offers = Offers()
    _ask_pim(catalog, offers)
    _ask_channel(catalog, offers)
    return offers


def offers_for_new(channel: Channel) -> Offers:
    """Ask the PIM for what a new catalog of the channel has to choose from.

    Nothing is asked for a channel that takes one language and one currency, as mapped.
    """
    targets = adapter_class(channel.kind).all_targets(channel.targets)
    asked = []
    if any(target.is_localized for target in targets):
        asked.append("locales")
    if any(target.type == "array" and target.fields == PRICE_FIELDS for target in targets):
        asked.append("currencies")
    offers = Offers()
    if not asked:
        return offers
    try:
        with noticing_loss(channel.connection):
            client = client_for(channel.connection, patient=False)
            for name in asked:
                setattr(offers, name, codes_of(client, name, enabled=True))
    except OutboundError as error:
        offers.problems.append(translated(error.message))
    return offers


def _ask_pim(catalog: Catalog, offers: Offers) -> None:
    locale = catalog.locale
    asked: tuple[tuple[str, Any, Callable[[PimClient], Any]], ...] = (
        ("locales", _NO_LANGUAGES, lambda pim: codes_of(pim, "locales", enabled=True)),
        ("currencies", _NO_CURRENCIES, lambda pim: codes_of(pim, "currencies", enabled=True)),
        ("scopes", _NO_CHANNELS, lambda pim: labelled(pim, "channels", locale)),
        ("categories", _NO_CATEGORIES, lambda pim: _categories(pim, offers, locale)),
        (
            "association_types",
            _NO_ASSOCIATION_TYPES,
            lambda pim: labelled(pim, "association-types", locale),
        ),
    )
    try:
        with noticing_loss(catalog.connection):
            client = client_for(catalog.connection, patient=False)
            for name, refused, ask in asked:
                try:
                    setattr(offers, name, ask(client))
                except Forbidden:
                    offers.problems.append(str(refused))
    except OutboundError as error:
        said = gettext("Akeneo does not tell what there is to choose. %(reason)s")
        offers.problems.append(said % {"reason": translated(error.message)})


def _ask_channel(catalog: Catalog, offers: Offers) -> None:
    channel = catalog.channel
    try:
        with listening_to(channel):
            adapter = adapter_for(channel)
            offers.languages = adapter.read_languages()
            if adapter.has_shops:
                offers.shops = adapter.read_shops()
    except OutboundError as error:
        said = gettext("%(channel)s does not tell its languages and shops. %(reason)s")
        offers.problems.append(
            said % {"channel": channel.name, "reason": translated(error.message)}
        )


def _categories(pim: PimClient, offers: Offers, locale: str) -> Choices:
    try:
        return category_choices(categories(pim, most=_MOST_CATEGORIES), locale)
    except TooMany:
        offers.only_trees = True
        return category_choices(trees(pim, _MOST_TREES), locale)


def category_choices(found: list[PimCategory], locale: str) -> Choices:
    """Return categories by their trees, those below others indented."""
    children: dict[str | None, list[PimCategory]] = {}
    for one in found:
        children.setdefault(one.parent, []).append(one)
    choices: Choices = []

    def add(parent: str | None, depth: int) -> None:
        for one in sorted(children.get(parent, ()), key=lambda each: each.position):
            label = one.labels.get(locale) or next(filter(None, one.labels.values()), one.code)
            choices.append((one.code, f"{'– ' * depth}{label} ({one.code})"))
            if depth < 50:
                add(one.code, depth + 1)

    add(None, 0)
    return choices
