"""docs/features.md names a test for each line, and each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = [
    line
    for line in (ROOT / "docs/features.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("|") and not re.match(r"\|[-|]+\|$", line)
]
NAMED = re.compile(r"`(tests/[\w/.]+)(?:::(\w+))?`")


@pytest.mark.parametrize("line", [line for line in LINES if " test |" not in line])
def test_every_line_names_a_test_that_is_there(line):
    found = NAMED.search(line)

    assert found, line
    path = ROOT / found[1]
    assert path.exists()
    assert found[2] is None or f"def {found[2]}(" in path.read_text(encoding="utf-8")
