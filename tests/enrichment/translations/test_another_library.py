"""Our files as translate-toolkit reads and writes them: programs of translators are built on it.

No package carries the schema of XLIFF 2.1, so another reader has to do.
"""

import io

import pytest
from translate.storage.xliff2 import Xliff2File

from enrichment.translations.xliff_reading import XliffReader
from enrichment.translations.xliff_writing import State, Unit, write_xliff
from tests.enrichment.translations.test_xliff import TEXTS


def exchanged(*units):
    """Our file as the library has it."""
    file = io.BytesIO()
    write_xliff(file, units, source="en_US", target="fr_FR", original="https://pim.example.com")
    return Xliff2File.parsestring(file.getvalue())


def read_back(store):
    file = io.BytesIO()
    store.serialize(file)
    file.seek(0)
    return list(XliffReader(file))


def test_it_finds_units_texts_states_and_languages():
    store = exchanged(
        Unit("product.1.name.", "Soft <b>cotton</b>", "Coton <b>doux</b>", State.TRANSLATED),
        Unit("model.shirt.name.", "  Two\n\tlines ", "Deux", State.INITIAL),
        Unit("model.shirt.slogan.", "Fresh &amp; new"),
    )

    assert store.getsourcelanguage() == "en-US"
    assert store.gettargetlanguage() == "fr-FR"
    assert [(unit.getid(), unit.source, unit.target) for unit in store.units] == [
        ("product.1.name.", "Soft cotton", "Coton doux"),
        ("model.shirt.name.", "  Two\n\tlines ", "Deux"),
        ("model.shirt.slogan.", "Fresh &amp; new", None),
    ]
    assert [(unit.istranslated(), unit.isfuzzy()) for unit in store.units] == [
        (True, False),
        (False, True),
        (False, False),
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_what_it_writes_comes_back_to_the_letter(text):
    store = exchanged(Unit("product.1.name.", text, was="0a1b"))
    [unit] = store.units
    unit.rich_target = unit.rich_source  # with its codes, as a translator copies them
    unit.marktranslated()

    [back] = read_back(store)

    assert (back.source, back.target, back.problem, back.was) == (text, text, "", "0a1b")


def test_what_it_leaves_untranslated_is_not_taken():
    store = exchanged(Unit("product.1.name.", "Lamp"), Unit("product.2.name.", "Desk"))
    store.units[1].target = "Bureau"
    store.units[1].marktranslated()

    assert [unit.target for unit in read_back(store)] == [None, "Bureau"]


def test_a_file_without_any_text_is_one():
    assert exchanged().units == []
