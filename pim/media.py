"""The PIM's media files: which addresses are theirs, and their bytes (pim-contract.md 3.10).

An address stands in a product, where people of the PIM can write whatever they like: so only what
leads to a file of this very PIM is taken for one, and nothing else gets the token.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from typing import Protocol
from urllib.parse import unquote, urlsplit

import msgspec
import requests

from pim.calls import PimCalls
from pim.errors import NotFound, UnexpectedAnswer
from pim.file_types import UNKNOWN, ending_of, type_of
from pim.links import API_PATH, api_url, resolve_link

MEDIA_PATHS = ("media-files/", "asset-media-files/", "reference-entities-media-files/")
MAX_BYTES = 200 * 1024 * 1024
DOWNLOAD_SECONDS = 300.0  # 200 MB at the speed of an ordinary line

# Letters, digits and marks as they are, anything else percent-encoded, but no slash, backslash,
# dot or NUL in that way: two programs could read those differently.
_CODE = re.compile(r"(?:[A-Za-z0-9._~!$'()*+,;=@:/-]|%(?!2[EeFf]|5[Cc]|00)[0-9A-Fa-f]{2})+")
_MIME_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
_NO_FILE = re.compile(rb"\s*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_UNNAMED = re.compile(r"[\x00-\x1f\x7f/\\]+")
_NAME = 255


class Sink(Protocol):
    """What takes a file's bytes."""

    def begin(self) -> None:
        """Forget what came before: the file is sent from its start."""

    def write(self, chunk: bytes) -> object:
        """Take the next bytes."""


@dataclass(frozen=True, slots=True)
class MediaDescription:
    """What the PIM calls a file; to be shown, never to be trusted."""

    name: str
    mime_type: str


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """What the PIM says of a file without its bytes; `size` in bytes."""

    name: str
    size: int


def path_of_code(pim_url: str, code: str, *, of_asset: bool = False) -> str | None:
    """The address, without its host, of the media file with this code; None for no code."""
    if of_asset:
        return media_path(pim_url, api_url(pim_url, f"{MEDIA_PATHS[1]}{code}"))
    return media_path(pim_url, api_url(pim_url, f"{MEDIA_PATHS[0]}{code}/download"))


def facts(calls: PimCalls, code: str) -> MediaFacts:
    """Return what the PIM says of the media file with this code; NotFound if it has none."""
    path = path_of_code(calls.pim_url, code)
    if path is None:
        raise NotFound(calls.host, detail=f"no code of a file: {code!r}")
    url = api_url(calls.pim_url, f"{MEDIA_PATHS[0]}{code}")

    def read(body: bytes) -> MediaFacts:
        try:
            found = msgspec.json.decode(body, type=_Facts)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise UnexpectedAnswer(calls.host, "no facts about a file") from error
        return MediaFacts(found.original_filename, found.size)

    return calls.call("GET", url, read)


class _Facts(msgspec.Struct):
    original_filename: str
    size: int


def media_path(pim_url: str, text: str) -> str | None:
    """The address of a file of this PIM without its host, None for any other text."""
    if not text.startswith(("https://", "http://")):
        return None
    try:
        link = urlsplit(resolve_link(pim_url, text))
    except UnexpectedAnswer:
        return None
    root = f"{urlsplit(pim_url).path}{API_PATH}"
    kind = next((one for one in MEDIA_PATHS if link.path.startswith(f"{root}{one}")), None)
    if kind is None or link.query or "#" in text or "?" in text:
        return None
    code = link.path.removeprefix(f"{root}{kind}")
    if kind == MEDIA_PATHS[0]:
        code, _, last = code.rpartition("/")
        if last != "download":
            return None
    return link.path if _CODE.fullmatch(code) else None


def download(calls: PimCalls, path: str, sink: Sink, *, max_bytes: int) -> MediaDescription:
    """Let the sink have the file at this path; return what the PIM calls it.

    Raises UnexpectedAnswer for a page in place of a file, AnswerTooLarge for more than `max_bytes`,
    and what every call may raise.
    """
    parts = urlsplit(calls.pim_url)
    url = f"{parts.scheme}://{parts.netloc}{path}"
    if media_path(calls.pim_url, url) != path:
        raise ValueError("not the address of a media file")
    found: list[MediaDescription] = []

    def begin(response: requests.Response) -> Callable[[bytes], object]:
        found[:] = [_described(response, path)]
        _refuse_page(response, calls.host, found[0].name)
        sink.begin()
        return _checked(sink, calls.host, found[0].name)

    calls.download(url, begin, max_bytes=max_bytes)
    return found[0]


def _described(response: requests.Response, path: str) -> MediaDescription:
    header = Message()
    header["Content-Disposition"] = response.headers.get("Content-Disposition", "")
    name = _clean(header.get_filename() or "") or name_in(path)
    said, _, _ = response.headers.get("Content-Type", "").partition(";")
    said = said.strip().lower()
    by_name = type_of(name)
    if not _MIME_TYPE.fullmatch(said) or said == UNKNOWN:
        return MediaDescription(name, by_name or UNKNOWN)
    if by_name is None:
        name = f"{name[: _NAME - 10]}{ending_of(said)}"
    return MediaDescription(name, said)


def name_in(path: str) -> str:
    """The name in a file's code, which stands there behind a digest and an underscore."""
    last = unquote(path.removesuffix("/download").rpartition("/")[2])
    return _clean(last.partition("_")[2] or last) or "file"


def _clean(name: str) -> str:
    text = _UNNAMED.sub("_", name).encode(errors="replace").decode().strip(" .")
    stem, dot, ending = text.rpartition(".")
    if len(text) > _NAME and dot and len(ending) < 10:
        return f"{stem[: _NAME - 1 - len(ending)]}.{ending}"
    return text[:_NAME]


def _refuse_page(response: requests.Response, host: str, name: str) -> None:
    """A log-in or maintenance page, or the PIM's own words, are not the file."""
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/html" and not _ends(name, ".html", ".htm"):
        raise UnexpectedAnswer(host, "a web page in place of a file")
    if kind == "application/json" and not _ends(name, ".json"):
        raise UnexpectedAnswer(host, "a message in place of a file")


def _checked(sink: Sink, host: str, name: str) -> Callable[[bytes], object]:
    """Look at the first bytes too: a page may come under the type of a picture."""
    is_first = not _ends(name, ".html", ".htm", ".xhtml", ".svg", ".xml")

    def write(chunk: bytes) -> object:
        nonlocal is_first
        if is_first and _NO_FILE.match(chunk[:512]):
            raise UnexpectedAnswer(host, "a web page in place of a file")
        is_first = False
        return sink.write(chunk)

    return write


def _ends(name: str, *endings: str) -> bool:
    return name.lower().endswith(endings)
