"""Fields before and after, as a page shows them: named in words, shortened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from sync.fields import VARIANTS, in_words
from sync.models import Difference
from sync.models.batches import Action
from sync.showing import AXIS_VALUES, axes_in

_FIELDS_SHOWN = 20  # of one product; all are in the download
_CHARACTERS_SHOWN = 200
# What a model has beside targets.
_OWN_TITLES = {"code": _("Code"), "variation_axes": _("Axes"), AXIS_VALUES: _("Place on the axes")}
NOTHING_KNOWN: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ShownField:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ShownDifference:
    product: Difference
    is_withdrawn: bool
    fields: list[ShownField]
    more: int  # fields that are not shown


def shown(difference: Difference, titles: Mapping[str, str]) -> ShownDifference:
    return ShownDifference(
        difference,
        difference.action == Action.WITHDRAW,
        shown_fields(difference.fields[:_FIELDS_SHOWN], titles),
        max(0, len(difference.fields) - _FIELDS_SHOWN),
    )


def shown_fields(
    fields: Iterable[tuple[str, str | None, str | None]],
    titles: Mapping[str, str],
    variants: Mapping[str, str] = NOTHING_KNOWN,
) -> list[ShownField]:
    """Return the fields with the names they have for people. `variants`: names by their uuids."""
    return [
        ShownField(name_of(field, titles, variants), _short(field, before), _short(field, after))
        for field, before, after in fields
    ]


def name_of(
    field: str, titles: Mapping[str, str], variants: Mapping[str, str] = NOTHING_KNOWN
) -> str:
    """Return a target's title, or an attribute's code with its locale and channel.

    Of a variant with its name; with the uuid, where nothing else is known.
    """
    if field.startswith(f"{VARIANTS}.") and field.count(".") > 1:
        _, uuid, of_variant = field.split(".", 2)
        return gettext("%(field)s of variant %(variant)s") % {
            "field": name_of(of_variant, titles),
            "variant": variants.get(uuid, uuid),
        }
    target, dot, member = field.removeprefix("values.").partition(".")
    return f"{titles.get(target) or _OWN_TITLES.get(target, target)}{dot}{member}"


def text_of(field: str, text: str | None) -> str:
    """Return a field's JSON as people read it."""
    if text and field.rpartition(".")[2] == AXIS_VALUES:
        return axes_in(text) or in_words(text)
    return in_words(text)


def _short(field: str, text: str | None) -> str:
    return Truncator(text_of(field, text)).chars(_CHARACTERS_SHOWN)
