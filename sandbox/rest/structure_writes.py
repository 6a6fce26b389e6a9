"""Attributes, their groups, options and families, written (pim-contract.md 3.9)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue

from sandbox.data.assortment import Assortment
from sandbox.data.structure import Resource
from sandbox.rest.gate import need
from sandbox.rest.lines import write_lines
from sandbox.rest.problems import json_object, problem, refuse
from sandbox.rest.structure import options_or_404
from sandbox.rest.writes import write_one
from sandbox.state import Pim
from sandbox.writing.options import write_option
from sandbox.writing.structure import write_attribute, write_attribute_group, write_family

_OPTIONS_SCOPE, _OPTIONS = "write_attribute_options", "create or update attribute options"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One kind of resource: its path, how several are called, and what writes one."""

    path: str
    plural: str
    store: Callable[[Assortment], dict[str, Resource]]
    write: Callable[[Assortment, str, dict[str, Any], str], bool]


_KINDS = (
    _Kind("attributes", "attributes", lambda known: known.attributes, write_attribute),
    _Kind(
        "attribute-groups",
        "attribute groups",
        lambda known: known.attribute_groups,
        write_attribute_group,
    ),
    _Kind("families", "families", lambda known: known.families, write_family),
)


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add what creates and changes structure, one or many at a time."""
    for kind in _KINDS:
        _add_kind(pim, routes, kind)

    def save(attribute: str, code: str, body: dict[str, Any]) -> bool:
        with pim.lock:
            return write_option(
                pim.assortment, attribute, code, body, "patch_attributes__attribute_code__options"
            )

    def begin(attribute: str) -> None:
        """Check who writes options, how often, and of what."""
        need(_OPTIONS_SCOPE, _OPTIONS)
        if not pim.option_pace.is_kept():
            text = "You have exceeded the limit of API requests per second."
            abort(problem(429, text, headers={"Retry-After": "1"}))
        options_or_404(pim, attribute)

    @routes.patch("/attributes/<attribute>/options")
    def patch_options(attribute: str) -> ResponseReturnValue:
        begin(attribute)
        return write_lines("code", lambda code, body: save(attribute, code, body))

    @routes.post("/attributes/<attribute>/options")
    def create_option(attribute: str) -> ResponseReturnValue:
        begin(attribute)
        body = json_object()
        code = _new_code(body, options_or_404(pim, attribute))
        path = f"attributes/{attribute}/options/{code}"
        return write_one(pim, path, lambda: save(attribute, code, body))

    @routes.patch("/attributes/<attribute>/options/<code>")
    def patch_option(attribute: str, code: str) -> ResponseReturnValue:
        begin(attribute)
        body = json_object()
        path = f"attributes/{attribute}/options/{code}"
        return write_one(pim, path, lambda: save(attribute, code, body))


def _add_kind(pim: Pim, routes: Blueprint, kind: _Kind) -> None:
    action = f"create or update {kind.plural}"

    def save(code: str, body: dict[str, Any]) -> bool:
        with pim.lock:
            anchor = f"patch_{kind.path.replace('-', '_')}__code_"
            return kind.write(pim.assortment, code, body, anchor)

    def patch_all() -> ResponseReturnValue:
        need("write_catalog_structure", action)
        return write_lines("code", save)

    def create() -> ResponseReturnValue:
        need("write_catalog_structure", action)
        body = json_object()
        code = _new_code(body, kind.store(pim.assortment))
        return write_one(pim, f"{kind.path}/{code}", lambda: save(code, body))

    def patch_one(code: str) -> ResponseReturnValue:
        need("write_catalog_structure", action)
        body = json_object()
        if body.get("code", code) != code:
            refuse(
                422,
                f'The code "{body["code"]}" provided in the request body must match the code '
                f'"{code}" provided in the url.',
            )
        return write_one(pim, f"{kind.path}/{code}", lambda: save(code, body))

    name = kind.path
    routes.add_url_rule(f"/{name}", f"patch_all_{name}", patch_all, methods=["PATCH"])
    routes.add_url_rule(f"/{name}", f"create_{name}", create, methods=["POST"])
    routes.add_url_rule(f"/{name}/<code>", f"patch_{name}", patch_one, methods=["PATCH"])


def _new_code(body: dict[str, Any], known: dict[str, Resource]) -> str:
    """The code of what is to be created, or 422."""
    code = body.get("code")
    if not isinstance(code, str) or not code:
        text = "This value should not be blank."
    elif code in known:
        text = "This value is already used."
    else:
        return code
    refuse(422, "Validation failed.", errors=[{"property": "code", "message": text}])
