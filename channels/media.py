"""Addresses of files within documents: found and replaced in the JSON text itself.

So everything else stays to the letter: numbers, the order of names, even what a parser would not
take. Only whole text values count; a name of a member, or an address within a sentence, does not.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from channels.base import ChannelProduct, Setting

# A text, and the colon behind it if it is the name of a member.
_TEXT = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?', re.DOTALL)

MEDIA_SETTING = Setting(
    "media",
    "Addresses of files",
    "Pictures and other files come as web addresses. Those of the PIM open for nobody without its "
    "token; those of this app open for everybody who has them.",
    default="pim",
    kind="choice",
    choices=(("pim", "As the PIM has them"), ("ferry", "Of this app, for everybody to fetch")),
)


def texts_in(body: str, holding: str) -> Iterator[str]:
    """Yield the text values of a document that hold this text, which no JSON escapes."""
    if holding not in body:
        return
    for match in _TEXT.finditer(body):
        if match[1] is None and holding in match[0]:
            value = _value(match[0])
            if value is not None:
                yield value


def body_with_addresses(product: ChannelProduct) -> str:
    """The document with this app's addresses in place of the PIM's.

    `null` stands in the place of a file that the PIM does not have any more.
    """
    if not product.media and not product.lacking:
        return product.body
    addresses: dict[str, str | None] = dict.fromkeys(product.lacking)
    addresses |= {text: file.address or text for text, file in product.media.items()}
    return _TEXT.sub(_replaced_by(addresses), product.body)


def with_addresses(product: ChannelProduct) -> ChannelProduct:
    """The product with that document, for a feed."""
    return replace(product, body=body_with_addresses(product))


def _replaced_by(addresses: dict[str, str | None]) -> Callable[[re.Match[str]], str]:
    def replaced(match: re.Match[str]) -> str:
        text = match[0]
        value = _value(text) if match[1] is None and "/" in text else None
        if value is None or value not in addresses:
            return text
        return json.dumps(addresses[value])

    return replaced


def _value(text: str) -> str | None:
    try:
        value: str = json.loads(text, strict=False)
    except ValueError:
        return None
    return value
