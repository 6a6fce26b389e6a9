"""Downloading files of a PIM: calls in threads that know no database, recorded some at a time."""

import logging
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from django.db import transaction
from django.utils import timezone

from catalogs.media.addresses import address_of
from catalogs.media.files import known_files
from catalogs.media.store import MediaStore, media_store
from catalogs.models import MediaFile
from connections.clients import governor
from outbound.errors import AnswerTooLarge, OutboundError, TransientError
from outbound.governor import Gate, NoPlace
from pim.client import PimClient
from pim.errors import Forbidden, NotFound, RateLimited, RequestRefused, ValidationFailed
from pim.media import name_in
from sync import bulk, ownership
from sync.ahead import THREADS, ReadAhead
from sync.media import is_given_up, is_there
from sync.models import Run

logger = logging.getLogger(__name__)

AGAIN = timedelta(days=1)  # until a file that was given up is asked for again

_FILES = 40  # that are recorded in one go, and lost by a crash
_TURNS = 30  # minutes to wait for another run that downloads from the same PIM
_OF_THE_FILE = (NotFound, Forbidden, RequestRefused, ValidationFailed, AnswerTooLarge)
_COLUMNS = ("address", "digest", "name", "mime_type", "size", "failures", "problem", "is_lost")

# Does some work with a client of the PIM, and with a fresh one if its token was replaced.
Ask = Callable[[Callable[[PimClient], None]], None]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What became of one file. Without a digest: why, and the failure if it may pass."""

    path: str
    name: str
    digest: str = ""
    mime_type: str = ""
    size: int = 0
    problem: str = ""
    failure: TransientError | None = None


class Downloads:
    """The downloads of one run."""

    def __init__(
        self, run: Run, ask: Ask, go_on: Callable[[], None], sleep: Callable[[float], None]
    ) -> None:
        self._run = run
        self._connection = run.catalog.channel.connection
        # One run at a time downloads from a PIM, or two would ask for the same file.
        self._gate = Gate(f"files of connection:{self._connection.uuid}", 1)
        self._ask = ask
        self._go_on = go_on
        self._sleep = sleep

    def due(self, paths: set[str], files: Mapping[str, MediaFile]) -> list[str]:
        """Return which of these are to be asked for now: each once in a run."""
        began_at = self._run.started_at or self._run.created_at
        a_day_ago = timezone.now() - AGAIN

        def is_due(path: str) -> bool:
            file = files.get(path)
            if file is None or is_there(file):
                return file is None
            if file.is_lost and not file.problem:
                return True  # not asked for since it was lost
            return file.updated_at < (a_day_ago if is_given_up(file) else began_at)

        return sorted(filter(is_due, paths))

    def download(self, paths: Sequence[str]) -> None:
        """Download and record these. Raises OutboundError when the PIM is unwell."""
        for start in range(0, len(paths), _FILES):
            self._in_turn(paths[start : start + _FILES])

    def addresses_of(self, paths: set[str]) -> dict[str, str]:
        """Download what is due of these; return where this app serves those that are there.

        Raises OutboundError when the PIM is unwell.
        """
        self.download(self.due(paths, known_files(self._connection.pk, paths)))
        files = known_files(self._connection.pk, paths)
        return {
            path: address_of(file.digest, file.name) for path, file in files.items() if file.digest
        }

    def _in_turn(self, paths: Sequence[str]) -> None:
        with ExitStack() as turn:
            self._wait_for(turn)
            # What another run has downloaded meanwhile is there.
            if self.due(set(paths), known_files(self._connection.pk, paths)):
                self._ask(partial(self._download, paths))

    def _wait_for(self, turn: ExitStack) -> None:
        for left in reversed(range(_TURNS)):
            self._go_on()
            try:
                turn.enter_context(governor().slot(self._gate))
                return
            except NoPlace:
                if not left:
                    raise

    def _download(self, paths: Sequence[str], client: PimClient) -> None:
        """Have these downloaded, and record what came, also when the PIM then turns out unwell."""
        files = known_files(self._connection.pk, paths)
        answers: list[_Answer] = []
        try:
            with closing(self._answers(self.due(set(paths), files), client)) as coming:
                for answer in coming:
                    answers.append(answer)
                    _refuse_unwell(answers)
        except OutboundError:
            self._record([one for one in answers if one.failure is None], files)
            raise
        self._record(answers, files)

    def _answers(self, paths: Sequence[str], client: PimClient) -> Generator[_Answer, None, None]:
        store = media_store()
        with ReadAhead[str, _Answer](THREADS, look=self._go_on, sleep=self._sleep) as ahead:
            reader = client.waiting_by(ahead.sleep)
            for path in paths:
                ahead.add(path, partial(_fetch, reader, store, path))
            for came in ahead:
                self._go_on()
                yield from (answer for _, answer in came)

    def _record(self, answers: Sequence[_Answer], files: Mapping[str, MediaFile]) -> None:
        if not answers:
            return
        rows = [_row(one, files.get(one.path)) for one in answers]
        with transaction.atomic():
            number = sum(bool(one.digest) for one in answers)
            ownership.update(self._run, files=self._run.files + number)
            bulk.upsert(
                MediaFile,
                _COLUMNS,
                rows,
                {"connection_id": self._connection.pk},
                unique_fields=["connection", "address"],
                update_fields=[*_COLUMNS[1:], "updated_at"],
            )


def _row(answer: _Answer, before: MediaFile | None) -> tuple[object, ...]:
    """What is stored of it; of what was lost stays what is known, until it is had again."""
    failures = (before.failures if before else 0) + 1 if answer.failure else 0
    if before and before.is_lost and not answer.digest:
        known = (before.digest, before.name, before.mime_type, before.size)
        return (answer.path, *known, failures, answer.problem, True)
    known = (answer.digest, answer.name, answer.mime_type, answer.size)
    return (answer.path, *known, failures, answer.problem, False)


def _fetch(client: PimClient, store: MediaStore, path: str) -> Iterator[_Answer]:
    """Download one file, in a thread; yield the one answer."""
    name = name_in(path)
    try:
        with store.arriving() as arriving:
            found = client.download(path, arriving)
            if not arriving.size:
                yield _Answer(path, found.name, problem="The file is empty.")
                return
            store.keep(arriving)
            yield _Answer(path, found.name, arriving.digest, found.mime_type, arriving.size)
    except _OF_THE_FILE as error:
        logger.info("The file %s cannot be had: %s", path, error.detail or error.message)
        yield _Answer(path, name, problem=error.message)
    except TransientError as error:
        if error.retry_after or isinstance(error, NoPlace | RateLimited):
            raise  # this is about all calls, not about one file
        logger.info("The file %s failed: %s", path, error.detail or error.message)
        yield _Answer(path, name, problem=error.message, failure=error)


def _refuse_unwell(answers: Sequence[_Answer]) -> None:
    """Raise what failed last when as many in a row failed as are asked for at once."""
    last = [one.failure for one in answers[-THREADS:]]
    if len(last) == THREADS and all(last) and last[-1] is not None:
        raise last[-1]
