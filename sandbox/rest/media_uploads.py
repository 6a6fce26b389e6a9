"""Media files that apps send, for a value of a product or model (pim-contract.md 3.10)."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from sandbox.data.uploads import UploadedFile, upload
from sandbox.json_text import read_json
from sandbox.rest.gate import need
from sandbox.rest.problems import refuse
from sandbox.rest.saving import save_model, save_product
from sandbox.rest.writes import written
from sandbox.state import Pim
from sandbox.writing.refusals import Refusal

_MEGABYTE = 1024 * 1024


def add_routes(pim: Pim, routes: Blueprint) -> None:
    """Add the upload."""

    @routes.post("/media-files")
    def create_media_file() -> ResponseReturnValue:
        """The file is set as the value at once: whoever sends it twice has two files."""
        need("write_products", "create or update media files")
        owners = [name for name in ("product", "product_model") if name in request.form]
        if len(owners) > 1:
            refuse(422, 'You should give either a "product" or a "product_model" key.')
        if not owners:
            refuse(
                422,
                "You should at least give one of the following properties: "
                '"product" or "product_model".',
            )
        about = _about(owners[0])
        save = _saving(pim, owners[0], about)
        file = received_file()
        _check_size(pim, file, about["attribute"])
        kept = upload(file.filename or "", file.mimetype, file.read())
        _set(pim, save, about, kept)
        return written(pim, f"media-files/{kept.code}", 201)


def received_file() -> FileStorage:
    """The file of the form, or 422."""
    file = request.files.get("file")
    if file is None:
        refuse(422, 'Property "file" is required.')
    return file


def size_of(file: FileStorage) -> int:
    """Its bytes, without reading them."""
    file.stream.seek(0, 2)
    size = file.stream.tell()
    file.stream.seek(0)
    return size


def _about(owner: str) -> dict[str, Any]:
    """Which value the file is for, or 400 and 422."""
    try:
        found = read_json(request.form[owner])
    except ValueError:
        found = None
    if not isinstance(found, dict):
        refuse(400, "Invalid json message received")
    key = "identifier" if owner == "product" else "code"
    named = all(isinstance(found.get(name), str) for name in (key, "attribute"))
    placed = all(
        name in found and isinstance(found[name], str | None) for name in ("locale", "scope")
    )
    if not named or not placed:
        kind = "Product" if owner == "product" else "Product model"
        refuse(
            422,
            f'{kind} property must contain "{key}", "attribute", "locale" and "scope" properties.',
        )
    return found


def _saving(pim: Pim, owner: str, about: dict[str, Any]) -> Callable[[dict[str, Any]], bool]:
    """What writes a body to the owner of the value, or 422 if there is none."""
    if owner == "product":
        product = pim.assortment.identified(about["identifier"])
        if product is None:
            refuse(422, f'Product "{about["identifier"]}" does not exist.')
        return lambda body: save_product(
            pim, product.uuid, body, "post_media_files", may_ignore=False
        )
    code = about["code"]
    if code not in pim.assortment.models:
        refuse(422, f'Product model "{code}" does not exist.')
    return lambda body: save_model(pim, code, body, "post_media_files", may_ignore=False)


def _check_size(pim: Pim, file: FileStorage, attribute: str) -> None:
    known = pim.assortment.attributes.get(attribute)
    if known is None:
        refuse(422, f"The {attribute} attribute does not exist in your PIM.")
    most = known["max_file_size"]
    size = size_of(file)
    if most is not None and size > float(most) * _MEGABYTE:
        refuse(
            422,
            "Validation failed.",
            errors=[
                {
                    "property": "values",
                    "message": f"The file is too large ({size / _MEGABYTE:.2f} MB). Allowed "
                    f"maximum size is {most} MB.",
                }
            ],
        )


def _set(
    pim: Pim,
    save: Callable[[dict[str, Any]], bool],
    about: dict[str, Any],
    kept: UploadedFile,
) -> None:
    """Keep the file as the value, or neither."""
    value = {"locale": about["locale"], "scope": about["scope"], "data": kept.code}
    with pim.lock:
        pim.assortment.uploads[kept.code] = kept
        try:
            save({"values": {about["attribute"]: [value]}})
        except Refusal as error:
            del pim.assortment.uploads[kept.code]
            refuse(error.status, error.message, errors=error.errors)
