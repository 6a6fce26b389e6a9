"""Types of files by the endings of their names: the same on every machine.

Python's own table, without what the system has beside it, and with what it lacks.
"""

import mimetypes

UNKNOWN = "application/octet-stream"

_types = mimetypes.MimeTypes()
for _type, _ending in (
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("image/heic", ".heic"),
    ("image/jpeg", ".jpg"),
    ("text/javascript", ".js"),
):
    _types.add_type(_type, _ending)


def type_of(name: str) -> str | None:
    """The type that a name's ending stands for, None if it stands for none."""
    return _types.guess_type(name)[0]


def ending_of(type_: str) -> str:
    """A usual ending for a type, with its dot; "" if there is none."""
    return _types.guess_extension(type_) or ""
