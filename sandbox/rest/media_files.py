"""Media files and their bytes (pim-contract.md 3.10)."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from sandbox import media
from sandbox.media import MediaFile
from sandbox.rest.paging import link, numbered
from sandbox.rest.problems import refuse
from sandbox.state import Pim


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the list, single files and their bytes; any valid token will do."""
    root = f"{pim.base_url}/api/rest/v1/media-files"

    @routes.get("/media-files")
    def list_media_files() -> ResponseReturnValue:
        page = numbered(root, [{"code": code} for code in media.all_codes(pim.assortment)])
        items = page["_embedded"]["items"]
        files = [_as_json(root, found(each["code"])) for each in items]
        for file in files:
            file["_links"] = {"self": link(f"{root}/{file['code']}")} | file["_links"]
        page["_embedded"] = {"items": files}
        return jsonify(page)

    @routes.get("/media-files/<path:code>")
    def get_media_file(code: str) -> ResponseReturnValue:
        return jsonify(_as_json(root, found(code)))

    @routes.get("/media-files/<path:code>/download")
    def download_media_file(code: str) -> ResponseReturnValue:
        file = found(code)
        headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
        return Response(file.content(), mimetype=file.mime_type, headers=headers)

    def found(code: str) -> MediaFile:
        file = media.find(pim.assortment, code)
        if file is None:
            refuse(404, f'Media file "{code}" does not exist.')
        return file


def _as_json(root: str, file: MediaFile) -> dict[str, Any]:
    address = f"{root}/{file.code}"
    return {
        "_links": {"download": link(f"{address}/download")},
        "code": file.code,
        "original_filename": file.filename,
        "mime_type": file.mime_type,
        "size": len(file.content()),
        "extension": file.extension,
    }
