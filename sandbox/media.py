"""The PIM's media files: found by their code, drawn when somebody asks."""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from sandbox import drawing
from sandbox.data.assortment import Assortment
from sandbox.data.designs import Design, media_code, name_of
from sandbox.data.uploads import UploadedFile

_FILENAME = re.compile(
    r"(?P<design>[a-z]{3}-\d{5})-((?P<color>[a-z]+)(?P<detail>-detail)?\.png|manual\.pdf)"
)
_MANUAL = "manual"


@dataclass(frozen=True, slots=True)
class MediaFile:
    """One file; `color` None is a manual."""

    code: str
    filename: str
    design: Design
    color: str | None
    detail: bool

    @property
    def mime_type(self) -> str:
        return "application/pdf" if self.color is None else "image/png"

    @property
    def extension(self) -> str:
        return self.filename.rpartition(".")[2]

    def content(self, *, small: bool = False) -> bytes:
        """The file's bytes; `small`: of a picture only as much as tells it from others."""
        name = name_of(self.design)[0]
        if small and self.color is not None:
            return drawing.swatch(self.color, self.filename)
        return _content(self.design.recipe.code, self.color, name, self.detail)


def find(assortment: Assortment, code: str) -> MediaFile | UploadedFile | None:
    """The file with this code, if the PIM has it."""
    return assortment.uploads.get(code) or _drawn(assortment, code)


def _drawn(assortment: Assortment, code: str) -> MediaFile | None:
    """One of the files that came with the shop."""
    filename = code.rpartition("/")[2].partition("_")[2]
    match = _FILENAME.fullmatch(filename)
    if match is None or media_code(assortment.seed, filename) != code:
        return None
    design = assortment.designs.get(match["design"])
    color = match["color"]
    if design is None or (color is not None and color not in design.colors):
        return None
    if color is None and _MANUAL not in design.recipe.attributes:
        return None
    return MediaFile(code, filename, design, color, bool(match["detail"]))


def filenames(assortment: Assortment) -> list[str]:
    """What the files that came with the shop are called; their codes are made from that."""
    return [name for design in assortment.designs.values() for name in _filenames(design)]


def _filenames(design: Design) -> Iterator[str]:
    for color in design.colors:
        yield f"{design.code}-{color}.png"
        yield f"{design.code}-{color}-detail.png"
    if _MANUAL in design.recipe.attributes:
        yield f"{design.code}-{_MANUAL}.pdf"


@functools.lru_cache(maxsize=512)
def _content(family: str, color: str | None, name: str, detail: bool) -> bytes:
    if color is None:
        return drawing.booklet(name)
    return drawing.picture(family, color, name, detail=detail)
