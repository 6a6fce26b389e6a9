"""Runs what was sent, against Shopify's schema and the state of the stand-in."""

import json
from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    OperationType,
    execute_sync,
    parse,
    validate,
)
from graphql.execution.values import get_variable_values

from tests.channels.shopify import (  # noqa: F401
    bulk,
    files,
    markets,
    metafields,
    products,
    surroundings,
)
from tests.channels.shopify.costs import MOST, cost_of
from tests.channels.shopify.schema import admin_schema, scopes_of
from tests.channels.shopify.state import RESOLVERS, Node, Shop

_parsed: dict[str, tuple[DocumentNode, list[GraphQLError]]] = {}


def run(shop: Shop, query: str, variables: dict[str, Any], *, in_bulk: bool = False) -> Node:
    """The answer to one call, as Shopify writes it. HTTP says 200 to all of them."""
    if not in_bulk:
        files.work_on_files(shop)
        bulk.work_on_bulk(shop, lambda q, v: run(shop, q, v, in_bulk=True))
    document, problems = _understood(query)
    if problems:
        return {"errors": [_refusal(one.message, "undefinedField") for one in problems]}
    operation = _operation(document)
    wrong = _wrong_variables(operation, variables)
    if wrong:
        return {"errors": [_refusal(wrong, "INVALID_VARIABLE")]}
    denied = _denied(shop, operation)
    if denied:
        return {"errors": [_refusal(f"Access denied for {denied} field.", "ACCESS_DENIED")]}
    if in_bulk:
        return _executed(shop, document, variables)
    cost = cost_of(document, variables)
    told: Node = {"requestedQueryCost": cost, "actualQueryCost": None}
    if cost > MOST:
        return {"errors": [_refusal(f"Query cost is {cost}", "MAX_COST_EXCEEDED")]}
    if cost > shop.bucket.fill():
        shop.throttled += 1
        told["throttleStatus"] = shop.bucket.status()
        return {"errors": [_refusal("Throttled", "THROTTLED")], "extensions": {"cost": told}}
    shop.bucket.left -= cost
    answer = _executed(shop, document, variables)
    told |= {"actualQueryCost": cost, "throttleStatus": shop.bucket.status()}
    return {**answer, "extensions": {"cost": told}}


def name_of(query: str) -> str:
    operation = _operation(_understood(query)[0])
    return operation.name.value if operation.name else ""


def _understood(query: str) -> tuple[DocumentNode, list[GraphQLError]]:
    if query not in _parsed:
        document = parse(query)
        _parsed[query] = (document, validate(admin_schema(), document))
    return _parsed[query]


def _operation(document: DocumentNode) -> OperationDefinitionNode:
    return next(one for one in document.definitions if isinstance(one, OperationDefinitionNode))


def _refusal(message: str, code: str) -> Node:
    return {"message": message, "extensions": {"code": code}}


def _wrong_variables(operation: OperationDefinitionNode, variables: dict[str, Any]) -> str:
    result = get_variable_values(admin_schema(), operation.variable_definitions or (), variables)
    return result[0].message if isinstance(result, list) else ""


def _denied(shop: Shop, operation: OperationDefinitionNode) -> str:
    """The first field that the token's scopes do not admit."""
    is_mutation = operation.operation is OperationType.MUTATION
    for one in operation.selection_set.selections:
        assert isinstance(one, FieldNode)
        name = one.name.value
        needed = scopes_of("Mutation" if is_mutation else "QueryRoot", name)
        if needed and not needed & shop.scopes:
            return name
    return ""


def _executed(shop: Shop, document: DocumentNode, variables: dict[str, Any]) -> Node:
    operation = _operation(document)
    if operation.operation is OperationType.MUTATION:
        shop.writes.append(operation.name.value if operation.name else "")
    result = execute_sync(
        admin_schema(),
        document,
        root_value={},
        context_value=shop,
        variable_values=variables,
        field_resolver=_resolve,
        type_resolver=lambda value, info, type_: value["__typename"],
    )
    if result.errors:
        # Nothing that the stand-in was not taught may pass for an answer.
        shop.loud += [f"{name_of_document(document)}: {one.message}" for one in result.errors]
        return {"errors": [_refusal(one.message, "INTERNAL") for one in result.errors]}
    return {"data": json.loads(json.dumps(result.data))}


def name_of_document(document: DocumentNode) -> str:
    operation = _operation(document)
    return operation.name.value if operation.name else "?"


def _resolve(source: Any, info: GraphQLResolveInfo[Shop], **args: Any) -> Any:
    resolver = RESOLVERS.get((info.parent_type.name, info.field_name))
    if resolver is not None:
        return resolver(info.context, source, args)
    if isinstance(source, Mapping) and info.field_name in source:
        return source[info.field_name]
    raise LookupError(f"the stand-in knows no {info.parent_type.name}.{info.field_name}")
