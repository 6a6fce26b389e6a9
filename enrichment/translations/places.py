"""Texts by the ids of units in files: all that says where a text belongs is in its id.

An id is what every translator's program keeps. It is the same in every file that the text is in.
"""

import re
from dataclasses import dataclass

from enrichment.models import Proposal

_PLAIN = re.compile(r"[A-Za-z0-9_-]")
_ESCAPED = re.compile(r":([0-9A-F]{2})")
_SUBJECTS = {subject.value: subject for subject in Proposal.Subject}


@dataclass(frozen=True, slots=True)
class TextPlace:
    """A text of a product or model, in whatever language; `scope` is empty where there is none."""

    subject: Proposal.Subject
    key: str
    attribute: str
    scope: str = ""

    @property
    def id(self) -> str:
        """An NMTOKEN of XML, as ids of units must be: product.<uuid>.description.ecommerce."""
        return ".".join(map(_escaped, (self.subject, self.key, self.attribute, self.scope)))


def place_of(unit_id: str) -> TextPlace | None:
    """Return where the text of a unit belongs; None for an id that we never gave."""
    parts = unit_id.split(".")
    if len(parts) != 4 or parts[0] not in _SUBJECTS:
        return None
    try:
        key, attribute, scope = map(_unescaped, parts[1:])
    except UnicodeError:
        return None
    place = TextPlace(_SUBJECTS[parts[0]], key, attribute, scope)
    return place if key and attribute and place.id == unit_id else None


def _escaped(text: str) -> str:
    return "".join(
        char if _PLAIN.match(char) else "".join(f":{byte:02X}" for byte in char.encode())
        for char in text
    )


def _unescaped(text: str) -> str:
    raw = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
    return raw.encode("latin-1").decode()
