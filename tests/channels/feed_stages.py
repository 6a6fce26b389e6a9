"""Stages for the `file` channel: each destination, and how a test reads each format."""

import csv
import io
import json
import resource
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import requests

from channels.base import ChannelProduct
from channels.file import FileAdapter
from channels.targets import Target
from outbound.guard import AddressPolicy
from outbound.session import GuardedSession
from tests.channels.conformance import SECRET, Stage
from tests.channels.s3_server import ACCESS_KEY, BUCKET, S3Server
from tests.channels.sftp_server import SftpServer

GOOGLE = "{http://base.google.com/ns/1.0}"
FOR_GOOGLE = {
    "description": "Warm and dry.",
    "link": "https://shop.example.com/p/1",
    "image": "https://shop.example.com/p/1.jpg",
    "availability": "in_stock",
    "price": 19.9,
}
ENDINGS = {"jsonl": "jsonl", "csv": "csv", "xlsx": "xlsx", "google": "xml"}


def adapter_to(
    destination: object, *, guarded: bool = True, fields: Sequence[Target] = (), **values: Any
) -> FileAdapter:
    """The adapter with these settings; guarded, it may go to this machine."""
    policy = AddressPolicy(hosts=None, insecure=True)
    session = GuardedSession(policy) if guarded else requests.Session()
    cleaned = FileAdapter.clean({"destination": str(destination), "currency": "EUR", **values})
    return FileAdapter(cleaned, session=session, fields=fields)


def products_in(content: bytes, format_: str) -> dict[str, dict[str, Any]]:
    """What whoever fetches a file reads in it, by the products' keys."""
    match format_:
        case "jsonl":
            documents = map(json.loads, content.splitlines())
            return {document["uuid"]: document for document in documents}
        case "csv":
            rows = csv.DictReader(io.StringIO(content.decode(), newline=""))
            return {row["uuid"]: row for row in rows}
        case "xlsx":
            return {row["uuid"]: row for row in _rows_of_sheet(content)}
        case _:
            return _items(content)


def _rows_of_sheet(content: bytes) -> Iterator[dict[str, Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    header, *rows = sheet.iter_rows(values_only=True)
    for row in rows:
        yield {str(name): value for name, value in zip(header, row, strict=True)}


def _items(content: bytes) -> dict[str, dict[str, Any]]:
    items = ElementTree.fromstring(content).iter("item")  # noqa: S314  # written by us
    found = [{field.tag.removeprefix(GOOGLE): field.text for field in item} for item in items]
    return {str(item["id"]): {**item, "name": item["title"]} for item in found}


class FeedStage(Stage):
    """What the destinations have in common; `content` is what lies there now."""

    adapter: FileAdapter
    format: str

    def content(self) -> bytes | None:
        raise NotImplementedError  # each stage says it

    @property
    def name(self) -> str:
        return f"products.{ENDINGS[self.format]}"

    def holds(self) -> dict[str, Any]:
        content = self.content()
        return {} if content is None else products_in(content, self.format)

    def refused_product(self, key: str) -> ChannelProduct:
        return ChannelProduct(key, '{"uuid": "cut off')

    def complete(self, product: ChannelProduct) -> ChannelProduct:
        if self.format != "google" or not product.body.endswith("}"):
            return product
        return ChannelProduct(product.key, json.dumps({**FOR_GOOGLE, **json.loads(product.body)}))


class FolderStage(FeedStage):
    def __init__(self, folder: Path, format_: str) -> None:
        self.format = format_
        self.adapter = adapter_to(folder / "feeds", guarded=False, format=format_)
        self.folder = folder

    def content(self) -> bytes | None:
        path = Path(self.adapter.where)
        return path.read_bytes() if path.exists() else None

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        """The process has as many files open as it may."""
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)

    @contextmanager
    def misconfigured(self) -> Iterator[None]:
        """Something else is where the folder should be."""
        (self.folder / "feeds").write_text("not a folder")
        yield


class SftpStage(FeedStage):
    def __init__(self, server: SftpServer, format_: str) -> None:
        self.format = format_
        self.server = server
        self.adapter = adapter_to(
            server.address(), format=format_, password=SECRET, host_key=server.fingerprint
        )

    def content(self) -> bytes | None:
        path = self.server.root / "feeds" / self.name
        return path.read_bytes() if path.exists() else None

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        """It closes every connection at once."""
        self.server.faults.add("closed")
        try:
            yield
        finally:
            self.server.faults.clear()

    @contextmanager
    def misconfigured(self) -> Iterator[None]:
        """It has another password by now."""
        self.server.password, known = "another one", self.server.password
        try:
            yield
        finally:
            self.server.password = known


class S3Stage(FeedStage):
    def __init__(self, server: S3Server, format_: str) -> None:
        self.format = format_
        self.server = server
        self.adapter = adapter_to(
            f"s3://{BUCKET}/daily",
            format=format_,
            endpoint=server.url,
            access_key=ACCESS_KEY,
            secret_key=SECRET,
        )

    def content(self) -> bytes | None:
        return self.server.objects().get(f"daily/{self.name}")

    @contextmanager
    def unavailable(self) -> Iterator[None]:
        with self.server.failing(503, "SlowDown"):
            yield

    @contextmanager
    def misconfigured(self) -> Iterator[None]:
        with self.server.failing(403, "SignatureDoesNotMatch"):
            yield


def emptied(folder: Path) -> None:
    """Take everything out of a folder."""
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
