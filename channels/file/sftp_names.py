"""Names of files on servers that write them in whatever letters they like."""

import paramiko
from paramiko.sftp import CMD_NAME
from paramiko.sftp_attr import SFTPAttributes

_NO_TEXT = b"\x01"  # as long as what it stands for, and in no name of ours


class AnyNames(paramiko.SFTPClient):
    """Lists folders in which names are no UTF-8: paramiko would tell of none of their files.

    Each byte of a name that belongs to no text becomes U+0001.
    """

    def _read_packet(self) -> tuple[int, bytes]:
        kind, content = super()._read_packet()  # type: ignore[misc]  # not in the stubs
        return kind, _as_text(content) if kind == CMD_NAME else content


def _as_text(content: bytes) -> bytes:
    """The answer with names, each as long as before."""
    message, answer = paramiko.Message(content), bytearray(content)
    message.get_int()  # of the request
    for _ in range(message.get_int()):
        for _of in ("name", "line of a listing"):
            written = message.get_string()
            end = message.packet.tell()
            answer[end - len(written) : end] = _text_of(written)
        SFTPAttributes._from_msg(message, "", "")  # type: ignore[attr-defined]  # as paramiko does
    return bytes(answer)


def _text_of(name: bytes) -> bytes:
    text = name.decode(errors="surrogateescape")
    return b"".join(_NO_TEXT if "\udc80" <= each <= "\udcff" else each.encode() for each in text)
