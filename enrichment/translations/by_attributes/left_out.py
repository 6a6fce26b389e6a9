"""What is flagged and not served, and the way out, in a sentence for people."""

from dataclasses import dataclass, field

from enrichment.wording import shown


@dataclass(slots=True)
class _Some:
    number: int = 0
    first: str = ""

    def add(self, name: str) -> None:
        self.number += 1
        self.first = self.first or shown(name)


@dataclass(slots=True)
class LeftOut:
    """What is left out of a look, by the reason: how much, and the name of the first."""

    without_locale: _Some = field(default_factory=_Some)
    in_circles: _Some = field(default_factory=_Some)

    @property
    def problem(self) -> str:
        """Why that is; nothing where nothing is left out."""
        if some := self.in_circles.number:
            first = self.in_circles.first
            which = f"“{first}” is" if some == 1 else f"{some} such as “{first}” are"
            return (
                f"{which} flagged anew each time Ferry takes the flag away, and left alone for a "
                "day. Look in Akeneo for a rule, an import or a workflow that sets the flag."
            )
        some, first = self.without_locale.number, self.without_locale.first
        more = f", nor for {some - 1} more" if some > 1 else ""
        said = f"No language was chosen for “{first}”{more}: choose it in the PIM, beside the flag."
        return said if some else ""
