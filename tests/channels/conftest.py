import pytest

pytest.register_assert_rewrite("tests.channels.conformance")

from tests.channels.conformance import Carrier  # noqa: E402


@pytest.fixture
def carrier(stage):
    return Carrier(stage.adapter, stage.complete)
