"""Feeds in a bucket of S3, or of a service that speaks like it."""

import contextlib
import io
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from typing import Any, BinaryIO

import boto3
import requests
from boto3.s3.transfer import TransferConfig
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from requests.structures import CaseInsensitiveDict

from channels.base import ChannelError, ConfigurationError, Report, TransientError
from channels.file.destinations import BucketAddress, Destination, age_of, local_file
from channels.wording import plain_text
from outbound.errors import FailureKind, kind_of_status
from outbound.sentences import Sentence

PART = 8 * 1024 * 1024  # bytes; S3 takes 10,000 parts

_WRONG_KEYS = {"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidClientTokenId"}


class S3(Destination):
    """All calls go out through the guarded session; boto3 only says which.

    Only with keys that are entered: never with those of the machine the app runs on.
    """

    def __init__(
        self,
        address: BucketAddress,
        *,
        session: requests.Session,
        access_key: str,
        secret_key: str,
        region: str,
        endpoint: str,
    ) -> None:
        self._address = address
        self._session = session
        self._options = {
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
            "region_name": region or "us-east-1",
            "endpoint_url": endpoint or None,
        }
        self._secret = secret_key
        self._known: Any = None

    def where(self, name: str) -> str:
        return f"{self._address}{name}"

    def check(self, name: str) -> None:
        """Begin an upload and break it off: it needs the right to write, and leaves nothing."""
        key = {"Bucket": self._address.bucket, "Key": self._key(name)}
        with self._told():
            begun = self._client.create_multipart_upload(**key)
            self._client.abort_multipart_upload(**key, UploadId=begun["UploadId"])

    @contextlib.contextmanager
    def replacement(self, name: str, content_type: str) -> Iterator[BinaryIO]:
        """An object is replaced at once when it is complete, also when it came in parts."""
        with local_file() as stream:
            yield stream
            stream.seek(0)
            with self._told():
                self._client.upload_fileobj(
                    stream,
                    self._address.bucket,
                    self._key(name),
                    ExtraArgs={"ContentType": content_type},
                    Config=TransferConfig(
                        multipart_threshold=PART,
                        multipart_chunksize=PART,
                        use_threads=False,
                        preferred_transfer_client="classic",
                    ),
                )

    def read(self, name: str, limit: int) -> Report | None:
        with self._told():
            try:
                answer = self._client.get_object(
                    Bucket=self._address.bucket,
                    Key=self._key(name),
                    Range=f"bytes=0-{limit - 1}",
                )
            except ClientError as error:
                if error.response["Error"].get("Code") in ("NoSuchKey", "404"):
                    return None
                if error.response["Error"].get("Code") == "InvalidRange":  # it is empty
                    return Report(b"", 0)
                raise
            return Report(answer["Body"].read(limit), _age(answer))

    def _key(self, name: str) -> str:
        return f"{self._address.prefix}{name}"

    @property
    def _client(self) -> Any:
        if self._known is None:
            self._known = self._made_client()
        return self._known

    def _made_client(self) -> Any:
        client = boto3.session.Session().client(
            "s3",
            **self._options,
            config=Config(
                # Tried again by whoever called us, under the table of failures.
                retries={"total_max_attempts": 1, "mode": "standard"},
                # Bodies go out as they are, in one piece.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
                ignore_configured_endpoint_urls=True,
                signature_version="s3v4",
                s3={"addressing_style": "path" if self._options["endpoint_url"] else "auto"},
            ),
        )
        client.meta.events.register("before-send.s3", self._send)
        return client

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Send what boto3 has signed, to the letter; whatever is returned here is the answer."""
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url = request.method, request.url
        prepared.headers = CaseInsensitiveDict(_texts(request.headers))
        prepared.headers.setdefault("Accept-Encoding", "identity")
        prepared.body = _bytes(request.body)
        prepared.hooks = {"response": []}
        answer = self._session.send(prepared)
        return AWSResponse(prepared.url, answer.status_code, answer.headers, _Raw(answer.content))

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Say in words what the service says."""
        try:
            yield
        except ChannelError:
            raise
        except ClientError as error:
            raise self._refusal(error) from error
        except BotoCoreError as error:
            raise ConfigurationError(
                Sentence(
                    "%(address)s cannot be used: %(said)s.",
                    address=str(self._address),
                    said=self._said(str(error)),
                ),
                detail=type(error).__name__,
            ) from error

    def _refusal(self, error: ClientError) -> ChannelError:
        told = error.response.get("Error", {})
        code, said = str(told.get("Code", "")), self._said(str(told.get("Message", "")))
        status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        detail = f"{self._address.bucket}: {error.operation_name} {status} {code}"
        if kind_of_status(status) is FailureKind.TRANSIENT:
            return TransientError(
                Sentence(
                    "The service of %(address)s could not do it just now (%(said)s).",
                    address=str(self._address),
                    said=said or status,
                ),
                detail=detail,
            )
        if code in _WRONG_KEYS:
            advice = Sentence("Check “Access key” and “Secret key”, then start the sync again.")
        elif status == 403:
            advice = Sentence(
                "See to it that the access key may put, get and list objects there, then start the "
                "sync again."
            )
        elif code == "NoSuchBucket":
            advice = Sentence(
                "Check the name of the bucket, and “Region”, then start the sync again."
            )
        else:
            advice = Sentence(
                "Check the bucket, “Region” and “Endpoint”, then start the sync again."
            )
        return ConfigurationError(
            Sentence(
                "%(address)s cannot be used (%(said)s). %(advice)s",
                address=str(self._address),
                said=said or code or status,
                advice=advice,
            ),
            detail=detail,
        )

    def _said(self, text: str) -> str:
        return plain_text(text, 200, secret=self._secret).rstrip(".")


def _age(answer: Any) -> float:
    """How old an object is by the service's own clock."""
    now = answer["ResponseMetadata"]["HTTPHeaders"].get("date", "")
    try:
        then: float = answer["LastModified"].timestamp()
        return age_of(parsedate_to_datetime(now).timestamp(), then)
    except (KeyError, ValueError):
        return 0.0


class _Raw(io.BytesIO):
    """An answer's body as boto3 reads it."""

    def stream(self, amount: int = 65_536, decode_content: bool | None = None) -> Iterator[bytes]:
        while chunk := self.read(amount):
            yield chunk


def _texts(headers: Any) -> dict[str, str]:
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else str(value)
        for name, value in headers.items()
    }


def _bytes(body: Any) -> bytes | None:
    """At most one part, so it may be in memory."""
    if body is None or isinstance(body, bytes):
        return body
    if isinstance(body, str | bytearray):
        return body.encode() if isinstance(body, str) else bytes(body)
    content: bytes = body.read()
    return content
