import pytest

from outbound import retry
from tests.world import World, make_world, world

__all__ = ["World", "make_world", "world"]


@pytest.fixture(autouse=True)
def no_time_between_tries(monkeypatch):
    monkeypatch.setattr(retry, "BASE_SECONDS", 0.0)
