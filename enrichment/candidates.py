"""What is offered to the PIM, before it is compared with it: values, and what is wrong of them."""

from dataclasses import dataclass
from typing import Any

from enrichment.models import Proposal
from enrichment.translations.memory import SourceText
from enrichment.values import Place, digest


@dataclass(frozen=True, slots=True)
class Candidate:
    """A value that was offered for a place, and what the PIM holds there now.

    `key` is the product's uuid or the model's code, `identifier` what people call it. `line` and
    `column` are where it was read. A translation has the text that it was `made_from`. `outdated`
    says why it must not be written although it differs from what the PIM holds. `seen` is the
    digest of what stood there when the file was given away, where it tells.
    """

    subject: Proposal.Subject
    key: str
    identifier: str
    place: Place
    value: Any
    before: Any
    line: int = 0
    column: str = ""
    creates: bool = False
    made_from: SourceText | None = None
    outdated: str = ""
    seen: str = ""

    @property
    def value_digest(self) -> str:
        return digest(self.value, self.place.type or self.place.attribute)

    @property
    def before_digest(self) -> str:
        return digest(self.before, self.place.type or self.place.attribute)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with something that was offered, and where: see OfferProblem."""

    message: str
    line: int = 0
    column: str = ""
    place: str = ""
