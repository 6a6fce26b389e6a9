"""What every adapter promises, for each destination of the `file` channel and its formats."""

import pytest

from tests.channels.conformance import SECRET, AdapterConformance
from tests.channels.feed_stages import FolderStage, S3Stage, SftpStage
from tests.channels.s3_server import running_s3
from tests.channels.sftp_server import running_sftp


@pytest.fixture(scope="module")
def s3():
    with running_s3() as server:
        yield server


class TestFolder(AdapterConformance):
    @pytest.fixture(params=["jsonl", "csv", "xlsx", "google"])
    def stage(self, request, tmp_path):
        return FolderStage(tmp_path, request.param)


class TestSftp(AdapterConformance):
    @pytest.fixture(params=["jsonl", "google"])
    def stage(self, request, tmp_path):
        with running_sftp(tmp_path, password=SECRET) as server:
            yield SftpStage(server, request.param)


class TestS3(AdapterConformance):
    @pytest.fixture(params=["csv", "xlsx"])
    def stage(self, request, s3):
        stage = S3Stage(s3, request.param)
        yield stage
        for key in s3.objects():
            s3.client().delete_object(Bucket="feeds", Key=key)
