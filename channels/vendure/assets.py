"""Pictures: each file is uploaded once, however many products show it."""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from channels.surroundings import IdMap, MediaFile
from channels.vendure import memory
from channels.vendure.about import About
from channels.vendure.graphql import AdminApi, Refused

MOST_FILES = 10
MOST_BYTES = 15 * 1024 * 1024  # a call; Vendure takes 20 MB a file unless told otherwise

_KNOWN = """query Known($ids: [String!]!, $take: Int!) {
  assets(options: { filter: { id: { in: $ids } }, take: $take }) { items { id } }
}"""
_BY_SOURCE = """query BySource($options: AssetListOptions) {
  assets(options: $options) { items { id source } }
}"""
_CREATE = """mutation CreateAssets($input: [CreateAssetInput!]!) {
  createAssets(input: $input) {
    __typename
    ... on Asset { id }
    ... on MimeTypeError { message }
  }
}"""
_MARK = 16  # digits of the digest in the name of the file, by which it is found again


class Assets:
    """The pictures in a shop that came from here. Threads may share it."""

    def __init__(self, api: AdminApi, ids: IdMap, about: About) -> None:
        self._api = api
        self._ids = ids
        self._about = about
        self._lock = threading.Lock()

    def ours(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the assets that came from here."""
        return frozenset(self._ids.get(memory.ASSET_DIGEST, ids)) if ids else frozenset()

    def make(
        self, files: Mapping[str, MediaFile], attached: Collection[str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """Let the shop have these files: the assets by digest, and why others were not taken.

        `attached` are assets that are known to be there still. Raises ChannelError.
        """
        if not files:
            return {}, {}
        with self._lock:  # or two threads would upload the same
            known = self._ids.get(memory.ASSET, files)
            doubtful = {id_ for id_ in known.values() if id_ not in attached}
            gone = doubtful - self._there(doubtful)
            known = {digest: id_ for digest, id_ in known.items() if id_ not in gone}
            missing = {digest: file for digest, file in files.items() if digest not in known}
            known |= self._found_again(missing)
            refused: dict[str, str] = {}
            for few in _parts([file for digest, file in missing.items() if digest not in known]):
                known |= self._upload(few, refused)
            return known, refused

    def _there(self, ids: Collection[str]) -> set[str]:
        if not ids:
            return set()
        data = self._api.read(_KNOWN, {"ids": sorted(ids), "take": len(ids)})
        return {item["id"] for item in data["assets"]["items"]}

    def _found_again(self, files: Mapping[str, MediaFile]) -> dict[str, str]:
        """Those of the files that are there, because the answer to an upload got lost."""
        if not files:
            return {}
        marks = {digest[:_MARK]: digest for digest in files}
        conditions = [{"source": {"contains": mark}} for mark in marks]
        options = {"filter": {"_or": conditions}, "take": 2 * len(files)}
        items = self._api.read(_BY_SOURCE, {"options": options})["assets"]["items"]
        found = {
            digest: item["id"]
            for item in items
            for mark, digest in marks.items()
            if mark in item["source"]
        }
        self._remember(found)
        return found

    def _upload(self, files: Sequence[MediaFile], refused: dict[str, str]) -> dict[str, str]:
        """Upload files in one call; if the shop fails over one of them, in ever smaller ones."""
        inputs = [self._input(file) for file in files]
        places = [f"variables.input.{number}.file" for number in range(len(files))]
        uploads = [(_name(file), _content(file), file.mime_type) for file in files]
        try:
            data = self._api.upload(
                _CREATE, {"input": inputs}, list(zip(places, uploads, strict=True))
            )
        except Refused as problem:
            if len(files) == 1:
                refused[files[0].digest] = problem.message
                return {}
            half = len(files) // 2
            return self._upload(files[:half], refused) | self._upload(files[half:], refused)
        made: dict[str, str] = {}
        for file, result in zip(files, data["createAssets"], strict=True):
            if result["__typename"] == "Asset":
                made[file.digest] = result["id"]
            else:
                refused[file.digest] = f"the shop takes no files of the type {file.mime_type}"
        self._remember(made)
        return made

    def _input(self, file: MediaFile) -> dict[str, Any]:
        named = [{"languageCode": self._about.language, "name": file.name}]
        return {"file": None, "translations": named}

    def _remember(self, made: Mapping[str, str]) -> None:
        if made:
            self._ids.put(memory.ASSET, made)
            self._ids.put(memory.ASSET_DIGEST, {id_: digest for digest, id_ in made.items()})


def _parts(files: Sequence[MediaFile]) -> Iterator[list[MediaFile]]:
    part: list[MediaFile] = []
    size = 0
    for file in files:
        if part and (len(part) == MOST_FILES or size + file.size > MOST_BYTES):
            yield part
            part, size = [], 0
        part.append(file)
        size += file.size
    if part:
        yield part


def _name(file: MediaFile) -> str:
    path = PurePosixPath(file.name)
    return f"{path.stem[:80]}-{file.digest[:_MARK]}{path.suffix}"


def _content(file: MediaFile) -> bytes:
    with file.open() as opened:
        return opened.read()
