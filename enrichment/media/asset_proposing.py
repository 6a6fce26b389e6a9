"""Files that become assets: the asset with its fields, and its place in a product's collection."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from enrichment.batches import assets_by_key
from enrichment.candidates import Candidate, Problem
from enrichment.media.asset_fields import AssetFamily, BadField
from enrichment.media.asset_rows import TABLE, AssetRow, Tell, is_code
from enrichment.media.contents import contents, is_in
from enrichment.media.files import BadFile, Folder, NotNow, OfferedFile
from enrichment.media.matching import Matched
from enrichment.models import PimFile, Proposal
from enrichment.structure import Structure
from enrichment.values import Place, current
from enrichment.wording import shown
from pim.calls import CALLS_PER_CONNECTION
from pim.client import PimClient
from pim.errors import Forbidden, NotFound
from pim.finding import FoundModel, FoundProduct

_NO_MANAGER = "The PIM has no assets, or the app may not see them."
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Linked:
    """A file that becomes an asset, and the product or model whose collection it stands in."""

    matched: Matched
    row: AssetRow
    owner: FoundProduct | FoundModel


@dataclass(slots=True)
class _Asset:
    linked: Linked
    family: AssetFamily
    key: str
    file: OfferedFile | None = None  # if it is new: see `Folder.is_new`
    found: FoundModel | None = None
    candidates: list[Candidate] = field(default_factory=list)


class Assets:
    """Compares assets with what the PIM has. Raises what the client raises."""

    def __init__(
        self, connection_id: int, client: PimClient, structure: Structure, folder: Folder
    ) -> None:
        self._connection_id = connection_id
        self._client = client
        self._structure = structure
        self._folder = folder
        self._families: dict[str, AssetFamily] = {}
        self._told: set[tuple[str, str]] = set()

    def candidates(self, linked: Sequence[Linked], tell: Tell) -> list[Candidate]:
        """The assets of up to 100 files and the collections that they stand in, in their order.

        All files of one collection come at once. What is wrong with one is told by its file.
        """
        assets = list(self._checked(linked, tell))
        found = assets_by_key(self._client, {one.key for one in assets})
        for one in assets:
            one.found = found.get(one.key)
        assets = list(self._read(assets, tell))
        same = self._same(assets)
        for one in assets:
            if one.file is not None:
                one.candidates = [self._file(one, one.file, is_there=one.key in same)]
            if one.file is not None or self._folder.is_new(TABLE):
                one.candidates += self._fields(one, tell)
        once = {(each.key, each.place): each for one in assets for each in one.candidates}
        return [*once.values(), *_collections(assets)]

    def _checked(self, linked: Sequence[Linked], tell: Tell) -> Iterator[_Asset]:
        files: dict[str, str] = {}  # by the asset's key
        for one in linked:
            name = one.matched.name
            try:
                family = self._family(one.matched.place)
                family.place_of_file()
                family.check(name, self._folder.size_of(name))
                key = f"{family.code}/{one.row.code}"
                if len(key) > _LONGEST_KEY or not is_code(one.row.code):
                    raise BadFile(
                        f"“{shown(one.row.code)}” cannot be the code of an asset: it is letters "
                        "without accents, digits and underscores."
                    )
                if files.setdefault(key, name) != name:
                    raise BadFile(f"“{shown(files[key])}” is the file of “{one.row.code}” already.")
                yield _Asset(one, family, key)
            except BadFile as bad:
                tell(Problem(str(bad), place=shown(name)))

    def _read(self, assets: Sequence[_Asset], tell: Tell) -> Iterator[_Asset]:
        """Those that may stand in a collection, with their files if these are to be offered."""
        offered = self._offered(one.key for one in assets if one.found is None)
        for one in assets:
            name = one.linked.matched.name
            try:
                if self._folder.is_new(name) or one.key in offered:
                    one.file = self._folder.read(name, anyway=one.key in offered)
            except NotNow:
                pass
            except BadFile as bad:
                tell(Problem(str(bad), place=shown(name)))
                continue
            if one.file is not None or one.found is not None:
                yield one

    def _offered(self, keys: Iterable[str]) -> set[str]:
        """Which of these assets an earlier offer is to create, and this one is to have as well.

        Otherwise a collection could be approved before what stands in it.
        """
        asset = Proposal.Subject.ASSET
        rows = Proposal.objects.filter(
            connection=self._connection_id, subject=asset, key__in=list(keys)
        )
        return set(rows.open().values_list("key", flat=True))

    def _family(self, place: Place) -> AssetFamily:
        """The family of a collection's assets. Raises BadFile where the PIM has none."""
        code = self._structure.attributes[place.attribute].reference_data_name or ""
        try:
            if not self._families:
                for each in self._client.assets().families():
                    name = str(each.get("code"))
                    main = str(each.get("attribute_as_main_media"))
                    self._families[name] = AssetFamily(name, main, {})
            family = self._families.get(code)
            if family is None:
                raise BadFile(_NO_MANAGER)
            if not family.attributes:
                attributes = self._client.assets().attributes(code)
                by_code = {str(one.get("code")): one for one in attributes}
                family = self._families[code] = AssetFamily(code, family.media, by_code)
        except (NotFound, Forbidden) as error:
            raise BadFile(_NO_MANAGER) from error
        return family

    def _same(self, assets: Sequence[_Asset]) -> set[str]:
        """The keys of those whose file the PIM has already."""
        codes = {one.key: current(one.found, one.family.place_of_file()) for one in assets}
        known = contents(self._connection_id, filter(None, codes.values()))
        same, unknown = set(), []
        for one in assets:
            code = codes[one.key]
            if one.file is None:
                continue
            if code in known and known[code] == one.file.content:
                same.add(one.key)
            elif isinstance(code, str) and code not in known:
                unknown.append((one.key, one.file))

        def look(one: tuple[str, OfferedFile]) -> bool:
            key, file = one
            return is_in(self._client, codes[key], file, PimFile.Store.ASSETS)

        with ThreadPoolExecutor(CALLS_PER_CONNECTION) as pool:
            looked = zip(unknown, pool.map(look, unknown), strict=True)
            return same | {key for (key, _), is_same in looked if is_same}

    def _file(self, one: _Asset, file: OfferedFile, *, is_there: bool) -> Candidate:
        place = one.family.place_of_file()
        before = current(one.found, place)
        return _candidate(one, place, before if is_there else file.as_value(), before)

    def _fields(self, one: _Asset, tell: Tell) -> Iterator[Candidate]:
        for column, cell in one.linked.row.fields.items():
            try:
                place = one.family.place(self._structure, column)
            except BadField as bad:
                if (one.family.code, column) not in self._told:
                    self._told.add((one.family.code, column))
                    tell(Problem(str(bad), 1, shown(column), TABLE))
                continue
            try:
                value = one.family.value(place, cell)
            except BadField as bad:
                tell(Problem(str(bad), one.linked.row.line, shown(column), TABLE))
                continue
            yield _candidate(one, place, value, current(one.found, place))


def _collections(assets: Sequence[_Asset]) -> Iterator[Candidate]:
    """What the collections are to hold: these assets in their order, then what they have beside."""
    groups: dict[tuple[Any, ...], list[_Asset]] = {}
    for one in assets:
        groups.setdefault(one.linked.matched.address, []).append(one)
    for group in groups.values():
        first = group[0].linked
        place, owner = first.matched.place, first.owner
        before = current(owner, place)
        linked = list(dict.fromkeys(one.linked.row.code for one in group))
        others = before if isinstance(before, list) else []
        is_model = isinstance(owner, FoundModel)
        yield Candidate(
            Proposal.Subject.MODEL if is_model else Proposal.Subject.PRODUCT,
            owner.code if isinstance(owner, FoundModel) else owner.uuid,
            owner.code if isinstance(owner, FoundModel) else owner.identifier or owner.uuid,
            place,
            [*linked, *(code for code in others if code not in linked)],
            before,
            first.row.line,
            first.matched.name,
        )


def _candidate(one: _Asset, place: Place, value: Any, before: Any) -> Candidate:
    return Candidate(
        Proposal.Subject.ASSET,
        one.key,
        one.linked.row.code,
        place,
        value,
        before,
        one.linked.row.line,
        one.linked.matched.name,
        creates=one.found is None,
    )
