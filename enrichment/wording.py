"""What others wrote, within sentences of ours."""

from typing import Any

_LONGEST = 80


def shown(text: object) -> str:
    """A short form of any text that can be printed and stored everywhere."""
    plain = "".join(each if each.isprintable() else " " for each in str(text)[: _LONGEST + 1])
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def is_storable(text: str) -> bool:
    """Whether the text is one that a database and a PIM can hold: no NUL, no half characters."""
    return "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


def storable(value: Any) -> Any:
    """A value as the PIM has it without NUL in its texts: PostgreSQL keeps none."""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, list):
        return [storable(each) for each in value]
    if isinstance(value, dict):
        return {storable(name): storable(each) for name, each in value.items()}
    return value
