"""Collect what is to be translated, and compile what was: make messages

Writes locale/<language>/LC_MESSAGES/django.po and .mo from the templates and the Python code.
The .mo files are kept in the repository, so that an installation needs no tool for them.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

PROJECT = Path(__file__).resolve().parent.parent
LOCALE = PROJECT / "locale"
ROOMS = (
    *("akeneo_app", "pages", "sync", "enrichment", "catalogs", "connections"),
    *("channels", "pim", "outbound"),
)
LANGUAGES = ("fr",)  # besides English, which is what the code says
# What the first page of admin is made of, beside what is named after it.
OF_STAFF = ("dashboard.py", "standing.py", "sidebar.py")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
    "Sentence": None,  # of a room without Django
}


def collected() -> Catalog:
    """Return every text of the code, with the files it stands in (without lines: they move)."""
    found = Catalog(project="Ferry", fuzzy=False)
    for path, source in _sources():
        for _, message, comments, context in extract("python", BytesIO(source), KEYWORDS, ["Tr:"]):
            where = [(path.relative_to(PROJECT).as_posix(), 0)]
            found.add(message, locations=where, auto_comments=comments, context=context)
    for kind, text in declared():
        found.add(text, locations=[(f"channels ({kind})", 0)], context="channel")
    return found


def declared() -> Iterator[tuple[str, str]]:
    """Yield what adapters declare for people to read, each with the kind of channel it is of.

    Of targets the helps, and not the titles: people find those in Akeneo's mapping screen, which
    has them in English, and have to recognise them on the pages.
    """
    # Here, since a script finds the project's rooms only once `main` has said where they are.
    from channels.field_types import TYPES, UNKNOWN_TYPE
    from channels.registry import KINDS
    from channels.templates import TEMPLATES

    for kind, adapter in KINDS.items():
        texts = [adapter.label, adapter.description, *(label for _, label in adapter.relations)]
        for setting in adapter.settings:
            texts += [setting.label, setting.help, *(label for _, label in setting.choices)]
            texts += [setting.group.label] if setting.group else []
        texts += [target.description for target in adapter.all_targets()]
        yield from ((kind, text) for text in texts if text)
    for one in TYPES:
        yield from (("own fields", text) for text in (one.label, one.hint) if text)
    yield "own fields", UNKNOWN_TYPE
    for template in TEMPLATES.values():
        yield from (("own fields", text) for text in (template.label, template.description))
        yield from (("own fields", target.description) for target in template.targets)


def written(language: str) -> Catalog:
    """Return what the .po file of a language holds; an empty catalog where there is none."""
    path = file_of(language)
    if not path.is_file():
        return Catalog(locale=language, project="Ferry")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """Return the content of the .mo file."""
    target = BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def file_of(language: str, suffix: str = ".po") -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"django{suffix}"


def _sources() -> Iterator[tuple[Path, bytes]]:
    templates = [
        path for kind in ("html", "txt") for path in PROJECT.glob(f"templates/**/*.{kind}")
    ]
    for path in sorted(templates):
        if not _is_for_staff(path):
            lines = templatize(path.read_text(), origin=str(path)).splitlines()
            # It keeps the place of each text, which is no indentation to Python.
            yield path, "\n".join(line.strip() for line in lines).encode()
    for room in ROOMS:
        for path in sorted((PROJECT / room).rglob("*.py")):
            if not _is_for_staff(path):
                yield path, path.read_bytes()


def _is_for_staff(path: Path) -> bool:
    """Whether it belongs to admin, which is in English (akeneo_app.languages)."""
    parts = path.relative_to(PROJECT).parts
    return any(part.startswith("admin") or part in OF_STAFF for part in parts)


def main() -> int:
    settings.configure(USE_I18N=True)
    sys.path.insert(0, str(PROJECT))
    texts, missing = collected(), 0
    for language in LANGUAGES:
        catalog = written(language)
        texts.creation_date = catalog.creation_date  # no change in the file where no text changed
        catalog.update(texts, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        file_of(language).parent.mkdir(parents=True, exist_ok=True)
        with file_of(language).open("wb") as file:
            write_po(file, catalog, width=100, sort_output=True)
        file_of(language, ".mo").write_bytes(compiled(catalog))
        lacking = sum(1 for text in catalog if text.id and not is_complete(text))
        missing += lacking
        sys.stdout.write(f"{language}: {len(catalog)} texts, {lacking} not translated yet\n")
    return 1 if missing else 0


def is_complete(text: Message) -> bool:
    """Whether it is translated, in every plural form."""
    return all(text.string) if isinstance(text.string, list | tuple) else bool(text.string)


if __name__ == "__main__":
    sys.exit(main())
