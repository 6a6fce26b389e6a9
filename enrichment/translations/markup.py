"""The tags of HTML within a text, found so that the text comes back to the letter.

Nothing is parsed that a browser would have to repair: what is no whole tag of HTML is text, and
text stays as it is written, entities (`&amp;`) with it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_DEPTH = 50  # of tags within tags; what is deeper stands alone, as programs bear only so much

# Each alternative ends at the next "<", so that a hostile text is gone through once.
_TAG = re.compile(
    r"<!--(?:[^<-]|-(?!->)|<(?!!--))*-->"
    r"|<(?P<end>/?)(?P<name>[A-Za-z][A-Za-z0-9]*)"
    r"(?:[\s/](?:\"[^\"<]*\"|'[^'<]*'|[^'\"<>])*)?>"
)
# The elements of https://html.spec.whatwg.org/ (4), and those of older texts.
_ELEMENTS = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "address",
        "article",
        "aside",
        "audio",
        "b",
        "base",
        "bdi",
        "bdo",
        "big",
        "blockquote",
        "body",
        "br",
        "button",
        "canvas",
        "caption",
        "center",
        "cite",
        "code",
        "col",
        "colgroup",
        "data",
        "datalist",
        "dd",
        "del",
        "details",
        "dfn",
        "dialog",
        "dir",
        "div",
        "dl",
        "dt",
        "em",
        "embed",
        "fieldset",
        "figcaption",
        "figure",
        "font",
        "footer",
        "form",
        "frame",
        "frameset",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hgroup",
        "hr",
        "html",
        "i",
        "iframe",
        "img",
        "input",
        "ins",
        "kbd",
        "label",
        "legend",
        "li",
        "link",
        "main",
        "map",
        "mark",
        "menu",
        "meta",
        "meter",
        "nav",
        "noscript",
        "object",
        "ol",
        "optgroup",
        "option",
        "output",
        "p",
        "param",
        "picture",
        "pre",
        "progress",
        "q",
        "rp",
        "rt",
        "ruby",
        "s",
        "samp",
        "script",
        "section",
        "select",
        "slot",
        "small",
        "source",
        "span",
        "strike",
        "strong",
        "style",
        "sub",
        "summary",
        "sup",
        "svg",
        "table",
        "tbody",
        "td",
        "template",
        "textarea",
        "tfoot",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "track",
        "tt",
        "u",
        "ul",
        "var",
        "video",
        "wbr",
    ]
)
_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "frame",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    ]
)


class Role(StrEnum):
    OPENS = "opens"
    CLOSES = "closes"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag or comment as it is written. `pair` is the same number at both ends of a pair."""

    written: str
    role: Role = Role.ALONE
    pair: int = 0


def parts_of(text: str) -> list[str | Tag]:
    """Return the text in pieces; put together again they are the text.

    What opens and what closes is in order: pairs lie within one another. A tag without the other
    end stands alone.
    """
    parts: list[str | Tag] = []
    opened: list[tuple[str, int]] = []  # name of the element, and place among the parts
    names: Counter[str] = Counter()
    written: dict[int, str] = {}
    pairs = 0
    at = 0
    for match in _tags(text):
        if match.start() > at:
            parts.append(text[at : match.start()])
        at = match.end()
        name = (match["name"] or "").lower()
        if match["end"] and names[name]:
            pairs += 1
            begin = _close(name, opened, names)
            parts[begin] = Tag(written[begin], Role.OPENS, pairs)
            parts.append(Tag(match[0], Role.CLOSES, pairs))
            continue
        if name and not match["end"] and name not in _VOID and not match[0].endswith("/>"):
            opened.append((name, len(parts)))
            names[name] += 1
            written[len(parts)] = match[0]
        parts.append(Tag(match[0]))
    if at < len(text):
        parts.append(text[at:])
    return _not_too_deep(parts)


def has_tags(text: str) -> bool:
    return next(_tags(text), None) is not None


def tags_of(text: str) -> list[str]:
    """Return the tags of a text as they are written, in their order."""
    return [match[0] for match in _tags(text)]


def has_stray(text: str) -> bool:
    """Whether a `<` stands in the text that begins no tag."""
    return any("<" in part for part in parts_of(text) if isinstance(part, str))


def without_stray(text: str) -> str:
    """Return the text with each `<` that begins no tag as HTML writes a character: `&lt;`."""
    return "".join(
        part.written if isinstance(part, Tag) else part.replace("<", "&lt;")
        for part in parts_of(text)
    )


def _tags(text: str) -> Iterator[re.Match[str]]:
    for match in _TAG.finditer(text):
        if match["name"] is None or match["name"].lower() in _ELEMENTS:
            yield match


def _close(name: str, opened: list[tuple[str, int]], names: Counter[str]) -> int:
    """Close the innermost element of this name, and what is open within it; return its place."""
    while True:
        inner, place = opened.pop()
        names[inner] -= 1
        if inner == name:
            return place


def _not_too_deep(parts: list[str | Tag]) -> list[str | Tag]:
    depth = 0
    kept: list[str | Tag] = []
    for part in parts:
        if isinstance(part, Tag) and part.role != Role.ALONE:
            depth -= part.role == Role.CLOSES
            if depth >= MAX_DEPTH:
                depth += part.role == Role.OPENS
                kept.append(Tag(part.written))
                continue
            depth += part.role == Role.OPENS
        kept.append(part)
    return kept
