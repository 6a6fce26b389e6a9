"""Texts given to a service, call by call: what it answers is kept before anything else is done.

What an answer leaves out may have been charged. It is asked for again a few times in all, each time
by itself, and then no more.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from connections.models import Connection
from enrichment.spool import Spool
from enrichment.translations.choosing import Chosen
from enrichment.translations.memory import letters_digest
from enrichment.translations.services.answers import keep_answers, note_unanswered
from enrichment.translations.services.base import TranslationService
from enrichment.wording import is_storable
from outbound.errors import ConfigurationError, OutboundError
from outbound.sentences import Sentence

_MORE = (
    "There is more to translate by now than was counted, and no more than that was sent. Have the "
    "rest counted, and confirm it."
)
_SILENT = Sentence(
    "The translation service answers without translations. What it was asked for may have been "
    "charged, so nothing more is asked for now. Ask whoever runs Ferry to look at the service."
)
_SILENT_AFTER = 3  # texts asked for by themselves, after a call that brought nothing


class NotServed(Exception):
    """The service goes no further, and why; nothing that anybody else raises meanwhile."""

    def __init__(self, reason: OutboundError) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(slots=True)
class Served:
    """What went to the service; of a dry run, what would.

    `sent` are texts, each as often as it was sent, `characters` what they have together.
    `remembered` are texts that the service had translated before. `problem` says why it went no
    further. `unknown` are identifiers that were asked for and that the PIM does not have.
    """

    sent: int = 0
    characters: int = 0
    remembered: int = 0
    problem: str = ""
    unknown: list[str] = field(default_factory=list)

    def count(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.sent += 1
            self.characters += len(text)


@dataclass
class Asking:
    """Asks a service for texts that it was never asked for, or too seldom.

    `unanswered` are texts of the slice at hand that it gave no translation of. `go_on` is called
    after each call and may raise.
    """

    connection: Connection
    service: TranslationService
    chosen: Chosen
    spool: Spool
    served: Served
    most_characters: int | None
    go_on: Callable[[Served], object]
    unanswered: set[str] = field(default_factory=set)

    def ask(self, batch: Sequence[str], answers: dict[str, str], *, html: bool) -> None:
        """Add to `answers` what the service says to a batch; what it leaves out is asked for once
        more, each text by itself, so that it is known which answer is to which.

        Raises NotServed for what the service raises, before more than was agreed is sent, and when
        the service answers to nothing at all; and what `go_on` raises.
        """
        if not self._is_agreed(batch):
            raise NotServed(ConfigurationError(_MORE))
        self._call(batch, answers, html=html)
        missing = [text for text in batch if text not in answers]
        brought_nothing = len(missing) == len(batch)
        for number, text in enumerate(missing, start=1):
            if not self._is_agreed([text]):
                break
            self._call([text], answers, html=html)
            brought_nothing = brought_nothing and text not in answers
            if brought_nothing and number == _SILENT_AFTER:
                raise NotServed(ConfigurationError(_SILENT))
        self.unanswered |= set(missing) - answers.keys()

    def _call(self, texts: Sequence[str], answers: dict[str, str], *, html: bool) -> None:
        connection, kind, chosen = self.connection, self.service.kind, self.chosen
        try:
            told = self.service.translate(
                texts, source=chosen.source_tag, target=chosen.target_tag, html=html
            )
        except OutboundError as error:
            raise NotServed(error) from error
        pairs = zip(texts, told, strict=True)
        # Nothing can keep half a character, which JSON can write. The others were paid for.
        fresh = {
            text: answer for text, answer in pairs if answer is not None and is_storable(answer)
        }
        keep_answers(connection, kind, chosen, fresh)
        note_unanswered(connection, kind, chosen, [text for text in texts if text not in fresh])
        answers |= fresh
        for text in texts:
            self.spool.meets(f"text:{letters_digest(text)}")
        self.served.count(texts)
        self.go_on(self.served)

    def _is_agreed(self, texts: Sequence[str]) -> bool:
        most = self.most_characters
        return most is None or self.served.characters + sum(map(len, texts)) <= most
