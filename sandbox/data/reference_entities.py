"""Reference entities and their records, in the form in which the REST API gives them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.data.structure import UPDATED, Resource

TYPE = "akeneo_reference_entity"  # of an attribute that holds the code of one record

_TEXT = {"value_per_channel": False, "is_required_for_completeness": False, "type": "text"}


@dataclass(slots=True)
class ReferenceEntity:
    """One reference entity; `records` by code."""

    code: str
    labels: dict[str, str]
    records: dict[str, Resource] = field(default_factory=dict)

    def as_json(self) -> Resource:
        return {"code": self.code, "labels": self.labels, "image": None}

    def attributes(self) -> list[Resource]:
        """What its records hold; a PIM gives each of them a label and an image."""
        return [
            _attribute("label", {"en_US": "Label", "fr_FR": "Libellé", "de_DE": "Bezeichnung"}),
            _attribute("country", {"en_US": "Country", "fr_FR": "Pays", "de_DE": "Land"}),
        ]

    def add(self, code: str, labels: Mapping[str, str], country: str) -> None:
        self.records[code] = {
            "code": code,
            "values": {
                "label": [_value(text, locale) for locale, text in labels.items()],
                "country": [_value(country)],
            },
            "created": UPDATED,
            "updated": UPDATED,
        }

    def rename(self, code: str, locale: str, text: str) -> None:
        """Change the label of a record; no product's date moves with it."""
        values = self.records[code]["values"]
        others = [each for each in values["label"] if each["locale"] != locale]
        values["label"] = [*others, _value(text, locale)]

    def labels_of(self, code: str) -> dict[str, str]:
        """The labels of one record by locale; none of one that is not there."""
        values = self.records.get(code, {}).get("values", {})
        return {each["locale"]: each["data"] for each in values.get("label", ())}


def _attribute(code: str, labels: dict[str, str]) -> Resource:
    per_locale = code == "label"
    return {"code": code, "labels": labels, **_TEXT, "value_per_locale": per_locale} | {
        "max_characters": None,
        "is_textarea": False,
        "is_rich_text_editor": False,
        "validation_rule": "none",
        "validation_regexp": None,
    }


def _value(data: Any, locale: str | None = None) -> dict[str, Any]:
    return {"locale": locale, "channel": None, "data": data}
