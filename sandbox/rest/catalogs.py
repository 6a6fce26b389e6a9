"""An app's catalogs: list, create, change, delete, duplicate (pim-contract.md 2.1 to 2.3)."""

import uuid
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.records import Catalog
from sandbox.rest.gate import calling_app, need
from sandbox.rest.paging import MAX_LIMIT, numbered_links, positive, self_link
from sandbox.rest.problems import invalid, json_object, refuse
from sandbox.state import Pim

_MAX_NAME_LENGTH = 255
_MANAGED = {"managed_currencies": "currency", "managed_locales": "locale"}


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add everything under /catalogs but products and schemas."""

    @routes.get("/catalogs")
    def list_catalogs() -> ResponseReturnValue:
        may_read()
        # Bad paging is 400 here and 422 everywhere else.
        page, limit = (
            positive(request.args.get(name, default))
            for name, default in (("page", "1"), ("limit", str(MAX_LIMIT)))
        )
        if page is None or limit is None or limit > MAX_LIMIT:
            refuse(400, "Page must be greater than 0 and limit must be between 1 and 100.")
        with pim.lock:
            mine = pim.catalogs_of(calling_app().client_id)
            start = (page - 1) * limit
            items = [as_json(pim, catalog) for catalog in mine[start : start + limit]]
        url = f"{pim.base_url}/api/rest/v1/catalogs"
        links = numbered_links(url, request.args, page, limit, has_next=len(mine) > start + limit)
        return jsonify(_links=links, current_page=page, _embedded={"items": items})

    @routes.post("/catalogs")
    def create_catalog() -> ResponseReturnValue:
        may_write()
        body = json_object()
        with pim.lock:
            catalog = Catalog(
                str(uuid.uuid4()), name_of(body), calling_app().client_id, **_managed(pim, body)
            )
            _add(pim, catalog)
            return jsonify(as_json(pim, catalog)), 201

    @routes.get("/catalogs/<catalog_id>")
    def get_catalog(catalog_id: str) -> ResponseReturnValue:
        may_read()
        with pim.lock:
            return jsonify(as_json(pim, catalog_or_404(pim, catalog_id)))

    @routes.patch("/catalogs/<catalog_id>")
    def change_catalog(catalog_id: str) -> ResponseReturnValue:
        may_write()
        with pim.lock:
            catalog = catalog_or_404(pim, catalog_id)
            body = json_object()
            name, managed = name_of(body), _managed(pim, body)
            catalog.name = name
            for field, codes in managed.items():
                setattr(catalog, field, codes)
            return jsonify(as_json(pim, catalog))

    @routes.delete("/catalogs/<catalog_id>")
    def delete_catalog(catalog_id: str) -> ResponseReturnValue:
        need("delete_catalogs", "delete app catalogs")
        with pim.lock:
            del pim.catalogs[catalog_or_404(pim, catalog_id).id]
        return "", 204

    @routes.post("/catalogs/<catalog_id>/duplicate")
    def duplicate_catalog(catalog_id: str) -> ResponseReturnValue:
        may_write()
        with pim.lock:
            original = catalog_or_404(pim, catalog_id)
            body = json_object() if request.get_data() else {}
            managed = {
                "managed_currencies": original.managed_currencies,
                "managed_locales": original.managed_locales,
            } | _managed(pim, body)
            copy = Catalog(
                str(uuid.uuid4()),
                name_of({"name": original.name} | body),
                original.client_id,
                schema=original.schema,
                mapping=dict(original.mapping),
                criteria=list(original.criteria),
                **managed,
            )
            _add(pim, copy)
            return jsonify(as_json(pim, copy)), 201


def may_read() -> None:
    need("read_catalogs", "access app catalogs")


def may_write() -> None:
    need("write_catalogs", "edit app catalogs")


def find(pim: Pim, catalog_id: str) -> Catalog | None:
    """The calling app's catalog; another app's looks as if it did not exist."""
    catalog = pim.catalogs.get(catalog_id)
    is_mine = catalog is not None and catalog.client_id == calling_app().client_id
    return catalog if is_mine else None


def catalog_or_404(pim: Pim, catalog_id: str) -> Catalog:
    """The calling app's catalog, or 404."""
    catalog = find(pim, catalog_id)
    if catalog is None:
        refuse(404, f'Catalog "{catalog_id}" does not exist or you can\'t access it.')
    return catalog


def as_json(pim: Pim, catalog: Catalog) -> dict[str, Any]:
    return {
        "_links": self_link(f"{pim.base_url}/api/rest/v1/catalogs/{catalog.id}"),
        "id": catalog.id,
        "name": catalog.name,
        "enabled": catalog.enabled,
        "managed_currencies": catalog.managed_currencies or [],
        "managed_locales": catalog.managed_locales or [],
    }


def name_of(body: dict[str, Any]) -> str:
    """The catalog's name, or 422; a PATCH without one counts as a blank one."""
    name = body.get("name") if body.get("name") is not None else ""
    if not isinstance(name, str):
        invalid([("name", "This value should be of type string.")])
    if not name:
        invalid(
            [
                ("name", "This value should not be blank."),
                ("name", "This value is too short. It should have 1 character or more."),
            ]
        )
    if len(name) > _MAX_NAME_LENGTH:
        text = f"This value is too long. It should have {_MAX_NAME_LENGTH} characters or less."
        invalid([("name", text)])
    return name


def _managed(pim: Pim, body: dict[str, Any]) -> dict[str, Any]:
    """The managed lists that the body has; an empty one manages nothing, as if it were absent."""
    found = {}
    for field, kind in _MANAGED.items():
        if field not in body:
            continue
        codes = body[field]
        if codes is not None and (
            not isinstance(codes, list) or not all(isinstance(code, str) for code in codes)
        ):
            invalid([(field, "This value should be of type array.")])
        known = pim.assortment.currencies if kind == "currency" else pim.assortment.locales
        for code in codes or ():
            if not known.get(code, {}).get("enabled"):
                invalid([(field, f'The {kind} "{code}" does not exist or is not activated.')])
        found[field] = codes or None
    return found


def _add(pim: Pim, catalog: Catalog) -> None:
    if len(pim.catalogs_of(catalog.client_id)) >= pim.catalog_limit:
        invalid([("", f"You can create up to {pim.catalog_limit} catalogs")])
    pim.catalogs[catalog.id] = catalog
