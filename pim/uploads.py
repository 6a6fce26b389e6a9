"""Sending files to a PIM, in pieces, from an open file (pim-contract.md 3.10)."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import msgspec
import requests

from outbound.errors import NotSent, TransientError
from pim.calls import PimCalls
from pim.errors import OutcomeUnknown, RateLimited, UnexpectedAnswer
from pim.file_types import UNKNOWN, type_of
from pim.links import API_PATH, api_url

_CODE_OF_ASSET_FILE = "Asset-media-file-code"


@dataclass(frozen=True, slots=True)
class MediaPlace:
    """The value that a file is for: of a product by its identifier, or of a model by its code."""

    attribute: str
    locale: str | None = None
    scope: str | None = None
    identifier: str | None = None
    model: str | None = None

    def as_field(self) -> dict[str, str]:
        """The field of the form that tells it: a JSON text."""
        if (self.identifier is None) == (self.model is None):
            raise ValueError("a file is for a product or for a model")
        owner = {"code": self.model} if self.model is not None else {"identifier": self.identifier}
        about = {"attribute": self.attribute, "scope": self.scope, "locale": self.locale}
        name = "product" if self.model is None else "product_model"
        return {name: msgspec.json.encode(owner | about).decode()}


def upload_media(
    calls: PimCalls,
    file: BinaryIO,
    name: str,
    place: MediaPlace,
    *,
    arrived: Callable[[], str | None] | None = None,
) -> str:
    """Send an open file to the PIM's media files and set it as a value; return its code.

    This is no PATCH: the value is set at once, and sending it twice makes two files, the second of
    which is the value's. So it is tried again only where a try certainly did nothing, or where
    `arrived` was asked and says so: it returns the code once the file is there, None if it is not.
    Otherwise OutcomeUnknown: read the value before sending it again. The code may be used in other
    values, by `update_products`. The file is one of this machine, and is read from its start. A
    refusal is ValidationFailed, with the PIM's words in `said` and `errors`, or NotFound;
    PayloadTooLarge for a file that it does not take.
    """
    url = api_url(calls.pim_url, "media-files")

    def code_of(response: requests.Response) -> str:
        location = urlsplit(response.headers.get("Location", "")).path
        _, found, code = location.partition(f"{API_PATH}media-files/")
        code = unquote(code.removesuffix("/download"))
        if not found or not code:
            raise UnexpectedAnswer(calls.host, "a file that was taken without telling its code")
        return code

    return _upload(calls, url, file, name, place.as_field(), code_of, arrived)


def upload_asset_file(
    calls: PimCalls,
    file: BinaryIO,
    name: str,
    *,
    arrived: Callable[[], str | None] | None = None,
) -> str:
    """Send an open file to the media files of assets; return the code that an asset's value takes.

    It is part of no asset until `Assets.save` says so; a file that was sent twice lies there twice,
    once unused, and no PIM lists these. Tried again as `upload_media`.
    """
    url = api_url(calls.pim_url, "asset-media-files")

    def code_of(response: requests.Response) -> str:
        code = response.headers.get(_CODE_OF_ASSET_FILE, "")
        if not code:
            raise UnexpectedAnswer(calls.host, "a file that was taken without telling its code")
        return code

    return _upload(calls, url, file, name, {}, code_of, arrived)


def _upload(
    calls: PimCalls,
    url: str,
    file: BinaryIO,
    name: str,
    fields: dict[str, str],
    code_of: Callable[[requests.Response], str],
    arrived: Callable[[], str | None] | None = None,
) -> str:
    def form() -> dict[str, Any]:
        file.seek(0, os.SEEK_SET)
        return {**fields, "file": (name, file, type_of(name) or UNKNOWN)}

    try:
        return calls.upload(url, form, code_of, arrived=arrived)
    except (NotSent, RateLimited):
        raise
    except TransientError as error:
        raise OutcomeUnknown(
            calls.host, f"the file “{name}” was taken", detail=error.detail
        ) from error
