"""Texts of a world's PIM given to a translator, and taken back."""

import copy
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from enrichment.translations.places import TextPlace, place_of
from enrichment.translations.xliff_reading import XliffReader
from enrichment.translations.xliff_units import ReadUnit
from enrichment.translations.xliff_writing import NAMESPACE
from tests.programs import Ended, call
from tests.world import World

_X = f"{{{NAMESPACE}}}"


def place(id: str) -> TextPlace:
    """Where the text of one of our units belongs."""
    found = place_of(id)
    assert found is not None
    return found


class Translating:
    """The file of one translation, from English into French unless told."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.path = world, folder / "texts.xlf"

    def export(self, *options: object, source: str = "en_US", target: str = "fr_FR") -> Ended:
        languages = ("--source", source, "--target", target)
        out = ("--out", self.path, "--json")
        return call("export_translations", "--pim", self.world.url, *languages, *out, *options)

    def bring_back(self, *options: object) -> Ended:
        return call("import_translations", self.path, "--pim", self.world.url, "--json", *options)

    def units(self) -> dict[str, ReadUnit]:
        with self.path.open("rb") as file:
            return {unit.id: unit for unit in XliffReader(file)}

    def places(self) -> list[TextPlace]:
        return list(map(place, self.units()))

    def states(self) -> dict[str, tuple[str, str]]:
        """By unit: the state of its segment, and what the translator finds there."""
        found = {}
        for unit in self._root().iter(f"{_X}unit"):
            segment = unit.find(f"{_X}segment")
            target = segment.find(f"{_X}target")
            text = "" if target is None else "".join(target.itertext())
            found[unit.get("id")] = (segment.get("state"), text)
        return found

    def translate(self, ids: Iterable[str] | None = None, word: str = "Traduit: ") -> list[str]:
        """What a translator does: a word before each text, codes as they are; return the ids."""
        wanted = None if ids is None else set(ids)
        return self._change(lambda unit: wanted is None or unit.get("id") in wanted, word)

    def leave_out_codes(self, id: str) -> None:
        """What a translator does who loses the codes that stand alone: `<br>`."""
        head, unit, rest = re.split(f'(?s)(id="{id}".*?</[^>]*unit>)', self.path.read_text())
        source, target = re.split("(?<=source>)(?=[^<]*<[^>]*target>)", unit)
        target = re.sub("<[^:> ]*:ph [^>]*>", "", target)
        self.path.write_text(head + source + target + rest)

    def _change(self, is_wanted: Callable[[Any], bool], word: str) -> list[str]:
        root, done = self._root(), []
        for unit in filter(is_wanted, root.iter(f"{_X}unit")):
            segment = unit.find(f"{_X}segment")
            for old in segment.findall(f"{_X}target"):
                segment.remove(old)
            target = copy.deepcopy(segment.find(f"{_X}source"))
            target.tag = f"{_X}target"
            target.text = word + (target.text or "")
            segment.append(target)
            segment.set("state", "translated")
            done.append(unit.get("id"))
        ElementTree.ElementTree(root).write(self.path, encoding="utf-8", xml_declaration=True)
        return done

    def _root(self) -> Any:
        return ElementTree.parse(self.path).getroot()  # noqa: S314  # our own file
