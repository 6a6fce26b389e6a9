"""Files in a bucket of S3, or of anything that speaks like it.

Credentials, region and endpoint are boto3's own: its environment variables, files and roles.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from catalogs.media.store import LEFTOVER_AGE, Arriving, MediaStore, storing
from outbound.errors import ConfigurationError, TransientError

_DIGEST = re.compile(r"[0-9a-f]{64}")
_IN_MEMORY = 1024 * 1024  # bytes; what is larger goes through a file
_GONE = ("404", "NoSuchKey", "NotFound")


class S3Store(MediaStore):
    """Objects named by their digest, below a prefix. S3 shows an object whole or not at all."""

    def __init__(self, place: str) -> None:
        """`place` is s3://bucket or s3://bucket/prefix. Raises ConfigurationError."""
        parts = urlsplit(place)
        if not parts.netloc or parts.query or parts.fragment or "@" in parts.netloc:
            raise ConfigurationError(
                "MEDIA_STORE is not usable: write s3://bucket or s3://bucket/folder. Credentials "
                "come from the variables of AWS, not from this one."
            )
        self._bucket = parts.netloc
        self._prefix = f"{parts.path.strip('/')}/".removeprefix("/")
        config = Config(
            connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 4}
        )
        with _speaking():
            self._client = boto3.client("s3", config=config)

    @contextmanager
    def arriving(self) -> Iterator[Arriving]:
        with ExitStack() as stack:
            with storing():
                file = stack.enter_context(tempfile.TemporaryFile())
            yield Arriving(file)

    def keep(self, arrived: Arriving) -> None:
        arrived.file.seek(0)
        with _speaking():
            # Also what is there already: that makes it new again.
            self._client.put_object(
                Bucket=self._bucket,
                Key=self._key(arrived.digest),
                Body=arrived.file,
                ContentLength=arrived.size,
            )

    def open(self, digest: str) -> BinaryIO:
        try:
            with _speaking():
                found = self._client.get_object(Bucket=self._bucket, Key=self._key(digest))
                with storing():
                    file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  # returned
                    shutil.copyfileobj(found["Body"], file)
                    file.seek(0)
        except _Missing:
            raise FileNotFoundError(digest) from None
        return cast(BinaryIO, file)

    def remove(self, digest: str) -> None:
        with _speaking():
            self._client.delete_object(Bucket=self._bucket, Key=self._key(digest))

    def old_files(self, folder: str) -> Iterator[str]:
        pages = self._client.get_paginator("list_objects_v2")
        before = _a_day_ago()
        with _speaking():
            for page in pages.paginate(Bucket=self._bucket, Prefix=f"{self._prefix}{folder}/"):
                for found in page.get("Contents", []):
                    digest = found["Key"].rpartition("/")[2]
                    is_ours = self._is_digest(digest) and found["Key"] == self._key(digest)
                    if is_ours and found["LastModified"] < before:
                        yield digest

    def tidy_up(self) -> None:
        """Nothing: S3 itself keeps nothing of an upload that broke off."""

    def is_old(self, digest: str) -> bool:
        try:
            with _speaking():
                found = self._client.head_object(Bucket=self._bucket, Key=self._key(digest))
        except _Missing:
            return False
        return bool(found["LastModified"] < _a_day_ago())

    @staticmethod
    def _is_digest(text: str) -> bool:
        return _DIGEST.fullmatch(text) is not None

    def _key(self, digest: str) -> str:
        if not self._is_digest(digest):
            raise ValueError("not a digest")
        return f"{self._prefix}{digest[:2]}/{digest}"


class _Missing(Exception):
    """There is no such object."""


def _a_day_ago() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=LEFTOVER_AGE)


@contextmanager
def _speaking() -> Iterator[None]:
    """Turn boto3's errors into ours; none of them holds a credential."""
    try:
        yield
    except ClientError as error:
        answer: Any = error.response
        code = str(answer.get("Error", {}).get("Code", ""))
        status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _GONE:
            raise _Missing from None
        if status == 429 or status >= 500:
            raise TransientError("The bucket of MEDIA_STORE cannot answer now.", detail=code) from (
                error
            )
        raise ConfigurationError(
            f"The bucket of MEDIA_STORE refuses Ferry ({code or status}). The people who run Ferry "
            "must look at the bucket, its region and the credentials.",
            detail=code,
        ) from error
    except NoCredentialsError as error:
        raise ConfigurationError(
            "There are no credentials for the bucket of MEDIA_STORE. The people who run Ferry must "
            "set them.",
        ) from error
    except BotoCoreError as error:
        raise TransientError(
            "The bucket of MEDIA_STORE could not be reached.", detail=type(error).__name__
        ) from error
