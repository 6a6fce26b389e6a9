"""Media files and their bytes (pim-contract.md 3.10)."""

from typing import Any

from flask import Blueprint, Response, jsonify
from flask.typing import ResponseReturnValue

from sandbox import media
from sandbox.data.designs import media_code
from sandbox.data.uploads import UploadedFile
from sandbox.media import MediaFile
from sandbox.rest.paging import link, numbered
from sandbox.rest.problems import refuse
from sandbox.state import Pim


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the list, single files and their bytes; any valid token will do."""

    @routes.get("/media-files")
    def list_media_files() -> ResponseReturnValue:
        uploads = pim.assortment.uploads
        page = numbered(root(), [*media.filenames(pim.assortment), *uploads])
        codes = [
            name if name in uploads else media_code(pim.assortment.seed, name)
            for name in page["_embedded"]["items"]
        ]
        files = [as_json(found(code)) for code in codes]
        for file in files:
            file["_links"] = {"self": link(f"{root()}/{file['code']}")} | file["_links"]
        return jsonify(page | {"_embedded": {"items": files}})

    @routes.get("/media-files/<path:code>")
    def get_media_file(code: str) -> ResponseReturnValue:
        return jsonify(as_json(found(code)))

    @routes.get("/media-files/<path:code>/download")
    def download_media_file(code: str) -> ResponseReturnValue:
        file = found(code)
        headers = {"Content-Disposition": f'attachment; filename="{file.filename}"'}
        content = file.content(small=pim.small_pictures)
        return Response(content, mimetype=file.mime_type, headers=headers)

    def root() -> str:
        return f"{pim.base_url}/api/rest/v1/media-files"

    def found(code: str) -> MediaFile | UploadedFile:
        file = media.find(pim.assortment, code)
        if file is None:
            refuse(404, f'Media file "{code}" does not exist.')
        return file

    def as_json(file: MediaFile | UploadedFile) -> dict[str, Any]:
        address = f"{root()}/{file.code}"
        return {
            "_links": {"download": link(f"{address}/download")},
            "code": file.code,
            "original_filename": file.filename,
            "mime_type": file.mime_type,
            "size": len(file.content(small=pim.small_pictures)),
            "extension": file.extension,
        }
