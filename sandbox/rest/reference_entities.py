"""Reference entities and their records (pim-contract.md 3.10), for reading."""

from collections.abc import Iterable
from urllib.parse import quote

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.reference_entities import ReferenceEntity
from sandbox.data.structure import Resource
from sandbox.rest.entity_search import matcher
from sandbox.rest.gate import need
from sandbox.rest.paging import address, link, self_link
from sandbox.rest.problems import refuse
from sandbox.state import Pim

_A_PAGE = 100  # always: a limit cannot be asked for


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add lists and single ones of entities, their attributes and their records."""

    def entity_or_404(code: str) -> ReferenceEntity:
        found = pim.assortment.reference_entities.get(code)
        if found is None:
            refuse(404, f'Reference entity "{code}" does not exist.')
        return found

    @routes.get("/reference-entities")
    def list_reference_entities() -> ResponseReturnValue:
        need("read_reference_entities", "list reference entities")
        entities = pim.assortment.reference_entities.values()
        return _page(pim, "reference-entities", (each.as_json() for each in entities))

    @routes.get("/reference-entities/<entity>")
    def get_reference_entity(entity: str) -> ResponseReturnValue:
        need("read_reference_entities", "list reference entities")
        return jsonify(entity_or_404(entity).as_json())

    @routes.get("/reference-entities/<entity>/attributes")
    def list_reference_entity_attributes(entity: str) -> ResponseReturnValue:
        need("read_reference_entities", "list reference entities")
        return jsonify(entity_or_404(entity).attributes())  # a bare array

    @routes.get("/reference-entities/<entity>/records")
    def list_records(entity: str) -> ResponseReturnValue:
        need("read_reference_entity_records", "list reference entity records")
        fits = matcher(request.args.get("search"))
        records = filter(fits, entity_or_404(entity).records.values())
        return _page(pim, f"reference-entities/{quote(entity)}/records", records)

    @routes.get("/reference-entities/<entity>/records/<code>")
    def get_record(entity: str, code: str) -> ResponseReturnValue:
        need("read_reference_entity_records", "list reference entity records")
        found = entity_or_404(entity).records.get(code)
        if found is None:
            refuse(404, f'Record "{code}" does not exist for the reference entity "{entity}".')
        return jsonify(found)


def _page(pim: Pim, path: str, resources: Iterable[Resource]) -> ResponseReturnValue:
    url = f"{pim.base_url}/api/rest/v1/{path}"
    asked = {"search": request.args["search"]} if request.args.get("search") else {}
    after = request.args.get("search_after", "")
    rest = [each for each in sorted(resources, key=_code) if _code(each) > after]
    shown = rest[:_A_PAGE]
    own = {"search_after": after} if after else {}
    links = {"self": link(address(url, asked | own)), "first": link(address(url, asked))}
    if len(rest) > _A_PAGE:
        links["next"] = link(address(url, asked | {"search_after": _code(shown[-1])}))
    items = [{"_links": self_link(f"{url}/{quote(_code(each))}")} | each for each in shown]
    return jsonify({"_links": links, "_embedded": {"items": items}})


def _code(resource: Resource) -> str:
    return str(resource["code"])
