"""What a channel said, made safe and short enough to show to a person."""

import html.parser

from outbound.redaction import redact


def plain_text(said: str, limit: int, *, secret: str = "") -> str:
    """One line of printable text of at most `limit` characters, with the secret blotted out."""
    if said.lstrip().startswith("<"):
        said = _without_markup(said)
    said = redact(said, [secret])
    said = "".join(character for character in " ".join(said.split()) if character.isprintable())
    return said if len(said) <= limit else f"{said[: limit - 1]}…"


def _without_markup(text: str) -> str:
    page = _Page()
    page.feed(text)
    page.close()
    return " ".join(page.texts)


class _Page(html.parser.HTMLParser):
    """Collects what an error page would show in a browser."""

    INVISIBLE = ("script", "style")

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open not in self.INVISIBLE:
            self.texts.append(data)
