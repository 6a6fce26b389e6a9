"""Which targets of a product are set, emptied or left alone.

The PIM leaves out what is empty, and so does a target that nobody mapped. What tells them apart is
what this app placed before: only that is ever emptied.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from channels.shopify.values import is_filled

Verdict = Literal["set", "empty", "leave"]


@dataclass(slots=True)
class Decisions:
    """`placed` has the codes that this app filled before, `now` collects those it fills now."""

    placed: Collection[str]
    if_empty: Collection[str]
    left_alone: Collection[str]
    now: set[str] = field(default_factory=set)

    def belongs_to_shop(self, code: str) -> bool:
        """Whether what this app filled once is the shop's from then on."""
        return code in self.left_alone or code in self.if_empty

    def verdict(
        self, code: str, fields: Mapping[str, Any], filled: Mapping[str, Any] | None
    ) -> Verdict:
        """`filled` is what the thing has already, None for one that is made now."""
        verdict = self._verdict(code, fields, filled)
        if verdict == "set" or (verdict == "leave" and code in self.placed):
            self.now.add(code)
        return verdict

    def _verdict(
        self, code: str, fields: Mapping[str, Any], filled: Mapping[str, Any] | None
    ) -> Verdict:
        has_value = is_filled(fields.get(code))
        if filled is None:
            return "set" if has_value else "leave"
        if code in self.left_alone:
            return "leave"
        if code in self.if_empty and (is_filled(filled.get(code)) or not has_value):
            return "leave"
        if has_value:
            return "set"
        return "empty" if code in self.placed else "leave"
