"""docs/security.md and docs/reliability.md name the test of each promise: all of them exist."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DOCUMENT = (ROOT / "docs" / "security.md").read_text()
DOCUMENTS = DOCUMENT + (ROOT / "docs" / "reliability.md").read_text()
NAMED = re.compile(r"(?P<file>tests/[\w/]+\.py)(?:::(?P<test>[\w:]+))?(?:\[(?P<case>[^]`]+)\])?")


def rows_below(heading: str) -> list[str]:
    """The rows of the first table below a heading, without its head."""
    section = DOCUMENT.split(f"{heading}\n", 1)[1]
    return re.findall(r"^\| (?!-)(.+) \|$", section.split("\n#", 1)[0], re.MULTILINE)[1:]


def names_in(tree: ast.AST, within: str = "") -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield f"{within}{node.name}"
        elif isinstance(node, ast.ClassDef):
            yield from names_in(node, f"{node.name}::")


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(tests/[^`]+)`", DOCUMENTS))))
def test_a_test_that_is_named_exists(name):
    named = NAMED.fullmatch(name)
    assert named, name

    source = (ROOT / named["file"]).read_text()

    assert named["test"] is None or named["test"] in set(names_in(ast.parse(source)))
    assert named["case"] is None or f'"{named["case"]}"' in source


@pytest.mark.parametrize(
    ("heading", "numbers"),
    [
        ("## The pitfalls, and what tests them", [str(number) for number in range(1, 20)]),
        ("### Errors of the token endpoint", None),
    ],
)
def test_each_row_names_a_test(heading, numbers):
    rows = rows_below(heading)

    assert len(rows) >= 8
    assert numbers in (None, [row.split(" | ")[0] for row in rows])
    assert [row for row in rows if "`tests/" not in row or "::test_" not in row] == []
