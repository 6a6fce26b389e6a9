"""The attributes that steer translations as they are to be made: for Akeneo's API, and as files for
its imports."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from enrichment.translations.by_attributes.checking import TYPES, Checked
from enrichment.translations.by_attributes.steering import GROUP

# What Akeneo's guide calls them; labels are in the language that every PIM knows.
_LABELS = {
    "flag": "Translation queued",
    "locales": "Translation locales",
    "status": "Translation status",
}
_LABEL = "en_US"
_GROUP_LABEL = "Translations"
FILES = ("groups", "attributes", "options")  # in the order in which Akeneo has to import them


def group(locales: Iterable[str]) -> dict[str, Any]:
    """Return the group of the attributes. `locales` are the active ones, which labels are in."""
    return {"code": GROUP, "labels": _labels(_GROUP_LABEL, locales)}


def attribute(one: Checked, locales: Iterable[str]) -> dict[str, Any]:
    """Return an attribute as the API takes it. The status stands for each language."""
    return {
        "code": one.code,
        "type": TYPES[one.role],
        "group": GROUP,
        "localizable": one.role == "status",
        "scopable": False,
        "useable_as_grid_filter": True,
        "labels": _labels(_LABELS[one.role], locales),
    }


def file(name: str, checked: Sequence[Checked]) -> str:
    """Return one of FILES, as Akeneo's import of CSV takes it, with what the PIM lacks; all of it,
    where it lacks nothing."""
    lacking = [one for one in checked if not one.exists] or list(checked)
    if name == "groups":
        return _csv([["code", f"label-{_LABEL}"], [GROUP, _GROUP_LABEL]])
    if name == "attributes":
        header = ["code", "type", "group", "localizable", "scopable"]
        header += ["useable_as_grid_filter", f"label-{_LABEL}"]
        rows = [_row(attribute(one, [_LABEL])) for one in lacking]
        return _csv([header, *rows])
    rows = [
        [one.code, option, str(number)]
        for one in checked
        for number, option in enumerate(one.missing_options, 1)
    ]
    return _csv([["attribute", "code", "sort_order"], *rows])


def _row(one: dict[str, Any]) -> list[str]:
    truths = (one["localizable"], one["scopable"], one["useable_as_grid_filter"])
    label = one["labels"][_LABEL]
    return [one["code"], one["type"], one["group"], *(str(int(each)) for each in truths), label]


def _labels(text: str, locales: Iterable[str]) -> dict[str, str]:
    return {_LABEL: text} if _LABEL in locales else {}


def _csv(rows: Iterable[Sequence[str]]) -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=";", lineterminator="\n").writerows(rows)
    return stream.getvalue()
