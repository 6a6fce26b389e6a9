"""Assets, their families and files, where the edition has them (pim-contract.md 3.10)."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue

from sandbox.data.assets import AssetFamily
from sandbox.data.structure import Resource
from sandbox.data.uploads import upload
from sandbox.rest.entity_search import matcher
from sandbox.rest.gate import need
from sandbox.rest.lines import write_array
from sandbox.rest.media_uploads import received_file
from sandbox.rest.paging import address, link, self_link
from sandbox.rest.problems import json_object, refuse
from sandbox.rest.writes import write_one, written
from sandbox.state import Pim
from sandbox.writing.assets import write_asset

_A_PAGE = 100  # always: a limit cannot be asked for
_READ_FAMILIES, _READ, _WRITE = "read_asset_families", "read_assets", "write_assets"
_ANCHOR = "patch_asset__code_"


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add families, assets and files; all of them 404 where the edition has none."""

    def begin(scope: str, action: str) -> None:
        if not pim.has_assets:
            refuse(404, f'No route found for "{request.method} {request.path}"')
        need(scope, action)

    def family_or_404(code: str) -> AssetFamily:
        found = pim.assortment.asset_families.get(code)
        if found is None:
            refuse(404, f'Asset family "{code}" does not exist.')
        return found

    def save(family: AssetFamily, code: str, body: dict[str, Any]) -> bool:
        with pim.lock:
            return write_asset(pim.assortment, family, code, body, pim.clock(), _ANCHOR)

    @routes.get("/asset-families")
    def list_asset_families() -> ResponseReturnValue:
        begin(_READ_FAMILIES, "list asset families")
        families = pim.assortment.asset_families.values()
        return _page(pim, "asset-families", (each.as_json() for each in families))

    @routes.get("/asset-families/<asset_family>")
    def get_asset_family(asset_family: str) -> ResponseReturnValue:
        begin(_READ_FAMILIES, "list asset families")
        return jsonify(family_or_404(asset_family).as_json())

    @routes.get("/asset-families/<asset_family>/attributes")
    def list_asset_attributes(asset_family: str) -> ResponseReturnValue:
        begin(_READ_FAMILIES, "list asset families")
        return jsonify(list(family_or_404(asset_family).attributes.values()))  # a bare array

    @routes.get("/asset-families/<asset_family>/attributes/<asset_attribute>/options")
    def list_asset_options(asset_family: str, asset_attribute: str) -> ResponseReturnValue:
        begin(_READ_FAMILIES, "list asset families")
        options = family_or_404(asset_family).options.get(asset_attribute)
        if options is None:
            refuse(404, f'Attribute "{asset_attribute}" does not support options.')
        return jsonify(list(options.values()))

    @routes.get("/asset-families/<asset_family>/assets")
    def list_assets(asset_family: str) -> ResponseReturnValue:
        begin(_READ, "list assets")
        found = family_or_404(asset_family)
        fits = matcher(request.args.get("search"))
        assets = filter(fits, found.assets.values())
        path = f"asset-families/{quote(asset_family)}/assets"
        return _page(pim, path, (_shown(pim, found, each) for each in assets))

    @routes.get("/asset-families/<asset_family>/assets/<code>")
    def get_asset(asset_family: str, code: str) -> ResponseReturnValue:
        begin(_READ, "list assets")
        found = family_or_404(asset_family)
        if code not in found.assets:
            refuse(404, f'Asset "{code}" does not exist for the asset family "{asset_family}".')
        return jsonify(_shown(pim, found, found.assets[code]))

    @routes.patch("/asset-families/<asset_family>/assets")
    def patch_assets(asset_family: str) -> ResponseReturnValue:
        begin(_WRITE, "create or update assets")
        found = family_or_404(asset_family)
        return write_array(lambda code, body: save(found, code, body))

    @routes.patch("/asset-families/<asset_family>/assets/<code>")
    def patch_asset(asset_family: str, code: str) -> ResponseReturnValue:
        begin(_WRITE, "create or update assets")
        found, body = family_or_404(asset_family), json_object()
        path = f"asset-families/{asset_family}/assets/{code}"
        return write_one(pim, path, lambda: save(found, code, body))

    @routes.post("/asset-media-files")
    def create_asset_file() -> ResponseReturnValue:
        begin(_WRITE, "create or update assets")
        file = received_file()
        kept = upload(file.filename or "", file.mimetype, file.read())
        with pim.lock:
            pim.assortment.asset_files[kept.code] = kept
        answer = written(pim, f"asset-media-files/{kept.code}", 201)
        answer.headers["Asset-media-file-code"] = kept.code
        return answer

    @routes.get("/asset-media-files/<path:code>")
    def download_asset_file(code: str) -> ResponseReturnValue:
        begin(_READ, "list assets")
        file = pim.assortment.asset_files.get(code)
        if file is None:
            refuse(404, f'Media file "{code}" does not exist.')
        headers = {"Content-Disposition": f'attachment; filename="{_plain(file.filename)}"'}
        return Response(file.data, mimetype=file.mime_type, headers=headers)


def _shown(pim: Pim, family: AssetFamily, asset: Resource) -> Resource:
    """The asset with links to its files."""
    values = {
        code: [_with_link(pim, each) for each in entries]
        if family.attributes[code]["type"] == "media_file"
        else entries
        for code, entries in asset["values"].items()
    }
    return asset | {"values": values}


def _with_link(pim: Pim, value: Resource) -> Resource:
    url = f"{pim.base_url}/api/rest/v1/asset-media-files/{value['data']}"
    return value | {"_links": {"download": link(url)}}


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


def _plain(filename: str) -> str:
    return "".join(c for c in filename if c.isprintable() and c.isascii() and c not in '"\\')
