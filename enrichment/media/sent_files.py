"""Images and files that people send from their browser: an offer, read by a worker.

Several files lie in the folder of their offer before it is stored; one archive is an upload like
any other, and is unpacked there whenever it is read.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from uuid import uuid4

from django.db import transaction
from django.utils.translation import gettext

from connections.models import Connection
from enrichment.kept_files import refuse_when_full
from enrichment.media.archives import unpack
from enrichment.media.files import BadFile
from enrichment.media.keeping import Kept, release, remove_kept
from enrichment.media.kept_paths import path_for
from enrichment.media.patterns import pattern_of
from enrichment.media.proposing import propose_media
from enrichment.models import Offer, Source, Upload
from enrichment.offers import begin
from enrichment.reading import Reading
from enrichment.reading_files import NOT_HERE, CannotBeUsed, read_into
from enrichment.wording import shown
from pim.client import PimClient


def offer_files(
    connection: Connection,
    files: Sequence[tuple[str, Iterable[bytes]]],
    *,
    source: Source | None = None,
    by: str = "",
) -> Offer:
    """Keep files, by name, and return their offer, which a worker reads as soon as one is free.

    Raises BadFile, which names the file, and OSError; then nothing is kept.
    """
    from enrichment.tasks import read_upload_of

    uuid = uuid4()
    try:
        folder = Kept(uuid)
        refuse_when_full(folder.path)
        _keep(folder, files)
    except BaseException:
        remove_kept([uuid])
        raise
    with transaction.atomic():
        offer = begin(
            connection,
            Offer.Kind.MEDIA,
            _name_of([name for name, _ in files]),
            source=source,
            by=by,
            here=False,
            uuid=uuid,
        )
        Upload.objects.create(offer=offer)
        transaction.on_commit(lambda: read_upload_of.delay(offer.pk))
    return offer


def read_sent_files(
    offer: Offer,
    packed: Path,
    *,
    finish: Callable[[], object],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Read what was sent into its offer, which is ours; if something lies at `packed`, from there.

    Raises what `read_into` raises.
    """
    if packed.exists():
        remove_kept([offer.uuid])  # what a reader left that died
    elif not path_for(offer.uuid).is_dir():
        raise CannotBeUsed(NOT_HERE)
    pattern = pattern_of(offer.source)

    def propose(reading: Reading, client: PimClient) -> None:
        folder = Kept(offer.uuid)
        if packed.exists():
            problems = list(unpack(packed, folder))
            reading.take(problems=problems, invalid=len(problems))
        propose_media(reading, client, folder, folder.names(), pattern)

    def finished() -> None:
        finish()
        transaction.on_commit(lambda: release(offer), robust=True)

    read_into(Reading(offer.connection, offer), propose, finish=finished, sleep=sleep)


def _keep(folder: Kept, files: Iterable[tuple[str, Iterable[bytes]]]) -> None:
    for name, pieces in files:
        try:
            if name in folder.names():
                said = gettext("Two files have this name. Send them one after the other.")
                raise BadFile(said)
            with folder.adding(name) as into:
                for piece in pieces:
                    into.write(piece)
        except BadFile as bad:
            said = gettext("“%(name)s”: %(problem)s") % {"name": shown(name), "problem": bad}
            raise BadFile(said) from bad


def _name_of(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0][:200]} +{len(names) - 1}"
