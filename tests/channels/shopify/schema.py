"""Shopify's own schema of the Admin API 2026-07, and which scopes it asks for (third-party.md)."""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from graphql import GraphQLSchema, build_client_schema

_FILE = Path(__file__).parents[2] / "data" / "shopify-admin-2026-07.json.gz"


@cache
def _content() -> Any:
    with gzip.open(_FILE) as file:
        return json.load(file)


@cache
def admin_schema() -> GraphQLSchema:
    """The schema as graphql-core reads it; about a second, once a process."""
    return build_client_schema(_content()["data"], assume_valid=True)


@cache
def scopes_of(type_name: str, field_name: str) -> frozenset[str]:
    """Any of these scopes admits the field; none are needed where there are none."""
    for one in _content()["offline_scopes"]["items"]:
        if one.get("typeName") == type_name and one.get("fieldName") == field_name:
            return frozenset(one["offlineScopes"])
    return frozenset()
