"""What of Akeneo's 26 rules can be read in a page, on every page of the gallery, by their numbers.

docs/pages/rules.md has all of them: with these tests, those in a real browser, and what people saw.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.gallery.place import Place
from tests.gallery.scenes import PAGES, Scene, situations, world_of_gallery
from tests.pages.conftest import browser_of, page_of, text_of

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "pages" / "rules.md"
FRAMELESS = {"wrong-broken", "wrong-nonsense"}  # without Ferry's frame, which may be what failed
VAGUE = {"ok", "submit", "click here", "here", "more", "go", "yes", "no", "link", "continue"}
DESTROYS = re.compile(r"^(delete|disconnect|withdraw|undo|remove|erase)\b", re.IGNORECASE)
FIELDS = "input:not([type=hidden]), select, textarea"
BACK = re.compile(r"^(cancel|back|close|to the|go to|all channels)", re.IGNORECASE)


def rule_1(scene: Scene, page: Any) -> Iterator[str]:
    """Every page has a title, of its own."""
    title = text_of(page.title)
    if not title.endswith("· Ferry") or title == "· Ferry":
        yield f"the title is “{title}”"


def rule_3(scene: Scene, page: Any) -> Iterator[str]:
    """The navigation is there, and leads home, to the connection and to the help."""
    hrefs = [link["href"] for link in page.select("header nav[aria-label=Main] a")]
    links = {href.partition("#")[0] for href in hrefs}
    wanted = {"/", "/help"} | ({"/connection"} if scene.who != "nobody" else set())
    if not wanted <= links:
        yield f"the navigation leads only to {links}"


def rule_4(scene: Scene, page: Any) -> Iterator[str]:
    """A breadcrumb, on every page but home."""
    crumbs = page.select_one("nav[aria-label=Breadcrumb] [aria-current=page]")
    if crumbs is None and not scene.name.startswith("home"):
        yield "there is no breadcrumb"


def rule_6(scene: Scene, page: Any) -> Iterator[str]:
    """Who is asked for something can leave without giving it."""
    for form in page.select("main form[method=post]"):
        if not form.select(FIELDS) or page.select_one("[role=tablist]"):
            continue
        ways = [text_of(link) for link in page.select("main a[href]")]
        if not any(BACK.match(way) for way in ways) and not _is_on_a_page_of_its_own(page, form):
            yield "one cannot leave its form"


def rule_8(scene: Scene, page: Any) -> Iterator[str]:
    """Red destroys, and nothing else is red."""
    for button in page.select("main button"):
        destroys = bool(DESTROYS.match(text_of(button)))
        if destroys != ("danger" in button.get("class", [])) and "link" not in button["class"]:
            yield f"“{text_of(button)}” has the colour of something else"


def rule_9(scene: Scene, page: Any) -> Iterator[str]:
    """What a button or a link does is clear from its label."""
    for one in page.select("main button, main a[href]"):
        name = (one.get("aria-label") or text_of(one)).lower()
        if name in VAGUE or len(name) < 2:
            yield f"“{name}” says too little"


def rule_10(scene: Scene, page: Any) -> Iterator[str]:
    """What destroys is asked about on a page that says what is lost."""
    if page.select("main button.danger") and len(text_of(page.main)) < 120:
        yield "it destroys without a word of what is lost"


def rule_12(scene: Scene, page: Any) -> Iterator[str]:
    """One action is the first one; the others look like it."""
    primary = page.select("main .primary")
    if len(primary) > 1:
        yield f"there are {len(primary)} first actions"
    for button in page.select("main button"):
        kinds = {"primary", "secondary", "tertiary", "link", "icon"} & set(button.get("class", []))
        if len(kinds) != 1:
            yield f"“{text_of(button)}” is {' and '.join(kinds) or 'of no kind'}"


def rule_13(scene: Scene, page: Any) -> Iterator[str]:
    """A disabled button says why."""
    for button in page.select("main button[disabled]"):
        if not page.find(id=button.get("aria-describedby")):
            yield f"“{text_of(button)}” does not say why it is disabled"


def rule_17(scene: Scene, page: Any) -> Iterator[str]:
    """Whatever goes wrong is told with a way on, and without words of ours."""
    said = text_of(page.main)
    is_told = "Connected apps" in said or "Wait a minute" in said  # who is not signed in
    if scene.status >= 400 and not page.select("main .primary, main form") and not is_told:
        yield "there is no way on"
    words = re.findall(r"\b(Exception|Traceback|null|HTTP \d{3}|undefined)\b", text_of(page))
    if words:
        yield f"it says {', '.join(words)}"


def rule_18(scene: Scene, page: Any) -> Iterator[str]:
    """The documentation and people who help are in reach."""
    if not page.select("a[rel=help]"):
        yield "there is no link to the documentation"
    if "support" not in text_of(page.select_one("footer.bottom")).lower():
        yield "it does not say who supports"


def rule_20(scene: Scene, page: Any) -> Iterator[str]:
    """An icon without a label has a tooltip."""
    for one in page.select("button, a[href]"):
        if not text_of(one) and not one.get("title"):
            yield f"nobody knows what {one} is"


def rule_21(scene: Scene, page: Any) -> Iterator[str]:
    """A field says what is expected."""
    for field in page.select(f"main :is({FIELDS})"):
        label = page.find("label", {"for": field.get("id")}) or field.find_parent("label")
        if label is None and not field.get("aria-label"):
            yield f"the field {field.get('name')} has no label"


def rule_23(scene: Scene, page: Any) -> Iterator[str]:
    """One structure: the top, where one is, what is said, the content, the bottom."""
    parts = [
        page.select(name) for name in ("header.top", "#messages[role=status]", "footer.bottom")
    ]
    if [len(part) for part in parts] != [1, 1, 1] or len(page.select("main")) != 1:
        yield "it is not built as the others are"


def rule_24(scene: Scene, page: Any) -> Iterator[str]:
    """What is said is under headings, and no level is left out."""
    levels = [int(heading.name[1]) for heading in page.select("h1, h2, h3, h4")]
    if levels.count(1) != 1:
        yield f"there are {levels.count(1)} first headings"
    for before, level in zip(levels, levels[1:], strict=False):
        if level > before + 1:
            yield f"a heading of level {level} follows one of level {before}"


def rule_25(scene: Scene, page: Any) -> Iterator[str]:
    """Actions stand beside the heading, below a form, or in the panel that asks for them."""
    for one in page.select("main .primary"):
        if not one.find_parent(class_=["actions", "buttons", "panel"]) and not one.find_parent("p"):
            yield f"“{text_of(one)}” stands somewhere else"


RULES: list[Callable[[Scene, Any], Iterator[str]]] = [
    *(rule_1, rule_3, rule_4, rule_6, rule_8, rule_9, rule_10, rule_12, rule_13),
    *(rule_17, rule_18, rule_20, rule_21, rule_23, rule_24, rule_25),
]


SITUATIONS = situations(one for one in PAGES if one.name not in FRAMELESS)


@pytest.mark.only_on("sqlite")  # tests/browser opens each of them on PostgreSQL
@pytest.mark.parametrize(
    ("situation", "scenes"), SITUATIONS.items(), ids=[one.__name__ for one in SITUATIONS]
)
def test_pages_keep_the_rules_that_can_be_read_in_them(situation, scenes, make_world, settings):
    settings.ROOT_URLCONF = "tests.gallery.urls"
    world = world_of_gallery(make_world)
    place = Place(world, world.channel, world.catalog)
    situation(place)

    broken = [sentence for scene in scenes for sentence in _broken(scene, place)]

    assert broken == []


def _broken(scene: Scene, place: Place) -> Iterator[str]:
    path, who = scene.seen_in(place)
    browser = browser_of(who) if who else Client()
    response = browser.post(path) if scene.sent else browser.get(path)
    assert response.status_code == scene.status, scene.name
    page = page_of(response)
    for rule in RULES:
        yield from (f"{scene.name}: {rule.__name__}: {found}" for found in rule(scene, page))


def test_the_document_has_every_rule_and_where_it_is_looked_at():
    rows = re.findall(r"^\| (\d+) \| (.+) \| (.+) \|$", DOCUMENT.read_text(), re.M)

    assert [int(number) for number, *_ in rows] == list(range(1, 27))


def _is_on_a_page_of_its_own(page: Any, form: Any) -> bool:
    return bool(page.select_one("nav[aria-label=Breadcrumb] a")) and not form.select(".danger")
