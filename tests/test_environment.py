"""What the app reads, what .env.example offers and what README.md explains are the same."""

import ast
import os
import re
from functools import cache

from tests.installation import ROOMS, ROOT

README = ROOT / "README.md"


@cache
def variables_of_the_app() -> frozenset[str]:
    """Return the name in every `env.…("NAME", …)` and `os.environ.get("NAME", …)`."""
    calls = (
        node
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and node.args
    )
    return frozenset(
        ast.literal_eval(call.args[0])
        for call in calls
        if isinstance(call.func, ast.Attribute)  # the next line is slow
        and re.fullmatch(r"env\.\w+|os\.environ\.get|os\.getenv", ast.unparse(call.func))
        and isinstance(call.args[0], ast.Constant)
    )


def variables_of_example() -> set[str]:
    return set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env.example").read_text(), re.M))


def variables_of_readme() -> set[str]:
    """Return the names in the first column of the tables."""
    first_cells = re.findall(r"^\|([^|]+)\|", README.read_text(), re.M)
    return set(re.findall(r"`([A-Z][A-Z_]+)`", "\n".join(first_cells)))


def test_variables_are_read_in_the_way_this_module_looks_for():
    assert {"DATABASE_URL", "SECRET_KEY", "LOG_FORMAT"} <= variables_of_the_app()


def test_the_example_has_every_variable_and_no_other():
    assert variables_of_example() == variables_of_the_app()


def test_the_readme_explains_every_variable():
    assert variables_of_the_app() <= variables_of_readme()


def test_a_test_run_fixes_every_variable():
    assert variables_of_the_app() <= set(os.environ)
