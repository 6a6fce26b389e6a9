"""What a channel said, made safe and short enough to show to a person."""

import html
import re
from collections.abc import Iterator

from outbound.redaction import redact

_INVISIBLE = re.compile(r"(script|style)\b", re.IGNORECASE)


def plain_text(said: str, limit: int, *, secret: str = "") -> str:
    """One line of printable text of at most `limit` characters, with the secret blotted out."""
    if said.lstrip().startswith("<"):
        said = " ".join(_visible(said))
    said = redact(said, [secret])
    said = "".join(character for character in " ".join(said.split()) if character.isprintable())
    return said if len(said) <= limit else f"{said[: limit - 1]}…"


def _visible(text: str) -> Iterator[str]:
    """What an error page would show in a browser.

    Not by html.parser: 60 kB of “<a <a <a” keep it busy for minutes.
    """
    place = 0
    while (tag := text.find("<", place)) >= 0:
        yield html.unescape(text[place:tag])
        is_comment = text.startswith("<!--", tag)
        end = "-->" if is_comment else ">"
        closed = text.find(end, tag)
        if closed < 0:
            return
        place = closed + len(end)
        if hidden := _INVISIBLE.match(text, tag + 1):
            rest = re.compile(rf"</{hidden[1]}", re.IGNORECASE).search(text, place)
            if rest is None:
                return
            place = rest.start()
    yield html.unescape(text[place:])
