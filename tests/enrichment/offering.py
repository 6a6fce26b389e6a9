"""Files with values, offered by the command, and what became of them."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.programs import Ended, call
from tests.world import World

COUNTED = ("read", "proposed", "unchanged", "invalid", "written", "refused", "outdated")


def csv_text(header: Sequence[str], *rows: Sequence[str], separator: str = ";") -> str:
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator).writerows([header, *rows])
    return stream.getvalue()


class Offering:
    """Offers files to the world's PIM."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder

    def file(self, content: str | bytes, *options: str, name: str = "values.csv") -> Ended:
        path = self.folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return call("propose_values", path, "--pim", self.world.url, "--json", *options)

    def table(
        self, header: Sequence[str], *rows: Sequence[str], options: Iterable[str] = ()
    ) -> Ended:
        return self.file(csv_text(header, *rows), *options)

    def lines(self, *rows: Any, options: Iterable[str] = ()) -> Ended:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        return self.file(text, *options, name="values.jsonl")


def counts(ended: Ended) -> dict[str, int]:
    """What was counted and is not zero."""
    return {name: ended.answer[name] for name in COUNTED if ended.answer[name]}


def problems(ended: Ended) -> list[tuple[int, str, str]]:
    return [(one["line"], one["column"], one["message"]) for one in ended.answer["problems"]]


def the_problem(ended: Ended) -> tuple[int, str, str]:
    [problem] = problems(ended)
    return problem
