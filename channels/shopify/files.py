"""Files of the PIM in the shop: each uploaded once, found again by its name, waited for.

A file's name in the shop holds its digest. So one whose id was lost with an answer is found before
it is uploaded again, and Shopify refuses a second one with the name.
"""

import hashlib
import mimetypes
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from channels.base import TransientError
from channels.shopify.api import Json, ShopifyApi
from channels.shopify.chunks import chunks
from channels.shopify.documents import (
    CREATE_FILES,
    DELETE_FILES,
    FILES,
    FILES_BY_NAME,
    STAGE_UPLOADS,
)
from channels.shopify.uploads import upload
from channels.surroundings import IdMap, MediaFile

FILE = "file"  # kind of ids: digest to the shop's id
OWN_FILE = "own_file"  # kind of ids: the shop's id to the digest, of files that this app uploaded

LARGEST = 20 * 1024 * 1024  # bytes of a picture that Shopify takes
FILES_A_CALL = 10
STATES_A_CALL = 50
LONGEST_WAIT = 120.0  # seconds for Shopify to look at what was uploaded

_DONE = ("READY", "FAILED")

# Addresses below this are the PIM's own; nobody but this app can fetch them.
_OF_THE_PIM = "/api/rest/v1/"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One file that products show. `file` is its content; without it, Shopify fetches `address`."""

    address: str
    file: MediaFile | None
    alt: str = ""

    @property
    def digest(self) -> str:
        return self.file.digest if self.file else hashlib.sha256(self.address.encode()).hexdigest()

    @property
    def name(self) -> str:
        path = PurePosixPath(self.file.name if self.file else urlsplit(self.address).path)
        ending = path.suffix.lower() or mimetypes.guess_extension(self.mime_type) or ""
        return f"{_stem(self.digest)}{ending}"

    @property
    def mime_type(self) -> str:
        if self.file and self.file.mime_type:
            return self.file.mime_type
        return mimetypes.guess_type(urlsplit(self.address).path)[0] or "image/jpeg"

    @property
    def content_type(self) -> str:
        return {"image": "IMAGE", "video": "VIDEO"}.get(self.mime_type.split("/")[0], "FILE")


@dataclass(slots=True)
class InShop:
    """Ids by address, and a sentence for each address whose file could not be had."""

    ids: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


class Files:
    def __init__(self, api: ShopifyApi, ids: IdMap) -> None:
        self._api = api
        self._ids = ids

    def own(self, ids: Collection[str]) -> frozenset[str]:
        """Those of these files that this app uploaded."""
        return frozenset(self._ids.get(OWN_FILE, list(ids)))

    def place(self, files: Sequence[Wanted]) -> InShop:
        """Have all of these in the shop, ready to be shown."""
        placed = InShop()
        by_digest: dict[str, Wanted] = {}
        for one in files:
            problem = _problem(one)
            if problem:
                placed.problems[one.address] = problem
            else:
                by_digest.setdefault(one.digest, one)
        found, failed = self._ready(by_digest)
        for one in files:
            if one.digest in found:
                placed.ids[one.address] = found[one.digest]
            elif one.digest in failed:
                placed.problems[one.address] = failed[one.digest]
        return placed

    def _ready(self, wanted: Mapping[str, Wanted]) -> tuple[dict[str, str], dict[str, str]]:
        """Ids, and sentences about what failed, by digest."""
        known = self._ids.get(FILE, list(wanted))
        states = self._states(list(known.values()))
        found = {digest: id_ for digest, id_ in known.items() if id_ in states}
        missing = {digest: one for digest, one in wanted.items() if digest not in found}
        again = self._look_up(missing)
        self._remember(again)
        made, failed = self._make([one for d, one in missing.items() if d not in again])
        found |= again | made
        problems = self._wait([*again.values(), *made.values()], states)
        for digest in [digest for digest, id_ in found.items() if id_ in problems]:
            failed[digest] = problems[found.pop(digest)]
            self._ids.forget(FILE, [digest])
        return found, failed

    def _remember(self, ids: Mapping[str, str]) -> None:
        if ids:
            self._ids.put(OWN_FILE, {id_: digest for digest, id_ in ids.items()})
            self._ids.put(FILE, ids)

    def _look_up(self, missing: Mapping[str, Wanted]) -> dict[str, str]:
        """Ids of files that were uploaded before and forgotten, by digest."""
        found: dict[str, str] = {}
        for some in chunks(list(missing), FILES_A_CALL):
            query = " OR ".join(f"filename:{_stem(digest)}*" for digest in some)
            for node in self._api.call(FILES_BY_NAME, {"query": query})["files"]["nodes"]:
                address = (node.get("image") or {}).get("url") or node.get("url")
                name = address or node.get("filename") or ""
                for digest in some:
                    if _stem(digest) in name and node["fileStatus"] != "FAILED":
                        found.setdefault(digest, node["id"])
        return found

    def _make(self, files: Sequence[Wanted]) -> tuple[dict[str, str], dict[str, str]]:
        made: dict[str, str] = {}
        failed: dict[str, str] = {}
        for some in chunks(files, FILES_A_CALL):
            sources, refused = self._sources(some)
            failed |= refused
            there = [one for one in some if one.digest in sources]
            created = self._create(there, sources)
            made |= {digest: id_ for digest, (id_, _) in created.items() if id_}
            failed |= {digest: problem for digest, (id_, problem) in created.items() if not id_}
            self._remember({one.digest: made[one.digest] for one in there if one.digest in made})
        return made, failed

    def _sources(self, files: Sequence[Wanted]) -> tuple[dict[str, str], dict[str, str]]:
        """Addresses from which Shopify takes the files, by digest; what we have is uploaded."""
        found = {one.digest: one.address for one in files if one.file is None}
        failed: dict[str, str] = {}
        local = [(one, one.file) for one in files if one.file is not None]
        if not local:
            return found, failed
        answer = self._api.call(STAGE_UPLOADS, {"input": [_staged(one) for one, _ in local]})
        targets = answer["stagedUploadsCreate"]["stagedTargets"] or []
        if len(targets) != len(local):
            raise TransientError("Shopify gave no place for the pictures. It will be tried again.")
        for (one, file), target in zip(local, targets, strict=True):
            with file.open() as content:
                status = upload(self._api.session, target, one.name, one.mime_type, content)
            if status < 300:
                found[one.digest] = target["resourceUrl"]
            else:
                failed[one.digest] = f"Shopify's store for uploads answered HTTP {status}."
        return found, failed

    def _create(
        self, files: Sequence[Wanted], sources: Mapping[str, str]
    ) -> dict[str, tuple[str, str]]:
        """The new files' ids by digest, or "" and what is wrong."""
        if not files:
            return {}
        inputs = [_input(one, sources[one.digest]) for one in files]
        answer = self._api.call(CREATE_FILES, {"files": inputs})["fileCreate"]
        errors, made = answer["userErrors"], answer["files"] or []
        if not errors and len(made) == len(files):
            return {
                one.digest: (str(file["id"]), "") for one, file in zip(files, made, strict=True)
            }
        if any(error["code"] == "FILENAME_ALREADY_EXISTS" for error in errors):
            # Made a moment ago, by a call whose answer was lost, and not to be found by name yet.
            raise TransientError(
                "Shopify still works on a picture. It will be tried again.", retry_after=10
            )
        if len(files) == 1:
            said = errors[0]["message"] if errors else "no reason was given"
            return {files[0].digest: ("", self._api.plain(said))}
        # Shopify takes all of a call or none: one by one tells whose fault it is.
        return {
            digest: found for one in files for digest, found in self._create([one], sources).items()
        }

    def _states(self, ids: Sequence[str]) -> dict[str, Json]:
        """The files that are there, by id."""
        found = {}
        for some in chunks(ids, STATES_A_CALL):
            for node in self._api.call(FILES, {"ids": some})["nodes"]:
                if node and node["id"] in some:
                    found[node["id"]] = node
        return found

    def _wait(self, new: Sequence[str], known: Mapping[str, Json]) -> dict[str, str]:
        """Wait until Shopify has looked at all of these; return what is wrong with which."""
        clock = self._api.clock
        until = clock.now() + LONGEST_WAIT
        pause = 1.0
        states = dict(known) | self._states(new)
        while pending := [id_ for id_, one in states.items() if one["fileStatus"] not in _DONE]:
            if clock.now() >= until:
                raise TransientError(
                    "Shopify still works on the pictures. It will be tried again.", retry_after=30
                )
            clock.sleep(pause)
            pause = min(pause * 2, 10.0)
            states = {id_: one for id_, one in states.items() if id_ not in pending}
            states |= self._states(pending)
        failed = {id_: one for id_, one in states.items() if one["fileStatus"] == "FAILED"}
        if failed:
            self._api.call(DELETE_FILES, {"ids": list(failed)})
        return {id_: self._why(one) for id_, one in failed.items()} | {
            id_: "it is gone from the shop" for id_ in new if id_ not in states
        }

    def _why(self, file: Json) -> str:
        said = [self._api.plain(error["message"]) for error in file["fileErrors"]]
        return " ".join(said) or "Shopify did not say why"


def _problem(one: Wanted) -> str:
    if one.file is None and _OF_THE_PIM in one.address:
        return "it could not be had from the PIM"
    if one.file is None and not one.address.startswith(("https://", "http://")):
        return "it is no web address"
    if one.file is not None and one.file.size > LARGEST:
        return f"it has {one.file.size // 1_000_000} MB, and Shopify takes 20"
    return ""


def _input(one: Wanted, source: str) -> Json:
    file: Json = {"originalSource": source, "contentType": one.content_type}
    if one.alt:
        file["alt"] = one.alt
    if one.file is not None and one.content_type != "VIDEO":
        file |= {"filename": one.name, "duplicateResolutionMode": "RAISE_ERROR"}
    return file


def _stem(digest: str) -> str:
    return f"ferry-{digest[:40]}"


def _staged(one: Wanted) -> Json:
    return {
        "filename": one.name,
        "mimeType": one.mime_type,
        "resource": one.content_type,
        "httpMethod": "POST",
        "fileSize": str(one.file.size if one.file else 0),
    }
