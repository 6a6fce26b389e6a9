"""How the PIM refuses what is written (pim-contract.md 3.6)."""

from dataclasses import dataclass
from typing import Any, NoReturn

DOCUMENTATION = "http://api.akeneo.com/api-reference.html#"
_SEE = "Check the expected format on the API documentation."


class Refusal(Exception):
    """One resource is not written; `errors` name properties, of a value with its place."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 422,
        errors: list[dict[str, Any]] | None = None,
        documentation: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.errors = errors
        self.documentation = documentation

    def as_json(self) -> dict[str, Any]:
        """The answer's members beside its status."""
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        if self.documentation:
            body["_links"] = {"documentation": {"href": DOCUMENTATION + self.documentation}}
        return body


class Misfit(Exception):
    """Data that an attribute cannot hold, in the PIM's words.

    `is_violation`: it has the form of such data, and breaks one of the attribute's rules. The PIM
    tells all of those at once, and of the others the first.
    """

    def __init__(self, message: str, *, is_violation: bool = True) -> None:
        super().__init__(message)
        self.message = message
        self.is_violation = is_violation


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that is broken; `place` is (attribute, locale, scope) where it is about a value."""

    property: str
    message: str
    place: tuple[str, str | None, str | None] | None = None

    def as_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"property": self.property, "message": self.message}
        if self.place is not None:
            attribute, locale, scope = self.place
            body |= {"attribute": attribute, "locale": locale, "scope": scope}
        return body


def malformed(message: str, anchor: str) -> NoReturn:
    """Refuse what has not the form it should have; `anchor` is where the documentation says so."""
    raise Refusal(f"{message} {_SEE}", documentation=anchor)


def unless_valid(violations: list[Violation]) -> None:
    """Refuse with all of the broken rules, if any is."""
    if violations:
        raise Refusal("Validation failed.", errors=[each.as_json() for each in violations])


def expected(name: str, form: str, given: Any) -> str:
    """The words for a property of another type than it should be."""
    return f'Property "{name}" expects {form} as data, "{type_name(given)}" given.'


def type_name(value: Any) -> str:
    """What PHP calls the type of a JSON value."""
    match value:
        case None:
            return "NULL"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "double"
        case str():
            return "string"
    return "array"
