"""Assets and their families, in the form in which the REST API gives them (pim-contract.md 3.10).

No shop has them from the start, as not every edition has: `add` brings them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sandbox.data.recipes import labels
from sandbox.data.structure import Resource

if TYPE_CHECKING:
    from sandbox.data.assortment import Assortment

TYPE = "pim_catalog_asset_collection"  # of an attribute that holds codes of assets
FAMILY = "product_pictures"
ATTRIBUTE = "pictures"

_KINDS = {
    "front": "From the front|De face|Von vorn",
    "detail": "Detail|Détail|Detail",
    "in_use": "In use|En situation|Im Einsatz",
}


@dataclass(slots=True)
class AssetFamily:
    """One family; `attributes` and `assets` by code, `options` by attribute and code."""

    code: str
    labels: dict[str, str]
    attribute_as_main_media: str
    attributes: dict[str, Resource]
    options: dict[str, dict[str, Resource]] = field(default_factory=dict)
    assets: dict[str, Resource] = field(default_factory=dict)

    def as_json(self) -> Resource:
        return {
            "code": self.code,
            "labels": self.labels,
            "attribute_as_main_media": self.attribute_as_main_media,
            "naming_convention": {},
            "product_link_rules": [],
            "transformations": [],
            "sharing_enabled": False,
        }


def add(assortment: "Assortment") -> None:
    """Add a family of pictures, and to every family of products an attribute that holds them."""
    if FAMILY in assortment.asset_families:
        return
    assortment.asset_families[FAMILY] = AssetFamily(
        FAMILY,
        labels("Product pictures|Photos de produits|Produktbilder"),
        "media",
        {each["code"]: each for each in _attributes()},
        {"kind": {code: {"code": code, "labels": labels(texts)} for code, texts in _KINDS.items()}},
    )
    like = assortment.attributes["image"]
    assortment.attributes[ATTRIBUTE] = like | {
        "code": ATTRIBUTE,
        "type": TYPE,
        "labels": labels("Pictures|Photos|Bilder"),
        "reference_data_name": FAMILY,
        "allowed_extensions": [],
        "max_file_size": None,
        "sort_order": len(assortment.attributes),
    }
    group = assortment.attribute_groups[like["group"]]
    group["attributes"] = [*group["attributes"], ATTRIBUTE]
    for code, family in assortment.families.items():
        family["attributes"] = sorted([*family["attributes"], ATTRIBUTE])
        for variant in assortment.family_variants[code].values():
            own = variant["variant_attribute_sets"][-1]
            own["attributes"] = sorted([*own["attributes"], ATTRIBUTE])


def _attributes() -> list[Resource]:
    text: dict[str, Any] = {
        "max_characters": None,
        "is_textarea": False,
        "is_rich_text_editor": False,
        "validation_rule": "none",
        "validation_regexp": None,
    }
    file: dict[str, Any] = {
        "max_file_size": "10",
        "allowed_extensions": ["jpg", "png", "webp"],
        "media_type": "image",
    }
    return [
        _attribute("label", "Label|Libellé|Bezeichnung", "text", per_locale=True, **text),
        _attribute("media", "Picture|Photo|Bild", "media_file", **file),
        _attribute("alt_text", "Alternative text|Texte alternatif|Alternativtext", "text",
                   per_locale=True, **text),
        _attribute("photographer", "Photographer|Photographe|Fotografie", "text", **text),
        _attribute("kind", "Kind|Type|Art", "single_option"),
        _attribute("width", "Width|Largeur|Breite", "number", decimals_allowed=False,
                   min_value=None, max_value=None),
        _attribute("rights_until", "Rights until|Droits jusqu'au|Rechte bis", "date"),
    ]  # fmt: skip


def _attribute(
    code: str, texts: str, kind: str, *, per_locale: bool = False, **more: Any
) -> Resource:
    return {
        "code": code,
        "labels": labels(texts),
        "type": kind,
        "value_per_locale": per_locale,
        "value_per_channel": False,
        "is_required_for_completeness": False,
        "is_read_only": False,
        **more,
    }
