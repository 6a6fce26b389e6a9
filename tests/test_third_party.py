"""docs/third-party.md names what is carried and what is installed."""

import re
from pathlib import Path

from django_htmx import __file__ as django_htmx

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = (ROOT / "docs" / "third-party.md").read_text()


def first_match(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    assert found, f"{path} does not say its version"
    return found[1]


def test_every_direct_dependency_is_named_once():
    lines = (ROOT / "requirements.in").read_text().splitlines()
    names = {re.split(r"[\[<>=#]", line)[0].strip() for line in lines} - {""}

    named = re.findall(r"^\| ([a-z0-9-]+) \| \S", DOCUMENT, re.M)

    assert sorted(one for one in named if one in names) == sorted(names)


def test_the_version_of_pico_is_the_one_that_is_carried():
    version = first_match(r"v(\d+\.\d+\.\d+)", ROOT / "static/vendor/pico/pico.min.css")

    assert f"| Pico CSS | {version} |" in DOCUMENT


def test_the_version_of_htmx_is_the_one_that_is_served():
    script = Path(django_htmx).parent / "static/django_htmx/htmx-2.min.js"

    assert f"| htmx | {first_match(r'version:.([0-9.]+)', script)} |" in DOCUMENT
