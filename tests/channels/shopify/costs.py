"""What a call costs, about as Shopify counts: an object 1, a list its length, a mutation 10.

Shopify documents the rules and not all of the numbers (https://shopify.dev/docs/api/usage/limits),
so this is an estimate on the high side; what matters is that it grows with what is asked for.
"""

from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

MOST = 1000  # points of one query
_LISTS = {"nodes": "ids"}


def cost_of(document: DocumentNode, variables: dict[str, Any]) -> float:
    fragments = {
        one.name.value: one
        for one in document.definitions
        if isinstance(one, FragmentDefinitionNode)
    }
    [operation] = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    counting = _Counting(fragments, variables)
    if operation.operation.value == "mutation":
        return sum(10 + _complexity(variables) for _ in operation.selection_set.selections)
    return counting.of(operation.selection_set)


def _complexity(variables: dict[str, Any]) -> float:
    """What the input of `productSet` adds, by its own description in the schema."""
    given = variables.get("input")
    if not isinstance(given, dict):
        return 0.0
    return (
        0.2 * len(given.get("variants") or ())
        + 1.9 * len(given.get("files") or ())
        + 0.4 * len(given.get("metafields") or ())
    )


class _Counting:
    def __init__(
        self, fragments: dict[str, FragmentDefinitionNode], variables: dict[str, Any]
    ) -> None:
        self._fragments = fragments
        self._variables = variables

    def of(self, selections: SelectionSetNode | None) -> float:
        total = 0.0
        for one in selections.selections if selections else ():
            if isinstance(one, FragmentSpreadNode):
                total += self.of(self._fragments[one.name.value].selection_set)
            elif isinstance(one, InlineFragmentNode):
                total += self.of(one.selection_set)
            elif isinstance(one, FieldNode) and one.selection_set:
                total += self._of_field(one)
        return total

    def _of_field(self, field: FieldNode) -> float:
        name = field.name.value
        arguments = {one.name.value: self._value(one.value) for one in field.arguments or ()}
        if name == "pageInfo":
            return 0.0
        inside = self.of(field.selection_set)
        if "first" in arguments:
            return 2 + int(arguments["first"]) * inside
        if name in _LISTS and _LISTS[name] in arguments:
            return len(arguments[_LISTS[name]]) * (1 + inside)
        return 1 + inside

    def _value(self, value: Any) -> Any:
        if isinstance(value, VariableNode):
            return self._variables.get(value.name.value)
        return getattr(value, "value", None)
