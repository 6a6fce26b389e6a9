"""What the tests of tests/sync use as well, and limits that no other test has used up."""

import pytest

from tests.sync.conftest import passing_time, small_pages

__all__ = ["passing_time", "small_pages"]


@pytest.fixture(autouse=True)
def own_limits(settings, tmp_path):
    """A PIM at the port of an earlier test's must not be paused because that one was."""
    settings.STATE_FOLDER = tmp_path / "state"
