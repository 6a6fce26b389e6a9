"""Slugs: how Vendure writes them, and whether one is what was asked for."""

import re
import unicodedata

_DROPPED = re.compile("[!\"£$%^&*()+\\[\\]{};:@#~?\\\\/,|><`¬'=‘’©®™]")
_UMLAUT = "\u0308"
_NUMBER = re.compile(r"-\d+$")


def slugified(text: str) -> str:
    """The text as Vendure makes a slug of it (`normalizeString` in @vendure/common)."""
    text = unicodedata.normalize("NFD", text).replace("ß", "ss").replace("ẞ", "SS")
    text = text.replace(_UMLAUT, "e")
    text = re.sub("[\u0300-\u036f]", "", text).lower()
    text = re.sub(r"\s+", "-", _DROPPED.sub("", text))
    return re.sub("-{2,}", "-", text)


def is_slug_of(standing: str, wanted: str) -> bool:
    """Whether a slug is the wanted one, or what Vendure made of it because that was taken."""
    wanted = slugified(wanted)
    return standing == wanted or (
        _NUMBER.search(standing) is not None
        and _NUMBER.sub("", standing) == _NUMBER.sub("", wanted)
    )
