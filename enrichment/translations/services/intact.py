"""Whether a translation still has what must not be translated: tags of HTML, and placeholders."""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from enrichment.translations.line_ends import with_line_ends_of
from enrichment.translations.markup import Role, Tag, parts_of
from enrichment.wording import shown

# {name}, {{ name }}, ${name}, %(name)s, %s, %1$s: what a shop or a program fills in later.
_PLACEHOLDER = re.compile(
    r"\{\{[^{}]*\}\}|\$?\{[^{}]*\}|%\(\w+\)[sd]|%\d+\$[sd]\b|%[sd]\b", re.ASCII
)
_ATTRIBUTE = re.compile(r"([^\s=/>\"']+)(?:\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")


class NotIntact(Exception):
    """This is no translation to be used; the text is a sentence for people."""


def intact(source: str, answer: str) -> str:
    """Return the translation with tags, white space at its ends and line ends as in its source.

    A service may write `<br>` for `<br/>` and put tags into another order, and must not lose, add
    or change any, nor tear a pair. Raises NotIntact.
    """
    if not answer.strip():
        raise NotIntact("The service gave no text back. Translate it by hand.")
    text = _with_tags_of(source, answer.strip())
    _check_placeholders(source, text)
    start = source[: len(source) - len(source.lstrip())]
    end = source[len(source.rstrip()) :]
    return with_line_ends_of(source, f"{start}{text}{end}")


def _with_tags_of(source: str, answer: str) -> str:
    written: dict[object, list[str]] = defaultdict(list)
    wanted, found = parts_of(source), parts_of(answer)
    for part in wanted:
        if isinstance(part, Tag):
            written[_meaning(part.written)].append(part.written)
    pieces = []
    for part in found:
        if isinstance(part, Tag):
            same = written[_meaning(part.written)]
            if not same:
                raise NotIntact(_said(part.written, "is none of the source text's"))
            pieces.append(same.pop(0))
        else:
            pieces.append(part)
    lost = next((tags[0] for tags in written.values() if tags), None)
    if lost is not None:
        raise NotIntact(_said(lost, "is not in the translation"))
    for begin in _beginnings(wanted) - _beginnings(found):
        torn = next(tag.written for tag in _opening(wanted) if _meaning(tag.written) == begin)
        raise NotIntact(_said(torn, "does not stand before its own end"))
    return "".join(pieces)


def _opening(parts: Iterable[str | Tag]) -> Iterator[Tag]:
    """The tags that begin a pair."""
    return (part for part in parts if isinstance(part, Tag) and part.role == Role.OPENS)


def _beginnings(parts: Iterable[str | Tag]) -> Counter[object]:
    return Counter(_meaning(tag.written) for tag in _opening(parts))


def _check_placeholders(source: str, text: str) -> None:
    wanted, found = Counter(_PLACEHOLDER.findall(source)), Counter(_PLACEHOLDER.findall(text))
    for one in wanted - found:
        raise NotIntact(_said(one, "is not in the translation"))
    for one in found - wanted:
        raise NotIntact(_said(one, "is none of the source text's"))


def _said(what: str, why: str) -> str:
    return f"The service did not keep what must stay: “{shown(what)}” {why}. Translate it by hand."


def _meaning(tag: str) -> object:
    """What a browser takes as the same tag: capitals, quotes and a slash at its end say nothing."""
    if tag.startswith("<!"):
        return tag
    inner = tag[1:-1].strip().removesuffix("/")
    if inner.startswith("/"):
        return f"/{inner[1:].strip().lower()}"
    name, *attributes = _ATTRIBUTE.findall(inner)
    return name[0].lower(), tuple(
        sorted((key.lower(), html.unescape(value.strip("\"'"))) for key, value in attributes)
    )
