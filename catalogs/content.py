"""What the products of a catalog carry: languages, currencies, categories, links, shops.

Set by people on the page "Content" and in admin. Products say something else then without having
changed in the PIM: so the next run reads everything.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from catalogs.catalogs import create_catalog, managed_by, update_in_pim
from catalogs.models import Catalog, Channel
from channels.base import ChannelAdapter, Target
from channels.registry import adapter_class
from channels.settings import InvalidSettings
from connections import audit
from connections.audit import Action
from connections.clients import client_for
from connections.connections import noticing_loss
from connections.models import Connection
from outbound.errors import OutboundError
from pim.structure import has_category

# What is set here, and what of it changes documents: by the rest only what is sent changes.
CONTENT = (
    "locale",
    "locales",
    "when_missing",
    "currencies",
    "complete_for",
    "when_incomplete",
    "category_root",
    "relations",
    "shops",
    "set_when",
)
_LEAVING = ("when_disabled", "when_absent", "when_deselected", "when_incomplete")
_ONLY_SENDING = frozenset({"set_when", "when_incomplete"})

_CURRENCY = re.compile(r"[A-Z]{3}")
_LONGEST = 255
_MOST = 1000  # entries of a table
_MOST_SHOPS = 300
_NOT_MAPPED = _(
    "The products of this catalog go out as the PIM stores them, so there is nothing to set here."
)
_Missing = Catalog.OnMissing
_When = Catalog.SetWhen


def set_content(catalog: Catalog, **values: Any) -> bool:
    """Set what products carry; return whether the next run reads everything because of it.

    The PIM is told the currencies and locales first. Raises InvalidSettings with a sentence for
    each field that is wrong, or OutboundError; nothing is changed then.
    """
    cleaned = clean_content(catalog, values)
    changed = {name: value for name, value in cleaned.items() if getattr(catalog, name) != value}
    if not changed:
        return False
    if changed.get("category_root"):
        _expect_category(catalog.connection, changed["category_root"])
    manages = managed_by(catalog)
    before = {name: getattr(catalog, name) for name in changed}
    for name, value in changed.items():
        setattr(catalog, name, value)
    try:
        if managed_by(catalog) != manages:
            client = client_for(catalog.connection, patient=False)
            with noticing_loss(catalog.connection):
                update_in_pim(client, catalog, name=catalog.name)
    except BaseException:
        for name, value in before.items():
            setattr(catalog, name, value)
        raise
    reads_everything = not changed.keys() <= _ONLY_SENDING
    if reads_everything:
        catalog.content_changed_at = timezone.now()
    with transaction.atomic():
        catalog.save(update_fields=[*changed, "content_changed_at", "updated_at"])
        audit.record(Action.CATALOG_CHANGED, catalog.connection, catalog.name, **changed)
    return reads_everything


def create_with_content(
    channel: Channel,
    content: Mapping[str, Any],
    *,
    name: str,
    every: int | None,
    raw: bool,
    shape: Catalog.Shape,
) -> Catalog:
    """Create a catalog whose products carry this from the first run on.

    Raises what `create_catalog` does, or InvalidSettings before the PIM is asked.
    """
    cleaned = {}
    if content:
        cleaned = clean_content(Catalog(channel=channel, raw=raw, shape=shape), content)
    wanted = {key: value for key, value in cleaned.items() if key in content}
    if wanted.get("category_root"):
        _expect_category(channel.connection, wanted["category_root"])
    return create_catalog(channel, name=name, every=every, raw=raw, shape=shape, content=wanted)


def clean_content(catalog: Catalog, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values in order; those that are not among them stay as they are.

    Raises InvalidSettings.
    """
    if catalog.raw and any(values.get(name) for name in CONTENT if name != "when_incomplete"):
        raise InvalidSettings({"locale": str(_NOT_MAPPED)})
    adapter = adapter_class(catalog.channel.kind)
    known = {name: values.get(name, getattr(catalog, name)) for name in CONTENT}
    errors: dict[str, str] = {}
    cleaned: dict[str, Any] = {}
    for name, clean in (
        ("locale", lambda: _text(known["locale"])),
        ("locales", lambda: _languages(known["locales"])),
        ("when_missing", lambda: _when_missing(known)),
        ("currencies", lambda: _currencies(known["currencies"])),
        ("complete_for", lambda: _text(known["complete_for"])),
        ("when_incomplete", lambda: _when_incomplete(known["when_incomplete"], catalog)),
        ("category_root", lambda: _text(known["category_root"])),
        ("relations", lambda: _relations(known["relations"], adapter)),
        ("shops", lambda: _shops(known["shops"], adapter)),
        ("set_when", lambda: _set_when(known["set_when"], catalog, adapter)),
    ):
        try:
            cleaned[name] = clean()
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise InvalidSettings(errors)
    return cleaned


def owned_choices(adapter: type[ChannelAdapter]) -> list[tuple[str, str]]:
    """Return when a target can be set on a channel of this kind; a feed is written as a whole."""
    if adapter.publishes:
        return [(_When.ALWAYS.value, str(_When.ALWAYS.label))]
    return [
        (value, str(label))
        for value, label in _When.choices
        if value != _When.EMPTY or adapter.fills_empty
    ]


def leaving_choices(catalog: Catalog) -> list[tuple[str, str]]:
    """Offer to hide only where the channel can, or where that is set already."""
    channel = catalog.channel
    hide = Catalog.OnLeaving.HIDE
    can_hide = adapter_class(channel.kind).hides(channel.settings)
    is_set = hide in [getattr(catalog, name) for name in _LEAVING]
    return [
        (value, str(label))
        for value, label in Catalog.OnLeaving.choices
        if value != hide or can_hide or is_set
    ]


def targets_to_own(catalog: Catalog) -> list[Target]:
    """Return the targets that people may leave to the channel: no identity, nothing required."""
    targets = adapter_class(catalog.channel.kind).all_targets(catalog.channel.targets)
    return [one for one in targets if not one.required and one.code != "uuid"]


def _expect_category(connection: Connection, code: str) -> None:
    """Raise InvalidSettings if the PIM says that there is no such category; else take it."""
    try:
        with noticing_loss(connection):
            is_there = has_category(client_for(connection, patient=False), code)
    except OutboundError:
        return
    if not is_there:
        said = gettext("Akeneo has no category with the code “%(code)s”.")
        raise InvalidSettings({"category_root": said % {"code": code}})


def _text(value: Any, longest: int = 100) -> str:
    """The value as text that every database takes."""
    text = str(value or "").strip()
    if len(text) > longest:
        raise ValueError(gettext("That is too long."))
    if "\0" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError(gettext("There is a character in it that cannot be used."))
    return text


def _table(value: Any) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError(gettext("That is no table."))
    if len(value) > _MOST:
        raise ValueError(
            gettext("There is room for %(number)s entries.") % {"number": intcomma(_MOST)}
        )
    table = {_text(key, _LONGEST): _text(one, _LONGEST) for key, one in value.items()}
    if "" in table:
        raise ValueError(gettext("An entry is empty."))
    return table


def _languages(value: Any) -> dict[str, str]:
    table = {locale: language for locale, language in _table(value).items() if language}
    if len(set(table.values())) < len(table):
        raise ValueError(
            gettext("Two languages of Akeneo cannot become the same one on the channel.")
        )
    return table


def _when_missing(known: Mapping[str, Any]) -> dict[str, str]:
    languages = set(_languages(known["locales"]).values())
    table = {one: what for one, what in _table(known["when_missing"]).items() if one in languages}
    if any(what not in _Missing.values for what in table.values()):
        raise ValueError(gettext("That is not one of the choices."))
    if _Missing.DEFAULT in table.values() and not _text(known["locale"]):
        raise ValueError(gettext("Choose the default language whose text is to be used."))
    return table


def _when_incomplete(value: Any, catalog: Catalog) -> str:
    if value not in Catalog.OnLeaving.values:
        choices = ", ".join(Catalog.OnLeaving.values)
        raise ValueError(
            gettext("That is not one of the choices: %(choices)s.") % {"choices": choices}
        )
    if value not in dict(leaving_choices(catalog)):
        raise ValueError(gettext("This channel cannot hide products."))
    return str(value)


def _currencies(value: Any) -> list[str]:
    if not isinstance(value, list | tuple | None):
        raise ValueError(gettext("That is no list."))
    codes = sorted({_text(code).upper() for code in value or ()} - {""})
    wrong = [code for code in codes if not _CURRENCY.fullmatch(code)]
    if wrong:
        said = gettext("“%(code)s” is no currency: three letters, such as EUR.")
        raise ValueError(said % {"code": wrong[0]})
    return codes


def _relations(value: Any, adapter: type[ChannelAdapter]) -> dict[str, str]:
    table = {code: relation for code, relation in _table(value).items() if relation}
    return _only(
        table, {word for word, _ in adapter.relations}, gettext("This channel has no such links.")
    )


def _shops(value: Any, adapter: type[ChannelAdapter]) -> dict[str, str]:
    table = _table(value)
    if table and not adapter.has_shops:
        raise ValueError(gettext("This channel has no shops in it."))
    if len(table) > _MOST_SHOPS:
        said = gettext("There is room for %(number)s values.")
        raise ValueError(said % {"number": intcomma(_MOST_SHOPS)})
    return table


def _set_when(value: Any, catalog: Catalog, adapter: type[ChannelAdapter]) -> dict[str, str]:
    table = {target: when for target, when in _table(value).items() if when not in ("", "always")}
    known = {target.code for target in targets_to_own(catalog)}
    unknown = sorted(table.keys() - known)
    if unknown:
        said = gettext("The channel has no field “%(code)s” that could be left to it.")
        raise ValueError(said % {"code": unknown[0]})
    return _only(
        table,
        {choice for choice, _ in owned_choices(adapter)},
        gettext("This channel cannot do that."),
    )


def _only(table: dict[str, str], choices: Collection[str], otherwise: str) -> dict[str, str]:
    if not set(table.values()) <= set(choices):
        raise ValueError(otherwise)
    return table
