"""Files that apps have sent, kept in memory."""

import hashlib
import uuid
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """One file under the code that the PIM gave it, which has slashes as all of its codes."""

    code: str
    filename: str
    mime_type: str
    data: bytes = field(repr=False)

    @property
    def extension(self) -> str:
        return self.filename.rpartition(".")[2].lower()

    def content(self, *, small: bool = False) -> bytes:
        """The file's bytes, all of them in any case."""
        return self.data


def upload(filename: str, mime_type: str, data: bytes) -> UploadedFile:
    """The file with a code of its own: the same file sent twice is two files."""
    digest = hashlib.sha1(uuid.uuid4().bytes, usedforsecurity=False).hexdigest()
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-") else "_" for c in filename)
    return UploadedFile(f"{'/'.join(digest[:4])}/{digest}_{safe[-100:]}", filename, mime_type, data)
