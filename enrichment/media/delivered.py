"""What lies at the location of a source, as a folder: files come over when they are read.

What came over stays in the folder of the offer: a look that was cut off fetches nothing again that
has the same size and date.
"""

import os
from collections.abc import Callable, Collection, Iterable, Sequence

from enrichment.complete_files import Later, being_written
from enrichment.incoming import Entry, Incoming, NoRoom, fetched
from enrichment.media.asset_rows import MOST_OF_TABLE, TABLE
from enrichment.media.files import BadFile, NotNow, OfferedFile, check_name
from enrichment.media.keeping import Kept, proposed_among
from enrichment.models import Offer, SourceFile
from enrichment.reading_files import CUT_OFF, MOST_TRIES
from outbound.errors import ConfigurationError, OutboundError, TransientError

_NO_FILE = "There is no such file in the folder."
_EMPTY = "It is empty."


class Delivered(Kept):
    """The complete files at a source, and which of them are to be read.

    `contents`: the digest of what was read, by name. `waits`: why something was left for another
    look, "" if nothing was; `missed` are the names of what did not come over. `go_on` raises what
    ends the look, and returns whether it is to fetch.
    """

    def __init__(
        self,
        offer: Offer,
        incoming: Incoming,
        rows: Sequence[SourceFile],
        new: Collection[str],
        go_on: Callable[[], bool],
    ) -> None:
        """Raises OSError."""
        super().__init__(offer.uuid)
        self._of, self._incoming, self._new, self._go_on = offer, incoming, new, go_on
        self._rows = {row.name: row for row in rows}
        self._has_ended = False  # nothing more is fetched in this look
        self.contents: dict[str, str] = {}
        self.waits = ""
        self.missed: set[str] = set()

    def names(self) -> list[str]:
        return sorted(self._rows)

    def is_new(self, name: str) -> bool:
        return name in self._new

    def size_of(self, name: str) -> int:
        size = self._row(name).size
        if not size:
            raise BadFile(_EMPTY)
        return size

    def read(self, name: str, *, anyway: bool = False) -> OfferedFile:
        """As `Folder.read`; NotNow for a file that was only touched, or comes over later.

        Raises what `go_on` raises.
        """
        row = self._row(name)
        self.missed.add(name)
        self._bring(row)
        self.missed.discard(name)
        file = super().read(name)
        self.contents[name] = file.content
        if name in self._new and file.content == row.digest and not anyway:
            self.drop([name])
            raise NotNow
        return file

    def fetch_table(self) -> None:
        """Have the table before all else: without it nobody knows where files go.

        Raises Later and OutboundError.
        """
        row = self._rows.get(TABLE)
        if row is None or not 0 < row.size <= MOST_OF_TABLE:
            return
        try:
            self._fetch(row)
            self.contents[TABLE] = super().read(TABLE).content
        except BadFile as bad:
            raise ConfigurationError(f"{TABLE}: {bad}") from bad

    def compared(self, names: Iterable[str]) -> None:
        names = set(names)
        self.drop(names - proposed_among(self._of, names) - {TABLE})

    def _row(self, name: str) -> SourceFile:
        check_name(name)
        row = self._rows.get(name)
        if row is None:
            raise BadFile(_NO_FILE)
        return row

    def _bring(self, row: SourceFile) -> None:
        """Have it here. Raises NotNow, BadFile and what `go_on` raises."""
        if not self._has(row) and (self._has_ended or not self._go_on()):
            self._has_ended = True
            raise NotNow
        try:
            self._fetch(row)
        except Later as later:
            self.waits = later.message
            raise NotNow from later
        except NoRoom as error:
            self.waits = f"{row.name}: {error.message}"  # smaller ones may fit
            raise NotNow from error
        except TransientError as error:
            self.waits, self._has_ended = error.message, True
            raise NotNow from error
        except OutboundError as error:  # of this file only
            raise BadFile(error.message) from error

    def _fetch(self, row: SourceFile) -> None:
        """Copy a file unless that was done. Raises BadFile, Later, OutboundError."""
        if self._has(row):
            return
        if row.tries >= MOST_TRIES:
            raise BadFile(CUT_OFF)
        self._note_tries(row, row.tries + 1)  # whoever finds it so knows by which file we died
        try:
            self._copy(row)
        except TransientError:  # a server ends connections that are quiet while we ask the PIM
            self._copy(row)
        finally:
            self._note_tries(row, 0)

    def _copy(self, row: SourceFile) -> None:
        entry = Entry(row.name, row.size, row.modified)
        with self.adding(row.name) as into:
            if not fetched(self._incoming, entry, into, folder=self.path):
                raise being_written(row)
        os.utime(self.path / row.name, ns=(row.modified, row.modified))

    def _has(self, row: SourceFile) -> bool:
        try:
            found = os.stat(self.path / row.name, follow_symlinks=False)
        except OSError:
            return False
        return (found.st_size, found.st_mtime_ns) == (row.size, row.modified)

    def _note_tries(self, row: SourceFile, tries: int) -> None:
        row.tries = tries
        SourceFile.objects.filter(pk=row.pk).update(tries=tries)
