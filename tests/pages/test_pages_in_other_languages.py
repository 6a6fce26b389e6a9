"""Every page of the gallery in French, and in a language in which every text is in brackets.

What stands on a page outside of brackets was not marked for translation, unless it is data.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import django
import pytest
import translations
from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from bs4 import Comment, Doctype
from django.apps import apps
from django.db.models import CharField, JSONField, TextField
from django.test import Client

from channels.registry import KINDS
from channels.templates import TEMPLATES
from sync.models import Document
from tests.gallery.place import Place
from tests.gallery.scenes import PAGES, Scene, situations, world_of_gallery
from tests.pages.conftest import browser_of, page_of

BRACKETED = "xx"  # of which Django knows nothing
ATTRIBUTES = ("aria-label", "placeholder", "title", "alt", "data-label")
INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
# What is the same in every language: names, addresses, codes and units.
SAME_EVERYWHERE = [
    re.compile(r"https?://\S+"),
    re.compile(r"\b(Ferry|Akeneo|English|Français|UTC|JSON|CSV|PNG|KB|min)\b"),
    re.compile(r"\b[A-Z][a-z]+(/[A-Z][\w-]+)+"),  # time zones
    re.compile(r"\b[a-z]{2}_[A-Z]{2}\b"),  # Akeneo's languages
    re.compile(r"\btranslation(Queued|Locales|Status)\b"),  # attributes of Akeneo's guide
]


@pytest.fixture(scope="session")
def brackets(tmp_path_factory) -> Path:
    """A folder of translations, as Django reads them: every text of ours and Django's in ⟦⟧."""
    texts = Catalog(locale="en", domain="django")
    files = Path(django.__file__).parent.glob("**/locale/fr/LC_MESSAGES/django.mo")
    for catalog in [*map(_read, files), translations.written("fr")]:
        for text in catalog:
            if text.id:
                words = text.id if isinstance(text.id, str) else tuple(text.id)
                texts.add(text.id, _bracketed(words), context=text.context)
    folder: Path = tmp_path_factory.mktemp("locale")
    target = folder / BRACKETED / "LC_MESSAGES" / "django.mo"
    target.parent.mkdir(parents=True)
    with target.open("wb") as file:
        write_mo(file, texts)
    return folder


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_mo(file)


def _bracketed(text: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return f"⟦{text}⟧" if isinstance(text, str) else tuple(f"⟦{one}⟧" for one in text)


SITUATIONS = situations(PAGES)


@pytest.mark.only_on("sqlite")  # tests/browser opens each of them on PostgreSQL
@pytest.mark.parametrize(
    ("situation", "scenes"), SITUATIONS.items(), ids=[one.__name__ for one in SITUATIONS]
)
def test_pages_are_french_and_all_their_texts_can_be_translated(
    situation, scenes, make_world, brackets, settings
):
    settings.ROOT_URLCONF = "tests.gallery.urls"
    settings.LANGUAGES = [*settings.LANGUAGES, (BRACKETED, "English")]
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, brackets]
    world = world_of_gallery(make_world)
    place = Place(world, world.channel, world.catalog)
    situation(place)

    pages = {}
    for scene in scenes:
        french, bracketed = (_open(scene, place, code) for code in ("fr", BRACKETED))
        assert french.status_code == bracketed.status_code == scene.status, scene.name
        assert page_of(french).html["lang"] == "fr", scene.name
        pages[scene.name] = page_of(bracketed)

    data = _data(place)
    not_marked = {name: list(_not_marked(page, data)) for name, page in pages.items()}
    assert {name: texts for name, texts in not_marked.items() if texts} == {}


def _open(scene: Scene, place: Place, language: str) -> Any:
    path, who = scene.seen_in(place)
    browser = browser_of(who) if who else Client()
    browser.raise_request_exception = False  # a page is about that
    ask = browser.post if scene.sent else browser.get
    return ask(path, headers={"Accept-Language": language})


def _not_marked(page: Any, data: re.Pattern[str]) -> Iterator[str]:
    """Yield the texts that a reader sees and that are neither in brackets nor data."""
    for text in _texts(page):
        rest = text
        while (less := INNERMOST.sub(" ", rest)) != rest:
            rest = less
        for line in rest.splitlines():
            left = line
            for pattern in [data, *SAME_EVERYWHERE]:
                left = pattern.sub(" ", left)
            if re.search(r"[^\W\d_]{2}", left):
                yield line.strip()


def _texts(page: Any) -> Iterator[str]:
    """Yield all that is read on the page, since brackets may have links in them; then the rest."""
    for hidden in page.select("script, style, noscript"):
        hidden.decompose()
    for original in page.select("main [lang]"):  # it says that it is in a language of its own
        original.decompose()
    for mark in page.select("mark"):  # of a difference: what stands around it is the same text
        mark.unwrap()
    page.smooth()
    nodes = page.find_all(string=lambda text: not isinstance(text, Comment | Doctype))
    yield "\n".join(" ".join(text.split()) for text in nodes)
    for one in page.find_all(True):
        yield from (" ".join(one[name].split()) for name in ATTRIBUTES if one.get(name))


def _data(place: Place) -> re.Pattern[str]:
    """Return what finds the texts that are data, the longest first.

    Those of the database, what the PIM calls its things, and the titles of targets: these stay as
    Akeneo's mapping screen has them.
    """
    assortment = place.world.pim.assortment
    found = {*available_timezones(), *assortment.currencies, *_titles()}
    for things in (
        *(assortment.channels, assortment.categories, assortment.association_types),
        assortment.attributes,
    ):
        found.update(_leaves([getattr(one, "labels", one) for one in things.values()]))
    rooms = ("connections", "catalogs", "enrichment", "sync")
    models = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    for model in (model for model in models if model._meta.managed):
        fields = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField)
        ]
        for row in model._default_manager.values_list(*fields) if fields else []:
            for value in row:
                found.update(_leaves(value))
    for body in Document.objects.values_list("body", flat=True):
        found.update(_leaves(json.loads(body)))
    texts = {" ".join(one.split()) for one in found}
    words = sorted((re.escape(one) for one in texts if len(one) > 1), key=len, reverse=True)
    return re.compile(rf"(?<!\w)({'|'.join(words)})(?!\w)")


def _titles() -> Iterator[str]:
    declared = [adapter.all_targets() for adapter in KINDS.values()]
    for targets in [*declared, *(template.targets for template in TEMPLATES.values())]:
        for target in targets:
            yield from (target.title, target.code)


def _leaves(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value.strip('"')  # a field of a difference is JSON within JSON
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(key)
            yield from _leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner)
