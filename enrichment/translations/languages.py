"""Locales of a PIM, and the language tags that XLIFF and services know them by (BCP 47)."""

import re
from collections.abc import Iterable

_TAG = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")


def tag_of(locale: str) -> str:
    """Return the language tag of a PIM's locale: en_US is en-US, sr_Latn_RS is sr-Latn-RS.

    Raises ValueError for a locale that no tag can be made of.
    """
    tag = locale.replace("_", "-")
    if not _TAG.fullmatch(tag):
        raise ValueError(f"“{locale}” is no locale that translators' files could name.")
    return tag


def locale_of(tag: str, locales: Iterable[str]) -> str | None:
    """Return the one of these locales that has the tag; capital letters make no difference."""
    wanted = tag.replace("_", "-").casefold()
    return next(
        (locale for locale in locales if locale.replace("_", "-").casefold() == wanted), None
    )
