"""Files of a folder, compared with what the PIM holds: which are new there, and what is wrong."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from enrichment.candidates import Candidate, Problem
from enrichment.fitting import DoesNotFit, Standing, check_model, check_product
from enrichment.media.asset_proposing import Assets, Linked
from enrichment.media.asset_rows import AssetRow
from enrichment.media.contents import contents, is_in
from enrichment.media.files import BadFile, Folder, OfferedFile
from enrichment.media.matching import Matched, Matcher
from enrichment.media.names import NamePattern
from enrichment.media.sorting import Problems, Sorted, batched, problem_of
from enrichment.models import PimFile, Proposal
from enrichment.reading import Reading
from enrichment.structure import Structure
from enrichment.values import current
from enrichment.wording import shown
from pim.calls import CALLS_PER_CONNECTION
from pim.client import PimClient
from pim.finding import FoundModel, FoundProduct, models_by_code, products_by_identifier


def propose_media(
    reading: Reading,
    client: PimClient,
    folder: Folder,
    names: Iterable[str],
    pattern: NamePattern,
) -> None:
    """Read these files of a folder and let the reading take what they offer, some at a time.

    Each file is read once for what is in it; nothing of it is kept. Raises OfferLost, and what the
    client raises.
    """
    reading.by_column = True
    structure = Structure(client)
    problems = Problems(reading)
    found = Sorted(Matcher(structure, pattern), folder, problems)
    found.take(names)
    problems.flush()
    comparing = _Comparing(reading, client, structure, folder)
    for some in batched(found.files.values()):
        comparing.take(some)
    for linked in found.collections():
        comparing.take_assets(linked)


@dataclass(slots=True)
class _Owners:
    """The products and models of some files as they stand in the PIM, and the models above."""

    read_at: datetime
    products: dict[str, FoundProduct]
    models: dict[str, FoundModel] = field(default_factory=dict)

    def of(self, one: Matched) -> FoundProduct | FoundModel:
        """The product, or the model of that name. Raises BadFile."""
        found = (None if one.is_model else self.products.get(one.owner)) or self.models.get(
            one.owner
        )
        if found is None:
            what = "product model" if one.is_model else "product and no product model"
            raise BadFile(f"The PIM has no {what} “{shown(one.owner)}”.")
        return found


@dataclass(slots=True)
class _Waiting:
    """A file that is compared with what stands at its place."""

    matched: Matched
    owner: FoundProduct | FoundModel
    file: OfferedFile
    before: Any
    is_there: bool = False


class _Comparing:
    def __init__(
        self, reading: Reading, client: PimClient, structure: Structure, folder: Folder
    ) -> None:
        self._reading = reading
        self._client = client
        self._structure = structure
        self._folder = folder
        self._assets = Assets(reading.connection.pk, client, structure, folder)

    def take(self, matched: Sequence[Matched]) -> None:
        """Compare up to 100 files, and let the reading have them."""
        owners = self._find(matched)
        problems: list[Problem] = []
        waiting = list(self._read(matched, owners, problems))
        self._compare(waiting)
        self._reading.take(
            list(map(_candidate, waiting)),
            problems,
            invalid=len(problems),
            read_at=owners.read_at,
        )

    def take_assets(self, files: Sequence[tuple[Matched, AssetRow]]) -> None:
        """Compare up to 100 files that become assets, and let the reading have them."""
        owners = self._find([matched for matched, _ in files])
        problems: list[Problem] = []
        linked: list[Linked] = []
        for one, row in files:
            try:
                linked.append(Linked(one, row, self._owner(owners, one)))
            except (BadFile, DoesNotFit) as bad:
                problems.append(problem_of(bad, one.name))
        candidates = self._assets.candidates(linked, problems.append)
        self._reading.take(candidates, problems, invalid=len(problems), read_at=owners.read_at)

    def _find(self, matched: Sequence[Matched]) -> _Owners:
        identifier = self._structure.identifier
        attributes = sorted({one.place.attribute for one in matched})
        names = list(dict.fromkeys(one.owner for one in matched if not one.is_model))
        owners = _Owners(
            timezone.now(),
            products_by_identifier(self._client, identifier, names, attributes=attributes),
        )
        codes = dict.fromkeys(one.owner for one in matched if one.owner not in owners.products)
        owners.models = models_by_code(self._client, list(codes), attributes=attributes)
        above = {product.parent for product in owners.products.values() if product.parent}
        unknown = sorted(above - owners.models.keys())
        owners.models |= models_by_code(self._client, unknown, attributes=[identifier])
        return owners

    def _read(
        self, matched: Sequence[Matched], owners: _Owners, problems: list[Problem]
    ) -> Iterator[_Waiting]:
        for one in matched:
            try:
                owner = self._owner(owners, one)
                before = current(owner, one.place)
                yield _Waiting(one, owner, self._folder.read(one.name), before)
            except (BadFile, DoesNotFit) as bad:
                problems.append(problem_of(bad, one.name))

    def _owner(self, owners: _Owners, one: Matched) -> FoundProduct | FoundModel:
        """What the file is of. Raises BadFile and DoesNotFit."""
        owner = owners.of(one)
        if isinstance(owner, FoundModel):
            check_model(self._structure, owner, one.place.attribute)
        else:
            parent = owners.models.get(owner.parent) if owner.parent else None
            check_product(self._structure, Standing(owner.family, parent), one.place.attribute)
        return owner

    def _compare(self, waiting: Sequence[_Waiting]) -> None:
        """Tell which files the PIM holds already, whoever put them there."""
        codes = [one.before for one in waiting if isinstance(one.before, str)]
        known = contents(self._reading.connection.pk, codes)
        unknown: list[_Waiting] = []
        for one in waiting:
            if one.before in known:
                one.is_there = known[one.before] == one.file.content
            elif isinstance(one.before, str):
                unknown.append(one)
        with ThreadPoolExecutor(CALLS_PER_CONNECTION) as pool:
            same = pool.map(lambda one: is_in(self._client, one.before, one.file), unknown)
            for one, is_there in zip(unknown, same, strict=True):
                one.is_there = is_there
        if not self._reading.is_dry:
            self._note([one for one in unknown if one.is_there])

    def _note(self, found: Sequence[_Waiting]) -> None:
        """Remember what is in these files, and that those on their way there arrived."""
        for one in found:
            PimFile.objects.filter(
                connection=self._reading.connection,
                code="",
                content=one.file.content,
                key=_key(one.owner),
                attribute=one.matched.place.attribute,
            ).delete()
        PimFile.objects.bulk_create(
            [
                PimFile(
                    connection=self._reading.connection,
                    subject=_subject(one.owner),
                    key=_key(one.owner),
                    attribute=one.matched.place.attribute,
                    locale=one.matched.place.locale,
                    scope=one.matched.place.scope,
                    code=one.before,
                    content=one.file.content,
                    ending=one.file.ending,
                    size=one.file.size,
                )
                for one in found
            ],
            ignore_conflicts=True,
        )


def _candidate(one: _Waiting) -> Candidate:
    owner = one.owner
    name = owner.code if isinstance(owner, FoundModel) else owner.identifier or owner.uuid
    value = one.before if one.is_there else one.file.as_value()
    column = one.matched.name
    place = one.matched.place
    return Candidate(_subject(owner), _key(owner), name, place, value, one.before, column=column)


def _subject(owner: FoundProduct | FoundModel) -> Proposal.Subject:
    is_model = isinstance(owner, FoundModel)
    return Proposal.Subject.MODEL if is_model else Proposal.Subject.PRODUCT


def _key(owner: FoundProduct | FoundModel) -> str:
    return owner.code if isinstance(owner, FoundModel) else owner.uuid
