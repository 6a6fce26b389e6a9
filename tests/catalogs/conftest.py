import pytest

from outbound import retry


@pytest.fixture(autouse=True)
def no_time_between_tries(monkeypatch):
    monkeypatch.setattr(retry, "BASE_SECONDS", 0.0)
