"""Shopify's own schema of the Admin API 2026-07 (docs/third-party.md)."""

import gzip
import json
from functools import cache
from pathlib import Path

from graphql import GraphQLSchema, build_client_schema

_FILE = Path(__file__).parents[2] / "data" / "shopify-admin-2026-07.json.gz"


@cache
def admin_schema() -> GraphQLSchema:
    """The schema as graphql-core reads it; about a second, once a process."""
    with gzip.open(_FILE) as file:
        return build_client_schema(json.load(file)["data"], assume_valid=True)
