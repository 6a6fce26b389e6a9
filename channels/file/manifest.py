"""The manifest: what was written last, so that whoever fetches it can tell whether it is whole."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """`holds` is “products” or “removed”, `products` how many of them, `size` in bytes."""

    name: str
    holds: str
    products: int
    size: int
    sha256: str


def manifest(
    *,
    feed: str,
    number: int,
    at: datetime,
    content: str,
    format_: str,
    files: Sequence[WrittenFile],
) -> bytes:
    """One JSON object. `number` grows with each edition, by one or more."""
    said = {
        "feed": feed,
        "sequence": number,
        "written_at": at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "content": content,
        "format": format_,
        "files": [_file(one) for one in files],
    }
    return json.dumps(said, indent=2).encode() + b"\n"


def _file(file: WrittenFile) -> dict[str, str | int]:
    said = asdict(file)
    said["bytes"] = said.pop("size")
    return said
