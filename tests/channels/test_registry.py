from pathlib import Path

import pytest

from channels.registry import KINDS, UnknownKind, adapter_class, kinds

PAGES = Path(__file__).parents[2] / "docs" / "channels"


def test_each_kind_is_found_by_its_name():
    assert {kind: adapter_class(kind).kind for kind in KINDS} == {kind: kind for kind in KINDS}


def test_an_unknown_kind_is_refused_with_the_kinds_there_are():
    with pytest.raises(UnknownKind, match="“no such kind”.* http, file"):
        adapter_class("no such kind")


def test_kinds_are_offered_with_their_labels():
    assert ("http", "HTTP") in kinds()
    assert ("file", "File") in kinds()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_has_a_page_that_explains_every_setting(kind):
    page = (PAGES / f"{kind}.md").read_text()

    unexplained = [s.name for s in adapter_class(kind).settings if f"| `{s.name}` |" not in page]
    assert unexplained == []
