import pytest

from tests.sandbox.api import Api


@pytest.fixture
def api():
    return Api()
