"""The pages in more than one language."""

import re
from pathlib import Path

import pytest
import translations
from django.conf import settings

from channels.registry import KINDS


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_every_text_is_translated(language):
    texts = {(text.context, text.id) for text in translations.collected() if text.id}
    translated = {
        (text.context, text.id)
        for text in translations.written(language)
        if text.id and translations.is_complete(text) and not text.fuzzy
    }

    assert texts - translated == set(), "make messages, then translate what it says"


def test_what_rooms_without_django_declare_and_say_is_among_the_texts():
    texts = translations.collected()

    helps = {setting.help for adapter in KINDS.values() for setting in adapter.settings}
    assert {text for text in helps if texts.get(text, context="channel") is None} == set()
    assert texts.get("it must start with https://") is not None


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_a_translation_keeps_the_names_in_the_braces(language):
    wrong = [error for text in translations.written(language) for error in text.check()]

    assert wrong == []


@pytest.mark.parametrize("language", translations.LANGUAGES)
def test_what_is_translated_is_what_pages_show(language):
    assert translations.file_of(language, ".mo").read_bytes() == translations.compiled(
        translations.written(language)
    ), "make messages"


def test_no_line_of_french_begins_with_its_punctuation():
    """Spaces within guillemets, and before : ; ? and !, are such that no line breaks there."""
    said = [text.string for text in translations.written("fr")]
    forms = [one for each in said for one in ((each,) if isinstance(each, str) else each or ())]

    assert [one for one in forms if re.search("« | [»:;?!]", one)] == []


def test_french_has_one_apostrophe_and_one_word_for_each_role():
    said = [text.string for text in translations.written("fr")]
    forms = [one for each in said for one in ((each,) if isinstance(each, str) else each or ())]

    assert [one for one in forms if re.search(r"[^\W\d_]'[^\W\d_]|gestionnaire", one)] == []


def test_a_colon_between_two_texts_is_one_of_the_language():
    """French has a space before it: {% translate ":" %}"""
    templates = Path(settings.BASE_DIR, "templates")
    for_readers = [one for one in templates.rglob("*.*") if "admin" not in one.parts]
    texts = {
        one: re.sub(r"{% blocktranslate.*?{% endblocktranslate %}", "", one.read_text(), flags=re.S)
        for one in for_readers
    }

    assert [one for one, text in texts.items() if re.search(r"(}}|%}|</\w+>): ?[{<\s]", text)] == []
