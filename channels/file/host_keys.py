"""The host keys of an SFTP server that people have looked at."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from outbound.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Pin:
    """A host key that a person has looked at: its fingerprint, and its type if it is known."""

    fingerprint: str
    key_type: str = ""


def read_pins(entered: str) -> list[Pin]:
    """Read fingerprints (SHA256:…) and public keys, as in known_hosts, with commas between them.

    Raises ValueError with a sentence.
    """
    pins = []
    for word in re.split(r"[\s,]+", entered):
        if word.startswith("SHA256:"):
            pins.append(Pin(word.rstrip("=")))
        elif word.startswith("AAAA"):
            pins.append(_pin_of_key(word))
    if entered.strip() and not pins:
        raise ValueError(
            Sentence(
                "“Host key” must be a fingerprint such as SHA256:… or a public key "
                "such as ssh-ed25519 AAAA…. Check shows the one of the server."
            )
        )
    return pins


def _pin_of_key(word: str) -> Pin:
    try:
        blob = base64.b64decode(word, validate=True)
    except binascii.Error:
        raise ValueError(
            Sentence("“Host key” has a public key that was cut off. Copy the whole line.")
        ) from None
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    length = int.from_bytes(blob[:4], "big")
    return Pin(f"SHA256:{digest}", blob[4 : 4 + length].decode("ascii", "replace"))
