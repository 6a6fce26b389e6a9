"""The contract of a service that translates texts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from outbound.errors import ConfigurationError
from outbound.sentences import Sentence


@dataclass(frozen=True, slots=True)
class Limits:
    """How many texts one call carries, and how many bytes they take in it together."""

    texts: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Characters that the account has used in its period, and may use; None for without limit."""

    used: int
    limit: int | None = None

    @property
    def left(self) -> int | None:
        return None if self.limit is None else max(0, self.limit - self.used)


class TranslationService(ABC):
    """Translates texts. Knows nothing about Django, the PIM, or what texts are for.

    Raises OutboundError alone, in words for people and without the key. Tries again by itself what
    may go well the next time, so whatever it raises ends the work for now. Of `tests.enrichment.
    translations.services.conformance` every service inherits the test of its promises.
    """

    kind: ClassVar[str]  # kept with its translations
    label: ClassVar[str]
    limits: ClassVar[Limits]

    @abstractmethod
    def translate(
        self, texts: Sequence[str], *, source: str, target: str, html: bool
    ) -> list[str | None]:
        """Return one translation a text, in their order: as many as `limits` say, at most.

        None for a text that it answered without a translation of, and for all where an answer does
        not say which text its translations are of: they may have been charged all the same.

        `source` and `target` are language tags (en-US). With `html` the tags within the texts are
        to stay; otherwise all is text.
        """

    @abstractmethod
    def usage(self) -> Usage:
        """Return what the account has used. Costs nothing, and shows whether the key is right."""

    @abstractmethod
    def size(self, text: str) -> int:
        """Return how many bytes this text takes in a call, with all that it needs around it."""


def no_key(label: str, variable: str) -> ConfigurationError:
    return ConfigurationError(
        Sentence(
            "%(label)s translates for those who have a key: set %(variable)s in the environment.",
            label=label,
            variable=variable,
        )
    )
