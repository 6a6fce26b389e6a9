"""Targets of a kind are only ever added: what people mapped in a PIM hangs on code and type."""

import json
from pathlib import Path

from channels.registry import KINDS

FILE = Path(__file__).parent / "data" / "base-targets.json"
FROZEN = json.loads(FILE.read_text(encoding="utf-8"))


def shapes(kind):
    """What never changes about the targets of a kind, by their codes."""
    return {
        target.code: {
            "type": target.type,
            "format": target.format,
            "items": target.items,
            "fields": [list(field) for field in target.fields],
            "of_variant": target.of_variant,
        }
        for target in KINDS[kind].targets
    }


def test_no_target_of_a_kind_was_renamed_or_changed_its_type():
    for kind, frozen in FROZEN.items():
        now = shapes(kind)
        missing = frozen.keys() - now.keys()
        assert not missing, (
            f"The targets {sorted(missing)} of “{kind}” are gone or renamed. PIMs forget what "
            "people mapped to them: keep the code for ever, and add another target beside it."
        )
        retyped = {code for code in frozen if frozen[code] != now[code]}
        assert not retyped, (
            f"The targets {sorted(retyped)} of “{kind}” have another type. PIMs leave out a "
            "target whose type changed: keep it as it was, and add another target beside it."
        )


def test_every_target_of_a_kind_that_was_released_is_frozen():
    now = {kind: shapes(kind) for kind in KINDS}

    added = {kind: sorted(now[kind].keys() - FROZEN[kind].keys()) for kind in FROZEN}
    assert not any(added.values()), (
        f"New targets: {added}. Are their codes and types right for ever? Then add to {FILE.name}: "
        + json.dumps({kind: {c: now[kind][c] for c in codes} for kind, codes in added.items()})
    )
