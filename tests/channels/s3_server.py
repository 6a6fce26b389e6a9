"""A real S3 server on loopback, with a gate before it that lets a test break it."""

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import boto3
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKET = "feeds"
ACCESS_KEY = "AKIAFEEDS"


@dataclass
class S3Server:
    """`broken` is answered in place of everything: a status and S3's code for it."""

    url: str = ""
    broken: tuple[int, str] | None = None
    breaks_after: int | None = None  # that many calls are answered first
    calls: list[str] = field(default_factory=list)

    def client(self) -> Any:
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def objects(self) -> dict[str, bytes]:
        client = self.client()
        listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return {
            one["Key"]: client.get_object(Bucket=BUCKET, Key=one["Key"])["Body"].read()
            for one in listed
        }

    @contextlib.contextmanager
    def failing(self, status: int, code: str, *, after: int | None = None) -> Iterator[None]:
        self.broken, self.breaks_after = (status, code), after
        try:
            yield
        finally:
            self.broken, self.breaks_after = None, None

    def answers(self) -> tuple[int, str] | None:
        """What it answers instead of what was asked."""
        if self.broken is not None and self.breaks_after:
            self.breaks_after -= 1
            return None
        return self.broken


@contextlib.contextmanager
def running_s3() -> Iterator[S3Server]:
    server = S3Server()
    s3 = DomainDispatcherApplication(create_backend_app)

    def gate(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        server.calls.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        if (broken := server.answers()) is None:
            return s3(environ, start_response)  # type: ignore[no-any-return]  # moto says nothing
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status, code = broken
        start_response(f"{status} Broken", [("Content-Type", "application/xml")])
        return [f"<Error><Code>{code}</Code><Message>It is {code}.</Message></Error>".encode()]

    http = make_server("127.0.0.1", 0, gate, threaded=True)
    thread = Thread(target=http.serve_forever, daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{http.server_port}"
    client = server.client()
    client.create_bucket(Bucket=BUCKET)
    server.calls.clear()
    try:
        yield server
    finally:
        for key in server.objects():
            client.delete_object(Bucket=BUCKET, Key=key)
        http.shutdown()
        thread.join(10)
        http.server_close()
