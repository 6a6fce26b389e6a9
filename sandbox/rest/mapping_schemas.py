"""A catalog's product mapping schema (pim-contract.md 2.5, 2.6)."""

import functools
import json
from collections.abc import Set
from pathlib import Path
from typing import Any

import jsonschema
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from sandbox import mapping
from sandbox.rest.catalogs import catalog_or_404, may_read, may_write
from sandbox.rest.problems import invalid, json_object, refuse
from sandbox.state import Pim

_FOLDER = Path(__file__).parent.parent / "schemas"
_PATH = "/catalogs/<catalog_id>/mapping-schemas/product"
_START, _END = "https://api.akeneo.com/mapping/product/", "/schema"

# What a schema may refer to; each file is the meta-schema as Akeneo publishes it.
VERSIONS = frozenset(file.stem for file in _FOLDER.glob("*.json"))


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the schema of a catalog."""

    @routes.get(_PATH)
    def get_mapping_schema(catalog_id: str) -> ResponseReturnValue:
        may_read()
        with pim.lock:
            catalog = catalog_or_404(pim, catalog_id)
            if catalog.schema is None:
                text = f'Catalog "{catalog_id}" does not have a product mapping schema.'
                refuse(404, text)
            return jsonify(catalog.schema)

    @routes.put(_PATH)
    def put_mapping_schema(catalog_id: str) -> ResponseReturnValue:
        may_write()
        with pim.lock:
            catalog = catalog_or_404(pim, catalog_id)
            schema = json_object()
            text = problem_with(schema, pim.schema_versions or VERSIONS)
            if text:
                invalid([("product_mapping_schema", text)])
            catalog.schema = schema
            catalog.mapping = mapping.merge(catalog.mapping, schema)
            return jsonify(schema), pim.put_schema_status

    @routes.delete(_PATH)
    def delete_mapping_schema(catalog_id: str) -> ResponseReturnValue:
        may_write()
        with pim.lock:
            catalog = catalog_or_404(pim, catalog_id)
            catalog.schema = None
            catalog.mapping = {}
        return "", 204


def problem_with(schema: dict[str, Any], versions: Set[str]) -> str:
    """What the PIM says about a bad schema, which is never where it is bad; "" if it is good."""
    reference = schema.get("$schema")
    if not isinstance(reference, str):
        return "You must provide a $schema reference."
    version = reference.removeprefix(_START).removesuffix(_END)
    if version not in versions & VERSIONS or reference != f"{_START}{version}{_END}":
        return "You must provide a valid $schema reference."
    if not _validator(version).is_valid(schema):
        return "You must provide a valid schema."
    return ""


@functools.cache
def _validator(version: str) -> jsonschema.Draft202012Validator:
    meta_schema = json.loads((_FOLDER / f"{version}.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(meta_schema)
