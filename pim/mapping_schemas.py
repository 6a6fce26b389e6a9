"""Product mapping schemas: checked before they are sent, and written for older PIMs.

The PIM answers a bad schema with "not valid" and never says where, and takes a schema only under a
meta-schema that it knows (pim-contract.md 2.5). So both are settled here, with the meta-schemas as
Akeneo publishes them. 1.0.4 exists and is not documented: it is not used.
"""

import copy
import functools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema

from outbound.errors import ConfigurationError

Schema = dict[str, Any]

VERSIONS = ("1.0.3", "1.0.2", "1.0.1", "1.0.0")  # newest first
NEWEST = VERSIONS[0]

_FOLDER = Path(__file__).parent / "schemas"
_START, _END = "https://api.akeneo.com/mapping/product/", "/schema"
# What the PIM would fill in by itself, where it knows the name at all (by 1.0.3).
_SPECIAL = ("pim_associations", "pim_parent", "pim_root")


class InvalidSchema(ConfigurationError):
    """A mapping schema that the PIM would refuse; the text names the target."""


def reference(version: str) -> str:
    """Return what `$schema` says for this version."""
    return f"{_START}{version}{_END}"


def version_of(schema: Mapping[str, Any]) -> str:
    """Return the version that a schema is written in, "" if it does not say."""
    said = schema.get("$schema")
    return said.removeprefix(_START).removesuffix(_END) if isinstance(said, str) else ""


def written_in(schema: Schema, version: str) -> Schema:
    """Return the same schema for an older meta-schema, without what that one cannot know."""
    written = {**schema, "$schema": reference(version)}
    if version != NEWEST:
        kept = {code: one for code, one in schema["properties"].items() if code not in _SPECIAL}
        written["properties"] = kept
    return written


def versions_for(schema: Schema, *, first: str = NEWEST) -> Iterator[str]:
    """Yield the versions that can hold this schema, newest first, none newer than `first`."""
    start = VERSIONS.index(first) if first in VERSIONS else 0
    for version in VERSIONS[start:]:
        if _validator(version).is_valid(written_in(schema, version)):
            yield version


def refuse_invalid(schema: Schema) -> None:
    """Raise InvalidSchema, with the target that is wrong, unless the PIM will take the schema."""
    validator = _validator(version_of(schema) or NEWEST)
    if validator.is_valid(schema):
        return
    titles = [_title(code, one) for code, one in _wrong_targets(schema, validator)]
    which = f": {', '.join(titles)}" if titles else ""
    error = jsonschema.exceptions.best_match(validator.iter_errors(schema))
    raise InvalidSchema(
        f"The channel's fields were not sent to Akeneo, which would refuse them{which}. Change "
        "what is wrong, or tell the people who run Ferry.",
        detail=f"{error.json_path}: {error.message[:500]}" if error else "",
    )


def loosened(schema: Schema, stored: Schema | None) -> Schema:
    """Return the schema without requiring what `stored` did not require.

    A target that becomes required keeps people from saving a mapping that was complete before, and
    may let the PIM disable the catalog (pim-contract.md 2.6).
    """
    if stored is None:
        return schema
    schema = copy.deepcopy(schema)
    _keep_required(schema, stored)
    own, theirs = variant_of(schema), variant_of(stored)
    if own is not None and theirs is not None:
        _keep_required(own, theirs)
    return schema


def variant_of(schema: Schema) -> Schema | None:
    """Return what a schema of models says about one variant, if it lists them."""
    for form in _as_dict(_as_dict(schema.get("properties")).get("variants")).get("oneOf") or ():
        items = _as_dict(_as_dict(form).get("items"))
        if items:
            return items
    return None


def targets_of(schema: Schema) -> dict[str, Schema]:
    """Return the targets of a schema by their codes, those of variants among them."""
    variant = variant_of(schema)
    return {
        **_as_dict(_as_dict(variant).get("properties")),
        **_as_dict(schema.get("properties")),
    }


def _keep_required(schema: Schema, stored: Schema) -> None:
    before = stored.get("required") or []
    kept = [code for code in schema.get("required", []) if code in before]
    if kept:
        schema["required"] = kept
    else:
        schema.pop("required", None)  # an empty list is not allowed


def _wrong_targets(
    schema: Schema, validator: jsonschema.Draft202012Validator
) -> Iterator[tuple[str, Schema]]:
    """Yield the targets that the rest of the schema would be taken without, one by one."""
    bare = copy.deepcopy(schema)
    places = [bare, *filter(None, [variant_of(bare)])]
    own = [_take_targets_out(place) for place in places]
    if not validator.is_valid(bare):
        return  # whatever is wrong, it is no target
    for place, targets in zip(places, own, strict=True):
        for code, target in targets.items():
            place["properties"][code] = target
            if not validator.is_valid(bare):
                yield code, target
            del place["properties"][code]


def _take_targets_out(place: Schema) -> dict[str, Schema]:
    properties = _as_dict(place.get("properties"))
    place["required"] = [code for code in place.get("required", []) if code in _BY_PIM]
    if not place["required"]:
        del place["required"]
    return {code: properties.pop(code) for code in list(properties) if code not in _BY_PIM}


_BY_PIM = frozenset(
    {"uuid", "code", "variants", "variation_axes", "variation_axes_values", *_SPECIAL}
)


def _title(code: str, target: Schema) -> str:
    return f"“{target.get('title') or code}” ({code})"


def _as_dict(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}


@functools.cache
def _validator(version: str) -> jsonschema.Draft202012Validator:
    version = version if version in VERSIONS else NEWEST
    meta_schema = json.loads((_FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(meta_schema)
