"""The texts that go out to translators, and what each of them is told about them."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import IO

from connections.clients import client_for
from connections.connections import noticing_loss
from connections.models import Connection
from enrichment.spool import Spool
from enrichment.structure import Structure
from enrichment.translations.choosing import Asked, Chosen, Only, choose
from enrichment.translations.finding import Text, Texts
from enrichment.translations.memory import letters_digest, remembered
from enrichment.translations.standing import Standing, standing_of
from enrichment.translations.xliff_writing import State, Unit, write_xliff


@dataclass(slots=True)
class Exported:
    """How many texts were read, and what became of them.

    Of those that were `written`, `missing` have no translation, `changed` one of an earlier text.
    `unknown` are identifiers that were asked for and that the PIM does not have.
    """

    read: int = 0
    left_out: int = 0
    missing: int = 0
    changed: int = 0
    unknown: list[str] = field(default_factory=list)

    @property
    def written(self) -> int:
        return self.read - self.left_out


@dataclass(frozen=True, slots=True)
class These:
    """Models and products by which texts are chosen, by code and by uuid."""

    models: Sequence[str]
    products: Sequence[str]


def export(
    connection: Connection,
    asked: Asked,
    file: IO[bytes],
    *,
    these: These | None = None,
    patient: bool = True,
    progress: Callable[[int], object] = lambda read: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Exported:
    """Write the texts that are asked for as XLIFF; memory stays flat, the PIM as it is.

    With `these` it is their texts, in place of a catalog's or a search's. Unless `patient` a
    PIM that is unwell is not waited for. `progress` is told how many texts were read, some hundred
    at a time, and may raise to end it.

    Raises CannotTranslate before anything is written, what the client raises, and sqlite3.Error
    when the disk is full.
    """
    client = client_for(connection, patient=patient, sleep=sleep)
    structure = Structure(client)
    with noticing_loss(connection), Spool() as spool:
        chosen = choose(structure, asked)
        texts = Texts(client, structure, chosen, spool)
        exporting = _Exporting(connection, structure, chosen, asked.only, progress)
        if these is None:
            slices = texts.asked_for(asked)
        else:
            slices = texts.of_these(these.models, these.products)
        write_xliff(
            file,
            exporting.units(slices),
            source=chosen.source,
            target=chosen.target,
            original=connection.pim_url,
        )
        exporting.counts.unknown = texts.unknown
    return exporting.counts


@dataclass(slots=True)
class _Exporting:
    """Makes units of texts, and counts them."""

    connection: Connection
    structure: Structure
    chosen: Chosen
    only: Only
    progress: Callable[[int], object]
    counts: Exported = field(default_factory=Exported)

    def units(self, slices: Iterable[Sequence[Text]]) -> Iterator[Unit]:
        """The units of those texts that are wanted. One query for each slice of texts."""
        for texts in slices:
            keys = {text.place.key for text in texts}
            known = remembered(self.connection, keys, self.chosen.target) if keys else {}
            for text in texts:
                self.counts.read += 1
                standing = standing_of(text, known.get(text.place), self.chosen.source)
                if self.only != Only.ALL and self.only.value != standing.value:
                    self.counts.left_out += 1
                    continue
                self.counts.missing += standing == Standing.MISSING
                self.counts.changed += standing == Standing.CHANGED
                yield self._unit(text, standing)
            self.progress(self.counts.read)

    def _unit(self, text: Text, standing: Standing) -> Unit:
        return Unit(
            text.place.id,
            text.source,
            text.target,
            State.TRANSLATED if standing == Standing.THERE else State.INITIAL,
            tuple(self._notes(text, standing)),
            letters_digest(text.target),
        )

    def _notes(self, text: Text, standing: Standing) -> Iterator[tuple[str, str]]:
        attribute = self.structure.attributes[text.place.attribute]
        label = attribute.labels.get(self.chosen.source) or attribute.code
        yield "place", " · ".join(filter(None, [text.name, label, text.place.scope]))
        if attribute.max_characters is not None:
            yield "length", f"At most {attribute.max_characters} characters."
        if standing == Standing.CHANGED:
            yield "changed", "The text has changed since this translation of it was made."
